import pytest

from app.scheduling.domain.scope import When
from app.scheduling.rules.prerequisite import Prerequisite
from tests.scheduling.builders import best_amount, day, found, problem, program


@pytest.mark.parametrize(
    ("row", "breaches"),
    [
        ("AABC", []),
        ("ACAB", []),
        ("CCCC", []),
        ("ABAB", [(0, 1, 1)]),
        ("BAAB", [(0, 0, 1)]),
        ("BBCC", [(0, 0, 1), (0, 1, 1)]),
    ],
)
def test_enough_comes_before(row: str, breaches: list[tuple[int, int, int]]) -> None:
    rule = Prerequisite(name="first", before=("A",), after=("B",), amount=2)
    assert found(rule, row) == breaches


def test_what_is_before_counts_outside_the_scope_too() -> None:
    rule = Prerequisite(name="first", before=("A",), after=("B",), when=When(periods=(2, 3)))
    assert found(rule, "BACB") == []
    assert found(rule, "ABBC") == []
    assert found(rule, "BBAB") == [(0, 1, 1)]


def test_a_rotation_can_be_its_own_prerequisite() -> None:
    rule = Prerequisite(name="first", before=("A", "B"), after=("B",))
    assert found(rule, "BBBB") == [(0, 0, 1)]
    assert found(rule, "ABBB") == []


@pytest.mark.parametrize("codes", ["AB", "ABC"])
@pytest.mark.parametrize("amount", [1, 2, 5])
@pytest.mark.parametrize("first", [1, 2])
def test_the_ideal_is_what_the_best_grid_has(codes: str, amount: int, first: int) -> None:
    rule = Prerequisite(
        name="first",
        before=("A",),
        after=("A", "B"),
        amount=amount,
        penalty=1,
        when=When(except_periods=(2,)),
    )
    made = problem(program(1, 4, codes, [rule], p1={"start": day(first)}))
    assert rule.ideal(made) == best_amount(rule, made)


def test_empty_lists_and_amounts_are_refused() -> None:
    with pytest.raises(ValueError, match="before and in after"):
        Prerequisite(name="first", before=(), after=("B",))
    with pytest.raises(ValueError, match="before and in after"):
        Prerequisite(name="first", before=("A",), after=())
    with pytest.raises(ValueError, match="amount 0"):
        Prerequisite(name="first", before=("A",), after=("B",), amount=0)


def test_the_description_names_the_amount() -> None:
    rule = Prerequisite(name="first", before=("A",), after=("B",), amount=2)
    assert rule.describe() == "Nobody is on B before at least 2 periods on A."
