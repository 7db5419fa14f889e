from dataclasses import replace
from fractions import Fraction
from itertools import product
from typing import Any

import pytest

from app.scheduling.domain.people import Wish
from app.scheduling.domain.problem import Problem
from app.scheduling.domain.scope import When, Who
from app.scheduling.rules.fairness import Fairness, smallest_spread
from tests.scheduling.builders import day, grid, problem, program
from tests.scheduling.rules.found import found, told

YEAR = problem(program(3))
NIGHTS: dict[str, Any] = {"name": "Nights", "points": {"A": 1}}


def test_levels_differ_by_at_most_the_band() -> None:
    rule = Fairness(**NIGHTS, band=1)
    assert found(rule, YEAR, "AACC", "AACC", "ACCC") == []
    assert found(rule, YEAR, "AACC", "AACC", "CCCC") == [(1, None, None)]
    assert found(rule, YEAR, "AAAA", "AACC", "CCCC") == [(3, None, None)]


def test_points_of_overlapping_groups_add_up() -> None:
    grouped = problem(replace(program(), rotation_groups={"HARD": ("A", "B")}))
    rule = Fairness(name="Hard work", points={"HARD": 1, "A": 0.5})
    assert rule.step(grouped) == Fraction(1, 2)
    assert found(rule, grouped, "ABCC", "CCCC") == [(5, None, None)]
    assert found(rule, grouped, "AACC", "BBBC") == []


def test_only_periods_and_people_in_scope_count() -> None:
    rule = Fairness(**NIGHTS, when=When(periods=("1-2",)), who=Who(people=("p1", "p2")))
    assert found(rule, YEAR, "ACAA", "CACC", "CCCC") == []
    assert found(rule, YEAR, "AACC", "CACC", "CCCC") == [(1, None, None)]


def test_a_group_of_one_is_always_even() -> None:
    alone = Fairness(**NIGHTS, who=Who(people=("p1",)))
    assert found(alone, YEAR, "AAAA", "CCCC", "CCCC") == []
    assert alone.ideal(YEAR) == 0


def test_people_of_part_of_the_year_are_left_out_unless_included() -> None:
    late = problem(program(p2={"start": day(3)}))
    assert found(Fairness(**NIGHTS), late, "AAAA", "..CC") == []
    included = Fairness(**NIGHTS, part_year="include")
    assert found(included, late, "AAAA", "..CC") == [(4, None, None)]
    second_half = Fairness(**NIGHTS, when=When(periods=("3-4",)))
    assert found(second_half, late, "CCAA", "..CC") == [(2, None, None)]


CARRIED = problem(
    program(3, p1={"carry_over": {"nights": 2.5}}, p2={"carry_over": {"nights": 1 / 3}})
)


def test_carry_over_is_added_and_newcomers_are_left_out() -> None:
    rule = Fairness(**NIGHTS, carry_over="nights", band=1)
    assert rule.step(CARRIED) == Fraction(1, 10_000)
    assert found(rule, CARRIED, "CCCC", "AACC", "AAAA") == []
    assert found(rule, CARRIED, "CCCC", "ACCC", "CCCC") == [(1667, None, None)]


def test_the_message_names_both_ends() -> None:
    (breach,) = Fairness(**NIGHTS, band=1).measure(YEAR, grid(YEAR, "AAAA", "CCAA", "CCCA"))
    assert breach.what == "points from 1 (p3) to 4 (p1), further apart than 1"
    assert (breach.measured, breach.limit) == (3, 1)


def asking(*wishes: tuple[Wish, ...]) -> Problem:
    people: dict[str, Any] = {f"p{n}": {"wishes": own} for n, own in enumerate(wishes, 1)}
    return problem(program(len(wishes), **people))


WISHES = asking(
    (
        Wish(rank=1, rotations=("A",), periods=("1-2",)),
        Wish(rank=2, rotations=("B",), periods=(2,)),
    ),
    (Wish(rank=2, rotations=("A",), periods=(1,), avoid=True),),
    (),
)


def test_granted_wishes_are_compared_among_those_who_asked() -> None:
    rule = Fairness(name="Wishes", wishes=(4, 3))
    assert found(rule, WISHES, "CBCC", "BBBB", "CCCC") == []
    assert found(rule, WISHES, "AACC", "BBBB", "CCCC") == [(1, None, None)]
    assert told(rule, WISHES, "CCCC", "BBBB", "CCCC") == [
        "points from 0 (p1) to 3 (p2), further apart than 0"
    ]


def least(rule: Fairness, year: Problem) -> int:
    """Return the smallest breach of all grids of three people in four weeks, by rows alone."""
    rows = ["".join(row) for row in product("ABC", repeat=4)]
    people = len(year.people)
    levels = [
        {int(rule.levels(year, grid(year, *[row] * people))[p]) for row in rows}
        for p in rule.group(year)
    ]
    spread = min(max(chosen) - min(chosen) for chosen in product(*levels))
    return max(0, spread - rule.allowance(year))


@pytest.mark.parametrize(
    "points",
    [{"A": 1}, {"A": 2}, {"A": 3, "B": 4}, {"A": 1, "B": 1, "C": 1}, {"A": 2, "B": 2.5, "C": 4}],
)
@pytest.mark.parametrize("band", [0, 0.5])
def test_ideal_of_points_is_the_best_of_all_grids(points: dict[str, float], band: float) -> None:
    carried = problem(
        program(
            3,
            p1={"carry_over": {"k": 9}},
            p2={"carry_over": {"k": 0.5}},
            p3={"carry_over": {"k": 2}},
        )
    )
    for carry_over in ("", "k"):
        rule = Fairness(name="F", points=points, carry_over=carry_over, band=band)
        assert rule.ideal(carried) == least(rule, carried)


@pytest.mark.parametrize("wishes", [(4, 3), (1, 2), (2.5, 1), (0, 1)])
def test_ideal_of_wishes_is_the_best_of_all_grids(wishes: tuple[float, ...]) -> None:
    always = Wish(rank=2, rotations=("A", "B", "C"), periods=(1,))
    year = asking(
        (always, Wish(rank=1, rotations=("A",), periods=(2,))),
        (
            Wish(rank=1, rotations=("A",), periods=("1-2",)),
            Wish(rank=1, rotations=("B",), periods=(2,)),
        ),
        (always, always, always),
    )
    rule = Fairness(name="F", wishes=wishes)
    assert rule.ideal(year) == least(rule, year)


def test_ideal_of_part_years_uses_their_own_slots() -> None:
    late = problem(program(p1={"start": day(4)}))
    rule = Fairness(name="F", points={"A": 1, "B": 1, "C": 1}, part_year="include")
    assert rule.ideal(late) == 3


def test_ideal_stays_a_bound_when_there_are_too_many_levels() -> None:
    year = problem(
        program(
            slots=60,
            codes="ABCDE",
            p1={"carry_over": {"k": 0.5}},
            p2={"carry_over": {"k": 0}},
        )
    )
    few = Fairness(name="F", points={"A": 1, "B": 21}, carry_over="k")
    assert few.ideal(year) == 1
    many = Fairness(name="F", points={"A": 1, "B": 21, "C": 441, "D": 9261}, carry_over="k")
    assert many.ideal(year) == 0


@pytest.mark.parametrize(
    ("levels", "spread"),
    [
        ([{3}], 0),
        ([{1, 5}, {4, 9}], 1),
        ([{0, 10}, {4, 20}, {6, 30}], 6),
        ([{0, 10}, {4, 11}, {6, 13}, {6, 13}], 3),
    ],
)
def test_smallest_spread(levels: list[set[int]], spread: int) -> None:
    assert smallest_spread(levels) == spread


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({}, "either points or wishes"),
        ({"points": {"A": 1}, "wishes": (1,)}, "either points or wishes"),
        ({"points": {"A": 0}}, "above 0"),
        ({"points": {"A": -1}}, "points -1"),
        ({"points": {"A": 0.00001}}, "4 decimals"),
        ({"wishes": (0, 0)}, "at least one rank"),
        ({"points": {"A": 1}, "band": -1}, "band -1"),
        ({"points": {"A": 1}, "band": float("inf")}, "band inf"),
    ],
)
def test_points_that_say_nothing_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Fairness(name="F", **wrong)


def test_describe() -> None:
    rule = Fairness(name="F", points={"A": 1, "B": 2.5}, band=2, carry_over="nights")
    assert rule.describe() == (
        "Points per period (1 for A and 2.5 for B) plus the carry-over 'nights' "
        "differ by at most 2 between any two people; people here for only a part are left out."
    )
    rule = Fairness(name="F", wishes=(4, 0, 1), part_year="include")
    assert rule.describe() == (
        "Points for granted wishes (4 for rank 1 and 1 for rank 3) are the same for everybody."
    )
