from itertools import combinations, combinations_with_replacement
from typing import Any

import pytest

from app.scheduling.domain.people import Leave
from app.scheduling.domain.scope import When, Who
from app.scheduling.rules.coverage import Coverage, Ramp, Weight, least_breach
from tests.scheduling.builders import best_amount, day, found, grid, problem, program


@pytest.mark.parametrize(
    ("rows", "breaches"),
    [
        (("AA", "BC", "CC"), [(None, 1, 1)]),
        (("AA", "AB", "CC"), []),
        (("AA", "BA", "CB"), [(None, 1, 1)]),
        (("CC", "CC", "CC"), [(None, 0, 2), (None, 1, 2)]),
    ],
)
def test_a_period_is_staffed_within_the_limits(
    rows: tuple[str, ...], breaches: list[tuple[None, int, int]]
) -> None:
    assert found(Coverage(name="ward", rotations=("A", "B"), min=2, max=2), *rows) == breaches
    assert found(Coverage(name="ward", rotations=("A", "B"), exactly=2), *rows) == breaches


def test_people_out_of_scope_do_not_count() -> None:
    rule = Coverage(name="seniors", rotations=("A",), min=1, who=Who(pgy=(3,)))
    assert found(rule, "AA", "AC", p2={"pgy": 3}) == [(None, 1, 1)]


def test_people_bring_units_and_fewer_on_half_leave() -> None:
    rule = Coverage(name="ward", rotations=("A",), exactly=3, units=2, half_leave_units=1)
    away = {"leave": (Leave(period=2, half="first"),)}
    assert found(rule, "AA", "AA", p2=away) == [(None, 0, 1)]
    assert found(rule, "CA", "AC", p2=away) == [(None, 0, 1), (None, 1, 1)]


def test_people_count_by_their_fte() -> None:
    rule = Coverage(name="ward", rotations=("A",), min=2, fte=True)
    made = problem(program(3, 2, rules=[rule], p2={"fte": 0.5}, p3={"fte": 0.75}))
    breach, *others = rule.measure(made, grid(made, "AA", "CA", "AA"))
    assert not others
    assert breach.amount * float(rule.step(made)) == 0.25
    assert (breach.measured, breach.limit) == (1.75, 2)


def test_a_ramp_changes_the_limits_from_a_period_on() -> None:
    ramp = (Ramp(period=2, max=1), Ramp(period=4, min=1))
    rule = Coverage(name="interns", rotations=("A",), max=0, ramp=ramp)
    assert found(rule, "AAAA", "CAAA") == [(None, 0, 1), (None, 1, 1), (None, 2, 1)]
    assert found(rule, "CCCC", "CCCC") == [(None, 3, 1)]


def test_limits_hold_only_in_their_periods() -> None:
    rule = Coverage(name="ward", rotations=("A",), min=1, when=When(periods=(2,)))
    assert found(rule, "CCC") == [(None, 1, 1)]


@pytest.mark.parametrize("codes", ["A", "AB"])
@pytest.mark.parametrize(
    "limits", [{"min": 5}, {"max": 1}, {"exactly": 3, "units": 2}, {"exactly": 1, "units": 3}]
)
def test_the_ideal_is_what_the_best_grid_has(codes: str, limits: dict[str, Any]) -> None:
    rule = Coverage(name="ward", rotations=("A",), penalty=1, who=Who(pgy=(1,)), **limits)
    made = problem(program(3, 2, codes, [rule], p2={"start": day(2)}, p3={"pgy": 2}))
    assert rule.ideal(made) == best_amount(rule, made)


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"rotations": (), "min": 1},
        {"min": -1},
        {"min": 3, "max": 2},
        {"exactly": 2, "min": 1},
        {"min": 1, "units": 0},
        {"min": 1, "half_leave_units": 2},
        {"ramp": (Ramp(period=3, min=1), Ramp(period=2))},
        {"ramp": (Ramp(period=3, min=2, max=1),)},
        {"ramp": (Ramp(period=0, min=2),)},
    ],
)
def test_limits_that_mean_nothing_are_refused(parameters: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"coverage|exactly|units|ramp|period"):
        Coverage(**{"name": "ward", "rotations": ("A",), **parameters})


def test_the_description_names_limits_units_and_ramp() -> None:
    rule = Coverage(
        name="ward",
        rotations=("A", "B"),
        min=2,
        max=4,
        units=2,
        half_leave_units=1,
        fte=True,
        ramp=(Ramp(period=3, min=3),),
    )
    assert rule.describe() == (
        "A or B: 2 to 4 units in every period; a person brings 2, 1 on half leave; "
        "people count by their FTE; from period 3: at least 3."
    )


@pytest.mark.parametrize("counts", [(), (0, 0), (2, 2, 4), (3, 5, 5), (6, 9), (1, 0, 7, 7)])
def test_the_least_breach_is_that_of_the_best_choice(counts: tuple[int, ...]) -> None:
    sums = [sum(chosen) for n in range(len(counts) + 1) for chosen in combinations(counts, n)]
    for low, high in combinations_with_replacement(range(24), 2):
        nearest = min(max(low - total, total - high, 0) for total in sums)
        assert least_breach(counts, low, high, all_of_them=False) == nearest


def test_people_of_a_weight_bring_other_units() -> None:
    rule = Coverage(
        name="ward", rotations=("A",), min=3, weights=(Weight(who=Who(pgy=(2,)), units=2),)
    )
    assert found(rule, "A", "A", p1={"pgy": 2}) == []
    assert found(rule, "A", "A", "A") == []
    assert found(rule, "A", "B", p1={"pgy": 2}) == [(None, 0, 1)]


def test_the_first_weight_that_fits_counts() -> None:
    weights = (Weight(who=Who(pgy=(2,)), units=3), Weight(who=Who(), units=0))
    rule = Coverage(name="ward", rotations=("A",), exactly=3, weights=weights)
    assert found(rule, "A", "A", p1={"pgy": 2}) == []
    assert "3" in rule.describe()


def test_more_units_on_half_leave_are_refused() -> None:
    with pytest.raises(ValueError, match="half leave"):
        Weight(who=Who(), units=1, half_leave_units=2)
