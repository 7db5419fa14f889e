"""Window limit: how many periods of a kind there are in any few consecutive ones."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from app.scheduling.domain.problem import Bools, Grid, Ints, Problem, true_cells
from app.scheduling.domain.rule import Breach, Concern, Rule, once
from app.scheduling.domain.scope import RotationCodes
from app.scheduling.rules.runs import covers_all
from app.scheduling.rules.words import listed, span


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowLimit(Rule):
    """In any `window` periods in a row one spends `min` to `max` on these rotations.

    A window counts when the person is in scope in all of its slots.

    Parameters
    ----------
    rotations
        Counted together; at least one.
    window
        Slots in a row, at least 2.
    min, max
        Limits from 0 to `window`; at least one of them.
    """

    title: ClassVar[str] = "Window limit"
    unit: ClassVar[str] = "periods short or over"
    concern: ClassVar[Concern] = "person"

    kind: Literal["window_limit"] = "window_limit"
    rotations: RotationCodes
    window: int
    min: int | None = None
    max: int | None = None

    def __post_init__(self) -> None:
        """Refuse limits that contradict each other."""
        Rule.__post_init__(self)
        if not self.rotations:
            raise ValueError("a window limit needs at least one rotation")
        if self.window < 2:
            raise ValueError(f"a window of {self.window} periods: expected at least 2")
        if self.min is None and self.max is None:
            raise ValueError("a window limit needs min or max")
        low, high = self.limits
        if not 0 <= low <= high <= self.window:
            raise ValueError(
                f"from {self.min} to {self.max} in {self.window} periods: "
                "expected 0 <= min <= max <= window"
            )

    @property
    def limits(self) -> tuple[int, int]:
        """Lowest and highest number of slots in a window."""
        return (
            0 if self.min is None else self.min,
            self.window if self.max is None else self.max,
        )

    @once
    def windows(self, problem: Problem) -> Bools:
        """Return where a window that counts begins: bool array (P, S)."""
        scope = problem.scope(self.who, self.when)
        result: Bools = _totals(scope, self.window) == self.window
        return result

    def measure(self, problem: Problem, grid: Grid) -> Iterator[Breach]:
        """Return one breach per window with too few or too many."""
        low, high = self.limits
        there = _totals(problem.on(grid, self.rotations), self.window)
        wrong: Bools = self.windows(problem) & ((there < low) | (there > high))
        for p, s in true_cells(wrong):
            found = int(there[p, s])
            limit, word = (low, "at least") if found < low else (high, "at most")
            what = f"{found} of {word} {limit} on {listed(self.rotations)} "
            what += f"in the {self.window} periods that begin"
            yield Breach(abs(found - limit), p, s, found, limit, what)

    def ideal(self, problem: Problem) -> int:
        """Return 0 or, when there is nothing else to be on, what is too much in every window."""
        if not covers_all(problem, self.rotations):
            return 0
        return (self.window - self.limits[1]) * int(self.windows(problem).sum())

    def describe(self) -> str:
        """Return the limits in words."""
        limits, where = span(self.min, self.max), listed(self.rotations)
        return f"In any {self.window} periods in a row: {limits} on {where}."


def _totals(mask: Bools, window: int) -> Ints:
    """Return the true cells from each slot on within a window: int array (P, S), 0 at the end."""
    totals: Ints = np.zeros(mask.shape, dtype=np.int64)
    width = mask.shape[1] - window + 1
    if width > 0:
        views = np.lib.stride_tricks.sliding_window_view(mask, window, axis=1)
        totals[:, :width] = views.sum(axis=2)
    return totals
