from dataclasses import replace

import pytest

from app.scheduling.domain.faults import InvalidProgram
from app.scheduling.domain.problem import Problem
from app.scheduling.domain.rule import Rule
from app.scheduling.domain.scope import Who
from app.scheduling.rules.coverage import Coverage
from app.scheduling.rules.preferences import Preference, Preferences
from app.scheduling.rules.requirement import Requirement
from app.scheduling.rules.worst_off import WorstOff
from tests.scheduling.builders import problem, program
from tests.scheduling.rules.found import found, told

LIKES = Preferences(name="likes", points={"A": 3, "B": 1}, reward=2)
ENOUGH = Requirement(name="enough", rotations=("C",), min=1, penalty=5)
LOWEST = WorstOff(name="worst", reward=1)


def scored(rule: WorstOff, *others: Rule, people: int = 2) -> Problem:
    """Return a problem of three slots in which people are scored by some rules."""
    return problem(program(people, 3, "ABC", [*others, rule]))


def test_a_reward_counts_the_lowest_total() -> None:
    made = scored(LOWEST, LIKES, ENOUGH)
    assert found(LOWEST, made, "AAC", "ABC") == [(8, 1, None)]
    assert found(LOWEST, made, "AAB", "ABC") == [(8, 1, None)]
    assert told(LOWEST, made, "AAC", "ABC") == ["the lowest total, 8 points"]


def test_less_than_nothing_can_be_reached() -> None:
    made = scored(LOWEST, LIKES, ENOUGH)
    assert found(LOWEST, made, "BBB", "ABC") == [(1, 0, None)]
    only = WorstOff(name="worst", rules=("enough",), reward=1)
    assert found(only, scored(only, LIKES, ENOUGH), "BBB", "ABC") == [(-5, 0, None)]


@pytest.mark.parametrize(("at_least", "lacking"), [(7, 0), (8, 0), (9, 1), (12, 4)])
def test_otherwise_nobody_has_less_than_so_much(at_least: float, lacking: int) -> None:
    rule = WorstOff(name="worst", at_least=at_least)
    breaches = [(lacking, 1, None)] if lacking else []
    assert found(rule, scored(rule, LIKES), "AAA", "ABC") == breaches


def test_only_the_named_rules_and_the_people_in_scope_count() -> None:
    rule = WorstOff(name="worst", rules=("likes",), who=Who(people=("p2",)), at_least=9)
    assert found(rule, scored(rule, LIKES, ENOUGH), "CCC", "ABC") == [(1, 1, None)]
    nobody = replace(rule, who=Who(pgy=(9,)))
    assert found(nobody, scored(nobody, LIKES), "CCC", "CCC") == []


def test_fractions_of_a_point_add_up() -> None:
    half = Preferences(name="likes", points={"A": 0.5}, reward=0.5)
    made = scored(LOWEST, half, people=1)
    assert LOWEST.step(made) == pytest.approx(0.25)
    assert found(LOWEST, made, "AAB") == [(2, 0, None)]


def test_rules_that_are_hard_or_not_about_single_people_cannot_be_named() -> None:
    hard = replace(ENOUGH, penalty=None)
    shared = Coverage(name="cover", rotations=("A",), min=1, penalty=1)
    for other in (hard, shared):
        rule = WorstOff(name="worst", rules=(other.name,), reward=1)
        with pytest.raises(InvalidProgram, match=f"personal soft rule '{other.name}' is unknown"):
            scored(rule, other)


def test_the_ideal_is_the_lowest_of_what_each_could_have() -> None:
    mine = Preference(who=Who(people=("p1",)), points={"A": 1})
    own = replace(LIKES, personal=(mine,))
    assert LOWEST.ideal(scored(LOWEST, own, ENOUGH)) == 6
    lacking = WorstOff(name="worst", at_least=7)
    assert lacking.ideal(scored(lacking, own, ENOUGH)) == 1
    assert WorstOff(name="worst", at_least=6).ideal(scored(lacking, own)) == 0


def test_numbers_that_mean_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="either a reward or at_least"):
        WorstOff(name="worst", at_least=2, reward=1)
    with pytest.raises(ValueError, match="either a reward or at_least"):
        WorstOff(name="worst", penalty=1)
    with pytest.raises(ValueError, match="at_least -20000"):
        WorstOff(name="worst", at_least=-20_000)


def test_the_description_says_what_is_added_up() -> None:
    assert LOWEST.describe() == (
        "The higher the lowest total of a person, the better; "
        "totals of all soft rules about single people."
    )
    named = WorstOff(name="worst", rules=("likes", "enough"), at_least=2)
    assert named.describe() == "Nobody has less than 2 points in total of likes and enough."
