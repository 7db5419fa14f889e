"""Waiting: idle time before the last thing one has to do."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from app.scheduling.domain.problem import ABSENT, Bools, Grid, Problem, true_rows
from app.scheduling.domain.rule import Breach, Concern, Rule
from app.scheduling.domain.scope import RotationCodes
from app.scheduling.rules.words import amount, listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting(Rule):
    """Each person waits at most `at_most` periods on these rotations for what comes after.

    A slot on them counts when it is in scope and the person is on any other rotation in a later
    slot, in scope or not: idle time is wanted at the end, when all is done.

    Parameters
    ----------
    rotations
        What one waits on: unassigned time, flexible weeks; at least one.
    at_most
        Periods of waiting per person that are free, from 0; counted in slots of the grid.
    """

    title: ClassVar[str] = "Waiting"
    unit: ClassVar[str] = "periods of waiting"
    concern: ClassVar[Concern] = "person"

    kind: Literal["waiting"] = "waiting"
    rotations: RotationCodes
    at_most: int = 0

    def __post_init__(self) -> None:
        """Refuse an empty list and a negative limit."""
        Rule.__post_init__(self)
        if not self.rotations:
            raise ValueError("waiting needs at least one rotation")
        if self.at_most < 0:
            raise ValueError(f"at most {self.at_most} periods of waiting: expected at least 0")

    def waits(self, problem: Problem, grid: Grid) -> Bools:
        """Return the slots of waiting that count: bool array (P, S)."""
        idle = problem.on(grid, self.rotations)
        busy = (grid != ABSENT) & ~idle
        to_come = np.zeros_like(busy)
        to_come[:, :-1] = np.logical_or.accumulate(busy[:, ::-1], axis=1)[:, ::-1][:, 1:]
        result: Bools = idle & to_come & problem.scope(self.who, self.when)
        return result

    def measure(self, problem: Problem, grid: Grid) -> Iterator[Breach]:
        """Return one breach per person who waits too long."""
        waits = self.waits(problem, grid)
        for p in true_rows(waits):
            count = int(waits[p].sum())
            if count > self.at_most:
                periods = amount(None, self.at_most, "periods")
                what = f"{count} of {periods} of waiting on {listed(self.rotations)}"
                yield Breach(count - self.at_most, p, None, count, self.at_most, what)

    def describe(self) -> str:
        """Return the limit in words."""
        rotations = listed(self.rotations)
        if not self.at_most:
            return f"Nobody is on {rotations} before all else is done."
        periods = amount(None, self.at_most, "periods")
        return f"Each person is on {rotations} for {periods} before all else is done."
