"""Over what hours are averaged; periods are weeks, days count from 0."""

from datetime import timedelta

import pytest

from app.scheduling.domain.calendar import Calendar, Split
from app.scheduling.domain.people import Leave, Person
from app.scheduling.domain.rotations import RotationType
from app.scheduling.timetable import expand
from tests.scheduling.timetable.builders import MONDAY, grid, program, spans

KINDS = (
    RotationType(code="W"),
    RotationType(code="N", averaging_group="W"),
    RotationType(code="C", averaging_group="clinic", specialty="Family medicine"),
    RotationType(code="D", averaging_group="clinic", specialty="Family medicine"),
    RotationType(code="V", leave=True),
)


def spans_of(row: str, person: Person | None = None) -> list[str]:
    people = [person or Person(id="p", pgy=1)]
    made = program(*KINDS, people=people, weeks=len(row.split()))
    return spans(expand(made, grid(made, row)))


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("W W C", ["p W 0-13", "p clinic 14-20"]),
        ("W N W", ["p W 0-20"]),
        ("C D", ["p clinic 0-13"]),
        ("W C W", ["p W 0-6", "p clinic 7-13", "p W 14-20"]),
        ("W V W", ["p W 0-20"]),
        ("W V V N", ["p W 0-27"]),
        ("W V C", ["p W 0-6", "p clinic 14-20"]),
        ("V W V", ["p W 7-13"]),
        ("V V", []),
        ("W . W", ["p W 0-6", "p W 14-20"]),
        ("W V . W", ["p W 0-6", "p W 21-27"]),
    ],
)
def test_spans_are_runs_of_one_averaging_group_with_the_leave_inside(
    row: str, expected: list[str]
) -> None:
    assert spans_of(row) == expected


def test_approved_leave_does_not_interrupt_a_rotation() -> None:
    person = Person(id="p", pgy=1, leave=(Leave(period=2),))
    assert spans_of("W W W", person) == ["p W 0-20"]


def test_spans_end_with_the_appointment() -> None:
    person = Person(id="p", pgy=1, start=MONDAY + timedelta(2), end=MONDAY + timedelta(15))
    assert spans_of("W W C", person) == ["p W 2-13", "p clinic 14-15"]
    gone = Person(id="p", pgy=1, end=MONDAY + timedelta(8))
    assert spans_of("W W C", gone) == ["p W 0-8"]


def test_parts_of_a_split_period_are_slots_of_their_own() -> None:
    calendar = Calendar(
        start=MONDAY,
        end=MONDAY + timedelta(13),
        period="2 weeks",
        splits=(Split(period=1, on=MONDAY + timedelta(4)),),
    )
    made = program(*KINDS, calendar=calendar)
    assert spans(expand(made, grid(made, "W C"))) == ["p W 0-3", "p clinic 4-13"]


def test_everybody_has_spans_of_their_own() -> None:
    made = program(*KINDS, people=[Person(id=name, pgy=1) for name in "pqr"])
    timeline = expand(made, grid(made, "W W", "V W", "W W"))
    assert spans(timeline) == ["p W 0-13", "q W 7-13", "r W 0-13"]


def test_groups_have_the_specialty_of_their_rotations() -> None:
    made = program(*KINDS)
    timeline = expand(made, grid(made, "W C"))
    assert timeline.rotations == ("W", "N", "C", "D", "V", "clinic")
    assert timeline.specialties == (
        "",
        "",
        "Family medicine",
        "Family medicine",
        "",
        "Family medicine",
    )
