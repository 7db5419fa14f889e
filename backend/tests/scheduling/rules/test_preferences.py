from dataclasses import replace
from typing import Literal

import pytest

from app.scheduling.domain.faults import InvalidProgram
from app.scheduling.domain.scope import When, Who
from app.scheduling.rules.preferences import Preference, Preferences
from tests.scheduling.builders import best_amount, day, found, problem, program

ANN = Preference(who=Who(people=("p1",)), points={"C": 2.5})


def test_a_reward_counts_every_point() -> None:
    rule = Preferences(name="likes", points={"A": 3, "B": 1}, reward=1)
    assert found(rule, "AABC", "CCCC", "CCCB") == [(0, None, 7), (2, None, 1)]


@pytest.mark.parametrize(("row", "short"), [("AAAB", 0), ("AABB", 0), ("ABBB", 2), ("CCCC", 8)])
def test_otherwise_everybody_reaches_so_many_points(row: str, short: int) -> None:
    rule = Preferences(name="likes", points={"A": 3, "B": 1}, at_least=8)
    assert found(rule, row) == ([(0, None, short)] if short else [])


def test_points_of_ones_own_replace_all_others() -> None:
    rule = Preferences(name="likes", points={"A": 3}, personal=(ANN,), reward=1)
    assert found(rule, "ACC", "ACC") == [(0, None, 10), (1, None, 6)]  # in halves of a point
    senior = Preference(who=Who(pgy=(1,)), points={"A": 1})
    assert found(replace(rule, personal=(ANN, senior)), "ACC", "ACC") == [
        (0, None, 10),
        (1, None, 2),
    ]


def test_only_slots_in_scope_count() -> None:
    rule = Preferences(name="likes", points={"A": 1}, at_least=2, when=When(periods=("2-3",)))
    assert found(rule, "AABA") == [(0, None, 1)]
    assert found(rule, ".AAB", p1={"start": day(2)}) == []
    assert found(rule, "B...", p1={"end": day(1)}) == []


def test_a_stay_counts_once_where_it_begins_in_scope() -> None:
    rule = Preferences(name="likes", points={"A": 2, "B": 1}, counted_in="stays", reward=1)
    assert found(rule, "AAABA", "BBBBB", "CCCCC") == [(0, None, 5), (1, None, 1)]
    late = replace(rule, when=When(periods=("2-5",)))
    assert found(late, "AAABA", "CBBBA") == [(0, None, 3), (1, None, 3)]


def test_overlapping_groups_add_up() -> None:
    rule = Preferences(name="likes", points={"A": 1, "ward": 2}, reward=1)
    made = replace(program(1, 2), rotation_groups={"ward": ("A", "B")}, rules=(rule,))
    assert rule.ideal(problem(made)) == 6


@pytest.mark.parametrize("codes", ["C", "ABC"])
@pytest.mark.parametrize("counted_in", ["periods", "stays"])
@pytest.mark.parametrize("reward", [None, 1])
def test_the_ideal_is_what_the_best_grid_has(
    reward: float | None, counted_in: Literal["periods", "stays"], codes: str
) -> None:
    rule = Preferences(
        name="likes",
        points={codes[0]: 1, codes[-1]: 0.5},
        personal=(ANN,),
        counted_in=counted_in,
        at_least=7 if reward is None else None,
        reward=reward,
        when=When(except_periods=(2,)),
    )
    made = problem(program(2, 4, codes, [rule], p1={"start": day(2)}, p2={"end": day(3)}))
    assert rule.ideal(made) == best_amount(rule, made)


def test_points_and_numbers_that_mean_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="points for at least one rotation"):
        Preferences(name="likes", points={"A": 0}, reward=1)
    with pytest.raises(ValueError, match="no meaning with a reward"):
        Preferences(name="likes", points={"A": 1}, at_least=2, reward=1)
    with pytest.raises(ValueError, match="a reward, or the points to reach"):
        Preferences(name="likes", points={"A": 1}, penalty=1)
    with pytest.raises(ValueError, match="points -1"):
        Preference(who=Who(), points={"A": -1})
    with pytest.raises(ValueError, match="at_least -1"):
        Preferences(name="likes", points={"A": 1}, at_least=-1)


def test_names_in_points_of_ones_own_are_checked() -> None:
    rule = Preferences(name="likes", personal=(replace(ANN, points={"D": 1}),), reward=1)
    with pytest.raises(InvalidProgram, match="rotation type 'D' is unknown"):
        program(1, 2, "ABC", [rule])


def test_the_description_names_a_few() -> None:
    rule = Preferences(name="likes", points={"A": 3, "B": 1}, personal=(ANN,), reward=1)
    assert rule.describe() == "Each period counts points: 3 on A and 1 on B; for p1 2.5 on C."
    many = Preferences(name="likes", personal=(ANN,) * 4, at_least=5)
    assert many.describe() == (
        "Each period counts points: 4 groups or people have points of their own. "
        "Each person has at least 5."
    )
