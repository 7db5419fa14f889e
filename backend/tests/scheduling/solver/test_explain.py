"""Planted causes come out named, and programmes that have a schedule are never accused."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from app.scheduling.domain.calendar import Calendar
from app.scheduling.domain.compile import compile_problem
from app.scheduling.domain.people import Leave, Person, Preassignment
from app.scheduling.domain.program import Program
from app.scheduling.domain.result import Finding
from app.scheduling.domain.rotations import RotationType
from app.scheduling.domain.rule import Rule
from app.scheduling.domain.scope import EVERYBODY, When, Who
from app.scheduling.rules.batches import Batches
from app.scheduling.rules.cohorts import Cohorts
from app.scheduling.rules.coverage import Coverage, Ramp
from app.scheduling.rules.leave import LeaveKept
from app.scheduling.rules.leave_cap import LeaveCap
from app.scheduling.rules.leave_eligibility import LeaveEligibility
from app.scheduling.rules.preassignments import PreassignmentsKept
from app.scheduling.rules.prerequisite import Prerequisite
from app.scheduling.rules.requirement import Requirement
from app.scheduling.rules.run_length import RunLength
from app.scheduling.rules.spacing import Spacing
from app.scheduling.rules.window_limit import WindowLimit
from app.scheduling.solver.explain import MOST_FINDINGS, why_infeasible
from app.scheduling.solver.explain.flow import shortage
from tests.scheduling.brute_force import to_array, truth
from tests.scheduling.random_programs import MODES, draw_case

INTERNS, SENIORS = Who(pgy=(1,)), Who(pgy=(2,))


def people(pgy: int, count: int, **same: Any) -> list[Person]:
    return [Person(id=f"R{pgy}-{n}", pgy=pgy, **same) for n in range(1, count + 1)]


def explained(
    persons: Sequence[Person],
    rules: Sequence[Rule],
    periods: int = 13,
    rotations: str = "Wards ICU CCU Clinic Elective Leave",
    who: dict[str, Who] | None = None,
) -> tuple[Finding, ...]:
    """Return what is found in a programme of four-week periods."""
    start = date(2026, 7, 1)
    program = Program(
        name="Planted",
        calendar=Calendar(start=start, end=start + timedelta(28 * periods - 1)),
        rotation_types=tuple(
            RotationType(code=code, leave=code == "Leave", who=(who or {}).get(code, EVERYBODY))
            for code in rotations.split()
        ),
        people=tuple(persons),
        rules=tuple(rules),
    )
    return why_infeasible(compile_problem(program), program.rules)


def assert_said(found: tuple[Finding, ...], *parts: str) -> Finding:
    """Assert that one of the findings names all of these, and return it."""
    telling = [finding for finding in found if all(part in finding.message for part in parts)]
    assert telling, [finding.message for finding in found]
    assert {finding.severity for finding in found} == {"error"}
    return telling[0]


def requirement(name: str, rotation: str, who: Who = EVERYBODY, **limits: float) -> Requirement:
    return Requirement(name=name, rotations=tuple(rotation.split()), who=who, **limits)  # type: ignore[arg-type]


def coverage(name: str, rotation: str, who: Who = EVERYBODY, **limits: int) -> Coverage:
    return Coverage(name=name, rotations=tuple(rotation.split()), who=who, **limits)  # type: ignore[arg-type]


def test_more_must_be_somewhere_in_the_year_than_there_are_places() -> None:
    rules = [
        coverage("ICU staffing", "ICU", exactly=2),
        requirement("Intern ICU", "ICU", INTERNS, min=2),
        requirement("Senior ICU", "ICU", SENIORS, min=1, max=2),
    ]
    found = explained([*people(1, 10), *people(2, 8)], rules)
    finding = assert_said(
        found,
        "ICU has 13 x 2 = 26 places a year (“ICU staffing”)",
        "PGY-1 need at least 10 x 2 and PGY-2 8 x 1 periods there, together 28",
        "2 too many",
    )
    assert (finding.rule, finding.measured, finding.limit) == ("coverage", 28, 26)
    assert finding.name == "ICU staffing, Intern ICU, Senior ICU"


def test_one_person_fewer_fits() -> None:
    rules = [
        coverage("ICU staffing", "ICU", exactly=2),
        requirement("Intern ICU", "ICU", INTERNS, min=2),
        requirement("Senior ICU", "ICU", SENIORS, min=1, max=2),
    ]
    assert explained([*people(1, 9), *people(2, 8)], rules) == ()


def test_places_of_two_rotations_do_not_suffice_for_a_requirement_over_both() -> None:
    rules = [
        coverage("ICU staffing", "ICU", max=1),
        coverage("CCU staffing", "CCU", max=1),
        requirement("Critical care", "ICU CCU", min=4),
    ]
    found = explained(people(1, 7), rules)
    assert_said(found, "ICU and CCU have 13 x 1 + 13 x 1 = 26", "7 x 4", "28", "2 too many")


def test_minima_of_the_year_exceed_what_people_may_do() -> None:
    rules = [
        coverage("ICU staffing", "ICU", min=2),
        requirement("ICU limit", "ICU", max=3),
    ]
    found = explained(people(1, 8), rules)
    assert_said(found, "ICU needs 13 x 2 = 26", "8 x 3", "24", "2 too few")


def test_minima_of_the_year_exceed_what_other_requirements_leave() -> None:
    rules = [
        coverage("ICU staffing", "ICU", min=2),
        requirement("Ward year", "Wards", min=10),
    ]
    found = explained(people(1, 8), rules)
    assert_said(found, "ICU needs 13 x 2 = 26", "8 x 3", "together 24 (“Ward year”)")


def test_july_is_too_early_for_whoever_needs_wards_first() -> None:
    rules: list[Rule] = [
        coverage("Intern ICU staffing", "ICU", INTERNS, min=2),
        Prerequisite(
            name="Wards before ICU", before=("Wards",), after=("ICU",), amount=2, who=INTERNS
        ),
    ]
    found = explained([*people(1, 12), *people(2, 12)], rules)
    finding = assert_said(
        found,
        "ICU needs 2 people (PGY-1) in periods 1-2 (“Intern ICU staffing”)",
        "but nobody can be there",
        "nobody of PGY-1 can be on ICU before period 3: Wards (2 periods) come first "
        "(“Wards before ICU”)",
    )
    assert finding.period == 1


def test_a_ramp_takes_july_out_of_the_trap() -> None:
    ramped = Coverage(
        name="Intern ICU staffing",
        rotations=("ICU",),
        who=INTERNS,
        ramp=(Ramp(period=3, min=2),),
    )
    wards = Prerequisite(name="Wards first", before=("Wards",), after=("ICU",), amount=2)
    assert explained(people(1, 12), [ramped, wards]) == ()


def test_prerequisites_add_up_along_a_chain() -> None:
    rules: list[Rule] = [
        coverage("CCU staffing", "CCU", min=1),
        Prerequisite(name="Wards before ICU", before=("Wards",), after=("ICU",), amount=2),
        Prerequisite(name="ICU before CCU", before=("ICU",), after=("CCU",), amount=1),
    ]
    found = explained(people(1, 12), rules)
    assert_said(
        found, "CCU needs 1", "periods 1-3", "can be on CCU before period 4", "ICU (1 period)"
    )


def test_no_stretch_between_clinics_is_long_enough_for_a_run() -> None:
    rules: list[Rule] = [
        Cohorts(name="4+1", cycle=5, clinic=("Clinic",), first={"A": 5}),
        RunLength(name="Long wards", rotations=("Wards",), min=5, cut_by_year=False),
        requirement("Ward months", "Wards", min=5),
    ]
    found = explained(people(1, 3, cohort="A"), rules, periods=20)
    assert_said(
        found,
        "at least 5 periods of Wards (“Ward months”), but at most 0",
        "“Long wards” asks for at least 5 periods in a row, and at most 4 are open",
        "“4+1”",
    )


def test_runs_that_no_batch_holds_name_both_rules_once() -> None:
    rules: list[Rule] = [
        RunLength(name="Long wards", rotations=("Wards",), min=3, cut_by_year=False),
        Batches(name="Changes", rotations=("Wards",), ends=(2, 4, 6, 8, 10, 12)),
        Spacing(name="Ward gaps", rotations=("Wards",), min_gap=2),
        requirement("A ward period", "Wards", min=1),
    ]
    (finding,) = explained(people(1, 2), rules)
    assert finding.message == (
        "all people need at least 1 period of Wards (“A ward period”), but at most 0 can be had: "
        "“Long wards” and “Changes” together close it."
    )
    assert finding.name == "A ward period, Long wards, Changes"


def test_a_rotation_that_runs_and_clinics_close_is_said_once() -> None:
    rules: list[Rule] = [
        Cohorts(name="4+1", cycle=5, clinic=("Clinic",), first={"A": 5}),
        RunLength(name="Long wards", rotations=("Wards",), min=5, cut_by_year=False),
        coverage("Ward staffing", "Wards", min=1),
    ]
    (finding,) = explained(people(1, 3, cohort="A"), rules, periods=20)
    assert finding.message == (
        "Wards needs 1 person in periods 1-20 (“Ward staffing”), but nobody can be there: “Long "
        "wards” asks for at least 5 periods in a row, and at most 4 are open between what “4+1” "
        "closes; “4+1” closes it."
    )


def test_stretches_that_are_long_enough_explain_nothing() -> None:
    fixed = (Preassignment(periods=(3,), one_of=("ICU",)),)
    rules: list[Rule] = [
        PreassignmentsKept(name="Fixed"),
        Cohorts(name="4+1", cycle=5, clinic=("Clinic",), first={"A": 5}),
        RunLength(name="Long wards", rotations=("Wards",), min=5, cut_by_year=False),
        coverage("Ward staffing", "Wards", min=1),
    ]
    persons = [*people(1, 3, cohort="A"), *people(2, 1, preassignments=fixed)]
    found = explained(persons, rules, periods=20)
    assert_said(found, "in periods 1-3", "at least 5 periods in a row, and at most 4 are open")


def test_a_rotation_that_minima_elsewhere_leave_to_nobody() -> None:
    rules = [requirement("Wards only", "Wards", min=13), coverage("ICU staffing", "ICU", min=1)]
    (finding,) = explained(people(1, 3), rules)
    assert finding.message == (
        "ICU needs 13 x 1 = 13 places a year filled (“ICU staffing”); nobody can fill any (“Wards "
        "only”): 13 too few."
    )


def test_one_of_anything_is_not_many() -> None:
    seniors_only = {"CCU": SENIORS}
    intern = coverage("An intern", "CCU", INTERNS, min=1)
    found = explained([*people(1, 1), *people(2, 2)], [intern], who=seniors_only)
    assert_said(found, "CCU needs 1 person (PGY-1) in periods 1-13")
    assert_said(explained(people(2, 2), [intern]), "CCU needs 1 unit of PGY-1 in periods 1-13")
    months = requirement("CCU month", "CCU", min=1)
    assert_said(explained(people(1, 2), [months], who=seniors_only), "at least 1 period of CCU")
    cap: list[Rule] = [LeaveCap(name="Cap", max=0), LeaveKept(name="Kept")]
    found = explained(people(1, 1, leave=(Leave(period=6),)), cap)
    assert_said(found, "In period 6 1 person is away")


def test_a_window_limit_bounds_the_year() -> None:
    rules: list[Rule] = [
        coverage("Senior coverage", "Wards", SENIORS, min=3),
        WindowLimit(name="No two in a row", rotations=("Wards",), window=2, max=1),
    ]
    found = explained(people(2, 5), rules)
    assert_said(found, "Wards needs 13 x 3 = 39", "5 x 7", "35 (“No two in a row”)", "4 too few")


def test_spacing_leaves_too_few_periods_for_a_requirement() -> None:
    rules: list[Rule] = [
        RunLength(name="Single ICU", rotations=("ICU",), max=1),
        Spacing(name="ICU rest", rotations=("ICU",), min_gap=3),
        requirement("ICU months", "ICU", min=5),
    ]
    found = explained(people(1, 2), rules)
    assert_said(found, "at least 5 periods of ICU (“ICU months”)", "“ICU rest”", "at most 4")


def test_too_few_people_are_eligible_in_a_slot() -> None:
    found = explained(
        [*people(1, 3), *people(2, 2)],
        [coverage("CCU staffing", "CCU", min=3)],
        who={"CCU": SENIORS},
    )
    assert_said(found, "CCU needs 3 people in periods 1-13", "at most 2 can be there", "eligible")


def test_rotations_compete_for_the_same_people_in_a_slot() -> None:
    rules = [coverage("ICU staffing", "ICU", min=2), coverage("CCU staffing", "CCU", min=2)]
    found = explained([*people(1, 3), *people(2, 6)], rules, who={"ICU": INTERNS, "CCU": INTERNS})
    assert_said(found, "ICU and CCU", "2 + 2 = 4", "3", "“ICU staffing”", "“CCU staffing”")


def test_rotations_compete_in_one_period_only() -> None:
    july = When(periods=(1,))
    rules: list[Rule] = [
        Coverage(name="ICU in July", rotations=("ICU",), min=2, when=july),
        Coverage(name="CCU in July", rotations=("CCU",), min=2, when=july),
    ]
    found = explained([*people(1, 3), *people(2, 6)], rules, who={"ICU": INTERNS, "CCU": INTERNS})
    finding = assert_said(found, "2 + 2 = 4", "period 1", "only 3 can be on any of them")
    assert finding.period == 1


def test_people_have_nowhere_to_be() -> None:
    rules = [coverage("ICU staffing", "ICU", max=2), coverage("CCU staffing", "CCU", max=1)]
    found = explained(people(1, 4), rules, periods=1, rotations="ICU CCU")
    assert_said(
        found, "In period 1 all people can only be on ICU or CCU, 4 in all", "at most 2 + 1 = 3"
    )


def test_fixed_people_exceed_a_maximum() -> None:
    fixed = (Preassignment(periods=(4,), one_of=("ICU",)),)
    rules: list[Rule] = [
        coverage("ICU staffing", "ICU", max=2),
        PreassignmentsKept(name="Fixed by the chiefs"),
    ]
    found = explained([*people(1, 3, preassignments=fixed), *people(2, 3)], rules)
    finding = assert_said(found, "3", "at most 2", "“ICU staffing”", "“Fixed by the chiefs”")
    assert finding.period == 4


def test_leave_falls_on_a_fixed_rotation() -> None:
    person = Person(
        id="ann",
        name="Ann Lee",
        pgy=1,
        leave=(Leave(period=3),),
        preassignments=(Preassignment(periods=(3,), one_of=("ICU",)),),
    )
    rules: list[Rule] = [LeaveKept(name="Leave kept"), PreassignmentsKept(name="Fixed")]
    found = explained([person, *people(2, 2)], rules)
    finding = assert_said(
        found,
        "Ann Lee in period 3, on leave for the whole period: no rotation is left",
        "“Leave kept” leaves only Leave",
        "“Fixed” leaves only ICU",
    )
    assert (finding.person, finding.period) == ("ann", 3)
    assert len(found) == 1


def test_half_leave_fits_no_rotation_of_a_class() -> None:
    half = (Leave(period=5, half="first"),)
    rules: list[Rule] = [LeaveEligibility(name="Half leave", rotations=("Elective",))]
    found = explained([*people(1, 2, leave=half), *people(2, 2)], rules, who={"Elective": SENIORS})
    assert_said(
        found, "PGY-1 in period 5, on leave for half the period", "“Half leave”", "Elective"
    )


def test_more_leave_was_approved_than_the_cap_allows() -> None:
    rules: list[Rule] = [LeaveCap(name="Leave cap", max=2), LeaveKept(name="Leave kept")]
    found = explained([*people(1, 3, leave=(Leave(period=6),)), *people(2, 3)], rules)
    finding = assert_said(found, "In period 6 3 people are away", "“Leave cap” allows 2")
    assert (finding.measured, finding.limit, finding.period) == (3, 2, 6)


def test_two_coverages_contradict_each_other() -> None:
    rules = [
        coverage("Enough interns", "Wards", INTERNS, min=4),
        coverage("Ward beds", "Wards ICU", max=3),
    ]
    found = explained(people(1, 6), rules)
    assert_said(found, "“Enough interns” needs at least 4", "“Ward beds” allows at most 3", "1-13")


def test_requirements_together_are_longer_than_the_year() -> None:
    rules: list[Rule] = [
        requirement("Ward months", "Wards", min=8),
        requirement("ICU months", "ICU", min=4),
        requirement("Electives", "Elective", min=2),
    ]
    found = explained(people(1, 2), rules)
    assert_said(found, "together ask for 14 periods, but the year has 13", "1 too many")


def test_requirements_do_not_fit_beside_leave() -> None:
    rules: list[Rule] = [
        LeaveKept(name="Leave kept"),
        requirement("Ward months", "Wards", min=8),
        requirement("ICU months", "ICU", min=4),
    ]
    away = (Leave(period=2), Leave(period=7))
    found = explained(people(1, 2, leave=away), rules)
    assert_said(
        found,
        "together ask for 12 periods",
        "the year has 13, of which 2 are taken otherwise (“Leave kept”): 1 too many",
    )


def test_maxima_leave_a_person_nowhere_to_be() -> None:
    rules: list[Rule] = [
        requirement("Ward limit", "Wards", max=6),
        requirement("ICU limit", "ICU", max=4),
    ]
    found = explained(people(1, 2), rules, rotations="Wards ICU")
    assert_said(found, "13 periods to fill", "at most 10", "3 with nowhere to be", "“ICU limit”")


def test_a_window_of_requirements_is_too_short() -> None:
    early = When(periods=("1-3",))
    rules: list[Rule] = [
        Requirement(name="Early wards", rotations=("Wards",), min=2, when=early),
        Requirement(name="Early ICU", rotations=("ICU",), min=2, when=early),
    ]
    found = explained(people(1, 2), rules)
    assert_said(found, "4 periods of Wards and ICU", "only 3", "“Early wards”", "“Early ICU”")


def test_an_internal_medicine_programme_of_four_classes_of_fifty() -> None:
    staffing = [
        coverage("Senior staffing", "Senior", exactly=10),
        coverage("Registrar staffing", "Registrar", exactly=20),
        coverage("Team staffing", "Teams", min=20),
        coverage("ICU staffing", "ICU", min=7),
    ]
    asked = [
        requirement("PGY-1 teams", "Teams", Who(pgy=(1,)), min=4, max=7),
        requirement("PGY-2 Senior Rotation", "Senior", Who(pgy=(2,)), min=1, max=2),
        requirement("PGY-2 ICU", "ICU", Who(pgy=(2,)), exactly=2),
        requirement("PGY-3 Senior Rotation", "Senior", Who(pgy=(3,)), exactly=2),
        requirement("PGY-4 registrar", "Registrar", Who(pgy=(4,)), min=5, max=6),
    ]
    persons = [person for pgy in (1, 2, 3, 4) for person in people(pgy, 50)]
    found = explained(
        persons,
        [*staffing, *asked],
        rotations="Teams Senior Registrar ICU Consult",
        who={
            "Senior": Who(pgy=(2, 3)),
            "Registrar": Who(pgy=(4,)),
            "Teams": Who(pgy=(1,)),
            "ICU": Who(pgy=(2,)),
        },
    )
    assert len(found) == 1
    assert_said(
        found,
        "Senior has 13 x 10 = 130 places a year (“Senior staffing”); "
        "PGY-2 need at least 50 x 1 and PGY-3 50 x 2 periods there, together 150",
        "20 too many",
    )


def test_soft_rules_accuse_nobody() -> None:
    rule = Coverage(name="ICU staffing", rotations=("ICU",), min=99, penalty=1)
    assert explained(people(1, 2), [rule]) == ()


def test_a_few_findings_stand_for_many() -> None:
    rules: list[Rule] = [
        coverage(f"Staffing {number}", rotation, min=9 + number)
        for number, rotation in enumerate(("Wards", "ICU", "CCU", "Clinic", "Elective", "Leave"))
    ]
    assert len(explained(people(1, 3), rules)) == MOST_FINDINGS


def test_a_shortage_names_the_demands_that_compete() -> None:
    supply = {0b001: 1, 0b011: 2, 0b100: 5}
    short = shortage([2, 2, 1], supply)
    assert short is not None
    assert (short.demands, short.asked, short.there) == ((0, 1), 4, 3)


def test_supply_is_moved_to_whoever_has_no_other() -> None:
    assert shortage([1, 1, 2], {0b011: 1, 0b101: 2, 0b110: 1}) is None


@pytest.mark.parametrize("kind", sorted({kind for kind, mode in MODES if mode == "hard"}))
def test_programmes_with_a_schedule_are_never_accused(kind: str) -> None:
    silent = 0
    for number in range(40):
        case = draw_case(kind, "hard", 7000 + number)
        base = None if case.base is None else to_array(case.program, case.base)
        found = why_infeasible(compile_problem(case.program, base), case.program.rules)
        if not found:
            silent += 1
            continue
        assert truth(case).best is None, (case.name, [finding.message for finding in found])
    assert silent


@pytest.mark.parametrize("cut_by_year", [True, False])
def test_a_run_that_may_have_begun_before_the_year_may_be_short(cut_by_year: bool) -> None:  # noqa: FBT001
    decided = (
        Preassignment(periods=(1,), one_of=("Wards",)),
        Preassignment(periods=(2,), never=("Wards",)),
    )
    rules: list[Rule] = [
        PreassignmentsKept(name="Fixed"),
        RunLength(name="Ward pairs", rotations=("Wards",), min=2, cut_by_year=cut_by_year),
    ]
    found = explained(people(1, 2, preassignments=decided), rules)
    if cut_by_year:
        assert found == ()
    else:
        assert_said(found, "“Ward pairs” and “Fixed” cannot all be kept on Wards", "period 2")


def test_people_who_bring_less_on_half_leave_leave_room_for_others() -> None:
    half = (Leave(period=1, half="first"),)
    rule = Coverage(name="ICU units", rotations=("ICU",), max=4, units=2, half_leave_units=1)
    persons = [*people(1, 1), *people(2, 2, leave=half)]
    assert explained(persons, [rule], periods=1, rotations="ICU") == ()
    found = explained([*persons, *people(3, 3)], [rule], periods=1, rotations="ICU")
    assert_said(found, "ICU", "“ICU units”", "6", "4")
