"""Run length: how long one stays on a rotation without a break."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from app.scheduling.domain.problem import Grid, Ints, Problem
from app.scheduling.domain.rule import Breach, Concern, Rule
from app.scheduling.domain.scope import RotationCodes
from app.scheduling.rules.runs import (
    Runs,
    covers_all,
    first_present,
    last_present,
    run_words,
    runs_of,
    runs_on,
)
from app.scheduling.rules.words import listed, span


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLength(Rule):
    """Whoever begins these rotations stays for `min` to `max` periods in a row.

    A run counts when its first slot is in scope; lengths are counted in slots of the grid, so that
    both parts of a split period count.

    Parameters
    ----------
    rotations
        At least one.
    min, max
        Limits of a run, from 1; at least one of them.
    each
        Every rotation by itself; otherwise going from one to another does not end a run.
    cut_by_year
        A run that touches the first or last slot of the year or of the person's appointment may be
        shorter than `min`: the rest of it may lie outside.
    """

    title: ClassVar[str] = "Run length"
    unit: ClassVar[str] = "periods too short or too long"
    concern: ClassVar[Concern] = "person"

    kind: Literal["run_length"] = "run_length"
    rotations: RotationCodes
    min: int | None = None
    max: int | None = None
    each: bool = True
    cut_by_year: bool = True

    def __post_init__(self) -> None:
        """Refuse limits that contradict each other."""
        Rule.__post_init__(self)
        if not self.rotations:
            raise ValueError("a run length needs at least one rotation")
        if self.min is None and self.max is None:
            raise ValueError("a run length needs min or max")
        low, high = self.min or 1, self.max
        if low < 1 or self.min == 0 or (high is not None and high < low):
            raise ValueError(f"run length from {self.min} to {high}: expected 1 <= min <= max")

    def measure(self, problem: Problem, grid: Grid) -> Iterator[Breach]:
        """Return one breach per run that is too short or too long."""
        for names, runs in runs_on(problem, grid, self.rotations, each=self.each):
            lengths, amounts = runs.length, self._amounts(problem, runs)
            for n in amounts.nonzero()[0].tolist():
                length = int(lengths[n])
                short = self.min is not None and length < self.min
                limit = self.min if short else self.max
                word = "at least" if short else "at most"
                what = f"{length} of {word} {limit} periods in a row on {listed(names)}, beginning"
                place = int(runs.person[n]), int(runs.first[n])
                yield Breach(int(amounts[n]), *place, length, limit, what)

    def _amounts(self, problem: Problem, runs: Runs) -> Ints:
        """Return by how much each run is too short or too long: int array (N,)."""
        lengths = runs.length
        short = np.zeros_like(lengths) if self.min is None else np.maximum(0, self.min - lengths)
        long = np.zeros_like(lengths) if self.max is None else np.maximum(0, lengths - self.max)
        if self.cut_by_year and short.any():
            cut = first_present(problem.present)[runs.person, runs.first]
            cut |= last_present(problem.present)[runs.person, runs.last]
            short[cut] = 0
        inside = problem.scope(self.who, self.when)[runs.person, runs.first]
        result: Ints = (short + long) * inside
        return result

    def ideal(self, problem: Problem) -> int:
        """Return 0, or what remains when there is nothing but these rotations to be on."""
        if not covers_all(problem, self.rotations):
            return 0
        stretches = runs_of(problem.present)
        if not self.each or len(problem.rotations) == 1:
            return int(self._amounts(problem, stretches).sum())
        return sum(self._least(problem, *stretch) for stretch in stretches)

    def _least(self, problem: Problem, person: int, first: int, last: int) -> int:
        """Return the least breach of a person who changes rotations at will from first to last."""
        best = [0]
        for end in range(first, last + 1):
            starts = np.arange(first, end + 1)
            runs = Runs(np.full_like(starts, person), starts, np.full_like(starts, end))
            best.append(int((np.array(best) + self._amounts(problem, runs)).min()))
        return best[-1]

    def describe(self) -> str:
        """Return the limits in words."""
        text = f"Whoever begins {run_words(self.rotations, each=self.each)} stays for "
        periods = "period" if (self.max or self.min) == 1 else "periods"
        text += f"{span(self.min, self.max)} {periods} in a row"
        if self.cut_by_year and (self.min or 1) > 1:
            text += "; at the beginning and end of the appointment it may be shorter"
        return text + "."
