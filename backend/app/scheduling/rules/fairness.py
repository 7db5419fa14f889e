"""Fairness: how evenly burdens, or granted wishes, are spread over a group."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Annotated, ClassVar, Literal

import numpy as np

from app.scheduling.domain.problem import Bools, Grid, Ints, Problem
from app.scheduling.domain.rule import Breach, Concern, Rule, once
from app.scheduling.domain.scope import Refers
from app.scheduling.rules.points import check_points, common_step, in_steps
from app.scheduling.rules.wishes import (
    CountedWish,
    by_person,
    counted_wishes,
    reachable_totals,
)
from app.scheduling.rules.words import listed, number

_MOST_GAINS, _MOST_LEVELS = 5_000, 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fairness(Rule):
    """The levels of any two people of the group differ by at most `band` points.

    A person's level is the carry-over plus points: for every slot in scope on given rotations, or
    for every granted wish. The group are the people who are in scope in at least one slot.

    Parameters
    ----------
    points
        Above 0 to 10,000 per slot, by rotation code or group; groups that overlap add up.
    wishes
        Instead of `points`: points by rank for granted wishes, counted as the ranked-wishes kind
        counts them. People without any such wish are not in the group: they could only be last.
    carry_over
        Key of the carry-over that is added to the level, rounded to four decimals; people without
        it are not in the group. Empty: none is added.
    band
        Points by which levels may differ, 0 to 10,000.
    part_year
        Whether people who are not present and in scope in every slot of `when` are in the group.
    """

    title: ClassVar[str] = "Fairness"
    unit: ClassVar[str] = "points"
    concern: ClassVar[Concern] = "all"

    kind: Literal["fairness"] = "fairness"
    points: Annotated[dict[str, float], Refers("rotation type")] = field(default_factory=dict)
    wishes: tuple[float, ...] = ()
    carry_over: str = ""
    band: float = 0
    part_year: Literal["exclude", "include"] = "exclude"

    def __post_init__(self) -> None:
        """Refuse points that say nothing."""
        Rule.__post_init__(self)
        if bool(self.points) == bool(self.wishes):
            raise ValueError("fairness needs either points or wishes")
        check_points("points", [*self.points.values(), *self.wishes])
        check_points("band", [self.band])
        if not all(self.points.values()):
            raise ValueError("points of a rotation must be above 0")
        if self.wishes and not any(self.wishes):
            raise ValueError("wishes need points for at least one rank")

    @once
    def step(self, problem: Problem) -> Fraction:
        """Return the part of a point that points, band and carry-overs are multiples of."""
        points = (*self.points.values(), *self.wishes, self.band)
        return common_step([*points, *self._brought(problem)])

    def _brought(self, problem: Problem) -> list[float]:
        return [person.carry_over.get(self.carry_over, 0) for person in problem.people]

    def allowance(self, problem: Problem) -> int:
        """Return the band in steps."""
        return in_steps([self.band], self.step(problem))[0]

    @once
    def carried(self, problem: Problem) -> Ints:
        """Return what each person brings in steps: int array (P,)."""
        return np.array(in_steps(self._brought(problem), self.step(problem)), dtype=np.int64)

    @once
    def worths(self, problem: Problem) -> Ints:
        """Return the steps that a slot on each rotation type counts: int array (V,)."""
        worths = np.zeros(len(problem.rotations), dtype=np.int64)
        steps = in_steps(self.points.values(), self.step(problem))
        for name, worth in zip(self.points, steps, strict=True):
            worths[list(problem.codes((name,)))] += worth
        return worths

    @once
    def counted(self, problem: Problem) -> tuple[CountedWish, ...]:
        """Return the wishes that count."""
        worths = in_steps(self.wishes, self.step(problem))
        return counted_wishes(problem, problem.scope(self.who, self.when), worths)

    @once
    def group(self, problem: Problem) -> list[int]:
        """Return the people who are compared, by index."""
        scope = problem.scope(self.who, self.when)
        inside: Bools = np.logical_or.reduce(scope, axis=1)
        if self.part_year == "exclude":
            inside &= (scope == problem.when(self.when)).all(axis=1)
        if self.carry_over:
            inside &= np.array([self.carry_over in person.carry_over for person in problem.people])
        if self.wishes:
            asking = {wish.person for wish in self.counted(problem)}
            inside &= np.array([p in asking for p in range(len(problem.people))])
        result: list[int] = inside.nonzero()[0].tolist()
        return result

    def levels(self, problem: Problem, grid: Grid) -> Ints:
        """Return everybody's level in steps: int array (P,)."""
        worths = np.append(self.worths(problem), 0)  # the last entry is ABSENT
        scope = problem.scope(self.who, self.when)
        levels: Ints = self.carried(problem) + np.where(scope, worths[grid], 0).sum(axis=1)
        for wish in self.counted(problem):
            if wish.granted(grid):
                levels[wish.person] += wish.worth
        return levels

    def measure(self, problem: Problem, grid: Grid) -> Iterator[Breach]:
        """Return one breach when the levels differ too much."""
        group = self.group(problem)
        if len(group) < 2:
            return
        levels = self.levels(problem, grid)[group]
        lowest, highest = int(levels.argmin()), int(levels.argmax())
        spread = int(levels[highest] - levels[lowest])
        over = spread - self.allowance(problem)
        if over > 0:
            step = self.step(problem)
            least, most = (
                f"{number(float(int(levels[n]) * step))} ({problem.people[group[n]].label})"
                for n in (lowest, highest)
            )
            what = f"points from {least} to {most}, further apart than {number(self.band)}"
            yield Breach(over, None, None, float(spread * step), self.band, what)

    def ideal(self, problem: Problem) -> int:
        """Return by how much the levels exceed the band when they are as near as they can be.

        0 where one person can gain more than 5,000 different amounts, or the group has more than
        50,000 possible levels: these then lie close to each other.
        """
        group = self.group(problem)
        if len(group) < 2:
            return 0
        gains = self._gains_by_wishes(problem) if self.wishes else self._gains_by_slots(problem)
        carried = self.carried(problem).tolist()
        alike = {(carried[p], gains[p]) for p in group}
        levels = [[carry + gain for gain in own] for carry, own in alike if own is not None]
        if len(levels) < len(alike) or sum(map(len, levels)) > _MOST_LEVELS:
            return 0
        return max(0, smallest_spread(levels) - self.allowance(problem))

    def _gains_by_slots(self, problem: Problem) -> dict[int, frozenset[int] | None]:
        """Return what each person can gain in the slots in scope; None for too many levels."""
        worths = frozenset(self.worths(problem).tolist())
        counts = problem.scope(self.who, self.when).sum(axis=1).tolist()
        gains: list[frozenset[int] | None] = [frozenset({0})]
        for _ in range(max(counts)):
            last = gains[-1]
            sums = None if last is None else frozenset(a + b for a in last for b in worths)
            gains.append(None if sums is None or len(sums) > _MOST_GAINS else sums)
        return {p: gains[count] for p, count in enumerate(counts)}

    def _gains_by_wishes(self, problem: Problem) -> dict[int, frozenset[int] | None]:
        """Return what each person with wishes can gain; None for too many levels."""
        return {
            person: reachable_totals(wishes, len(problem.rotations))
            for person, wishes in by_person(self.counted(problem)).items()
        }

    def describe(self) -> str:
        """Return what is compared, in words."""
        if self.points:
            worths = tuple(f"{number(worth)} for {name}" for name, worth in self.points.items())
            counted = f"Points per period ({listed(worths, 'and')})"
        else:
            worths = tuple(f"{number(n)} for rank {r}" for r, n in enumerate(self.wishes, 1) if n)
            counted = f"Points for granted wishes ({listed(worths, 'and')})"
        if self.carry_over:
            counted += f" plus the carry-over {self.carry_over!r}"
        if self.band:
            text = f"{counted} differ by at most {number(self.band)} between any two people"
        else:
            text = f"{counted} are the same for everybody"
        if self.part_year == "exclude":
            text += "; people here for only a part are left out"
        return text + "."


def smallest_spread(levels: Sequence[Iterable[int]]) -> int:
    """Return how near to each other one level out of each can lie."""
    owners = sorted((level, n) for n, own in enumerate(levels) for level in own)
    missing = set(range(len(levels)))
    inside = dict.fromkeys(missing, 0)
    best = owners[-1][0] - owners[0][0]
    left = 0
    for level, owner in owners:
        inside[owner] += 1
        missing.discard(owner)
        while not missing:
            lowest, leaving = owners[left]
            best = min(best, level - lowest)
            left += 1
            inside[leaving] -= 1
            if not inside[leaving]:
                missing.add(leaving)
    return best
