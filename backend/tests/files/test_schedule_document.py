from datetime import date

import pytest

from app.files.loaded import LoadedProgramme
from app.files.schedule_document import Need, ScheduleDocument, build_document
from app.scheduling.domain.calendar import Calendar, Split
from app.scheduling.domain.people import Change, Leave, Person
from app.scheduling.domain.program import Program
from app.scheduling.domain.rotations import RotationType
from app.scheduling.domain.rule import Rule
from app.scheduling.domain.scope import When, Who
from app.scheduling.rules.coverage import Coverage, Ramp
from app.scheduling.rules.requirement import Requirement
from tests.scheduling.builders import grid
from tests.scheduling.builders import problem as compiled


def document(*rules: Rule) -> ScheduleDocument:
    """Return four periods, the second split; ``ann`` advances in the third, ``ben`` is on leave."""
    program = Program(
        name="Small",
        calendar=Calendar(
            start=date(2026, 7, 1),
            end=date(2026, 10, 20),
            splits=(Split(period=2, on=date(2026, 8, 5)),),
        ),
        rotation_types=(RotationType(code="W"), RotationType(code="I"), RotationType(code="V")),
        rotation_groups={"hard": ("I", "W")},
        people=(
            Person(id="ann", pgy=1, changes=(Change(start=date(2026, 8, 26), pgy=2),)),
            Person(id="ben", pgy=2, fte=0.5, leave=(Leave(period=3, half="first"),)),
            Person(id="cas", pgy=1, start=date(2026, 8, 26)),
        ),
        rules=rules,
    )
    problem = compiled(program)
    rows = grid(problem, "WWIIW", "IIWWV", "...WI")
    return build_document(LoadedProgramme(program=program), problem, rows)


def test_columns_are_labelled_with_their_parts() -> None:
    slots = document().display.slots
    assert [slot.label for slot in slots] == ["1", "2a", "2b", "3", "4"]
    assert (slots[1].start, slots[1].end) == (date(2026, 7, 29), date(2026, 8, 4))


def test_the_grid_is_that_of_the_placements() -> None:
    assert document().grid.tolist() == [[0, 0, 1, 1, 0], [1, 1, 0, 0, 2], [-1, -1, -1, 0, 1]]


def test_requirements_count_parts_groups_and_changing_scopes() -> None:
    rule = Requirement(name="r", rotations=("hard",), min=1, max=3, who=Who(pgy=(1,)))
    shown = document(rule)
    (requirement,) = shown.display.requirements
    assert requirement.rotations == ("W", "I")
    assert list(requirement.amounts) == [1, 0.25, 0.75, 1, 1]
    assert requirement.needs == (
        Need(person="ann", min=1, max=3, slots=(0, 1, 2)),
        Need(person="cas", min=1, max=3, slots=(3, 4)),
    )
    assert shown.done(requirement) == {"ann": 2, "cas": 2}


def test_requirements_in_weeks_and_only_at_times() -> None:
    rule = Requirement(
        name="r",
        rotations=("W",),
        exactly=2,
        counted_in="weeks",
        when=When(periods=(2, 3)),
        waived=Who(people=("cas",)),
    )
    shown = document(rule)
    (requirement,) = shown.display.requirements
    assert list(requirement.amounts) == [0, 1, 3, 4, 0]
    assert [(need.person, need.slots) for need in requirement.needs] == [
        ("ann", None),
        ("ben", None),
    ]
    assert shown.done(requirement) == {"ann": 1, "ben": 7}


@pytest.mark.parametrize(
    ("rule", "there", "least", "most"),
    [
        (
            Coverage(name="c", rotations=("I",), min=1),
            (1, 1, 1, 1, 1),
            (1, 1, 1, 1, 1),
            (None,) * 5,
        ),
        (
            Coverage(name="c", rotations=("hard",), units=6, half_leave_units=3, exactly=6),
            (12, 12, 12, 15, 12),
            (6, 6, 6, 6, 6),
            (6, 6, 6, 6, 6),
        ),
        (
            Coverage(
                name="c",
                rotations=("W",),
                fte=True,
                max=2,
                when=When(periods=("2-4",)),
                ramp=(Ramp(period=3, min=1),),
            ),
            (1, 1, 0.5, 1.5, 1),
            (0, 0, 0, 1, 1),
            (None, 2, 2, None, None),
        ),
        (
            Coverage(name="c", rotations=("W",), max=1, who=Who(pgy=(1,))),
            (1, 1, 0, 1, 0),
            (0, 0, 0, 0, 0),
            (1, 1, 1, 1, 1),
        ),
    ],
)
def test_staffing_counts_what_people_bring(
    rule: Coverage,
    there: tuple[float, ...],
    least: tuple[float, ...],
    most: tuple[float | None, ...],
) -> None:
    shown = document(rule)
    (staffing,) = shown.display.staffing
    assert shown.staffed(staffing) == there
    assert (staffing.min, staffing.max) == (least, most)


def test_a_schedule_that_was_not_solved_has_no_provenance() -> None:
    shown = document()
    assert (shown.provenance, shown.outcome) == (None, None)
