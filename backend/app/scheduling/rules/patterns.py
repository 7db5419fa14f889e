"""Where a pattern of rotations occurs in a grid: shared by the sequence kinds."""

from functools import reduce
from operator import and_

import numpy as np

from app.scheduling.domain.problem import Bools, Grid, Problem

Pattern = tuple[tuple[str, ...], ...]
"""One set of rotation codes per step of the pattern."""


def variants(pattern: Pattern, *, either_order: bool) -> tuple[Pattern, ...]:
    """Return the pattern, and its reverse if that differs and either order counts."""
    backwards = pattern[::-1]
    return (pattern, backwards) if either_order and backwards != pattern else (pattern,)


def windows(problem: Problem, scope: Bools, length: int, lag: int) -> list[tuple[int, list[int]]]:
    """Return every person and list of slots on which a pattern can lie.

    The slots are `lag` apart. The person must be in scope on the first and present throughout.
    """
    people, slots, _ = problem.shape
    reach = (length - 1) * lag
    return [
        (person, list(range(start, start + reach + 1, lag)))
        for person in range(people)
        for start in range(slots - reach)
        if scope[person, start] and problem.present[person, start : start + reach + 1].all()
    ]


def occurrences(problem: Problem, grid: Grid, scope: Bools, pattern: Pattern, lag: int) -> Bools:
    """Return where the pattern begins: bool array (P, S)."""
    people, slots, _ = problem.shape
    starts = np.zeros((people, slots), dtype=np.bool_)
    reach = (len(pattern) - 1) * lag
    if reach < slots:
        width = slots - reach
        steps = (problem.on(grid, codes) for codes in pattern)
        found = [step[:, n * lag : n * lag + width] for n, step in enumerate(steps)]
        starts[:, :width] = reduce(and_, found)
        there = np.lib.stride_tricks.sliding_window_view(problem.present, reach + 1, axis=1)
        starts[:, :width] &= there.all(axis=2) & scope[:, :width]
    return starts
