from dataclasses import replace

from app.scheduling.domain.people import Leave
from app.scheduling.domain.rotations import RotationType
from app.scheduling.domain.scope import When
from app.scheduling.rules.leave import LeaveKept
from tests.scheduling.builders import problem, program
from tests.scheduling.rules.found import found, told

KINDS = (RotationType(code="A"), RotationType(code="L", leave=True), RotationType(code="B"))
AWAY = program(p1={"leave": (Leave(period=2), Leave(period=3, half="first"))})
YEAR = problem(replace(AWAY, rotation_types=KINDS))


def test_full_leave_is_spent_on_leave() -> None:
    rule = LeaveKept(name="Leave")
    assert found(rule, YEAR, "ALAA", "AAAA") == []
    assert found(rule, YEAR, "AAAA", "AAAA") == [(1, 0, 1)]
    assert told(rule, YEAR, "AAAA", "AAAA") == ["on A in a period of approved leave"]


def test_leave_may_be_taken_elsewhere_unless_it_needs_approval() -> None:
    assert found(LeaveKept(name="Leave"), YEAR, "ALLA", "LAAA") == []
    rule = LeaveKept(name="Leave", only_when_approved=("L",))
    assert found(rule, YEAR, "ALLA", "LAAA") == [(1, 0, 2), (1, 1, 0)]
    assert told(rule, YEAR, "ALAA", "LAAA") == ["on L without approved leave"]


def test_periods_out_of_scope_are_not_asked() -> None:
    rule = LeaveKept(name="Leave", only_when_approved=("L",), when=When(periods=(4,)))
    assert found(rule, YEAR, "LAAA", "LLLA") == []


def test_ideal_counts_leave_that_no_rotation_can_take() -> None:
    assert LeaveKept(name="Leave").ideal(YEAR) == 0
    assert LeaveKept(name="Leave").ideal(problem(AWAY)) == 1


def test_describe() -> None:
    text = "A period of approved leave is spent on leave."
    assert LeaveKept(name="Leave").describe() == text
    rule = LeaveKept(name="Leave", only_when_approved=("L",))
    assert rule.describe() == f"{text} L only with approved leave."
