from fractions import Fraction
from itertools import product
from typing import Any

import pytest

from app.scheduling.domain.people import Wish
from app.scheduling.domain.problem import Problem
from app.scheduling.domain.scope import When
from app.scheduling.rules.wishes import Wishes
from tests.scheduling.builders import day, problem, program
from tests.scheduling.rules.found import found, told


def asking(*wishes: Wish, **person: Any) -> Problem:
    return problem(program(1, p1={"wishes": wishes, **person}))


ICU_THEN_NO_C = asking(
    Wish(rank=1, rotations=("A", "B"), periods=("1-2",)),
    Wish(rank=2, rotations=("C",), periods=(3,), avoid=True),
)


def test_a_penalty_counts_the_points_denied() -> None:
    rule = Wishes(name="Wishes", penalty=1)
    assert found(rule, ICU_THEN_NO_C, "ABAC") == []
    assert found(rule, ICU_THEN_NO_C, "ACAC") == [(4, 0, None)]
    assert found(rule, ICU_THEN_NO_C, "ABCC") == [(3, 0, 2)]


def test_a_reward_counts_the_points_granted() -> None:
    rule = Wishes(name="Wishes", reward=1)
    assert found(rule, ICU_THEN_NO_C, "ABAC") == [(4, 0, None), (3, 0, 2)]
    assert found(rule, ICU_THEN_NO_C, "CBCC") == []


def test_hard_wants_every_counted_wish() -> None:
    rule = Wishes(name="First choices", ranks=(1,))
    assert found(rule, ICU_THEN_NO_C, "ABCC") == []
    assert found(rule, ICU_THEN_NO_C, "CBAC") == [(4, 0, None)]


def test_messages_name_the_wish() -> None:
    assert told(Wishes(name="Wishes"), ICU_THEN_NO_C, "CCCC") == [
        "wish 1 denied: A or B throughout periods 1-2",
        "wish 2 denied: not C",
    ]
    assert told(Wishes(name="Wishes", reward=1), ICU_THEN_NO_C, "CCAC") == ["wish 2 granted: not C"]


def test_only_slots_with_an_appointment_are_asked() -> None:
    wish = Wish(rotations=("A",), periods=("1-3",))
    rule = Wishes(name="Wishes", penalty=1)
    assert found(rule, asking(wish, start=day(3)), "..AC") == []
    assert found(rule, asking(wish, start=day(4)), "...C") == []


def test_a_wish_counts_whole_when_one_slot_is_in_scope() -> None:
    year = asking(Wish(rotations=("A",), periods=("1-2",)))
    assert found(Wishes(name="W", when=When(periods=(2,))), year, "CAAA") == [(4, 0, None)]
    assert found(Wishes(name="W", when=When(periods=(3,))), year, "CAAA") == []


def test_ranks_without_points_do_not_count() -> None:
    year = asking(Wish(rank=3, rotations=("A",), periods=(1,)))
    assert found(Wishes(name="W", points=(2, 1)), year, "CCCC") == []
    assert found(Wishes(name="W", points=(2, 1, 0)), year, "CCCC") == []


def test_fractions_of_points_are_steps() -> None:
    rule = Wishes(name="W", points=(1.5, 0.25))
    assert rule.step(ICU_THEN_NO_C) == Fraction(1, 4)
    assert found(rule, ICU_THEN_NO_C, "CCCC") == [(6, 0, None), (1, 0, 2)]


CONFLICTS = asking(
    Wish(rank=1, rotations=("A",), periods=("1-3",)),
    Wish(rank=2, rotations=("A",), periods=(2,), avoid=True),
    Wish(rank=2, rotations=("B",), periods=(3,)),
    Wish(rank=3, rotations=("C",), periods=(4,)),
)


def test_ideal_weighs_wishes_that_contradict_each_other() -> None:
    assert Wishes(name="W", reward=1).ideal(CONFLICTS) == 3 + 3 + 2
    assert Wishes(name="W", penalty=1).ideal(CONFLICTS) == 4
    assert Wishes(name="W", reward=1, points=(9, 3, 2)).ideal(CONFLICTS) == 9 + 2
    assert Wishes(name="W").ideal(ICU_THEN_NO_C) == 0


@pytest.mark.parametrize("points", [(4, 3, 2, 1), (5, 2, 1), (1, 7, 0), (0.5,)])
def test_ideal_is_the_best_of_all_grids(points: tuple[float, ...]) -> None:
    rule = Wishes(name="W", reward=1, points=points)
    rows = ("".join(row) for row in product("ABC", repeat=4))
    best = max(sum(amount for amount, _, _ in found(rule, CONFLICTS, row)) for row in rows)
    assert rule.ideal(CONFLICTS) == best


def test_ideal_stays_a_bound_when_there_are_too_many_combinations() -> None:
    slots = range(1, 17)
    wishes = tuple(Wish(rank=n, rotations=("A",), periods=(n,)) for n in slots)
    year = problem(program(1, slots=16, p1={"wishes": wishes}))
    rule = Wishes(name="W", reward=1, points=tuple(2**n / 10 for n in range(14)))
    assert rule.ideal(year) == sum(2**n for n in range(14))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"points": ()}, "at least one rank"),
        ({"points": (0, 0)}, "at least one rank"),
        ({"points": (1, -1)}, "points -1"),
        ({"points": (float("nan"),)}, "points nan"),
        ({"points": (0.00001,)}, "4 decimals"),
        ({"points": (10_001,)}, "10000"),
        ({"points": (2, 1), "ranks": (3,)}, "rank 3 has no points"),
        ({"points": (2, 0), "ranks": (2,)}, "rank 2 has no points"),
        ({"ranks": (0,)}, "rank 0 has no points"),
    ],
)
def test_points_that_say_nothing_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Wishes(name="W", **wrong)


def test_describe() -> None:
    soft = Wishes(name="W", reward=1, points=(2.5, 0, 1))
    text = "Wishes count by rank when granted throughout: points 2.5 for rank 1 and 1 for rank 3."
    assert soft.describe() == text
    assert Wishes(name="W", ranks=(1, 2)).describe() == "Every wish of rank 1 or 2 is granted."
