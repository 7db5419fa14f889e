from dataclasses import replace
from datetime import timedelta

import pytest

from app.scheduling.domain.calendar import Split
from app.scheduling.domain.scope import When
from app.scheduling.rules.allowed_starts import AllowedStarts
from tests.scheduling.builders import best_amount, day, found, grid, problem, program


@pytest.mark.parametrize(
    ("row", "breaches"),
    [
        ("AAAA", []),
        ("CCAA", []),
        ("ACAC", []),
        ("CAAC", [(0, 1, 1)]),
        ("CCCA", [(0, 3, 1)]),
        ("ABAB", [(0, 1, 1), (0, 3, 1)]),
    ],
)
def test_a_run_begins_only_where_it_may(row: str, breaches: list[tuple[int, int, int]]) -> None:
    rule = AllowedStarts(name="odd", rotations=("A", "B"), periods=(1, 3))
    assert sorted(found(rule, row)) == breaches


def test_changing_inside_a_set_begins_nothing_when_it_counts_together() -> None:
    rule = AllowedStarts(name="odd", rotations=("A", "B"), periods=(1, 3), each=False)
    assert found(rule, "ABAB") == []
    assert found(rule, "CBAB") == [(0, 1, 1)]


def test_what_began_before_the_appointment_may_go_on() -> None:
    late = {"start": day(2)}
    strict = AllowedStarts(name="odd", rotations=("A",), periods=("3-4",))
    lenient = replace(strict, cut_by_year=True)
    assert found(strict, "ACCC") == [(0, 0, 1)]
    assert found(lenient, "ACCC") == []
    assert found(strict, ".ACC", p1=late) == [(0, 1, 1)]
    assert found(lenient, ".ACC", p1=late) == []
    assert found(lenient, ".CACA", p1=late) == [(0, 4, 1)]


def test_the_second_part_of_a_split_period_is_not_its_beginning() -> None:
    rule = AllowedStarts(name="whole", rotations=("A",), periods=(1, 2))
    whole = program(1, 2, rules=[rule])
    split = Split(period=2, on=day(2) + timedelta(3))
    made = problem(replace(whole, calendar=replace(whole.calendar, splits=(split,))))
    assert not list(rule.measure(made, grid(made, "CAA")))
    assert [b.slot for b in rule.measure(made, grid(made, "CCA"))] == [2]


def test_a_run_counts_when_it_begins_in_scope() -> None:
    rule = AllowedStarts(name="odd", rotations=("A",), periods=(1,), when=When(periods=(1, 2)))
    assert found(rule, "CAA") == [(0, 1, 1)]
    assert found(rule, "CCA") == []


@pytest.mark.parametrize("codes", ["A", "AB", "ABC"])
@pytest.mark.parametrize("each", [True, False])
@pytest.mark.parametrize("cut_by_year", [True, False])
@pytest.mark.parametrize("first", [1, 2])
def test_the_ideal_is_what_the_best_grid_has(
    *, codes: str, each: bool, cut_by_year: bool, first: int
) -> None:
    rule = AllowedStarts(
        name="odd",
        rotations=tuple(codes[:2]),
        periods=(2,),
        each=each,
        cut_by_year=cut_by_year,
        penalty=1,
    )
    made = problem(program(1, 4, codes, [rule], p1={"start": day(first)}))
    assert rule.ideal(made) == best_amount(rule, made)


@pytest.mark.parametrize(("rotations", "periods"), [((), (1,)), (("A",), ()), (("A",), ("3-2",))])
def test_empty_and_malformed_lists_are_refused(
    rotations: tuple[str, ...], periods: tuple[int | str, ...]
) -> None:
    with pytest.raises(ValueError, match="period"):
        AllowedStarts(name="odd", rotations=rotations, periods=periods)


def test_the_description_names_the_starts() -> None:
    rule = AllowedStarts(name="odd", rotations=("A",), periods=(1, "3-4"), cut_by_year=True)
    assert rule.describe() == (
        "A begins only in period 1 or 3-4, or with the person's appointment."
    )
