"""Prerequisite: what must have been done before."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from app.scheduling.domain.problem import Bools, Grid, Ints, Problem, true_cells
from app.scheduling.domain.rule import Breach, Concern, Rule
from app.scheduling.domain.scope import RotationCodes
from app.scheduling.rules.runs import covers_all
from app.scheduling.rules.words import listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Prerequisite(Rule):
    """Nobody in scope is on `after` before `amount` periods on `before`.

    Every slot on `before` earlier in the year counts, in scope or not.

    Parameters
    ----------
    before, after
        At least one rotation each.
    amount
        Slots, at least 1.
    """

    title: ClassVar[str] = "Prerequisite"
    unit: ClassVar[str] = "periods too early"
    concern: ClassVar[Concern] = "person"

    kind: Literal["prerequisite"] = "prerequisite"
    before: RotationCodes
    after: RotationCodes
    amount: int = 1

    def __post_init__(self) -> None:
        """Refuse empty lists and amounts that ask for nothing."""
        Rule.__post_init__(self)
        if not self.before or not self.after:
            raise ValueError("a prerequisite needs at least one rotation in before and in after")
        if self.amount < 1:
            raise ValueError(f"amount {self.amount}: expected at least 1")

    def measure(self, problem: Problem, grid: Grid) -> Iterator[Breach]:
        """Return one breach per slot that comes too early."""
        done = _earlier(problem.on(grid, self.before))
        on_after = problem.on(grid, self.after)
        early: Bools = problem.scope(self.who, self.when) & on_after & (done < self.amount)
        for p, s in true_cells(early):
            found, before = int(done[p, s]), listed(self.before)
            what = f"on {listed(self.after)} after {found} of at least {self.amount} periods "
            what += f"on {before}"
            yield Breach(1, p, s, found, self.amount, what)

    def ideal(self, problem: Problem) -> int:
        """Return 0 or, when there is nothing else to be on, the slots before it can be done."""
        if not covers_all(problem, self.after):
            return 0
        early = _earlier(problem.present) < self.amount
        return int((problem.scope(self.who, self.when) & early).sum())

    def describe(self) -> str:
        """Return what comes before what."""
        periods = "1 period" if self.amount == 1 else f"{self.amount} periods"
        before, after = listed(self.before), listed(self.after)
        return f"Nobody is on {after} before at least {periods} on {before}."


def _earlier(mask: Bools) -> Ints:
    """Return the true cells before each slot: int array (P, S)."""
    result: Ints = np.cumsum(mask, axis=1, dtype=np.int64) - mask
    return result
