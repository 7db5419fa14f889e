"""Ranked wishes: what people asked for."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Literal

from app.scheduling.domain.people import Wish
from app.scheduling.domain.problem import Bools, Grid, Problem
from app.scheduling.domain.rule import Breach, Concern, Rule, once
from app.scheduling.domain.scope import expand_periods
from app.scheduling.rules.points import check_points, common_step, in_steps
from app.scheduling.rules.words import listed, number

_MOST_STATES = 20_000


@dataclass(frozen=True, slots=True)
class CountedWish:
    """A wish that a rule counts.

    Parameters
    ----------
    person, slots
        Whose it is, and all slots of its periods in which they are present, by index.
    granted_by
        Indices of the rotation types that grant it where they fill all these slots.
    worth
        Its points, in steps.
    """

    person: int
    slots: tuple[int, ...]
    granted_by: frozenset[int]
    worth: int
    wish: Wish

    def granted(self, grid: Grid) -> bool:
        """Return whether a schedule grants it."""
        return all(int(grid[self.person, slot]) in self.granted_by for slot in self.slots)


def counted_wishes(
    problem: Problem, scope: Bools, worths: Sequence[int], ranks: Sequence[int] = ()
) -> tuple[CountedWish, ...]:
    """Return the wishes that count, in order of people and of their lists.

    Parameters
    ----------
    scope : bool array (P, S)
        A wish counts when this holds in at least one of its slots.
    worths
        Steps by rank; a wish that is worth nothing does not count.
    ranks
        Only these; empty: all.
    """
    every = problem.codes(())
    found = []
    for p, person in enumerate(problem.people):
        for wish in person.wishes:
            worth = worths[wish.rank - 1] if wish.rank <= len(worths) else 0
            slots = [s for s in problem.slots_of(wish.periods) if problem.present[p, s]]
            if worth and (not ranks or wish.rank in ranks) and scope[p, slots].any():
                named = problem.codes(wish.rotations)
                granted_by = every - named if wish.avoid else named
                found.append(CountedWish(p, tuple(slots), granted_by, worth, wish))
    return tuple(found)


def by_person(wishes: Iterable[CountedWish]) -> dict[int, list[CountedWish]]:
    """Return the wishes of each person who has any."""
    result: dict[int, list[CountedWish]] = {}
    for wish in wishes:
        result.setdefault(wish.person, []).append(wish)
    return result


def reachable_totals(wishes: Sequence[CountedWish], rotations: int) -> frozenset[int] | None:
    """Return every total of steps that some year grants one person.

    Parameters
    ----------
    wishes
        All of the same person.
    rotations
        How many rotation types there are.

    Returns
    -------
    frozenset of int or None
        None when there are too many ways to grant and deny to go through.
    """
    # From slot to slot, the wishes that are still granted (as bits) and the points already safe.
    states = {((1 << len(wishes)) - 1, 0)}
    last = [max(wish.slots) for wish in wishes]
    for slot in sorted({slot for wish in wishes for slot in wish.slots}):
        broken_by_code = {
            sum(
                1 << n
                for n, wish in enumerate(wishes)
                if slot in wish.slots and code not in wish.granted_by
            )
            for code in range(rotations)
        }
        ending = [n for n, end in enumerate(last) if end == slot]
        over = sum(1 << n for n in ending)
        after = set()
        for alive, total in states:
            for broken in broken_by_code:
                kept = alive & ~broken
                safe = sum(wishes[n].worth for n in ending if kept >> n & 1)
                after.add((kept & ~over, total + safe))
        if len(after) > _MOST_STATES:
            return None
        states = after
    return frozenset(total for _, total in states)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes(Rule):
    """People are on what they asked for: each wish has points by its rank.

    A wish is granted when the person is on one of its rotations (on none of them, when it says to
    avoid) in all slots of its periods in which they are present. It counts when the person is in
    scope in at least one of these slots. With a reward each point granted earns it, with a penalty
    each point denied costs it; a hard rule wants every counted wish granted.

    Parameters
    ----------
    points
        By rank, from rank 1, each 0 to 10,000; wishes of later ranks do not count.
    ranks
        Count only these ranks; empty: all.
    """

    title: ClassVar[str] = "Ranked wishes"
    unit: ClassVar[str] = "points"
    concern: ClassVar[Concern] = "person"
    rewardable: ClassVar[bool] = True

    kind: Literal["wishes"] = "wishes"
    points: tuple[float, ...] = (4, 3, 2, 1)
    ranks: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Refuse points that say nothing and ranks without points."""
        Rule.__post_init__(self)
        check_points("points", self.points)
        if not any(self.points):
            raise ValueError("wishes need points for at least one rank")
        for rank in self.ranks:
            if not (1 <= rank <= len(self.points) and self.points[rank - 1]):
                raise ValueError(f"rank {rank} has no points")

    def step(self, problem: Problem) -> Fraction:  # noqa: ARG002
        """Return the part of a point that all points are multiples of."""
        return common_step(self.points)

    @once
    def counted(self, problem: Problem) -> tuple[CountedWish, ...]:
        """Return the wishes that count."""
        worths = in_steps(self.points, self.step(problem))
        return counted_wishes(problem, problem.scope(self.who, self.when), worths, self.ranks)

    def measure(self, problem: Problem, grid: Grid) -> Iterator[Breach]:
        """Return one breach per wish denied or, with a reward, one per wish granted."""
        rewarded = self.mode == "reward"
        for wish in self.counted(problem):
            if wish.granted(grid) == rewarded:
                word = "granted" if rewarded else "denied"
                what = f"wish {wish.wish.rank} {word}: {_wish_words(wish.wish)}"
                periods = {problem.slots[slot].period for slot in wish.slots}
                slot = wish.slots[0] if len(periods) == 1 else None
                yield Breach(wish.worth, wish.person, slot, None, None, what)

    def ideal(self, problem: Problem) -> int:
        """Return the most that can be granted, or the least that must be denied.

        The wishes of one person may contradict each other. Above 20,000 combinations at a time
        their sum stands for the most that can be granted.
        """
        total = granted = 0
        for wishes in by_person(self.counted(problem)).values():
            asked = sum(wish.worth for wish in wishes)
            totals = reachable_totals(wishes, len(problem.rotations))
            total += asked
            granted += asked if totals is None else max(totals)
        return granted if self.mode == "reward" else total - granted

    def describe(self) -> str:
        """Return the points in words."""
        counted = [
            (rank, worth)
            for rank, worth in enumerate(self.points, 1)
            if worth and (not self.ranks or rank in self.ranks)
        ]
        if self.hard:
            ranks = listed(tuple(str(rank) for rank, _ in counted))
            text = f"Every wish of rank {ranks} is granted"
        else:
            worths = tuple(f"{number(worth)} for rank {rank}" for rank, worth in counted)
            text = f"Wishes count by rank when granted throughout: points {listed(worths, 'and')}"
        return text + "."


def _wish_words(wish: Wish) -> str:
    """Return a wish in words: "ICU or NF", "not NF throughout periods 3 and 5-7"."""
    text = f"{'not ' if wish.avoid else ''}{listed(wish.rotations)}"
    if len(expand_periods(wish.periods)) > 1:
        text += f" throughout periods {listed(tuple(str(p) for p in wish.periods), 'and')}"
    return text
