"""Spacing: how long one is away from a rotation before coming back."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, Literal

from app.scheduling.domain.problem import Grid, Problem
from app.scheduling.domain.rule import Breach, Concern, Rule
from app.scheduling.domain.scope import RotationCodes
from app.scheduling.rules.runs import run_words, runs_on
from app.scheduling.rules.words import listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Spacing(Rule):
    """Between two runs on these rotations at least `min_gap` periods pass.

    A pair of runs counts when the later one begins in scope. Runs before and after an absence from
    the programme have nothing to do with each other.

    Parameters
    ----------
    rotations
        At least one.
    min_gap
        Slots between the end of a run and the beginning of the next, at least 1.
    each
        Every rotation by itself; otherwise runs on any of them follow each other.
    """

    title: ClassVar[str] = "Spacing"
    unit: ClassVar[str] = "periods too close"
    concern: ClassVar[Concern] = "person"

    kind: Literal["spacing"] = "spacing"
    rotations: RotationCodes
    min_gap: int
    each: bool = True

    def __post_init__(self) -> None:
        """Refuse gaps that ask for nothing."""
        Rule.__post_init__(self)
        if not self.rotations:
            raise ValueError("spacing needs at least one rotation")
        if self.min_gap < 1:
            raise ValueError(f"a gap of {self.min_gap}: expected at least 1")

    def measure(self, problem: Problem, grid: Grid) -> Iterator[Breach]:
        """Return one breach per return that is too early."""
        scope = problem.scope(self.who, self.when)
        for names, runs in runs_on(problem, grid, self.rotations, each=self.each):
            for (p, _, last), (later, first, _) in pairwise(runs):
                gap = first - last - 1
                if p != later or gap >= self.min_gap or not scope[p, first]:
                    continue
                if problem.present[p, last:first].all():
                    what = f"{gap} of at least {self.min_gap} periods away from {listed(names)}"
                    what += " before coming back"
                    yield Breach(self.min_gap - gap, p, first, gap, self.min_gap, what)

    # The ideal is 0: nobody comes back who stays on one rotation.

    def describe(self) -> str:
        """Return the gap in words."""
        where = run_words(self.rotations, each=self.each)
        away = "1 period passes" if self.min_gap == 1 else f"{self.min_gap} periods pass"
        return f"At least {away} before anybody comes back to {where}."
