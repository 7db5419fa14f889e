from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.scheduling.domain.calendar import Split
from app.scheduling.domain.scope import When, Who
from app.scheduling.rules.requirement import Requirement
from tests.scheduling.builders import best_amount, day, found, grid, problem, program


@pytest.mark.parametrize(
    ("row", "breaches"),
    [
        ("ABCC", []),
        ("AAAC", []),
        ("ACCC", [(0, None, 1)]),
        ("ABAB", [(0, None, 1)]),
        ("CCCC", [(0, None, 2)]),
    ],
)
def test_everybody_has_what_is_required(row: str, breaches: list[tuple[int, None, int]]) -> None:
    assert found(Requirement(name="ICU", rotations=("A", "B"), min=2, max=3), row) == breaches


def test_it_counts_for_the_people_and_periods_in_scope() -> None:
    rule = Requirement(
        name="ICU",
        rotations=("A",),
        exactly=1,
        who=Who(pgy=(1,)),
        when=When(periods=(1, 2)),
        waived=Who(people=("p3",)),
    )
    rows = "CCA", "CCA", "CCA", "ACA"
    assert found(rule, *rows, p2={"pgy": 2}) == [(0, None, 1)]


def test_parts_of_a_split_period_count_by_their_days() -> None:
    rule = Requirement(name="ICU", rotations=("A",), min=1)
    weeks = replace(rule, counted_in="weeks", min=1.5)
    whole = program(1, 2)
    split = Split(period=1, on=day(1) + timedelta(3))
    made = problem(replace(whole, calendar=replace(whole.calendar, splits=(split,))))
    first_part = grid(made, "ACC")
    [breach] = rule.measure(made, first_part)
    assert breach.amount * float(rule.step(made)) == pytest.approx(4 / 7)
    assert breach.measured == pytest.approx(3 / 7)
    [breach] = weeks.measure(made, first_part)
    assert breach.amount * float(weeks.step(made)) == pytest.approx(1.5 - 3 / 7)
    assert not list(rule.measure(made, grid(made, "AAC")))


def test_limits_shrink_with_the_appointment_where_they_are_prorated() -> None:
    late = {"start": day(3)}
    fixed = Requirement(name="ICU", rotations=("A",), exactly=3)
    prorated = replace(fixed, prorate=True)
    assert found(fixed, "..AC", p1=late) == [(0, None, 2)]
    assert found(prorated, "..AC", p1=late) == []
    assert found(prorated, "..AA", p1=late) == []
    assert found(prorated, "..CC", p1=late) == [(0, None, 1)]


@pytest.mark.parametrize("codes", ["A", "AB"])
@pytest.mark.parametrize("limits", [{"min": 5}, {"max": 2}, {"exactly": 2.5}])
def test_the_ideal_is_what_the_best_grid_has(codes: str, limits: dict[str, Any]) -> None:
    rule = Requirement(name="ICU", rotations=("A",), penalty=1, **limits)
    made = problem(program(2, 3, codes, [rule], p2={"start": day(2)}))
    assert rule.ideal(made) == best_amount(rule, made)


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"rotations": (), "min": 1},
        {"min": -1},
        {"min": 3, "max": 2},
        {"exactly": 2, "max": 2},
    ],
)
def test_limits_that_mean_nothing_are_refused(parameters: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"requirement|exactly"):
        Requirement(**{"name": "ICU", "rotations": ("A",), **parameters})


def test_the_description_names_limits_and_exceptions() -> None:
    rule = Requirement(
        name="ICU",
        rotations=("A", "B"),
        min=2,
        counted_in="weeks",
        prorate=True,
        waived=Who(pgy=(3,)),
    )
    assert rule.describe() == (
        "Each person has at least 2 weeks of A or B, in proportion to the part of the year served; "
        "not asked from PGY-3."
    )
