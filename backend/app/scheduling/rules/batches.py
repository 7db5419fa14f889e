"""Batches: blocks of periods at whose ends people change over."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, ClassVar, Literal

import numpy as np

from app.scheduling.domain.problem import Bools, Grid, Problem
from app.scheduling.domain.rule import Breach, Concern, Rule
from app.scheduling.domain.scope import Refers, RotationCodes, expand_periods
from app.scheduling.rules.runs import covers_all, run_sets, run_words
from app.scheduling.rules.words import listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Batches(Rule):
    """Nobody stays on these rotations beyond the end of a batch of periods.

    An end counts for a person who is in scope in its last slot.

    Parameters
    ----------
    rotations
        At least one.
    ends
        The last period of each batch, rising; the last batch ends with the year in any case.
    each
        Every rotation by itself; otherwise going from one to another at the end is staying, too.
    whole
        Whoever is on the rotation in a batch is on it throughout. A batch counts for a person who
        is in scope in all of its slots; the breach is the smaller of the slots on and not on it.
    """

    title: ClassVar[str] = "Batches"
    unit: ClassVar[str] = "changes missed"
    concern: ClassVar[Concern] = "person"

    kind: Literal["batches"] = "batches"
    rotations: RotationCodes
    ends: Annotated[tuple[int, ...], Refers("period")]
    each: bool = True
    whole: bool = False

    def __post_init__(self) -> None:
        """Refuse empty lists and ends that do not rise."""
        Rule.__post_init__(self)
        if not self.rotations or not self.ends:
            raise ValueError("batches need at least one rotation and one end")
        expand_periods(self.ends)
        if any(later <= earlier for earlier, later in pairwise(self.ends)):
            raise ValueError("the ends of batches must rise")

    def last_slots(self, problem: Problem) -> list[int]:
        """Return the last slot of every batch but that which ends with the year."""
        last = {slot.period: number for number, slot in enumerate(problem.slots)}
        return [last[end] for end in self.ends if last[end] + 1 < len(problem.slots)]

    def overruns(self, problem: Problem) -> Iterator[tuple[int, int]]:
        """Yield person and slot after which that person must change."""
        scope = problem.scope(self.who, self.when)
        there_after = problem.present[:, 1:]
        for t in self.last_slots(problem):
            for p in (scope[:, t] & there_after[:, t]).nonzero()[0].tolist():
                yield p, t

    def blocks(self, problem: Problem) -> Iterator[tuple[int, int, int]]:
        """Yield person, first slot and end (excluded) of each batch to be spent as a whole."""
        if not self.whole:
            return
        scope = problem.scope(self.who, self.when)
        cuts = [t + 1 for t in self.last_slots(problem)]
        for first, end in pairwise((0, *cuts, len(problem.slots))):
            throughout: Bools = np.logical_and.reduce(scope[:, first:end], axis=1)
            for p in throughout.nonzero()[0].tolist():
                yield p, first, end

    def measure(self, problem: Problem, grid: Grid) -> Iterator[Breach]:
        """Return one breach per end that is overrun and per batch that is not spent whole."""
        for names in run_sets(problem, self.rotations, each=self.each):
            on, where = problem.on(grid, names), listed(names)
            for p, t in self.overruns(problem):
                if on[p, t] and on[p, t + 1]:
                    what = f"stays on {where} beyond the end of the batch"
                    yield Breach(1, p, t, None, None, what)
            for p, first, end in self.blocks(problem):
                there, length = int(on[p, first:end].sum()), end - first
                if 0 < there < length:
                    what = f"{there} of {length} periods on {where} in the batch that begins"
                    yield Breach(min(there, length - there), p, first, there, length, what)

    def ideal(self, problem: Problem) -> int:
        """Return 0 or, when there is nothing to change to, the number of ends."""
        alone = not self.each or len(problem.rotations) == 1
        stuck = alone and covers_all(problem, self.rotations)
        return sum(1 for _ in self.overruns(problem)) if stuck else 0

    def describe(self) -> str:
        """Return the batches in words."""
        ends = listed(tuple(str(end) for end in self.ends), "and")
        text = f"Nobody stays on {run_words(self.rotations, each=self.each)} "
        text += f"beyond the end of period {ends}"
        if self.whole:
            text += "; each batch is spent on it throughout or not at all"
        return text + "."
