from app.scheduling.domain.people import Leave
from app.scheduling.domain.scope import When
from app.scheduling.rules.leave_eligibility import LeaveEligibility
from tests.scheduling.builders import problem, program
from tests.scheduling.rules.found import found, told

AWAY = problem(program(p1={"leave": (Leave(period=2, half="first"), Leave(period=3))}))
RULE = LeaveEligibility(name="Electives allow leave", rotations=("A", "B"))


def test_half_leave_needs_a_listed_rotation() -> None:
    assert found(RULE, AWAY, "CACC", "CCCC") == []
    assert found(RULE, AWAY, "CCCC", "CCCC") == [(1, 0, 1)]
    assert told(RULE, AWAY, "CCCC", "CCCC") == ["half leave from C, which allows none,"]


def test_full_leave_and_periods_out_of_scope_are_not_asked() -> None:
    rule = LeaveEligibility(name="A", rotations=("A",), when=When(periods=("3-4",)))
    assert found(rule, AWAY, "CCCC", "CCCC") == []


def test_an_empty_list_allows_nothing() -> None:
    rule = LeaveEligibility(name="A", rotations=())
    assert found(rule, AWAY, "CACC", "CCCC") == [(1, 0, 1)]
    assert rule.ideal(AWAY) == 1
    assert RULE.ideal(AWAY) == 0


def test_describe() -> None:
    assert RULE.describe() == "Half a period of leave is taken from A or B only."
    nowhere = LeaveEligibility(name="A", rotations=())
    assert nowhere.describe() == "Half a period of leave can be taken from no rotation."
