from typing import Any

import pytest

from app.scheduling.domain.scope import When
from app.scheduling.rules.window_limit import WindowLimit
from tests.scheduling.builders import best_amount, day, found, problem, program


@pytest.mark.parametrize(
    ("row", "breaches"),
    [
        ("ACBCA", []),
        ("AACBC", []),
        ("CCBAB", [(0, 2, 1)]),
        ("AAABC", [(0, 0, 1), (0, 1, 1)]),
        ("CCC", [(0, 0, 1)]),
        ("AB", []),
    ],
)
def test_a_window_keeps_to_its_limits(row: str, breaches: list[tuple[int, int, int]]) -> None:
    rule = WindowLimit(name="nights", rotations=("A", "B"), window=3, min=1, max=2)
    assert found(rule, row) == breaches


def test_a_window_lies_in_scope_and_in_the_appointment() -> None:
    rule = WindowLimit(name="nights", rotations=("A",), window=2, max=0, when=When(periods=(1, 2)))
    assert found(rule, "AAAA") == [(0, 0, 2)]
    present = WindowLimit(name="nights", rotations=("A",), window=2, min=1)
    assert found(present, ".CC", p1={"start": day(2)}) == [(0, 1, 1)]


@pytest.mark.parametrize("codes", ["A", "AB"])
@pytest.mark.parametrize("limits", [(None, 1), (2, 2), (3, None)])
def test_the_ideal_is_what_the_best_grid_has(
    codes: str, limits: tuple[int | None, int | None]
) -> None:
    low, high = limits
    rule = WindowLimit(name="n", rotations=("A",), window=3, min=low, max=high, penalty=1)
    made = problem(program(1, 5, codes, [rule]))
    assert rule.ideal(made) == best_amount(rule, made)


@pytest.mark.parametrize(
    "limits",
    [
        {"window": 1, "max": 1},
        {"window": 3},
        {"window": 3, "min": -1},
        {"window": 3, "min": 2, "max": 1},
        {"window": 3, "max": 4},
    ],
)
def test_limits_that_mean_nothing_are_refused(limits: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"window"):
        WindowLimit(name="nights", rotations=("A",), **limits)


def test_no_rotations_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one rotation"):
        WindowLimit(name="nights", rotations=(), window=3, max=1)


def test_the_description_names_window_and_limits() -> None:
    rule = WindowLimit(name="nights", rotations=("A", "B"), window=4, max=2)
    assert rule.describe() == "In any 4 periods in a row: at most 2 on A or B."
