"""Pairs of people: shared by the kinds that tie two people together."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from app.scheduling.domain.problem import Bools, Grid, Ints, Problem
from app.scheduling.domain.rule import Breach, Concern, Rule, once
from app.scheduling.domain.scope import PersonId

_MOST_STEPS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PairRule(Rule):
    """A rule about two people in each slot in which both are in scope.

    Parameters
    ----------
    pairs
        Person ids, two by two; the order matters only where the kind says so.
    """

    concern: ClassVar[Concern] = "slot"

    pairs: tuple[tuple[PersonId, PersonId], ...]

    def __post_init__(self) -> None:
        """Refuse pairs that are none or named twice."""
        Rule.__post_init__(self)
        if not self.pairs:
            raise ValueError(f"a rule of kind {self.kind} needs at least one pair")
        seen = set()
        for pair in self.pairs:
            if len(set(pair)) < 2:
                raise ValueError(f"{pair[0]!r} is paired with themselves")
            if frozenset(pair) in seen:
                raise ValueError(f"{pair[0]!r} and {pair[1]!r} are paired twice")
            seen.add(frozenset(pair))

    @once
    def members(self, problem: Problem) -> tuple[Ints, Ints]:
        """Return first and second person of each pair: two int arrays (N,)."""
        index = {person.id: number for number, person in enumerate(problem.people)}
        both = np.array([[index[name] for name in pair] for pair in self.pairs], dtype=np.int64)
        return both[:, 0], both[:, 1]

    @once
    def together_in_scope(self, problem: Problem) -> Bools:
        """Return where both people of each pair are in scope: bool array (N, S)."""
        scope = problem.scope(self.who, self.when)
        first, second = self.members(problem)
        result: Bools = scope[first] & scope[second]
        return result

    def meetings(self, problem: Problem) -> Iterator[tuple[int, int, int]]:
        """Yield both people and the slot wherever both are in scope."""
        first, second = (people.tolist() for people in self.members(problem))
        pairs, slots = self.together_in_scope(problem).nonzero()
        for pair, slot in zip(pairs.tolist(), slots.tolist(), strict=True):
            yield first[pair], second[pair], slot

    def breaches(self, problem: Problem, grid: Grid, amounts: Ints, tie: str) -> Iterator[Breach]:
        """Return the breaches of an int array (N, S) of amounts, in scope, with both placements."""
        first, second = (people.tolist() for people in self.members(problem))
        counted = np.where(self.together_in_scope(problem), amounts, 0)
        pairs, slots = counted.nonzero()
        for pair, s in zip(pairs.tolist(), slots.tolist(), strict=True):
            a, b = first[pair], second[pair]
            mine, theirs = (problem.rotations[grid[p, s]].code for p in (a, b))
            what = f"on {mine}, {problem.people[b].label} on {theirs}, {tie},"
            yield Breach(int(counted[pair, s]), a, s, None, None, what)

    def least_clashes(self, problem: Problem, colours: int) -> int:
        """Return how many meetings must be on the same of so many kinds of rotation.

        Exact up to 20,000 steps of search for each slot with other pairs; beyond, none is said to
        have to.
        """
        by_slot: dict[int, set[tuple[int, int]]] = {}
        for a, b, slot in self.meetings(problem):
            by_slot.setdefault(slot, set()).add((a, b))
        known: dict[frozenset[tuple[int, int]], int] = {}
        total = 0
        for pairs in map(frozenset, by_slot.values()):
            if pairs not in known:
                known[pairs] = fewest_alike(pairs, colours)
            total += known[pairs]
        return total


def fewest_alike(pairs: Iterable[tuple[int, int]], colours: int) -> int:
    """Return the fewest pairs whose two members get the same of so many colours."""
    partners: dict[int, set[int]] = {}
    for a, b in pairs:
        partners.setdefault(a, set()).add(b)
        partners.setdefault(b, set()).add(a)
    # Whoever has fewer partners than there are colours always finds one that is left.
    while easy := [person for person, others in partners.items() if len(others) < colours]:
        for other in partners.pop(easy[0]):
            partners[other].discard(easy[0])
    if colours == 1:
        return sum(map(len, partners.values())) // 2
    return _search_colours(partners, colours)


def _search_colours(partners: dict[int, set[int]], colours: int) -> int:
    """Return the fewest pairs alike by branch and bound, or 0 when that takes too long."""
    order = sorted(partners, key=lambda person: -len(partners[person]))
    before = [
        [place for place, other in enumerate(order[:here]) if other in partners[person]]
        for here, person in enumerate(order)
    ]
    best = sum(map(len, partners.values()))
    # Depth first: the colours of the first people in the order, and how many pairs are alike.
    stack: list[tuple[tuple[int, ...], int]] = [((), 0)]
    for _ in range(_MOST_STEPS):
        if not stack:
            return best
        chosen, alike = stack.pop()
        if alike >= best:
            continue
        if len(chosen) == len(order):
            best = alike
            continue
        around = [chosen[place] for place in before[len(chosen)]]
        # Colours that nobody has yet are all the same: one of them is enough.
        choices = range(min(colours, max(chosen, default=-1) + 2))
        stack += [
            ((*chosen, choice), alike + around.count(choice))
            for choice in sorted(choices, key=around.count, reverse=True)
        ]
    return 0
