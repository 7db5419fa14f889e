"""Coverage: how many people a rotation needs and holds in every period."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import gcd
from typing import Any, ClassVar, Literal

import numpy as np

from app.scheduling.domain.limits import limited
from app.scheduling.domain.problem import HALF_LEAVE, Grid, Ints, Problem
from app.scheduling.domain.rule import Breach, Concern, Rule, once
from app.scheduling.domain.scope import STRICT, RotationCodes, Who, expand_periods
from app.scheduling.rules.words import listed, number, people, span

NO_LIMIT = np.iinfo(np.int64).max // 4
"""Stands for "no limit" in integer limit arrays; large enough never to bind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ramp:
    """Other limits from a period on, until the next ramp entry."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    period: int
    min: int | None = None
    max: int | None = None

    def __post_init__(self) -> None:
        """Refuse huge numbers."""
        limited("period", self.period)
        limited("min", self.min)
        limited("max", self.max)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """What some people bring instead of the rule's `units`, from 0.

    `half_leave_units` is what they bring in a period with half leave; as `units` when not given.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    who: Who
    units: int
    half_leave_units: int | None = None

    def __post_init__(self) -> None:
        """Refuse more on half leave than on none."""
        limited("units", self.units)
        limited("half_leave_units", self.half_leave_units)
        _check_units(self.units, self.half_leave_units)


def _check_units(units: int, half_leave_units: int | None) -> None:
    if not 0 <= (half_leave_units or 0) <= units:
        raise ValueError(f"{half_leave_units} units on half leave: expected 0 to {units}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage(Rule):
    """In every period the people in scope on these rotations bring `min` to `max` units.

    Parameters
    ----------
    rotations
        Counted together.
    min, max, exactly
        Limits in units, from 0; `exactly` sets both.
    units
        What one person brings, at least 1.
    half_leave_units
        What a person brings in a period with half leave; as `units` when not given.
    weights
        What some people bring instead, a senior two and an intern one; the first that fits counts.
    fte
        Multiply a person's units by the full-time equivalent.
    ramp
        Other limits from given periods on (interns are not in the ICU in July).
    """

    title: ClassVar[str] = "Coverage"
    unit: ClassVar[str] = "units short or over"
    concern: ClassVar[Concern] = "slot"

    kind: Literal["coverage"] = "coverage"
    rotations: RotationCodes
    min: int | None = None
    max: int | None = None
    exactly: int | None = None
    units: int = 1
    half_leave_units: int | None = None
    weights: tuple[Weight, ...] = ()
    fte: bool = False
    ramp: tuple[Ramp, ...] = ()

    def __post_init__(self) -> None:
        """Refuse limits that contradict each other."""
        Rule.__post_init__(self)
        if not self.rotations:
            raise ValueError("coverage needs at least one rotation")
        if self.exactly is not None and (self.min is not None or self.max is not None):
            raise ValueError("exactly stands alone, without min and max")
        if self.exactly is None and self.min is None and self.max is None and not self.ramp:
            raise ValueError("coverage needs min, max or exactly")
        for step in self.ramp:
            expand_periods((step.period,))
        if [step.period for step in self.ramp] != sorted({step.period for step in self.ramp}):
            raise ValueError("the periods of a ramp must rise")
        for low, high in [self._plain, *((step.min, step.max) for step in self.ramp)]:
            if (low or 0) < 0 or (high is not None and high < (low or 0)):
                raise ValueError(f"coverage from {low} to {high}: expected 0 <= min <= max")
        if self.units < 1:
            raise ValueError(f"units {self.units}: expected at least 1")
        _check_units(self.units, self.half_leave_units)

    @property
    def _plain(self) -> tuple[int | None, int | None]:
        return (self.min, self.max) if self.exactly is None else (self.exactly, self.exactly)

    @once
    def step(self, problem: Problem) -> Fraction:
        """Return one unit, or a fraction of it that all FTEs are multiples of."""
        if not self.fte:
            return Fraction(1)
        everybody = (problem.whole or problem).appointments
        shares = {Fraction(str(now.fte)) for year in everybody for now in year}
        return Fraction(1, int(np.lcm.reduce([share.denominator for share in shares])))

    @once
    def brought(self, problem: Problem) -> Ints:
        """Return the steps that each person brings per slot: int array (P, S), 0 out of scope."""
        units = _units(problem, self.units, self.half_leave_units)
        for weight in reversed(self.weights):
            theirs = _units(problem, weight.units, weight.half_leave_units)
            units = np.where(problem.who(weight.who), theirs, units)
        if self.fte:
            steps = 1 / self.step(problem)
            shares = [
                [int(Fraction(str(now.fte)) * steps) for now in y] for y in problem.appointments
            ]
            units = units * np.array(shares, dtype=np.int64)
        result: Ints = np.where(problem.who(self.who), units, 0).astype(np.int64)
        return result

    @once
    def limits(self, problem: Problem) -> tuple[Ints, Ints]:
        """Return lowest and highest steps per slot: two int arrays (S,); 0, `NO_LIMIT` for none."""
        steps = int(1 / self.step(problem))
        low, high = (np.zeros(len(problem.slots), dtype=np.int64) for _ in range(2))
        high += NO_LIMIT
        in_force = problem.when(self.when)
        for number_, slot in enumerate(problem.slots):
            least, most = self._plain
            for entry in self.ramp:
                if entry.period <= slot.period:
                    least, most = entry.min, entry.max
            if in_force[number_]:
                low[number_] = (least or 0) * steps
                high[number_] = NO_LIMIT if most is None else most * steps
        return low, high

    def measure(self, problem: Problem, grid: Grid) -> Iterator[Breach]:
        """Return one breach per slot that is short or over."""
        on = problem.on(grid, self.rotations)
        there = np.where(on, self.brought(problem), 0).sum(axis=0)
        low, high = self.limits(problem)
        steps = float(1 / self.step(problem))
        for s in ((there < low) | (there > high)).nonzero()[0].tolist():
            limit = low[s] if there[s] < low[s] else high[s]
            word = "of at least" if there[s] < low[s] else "of at most"
            measured, allowed = there[s] / steps, limit / steps
            what = f"{number(measured)} {word} {number(allowed)} on {listed(self.rotations)}"
            yield Breach(abs(int(there[s] - limit)), None, s, measured, allowed, what)

    def ideal(self, problem: Problem) -> int:
        """Return what remains short or over when everybody is where each slot wants them."""
        low, high = self.limits(problem)
        brought = self.brought(problem)
        anywhere = len(problem.codes(self.rotations)) == len(problem.rotations)
        return sum(
            least_breach(brought[:, s].tolist(), int(low[s]), int(high[s]), all_of_them=anywhere)
            for s in ((low > 0) | (high < NO_LIMIT)).nonzero()[0].tolist()
        )

    def describe(self) -> str:
        """Return the limits in words."""
        low, high = self._plain
        heads = self.units == 1 and not self.fte and not self.weights
        counted = "" if heads else " units"
        text = f"{listed(self.rotations)}: {span(low, high)}{counted} in every period"
        if self.units != 1 or self.half_leave_units is not None or self.weights:
            text += f"; a person brings {self.units}"
            if self.half_leave_units is not None:
                text += f", {self.half_leave_units} on half leave"
        for weight in self.weights:
            text += f"; {people(weight.who) or 'everybody else'} bring {weight.units}"
            if weight.half_leave_units is not None:
                text += f", {weight.half_leave_units} on half leave"
        if self.fte:
            text += "; people count by their FTE"
        for entry in self.ramp:
            text += f"; from period {entry.period}: {span(entry.min, entry.max)}"
        return text + "."


def least_breach(counts: Iterable[int], low: int, high: int, *, all_of_them: bool) -> int:
    """Return how near the sum of some of `counts` can come to the range from `low` to `high`.

    Parameters
    ----------
    all_of_them
        Whether only the sum of all is possible, as where every rotation type counts.
    """
    sizes = [count for count in counts if count]
    if all_of_them or not sizes:
        total = sum(sizes)
        return max(low - total, total - high, 0)
    # Bit n stands for the sum of n parts. Only the sums next to `low` matter: the least sum from
    # there on exceeds it by less than one count.
    part = gcd(*sizes)
    first = -(-low // part)
    kept = (1 << first + max(sizes) // part) - 1
    reachable = 1
    for size in sizes:
        reachable |= (reachable << size // part) & kept
    enough, short = reachable >> first, reachable & ((1 << first) - 1)
    breaches = []
    if enough:
        breaches.append(max(part * (first + (enough & -enough).bit_length() - 1) - high, 0))
    if short:
        breaches.append(low - part * (short.bit_length() - 1))
    return min(breaches)


def _units(problem: Problem, units: int, half_leave_units: int | None) -> Ints:
    """Return what people of one weight bring: int array (P, S)."""
    on_half_leave = units if half_leave_units is None else half_leave_units
    return np.where(problem.leave == HALF_LEAVE, on_half_leave, units)
