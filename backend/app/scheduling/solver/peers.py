"""Peers: people to whom the same rules apply, so that only personal dates set them apart."""

from app.scheduling.domain.problem import Problem
from app.scheduling.domain.rule import Rule
from app.scheduling.rules.cohorts import Cohorts


def find_peers(problem: Problem, rules: tuple[Rule, ...]) -> list[list[int]]:
    """Return everybody in groups of peers, in order of their first member.

    Peers are eligible for the same rotation types, in the scope of the same rules at the same
    times and, where there are X+Y rules, of the same cohort. Leave, pre-assignments and wishes may
    differ.
    """
    scopes = [problem.who(rule.who) for rule in rules]
    in_cohorts = any(isinstance(rule, Cohorts) for rule in rules)
    groups: dict[tuple[object, ...], list[int]] = {}
    for person in range(len(problem.people)):
        year = problem.appointments[person]
        signature = (
            problem.eligible[person].tobytes(),
            tuple(scope[person].tobytes() for scope in scopes),
            tuple(now.cohort for now in year) if in_cohorts else (),
        )
        groups.setdefault(signature, []).append(person)
    return list(groups.values())


def in_handfuls(peers: list[list[int]], size: int) -> list[list[int]]:
    """Return each group of peers dealt out into groups of about `size`."""
    dealt: list[list[int]] = []
    for group in peers:
        hands = max(1, round(len(group) / size))
        dealt += [group[hand::hands] for hand in range(hands)]
    return dealt
