import pytest

from app.scheduling.domain.scope import When
from app.scheduling.rules.forbidden_sequence import ForbiddenSequence
from app.scheduling.rules.patterns import Pattern
from tests.scheduling.builders import best_amount, day, found, problem, program

ICU_THEN_NIGHTS: Pattern = (("A",), ("B",))


@pytest.mark.parametrize(
    ("row", "breaches"),
    [("ACBA", []), ("BAAC", []), ("CCAB", [(0, 2, 1)]), ("ABAB", [(0, 0, 1), (0, 2, 1)])],
)
def test_the_pattern_does_not_occur(row: str, breaches: list[tuple[int, int, int]]) -> None:
    rule = ForbiddenSequence(name="no nights", pattern=ICU_THEN_NIGHTS)
    assert found(rule, row) == breaches


def test_the_reverse_counts_where_that_is_said_and_a_place_counts_once() -> None:
    rule = ForbiddenSequence(
        name="no nights", pattern=(("A", "B"), ("B", "A", "C")), either_order=True
    )
    assert found(rule, "CABC") == [(0, 0, 1), (0, 1, 1), (0, 2, 1)]


def test_steps_can_lie_apart_and_the_person_is_there_throughout() -> None:
    rule = ForbiddenSequence(name="no nights", pattern=ICU_THEN_NIGHTS, lag=2)
    assert found(rule, "ABBC") == [(0, 0, 1)]
    assert found(rule, "CAB") == []
    made = problem(program(1, 3, rules=[rule]))
    made.present[0, 1] = False
    assert best_amount(rule, made) == 0


def test_the_first_step_lies_in_scope() -> None:
    rule = ForbiddenSequence(name="n", pattern=ICU_THEN_NIGHTS, when=When(periods=(2,)))
    assert found(rule, "ABAB") == []
    assert found(rule, "CABC") == [(0, 1, 1)]
    assert found(rule, ".AB", p1={"start": day(2)}) == [(0, 1, 1)]


@pytest.mark.parametrize("codes", ["AB", "ABC"])
@pytest.mark.parametrize("lag", [1, 2])
def test_the_ideal_is_what_the_best_grid_has(codes: str, lag: int) -> None:
    rule = ForbiddenSequence(name="n", pattern=(("A", "B"), ("B", "A")), lag=lag, penalty=1)
    made = problem(program(1, 4, codes, [rule], p1={"start": day(1)}))
    assert rule.ideal(made) == best_amount(rule, made)


@pytest.mark.parametrize(
    ("pattern", "lag"), [((("A",),), 1), ((("A",), ()), 1), (ICU_THEN_NIGHTS, 0)]
)
def test_patterns_that_are_none_are_refused(pattern: Pattern, lag: int) -> None:
    with pytest.raises(ValueError, match=r"pattern|lag"):
        ForbiddenSequence(name="n", pattern=pattern, lag=lag)


def test_a_reward_is_refused() -> None:
    with pytest.raises(ValueError, match="not a reward"):
        ForbiddenSequence(name="n", pattern=ICU_THEN_NIGHTS, reward=1)


def test_the_description_names_pattern_lag_and_order() -> None:
    rule = ForbiddenSequence(name="n", pattern=ICU_THEN_NIGHTS, lag=2, either_order=True)
    assert rule.describe() == "Nobody has A then, 2 periods later, B, in either order."
