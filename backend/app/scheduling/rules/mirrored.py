"""Mirrored: pairs that trade two rotations with each other."""

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
class Mirrored(PairRule):
    """While one person of a pair is on `one`, the second is on `other`, and the reverse.

    Parameters
    ----------
    one, other
        The two sides; no rotation is on both.
    """

    title: ClassVar[str] = "Mirrored"
    unit: ClassVar[str] = "periods not mirrored"

    kind: Literal["mirrored"] = "mirrored"
    one: RotationCodes
    other: RotationCodes

    def __post_init__(self) -> None:
        """Refuse sides that are empty or overlap."""
        PairRule.__post_init__(self)
        if not self.one or not self.other:
            raise ValueError("both sides, one and other, need at least one rotation")
        if doubled := set(self.one) & set(self.other):
            raise ValueError(f"{listed(tuple(sorted(doubled)), 'and')}: on both sides")

    def measure(self, problem: Problem, grid: Grid) -> Iterator[Breach]:
        """Return the sides that are not mirrored, 1 or 2 per pair and slot."""
        first, second = self.members(problem)
        one, other = problem.on(grid, self.one), problem.on(grid, self.other)
        amounts = (one[first] != other[second]).astype(np.int64)
        amounts += other[first] != one[second]
        return self.breaches(problem, grid, amounts, "not mirrored")

    def ideal(self, problem: Problem) -> int:
        """Return what remains when every rotation is on a side and pairs make odd rings."""
        one, other = problem.codes(self.one), problem.codes(self.other)
        if one & other or len(one | other) < len(problem.rotations):
            return 0
        return 2 * self.least_clashes(problem, bool(one) + bool(other))

    def describe(self) -> str:
        """Return the pairs in words."""
        pairs = listed(tuple(f"{a} and {b}" for a, b in self.pairs), "and")
        one, other = listed(self.one), listed(self.other)
        return f"One on {one} exactly while the other is on {other}: {pairs}."
