"""Together: pairs that share rotations."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from app.scheduling.domain.problem import ABSENT, Grid, Problem
from app.scheduling.domain.rule import Breach
from app.scheduling.domain.scope import RotationCodes
from app.scheduling.rules.pairs import PairRule
from app.scheduling.rules.words import listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Together(PairRule):
    """Both people of a pair are on the same rotation, or on none of those listed.

    Parameters
    ----------
    rotations
        Only these must be shared; empty: all.
    """

    title: ClassVar[str] = "Together"
    unit: ClassVar[str] = "periods apart"

    kind: Literal["together"] = "together"
    rotations: RotationCodes = ()

    def measure(self, problem: Problem, grid: Grid) -> Iterator[Breach]:
        """Return one breach per pair and slot in which they are apart."""
        first, second = self.members(problem)
        shared = np.where(problem.on(grid, self.rotations), grid, ABSENT)
        apart = (shared[first] != shared[second]).astype(np.int64)
        return self.breaches(problem, grid, apart, "not together")

    def describe(self) -> str:
        """Return the pairs in words."""
        pairs = listed(tuple(f"{a} with {b}" for a, b in self.pairs), "and")
        what = f" whenever one is on {listed(self.rotations)}" if self.rotations else ""
        return f"Together on the same rotation{what}: {pairs}."
