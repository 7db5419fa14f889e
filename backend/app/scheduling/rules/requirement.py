"""Requirement: how much of a rotation each person must and may have."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import ClassVar, Literal

import numpy as np

from app.scheduling.domain.limits import HIGHEST, has_decimals
from app.scheduling.domain.problem import Bools, Grid, Ints, Problem
from app.scheduling.domain.rule import Breach, Concern, Rule, once
from app.scheduling.domain.scope import RotationCodes, Who
from app.scheduling.rules.coverage import NO_LIMIT, least_breach
from app.scheduling.rules.words import amount, listed, number, people

_DECIMALS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement(Rule):
    """Each person in scope spends `min` to `max` periods or weeks on these rotations.

    Parameters
    ----------
    rotations
        Counted together.
    min, max, exactly
        Limits per person over the periods of `when`, from 0, with at most three decimals; `exactly`
        sets both.
    counted_in
        Periods (a part of a split one counts by its days) or weeks (days over seven).
    waived
        People from whom it is not asked.
    prorate
        Scale the limits to the share of the time for which the person is appointed, the lowest
        rounded down and the highest up to a whole step.
    """

    title: ClassVar[str] = "Requirement"
    unit: ClassVar[str] = "periods or weeks short or over"
    concern: ClassVar[Concern] = "person"

    kind: Literal["requirement"] = "requirement"
    rotations: RotationCodes
    min: float | None = None
    max: float | None = None
    exactly: float | None = None
    counted_in: Literal["periods", "weeks"] = "periods"
    waived: Who | None = None
    prorate: bool = False

    def __post_init__(self) -> None:
        """Refuse limits that contradict each other."""
        Rule.__post_init__(self)
        if not self.rotations:
            raise ValueError("a requirement needs at least one rotation")
        if self.exactly is not None and (self.min is not None or self.max is not None):
            raise ValueError("exactly stands alone, without min and max")
        low, high = self._plain
        if low is None and high is None:
            raise ValueError("a requirement needs min, max or exactly")
        if not 0 <= (low or 0) <= (high if high is not None else HIGHEST):
            raise ValueError(f"requirement from {low} to {high}: expected 0 <= min <= max")
        if not all(has_decimals(limit, _DECIMALS) for limit in (low or 0, high or 0)):
            raise ValueError(
                f"requirement from {low} to {high}: expected at most {_DECIMALS} decimals"
            )

    @property
    def _plain(self) -> tuple[float | None, float | None]:
        return (self.min, self.max) if self.exactly is None else (self.exactly, self.exactly)

    def step(self, problem: Problem) -> Fraction:
        """Return the part of a period or week that all slots and limits are multiples of."""
        return Fraction(1, self._scale(problem)[1])

    @once
    def _scale(self, problem: Problem) -> tuple[Ints, int]:
        """Return steps per slot and steps per unit, fine enough for the limits too."""
        amounts, steps = problem.amounts(self.counted_in)
        finer = 1
        for limit in self._plain:
            if limit is not None:
                finer = int(np.lcm(finer, (Fraction(str(limit)) * steps).denominator))
        return amounts * finer, steps * finer

    @once
    def counts(self, problem: Problem) -> Ints:
        """Return what each cell counts in steps: int array (P, S), 0 out of scope."""
        result: Ints = np.where(problem.scope(self.who, self.when), self._scale(problem)[0], 0)
        return result

    @once
    def asked(self, problem: Problem) -> Bools:
        """Return of whom it is asked: bool array (P,)."""
        asked: Bools = np.logical_or.reduce(problem.scope(self.who, self.when), axis=1)
        if self.waived is not None:
            asked &= ~np.logical_or.reduce(problem.who(self.waived), axis=1)
        return asked

    @once
    def limits(self, problem: Problem) -> tuple[Ints, Ints]:
        """Return lowest and highest steps per person: two int arrays (P,)."""
        steps = self._scale(problem)[1]
        least, most = self._plain
        low = np.full(len(problem.people), int(Fraction(str(least or 0)) * steps), dtype=np.int64)
        high = np.full_like(low, NO_LIMIT if most is None else int(Fraction(str(most)) * steps))
        if self.prorate:
            amounts = np.where(problem.when(self.when), self._scale(problem)[0], 0)
            total = int(amounts.sum())
            for person in range(len(problem.people)):
                there = int(amounts[problem.present[person]].sum())
                share = Fraction(there, total) if total else Fraction(1)
                low[person] = floor(int(low[person]) * share)
                if most is not None:
                    high[person] = ceil(int(high[person]) * share)
        return low, high

    def measure(self, problem: Problem, grid: Grid) -> Iterator[Breach]:
        """Return one breach per person with too little or too much."""
        done = np.where(problem.on(grid, self.rotations), self.counts(problem), 0).sum(axis=1)
        low, high = self.limits(problem)
        steps = float(1 / self.step(problem))
        wrong = self.asked(problem) & ((done < low) | (done > high))
        for p in wrong.nonzero()[0].tolist():
            limit = low[p] if done[p] < low[p] else high[p]
            word = "of at least" if done[p] < low[p] else "of at most"
            measured, allowed = done[p] / steps, limit / steps
            what = (
                f"{number(measured)} {word} {number(allowed)} {self.counted_in} "
                f"on {listed(self.rotations)}"
            )
            yield Breach(abs(int(done[p] - limit)), p, None, measured, allowed, what)

    def ideal(self, problem: Problem) -> int:
        """Return what is missing or too much when each person does what suits the rule best."""
        low, high = self.limits(problem)
        counts = self.counts(problem)
        anywhere = len(problem.codes(self.rotations)) == len(problem.rotations)
        return sum(
            least_breach(counts[p].tolist(), int(low[p]), int(high[p]), all_of_them=anywhere)
            for p in self.asked(problem).nonzero()[0].tolist()
        )

    def describe(self) -> str:
        """Return the limits in words."""
        low, high = self._plain
        text = f"Each person has {amount(low, high, self.counted_in)} of {listed(self.rotations)}"
        if self.prorate:
            text += ", in proportion to the part of the year served"
        if self.waived is not None:
            text += f"; not asked from {people(self.waived)}"
        return text + "."
