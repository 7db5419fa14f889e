import pytest

from app.scheduling.domain.scope import When
from app.scheduling.rules.spacing import Spacing
from tests.scheduling.builders import best_amount, found, grid, problem, program


@pytest.mark.parametrize(
    ("row", "breaches"),
    [
        ("ACCCA", []),
        ("AAAAA", []),
        ("ACCA", [(0, 3, 1)]),
        ("ABABC", [(0, 2, 2), (0, 3, 2)]),
        ("AACACCA", [(0, 3, 2), (0, 6, 1)]),
    ],
)
def test_one_stays_away_for_the_gap(row: str, breaches: list[tuple[int, int, int]]) -> None:
    rule = Spacing(name="rest", rotations=("A", "B"), min_gap=3)
    assert found(rule, row) == breaches


def test_runs_of_the_set_follow_each_other_when_they_count_together() -> None:
    rule = Spacing(name="rest", rotations=("A", "B"), min_gap=2, each=False)
    assert found(rule, "ABAB") == []
    assert found(rule, "ACBCCA") == [(0, 2, 1)]


def test_people_are_apart_and_the_later_run_is_in_scope() -> None:
    rule = Spacing(name="rest", rotations=("A",), min_gap=4, when=When(periods=(1, 2, 3)))
    assert found(rule, "CCA", "ACC") == []
    assert found(rule, "ACAA") == [(0, 2, 3)]
    assert found(rule, "ACCA") == []


def test_an_absence_ends_the_relation() -> None:
    rule = Spacing(name="rest", rotations=("A",), min_gap=4)
    made = problem(program(1, 6, rules=[rule]))
    made.present[0, 1] = False
    breaches = rule.measure(made, grid(made, "A.ACAC"))
    assert [(breach.slot, breach.amount) for breach in breaches] == [(4, 3)]


@pytest.mark.parametrize("codes", ["A", "AB"])
def test_the_ideal_is_what_the_best_grid_has(codes: str) -> None:
    rule = Spacing(name="rest", rotations=tuple(codes), min_gap=3, penalty=1)
    made = problem(program(1, 5, codes, [rule]))
    assert rule.ideal(made) == best_amount(rule, made)


def test_gaps_and_lists_that_ask_for_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="gap of 0"):
        Spacing(name="rest", rotations=("A",), min_gap=0)
    with pytest.raises(ValueError, match="at least one rotation"):
        Spacing(name="rest", rotations=(), min_gap=1)


def test_the_description_names_the_gap() -> None:
    rule = Spacing(name="rest", rotations=("A", "B"), min_gap=3)
    assert rule.describe() == (
        "At least 3 periods pass before anybody comes back to A or B (each by itself)."
    )
