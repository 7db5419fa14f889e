import pytest

from app.scheduling.domain.scope import When
from app.scheduling.rules.waiting import Waiting
from tests.scheduling.builders import best_amount, day, found, problem, program


@pytest.mark.parametrize(
    ("row", "waits"),
    [("ABAII", 0), ("IABII", 1), ("AIIBI", 2), ("IAIBA", 2), ("IIIIA", 4), ("IIIII", 0)],
)
def test_idle_time_before_the_last_work_is_waiting(row: str, waits: int) -> None:
    rule = Waiting(name="no gaps", rotations=("I",), penalty=1)
    expected = [(0, None, waits)] if waits else []
    assert found(rule, row, codes="ABI") == expected


@pytest.mark.parametrize(("at_most", "over"), [(1, 2), (2, 1), (3, 0)])
def test_some_waiting_may_be_free(at_most: int, over: int) -> None:
    rule = Waiting(name="no gaps", rotations=("I",), at_most=at_most)
    assert found(rule, "IAIIB", codes="ABI") == ([(0, None, over)] if over else [])


def test_only_waiting_in_scope_counts_for_work_that_may_lie_outside() -> None:
    rule = Waiting(name="no gaps", rotations=("I",), when=When(periods=("2-3",)))
    assert found(rule, "IIIIA", codes="AI") == [(0, None, 2)]
    assert found(rule, "IAIII", codes="AI") == []


def test_time_without_an_appointment_is_neither_work_nor_waiting() -> None:
    rule = Waiting(name="no gaps", rotations=("I",))
    assert found(rule, ".IA", codes="AI", p1={"start": day(2)}) == [(0, None, 1)]
    assert found(rule, "AI.", codes="AI", p1={"end": day(3)}) == []


def test_nobody_needs_to_wait() -> None:
    rule = Waiting(name="no gaps", rotations=("I",), penalty=1)
    made = problem(program(2, 3, "AI", [rule]))
    assert rule.ideal(made) == best_amount(rule, made) == 0


def test_what_means_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one rotation"):
        Waiting(name="no gaps", rotations=())
    with pytest.raises(ValueError, match="at most -1 periods"):
        Waiting(name="no gaps", rotations=("I",), at_most=-1)


def test_the_description_says_how_long() -> None:
    never = Waiting(name="no gaps", rotations=("I", "FLEX"))
    assert never.describe() == "Nobody is on I or FLEX before all else is done."
    once = Waiting(name="no gaps", rotations=("I",), at_most=1)
    assert once.describe() == "Each person is on I for at most 1 period before all else is done."
