"""Apart: pairs that must not share rotations."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from app.scheduling.domain.problem import Grid, Problem
from app.scheduling.domain.rule import Breach
from app.scheduling.domain.scope import RotationCodes
from app.scheduling.rules.pairs import PairRule
from app.scheduling.rules.words import listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart(PairRule):
    """The two people of a pair are never on the same rotation.

    Parameters
    ----------
    rotations
        Only these must not be shared; empty: none may be.
    """

    title: ClassVar[str] = "Apart"
    unit: ClassVar[str] = "periods together"

    kind: Literal["apart"] = "apart"
    rotations: RotationCodes = ()

    def measure(self, problem: Problem, grid: Grid) -> Iterator[Breach]:
        """Return one breach per pair and slot in which they are together."""
        first, second = self.members(problem)
        inside = problem.on(grid, self.rotations)[first]
        same = (inside & (grid[first] == grid[second])).astype(np.int64)
        return self.breaches(problem, grid, same, "not apart")

    def ideal(self, problem: Problem) -> int:
        """Return how often too few rotations force a pair together."""
        named, rotations = problem.codes(self.rotations), len(problem.rotations)
        return 0 if len(named) < rotations else self.least_clashes(problem, rotations)

    def describe(self) -> str:
        """Return the pairs in words."""
        pairs = listed(tuple(f"{a} and {b}" for a, b in self.pairs), "or")
        what = f" of {listed(self.rotations)}" if self.rotations else ""
        return f"Never on the same rotation{what}: {pairs}."
