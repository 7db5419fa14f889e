import pytest

from app.scheduling.domain.scope import When
from app.scheduling.rules.patterns import Pattern
from app.scheduling.rules.preferred_sequence import PreferredSequence
from tests.scheduling.builders import best_amount, day, found, problem, program

WARD_THEN_CLINIC: Pattern = (("A",), ("B",))


@pytest.mark.parametrize(
    ("row", "reached"),
    [
        ("ABAB", [(0, 0, 1), (0, 2, 1)]),
        ("ABCC", [(0, 0, 1)]),
        ("BACC", []),
    ],
)
def test_a_reward_counts_every_occurrence(row: str, reached: list[tuple[int, int, int]]) -> None:
    rule = PreferredSequence(name="rest", pattern=WARD_THEN_CLINIC, reward=1)
    assert found(rule, row) == reached


def test_either_order_counts_a_place_once() -> None:
    rule = PreferredSequence(
        name="rest", pattern=(("A", "B"), ("B", "C")), either_order=True, reward=1
    )
    assert found(rule, "BBCC") == [(0, 0, 1), (0, 1, 1)]
    assert found(rule, "CCAA") == [(0, 1, 1)]


@pytest.mark.parametrize(
    ("row", "breaches"),
    [("ABCAB", []), ("ABABAB", []), ("ABCCC", [(0, None, 1)]), ("CCCCC", [(0, None, 2)])],
)
def test_otherwise_everybody_has_some(row: str, breaches: list[tuple[int, None, int]]) -> None:
    rule = PreferredSequence(name="rest", pattern=WARD_THEN_CLINIC, at_least=2)
    assert found(rule, row) == breaches


def test_nobody_is_asked_without_room_in_scope() -> None:
    rule = PreferredSequence(
        name="rest", pattern=WARD_THEN_CLINIC, lag=2, when=When(periods=(1, 4))
    )
    assert found(rule, "CCCC") == [(0, None, 1)]
    assert found(rule, "CABB") == [(0, None, 1)]
    assert found(rule, "ACBC") == []
    assert found(rule, ".CCC", p1={"start": day(2)}) == []


@pytest.mark.parametrize("reward", [None, 1])
@pytest.mark.parametrize("either_order", [True, False])
@pytest.mark.parametrize("lag", [1, 2, 3])
@pytest.mark.parametrize(
    "pattern",
    [
        WARD_THEN_CLINIC,
        (("A",), ("A",)),
        (("A",), ("B",), ("A",)),
        (("A",), ("A",), ("B",)),
        (("A", "B"), ("B", "C"), ("A", "C")),
    ],
)
def test_the_ideal_is_what_the_best_grid_has(
    *, pattern: Pattern, lag: int, either_order: bool, reward: float | None
) -> None:
    rule = PreferredSequence(
        name="rest",
        pattern=pattern,
        lag=lag,
        either_order=either_order,
        at_least=3 if reward is None else 1,
        reward=reward,
        when=When(except_periods=(2,)),
    )
    made = problem(program(1, 6, "ABC", [rule]))
    assert rule.ideal(made) == best_amount(rule, made)


def test_the_ideal_adds_people_up_and_leaves_out_those_without_room() -> None:
    rule = PreferredSequence(name="rest", pattern=WARD_THEN_CLINIC, reward=1)
    made = problem(program(3, 5, "ABC", [rule], p2={"start": day(5)}, p3={"start": day(3)}))
    assert rule.ideal(made) == 2 + 0 + 1


def test_patterns_and_numbers_that_mean_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="two steps"):
        PreferredSequence(name="rest", pattern=(("A",),))
    with pytest.raises(ValueError, match="lag 0"):
        PreferredSequence(name="rest", pattern=WARD_THEN_CLINIC, lag=0)
    with pytest.raises(ValueError, match="at_least 0"):
        PreferredSequence(name="rest", pattern=WARD_THEN_CLINIC, at_least=0)
    with pytest.raises(ValueError, match="no meaning with a reward"):
        PreferredSequence(name="rest", pattern=WARD_THEN_CLINIC, at_least=2, reward=1)


def test_the_description_says_whether_it_is_wanted_or_asked() -> None:
    wanted = PreferredSequence(name="rest", pattern=WARD_THEN_CLINIC, reward=1)
    assert wanted.describe() == "Wanted: A then B."
    asked = PreferredSequence(name="rest", pattern=WARD_THEN_CLINIC, either_order=True, at_least=2)
    assert asked.describe() == "Each person has at least 2 times A then B, in either order."
