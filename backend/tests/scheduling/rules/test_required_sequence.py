import pytest

from app.scheduling.domain.scope import When
from app.scheduling.rules.required_sequence import RequiredSequence
from tests.scheduling.builders import best_amount, day, found, problem, program


@pytest.mark.parametrize(
    ("row", "breaches"),
    [
        ("AABC", []),
        ("CCAA", []),
        ("ACBB", [(0, 0, 1)]),
        ("AACA", [(0, 1, 1)]),
        ("ACAC", [(0, 0, 1), (0, 2, 1)]),
    ],
)
def test_a_run_is_followed_at_once(row: str, breaches: list[tuple[int, int, int]]) -> None:
    rule = RequiredSequence(name="after", first=("A",), then=("B",))
    assert found(rule, row) == breaches


def test_a_run_is_followed_later() -> None:
    rule = RequiredSequence(name="after", first=("A",), then=("B",), lag=2)
    assert found(rule, "AACBC") == []
    assert found(rule, "AABCC") == [(0, 1, 1)]
    assert found(rule, "CCCAC") == []
    assert found(rule, "A") == []


def test_going_from_one_of_the_first_to_another_is_not_leaving() -> None:
    rule = RequiredSequence(name="after", first=("A", "B"), then=("A",))
    assert found(rule, "ABBA") == []
    assert found(rule, "ABC") == [(0, 1, 1)]


def test_it_is_asked_in_scope_and_while_appointed() -> None:
    rule = RequiredSequence(name="after", first=("A",), then=("B",), when=When(periods=(2,)))
    assert found(rule, "ACAC") == []
    assert found(rule, "CACC") == [(0, 1, 1)]
    leaving = {"end": day(3)}
    later = RequiredSequence(name="after", first=("A",), then=("B",), lag=2)
    assert found(later, "CAC.", p1=leaving) == []
    assert found(later, "ACC.", p1=leaving) == [(0, 0, 1)]


@pytest.mark.parametrize("codes", ["A", "AB"])
def test_the_ideal_is_what_the_best_grid_has(codes: str) -> None:
    rule = RequiredSequence(name="after", first=("A",), then=("A",), lag=2, penalty=1)
    made = problem(program(1, 4, codes, [rule]))
    assert rule.ideal(made) == best_amount(rule, made)


def test_empty_lists_and_lags_are_refused() -> None:
    with pytest.raises(ValueError, match="first and in then"):
        RequiredSequence(name="after", first=(), then=("B",))
    with pytest.raises(ValueError, match="first and in then"):
        RequiredSequence(name="after", first=("A",), then=())
    with pytest.raises(ValueError, match="lag 0"):
        RequiredSequence(name="after", first=("A",), then=("B",), lag=0)


def test_the_description_names_both() -> None:
    rule = RequiredSequence(name="after", first=("A",), then=("B", "C"), lag=2)
    assert rule.describe() == "A is followed by B or C, 2 periods after its end."
