"""Where a pattern of rotations occurs in a grid: shared by the sequence kinds."""

from collections.abc import Sequence
from functools import reduce
from operator import and_

import numpy as np

from app.scheduling.domain.problem import Bools, Grid, Problem, true_cells
from app.scheduling.rules.words import listed

Pattern = tuple[tuple[str, ...], ...]
"""One set of rotation codes per step of the pattern."""


def check_pattern(pattern: Pattern, lag: int) -> None:
    """Refuse patterns that are too short, have an empty step or a lag below 1."""
    if len(pattern) < 2 or not all(pattern):
        raise ValueError("a pattern needs at least two steps, each with at least one rotation")
    if lag < 1:
        raise ValueError(f"lag {lag}: expected at least 1")


def pattern_words(pattern: Pattern, lag: int) -> str:
    """Return the pattern in words."""
    between = " then " if lag == 1 else f" then, {lag} periods later, "
    return between.join(listed(step) for step in pattern)


def variants(pattern: Pattern, *, either_order: bool) -> tuple[Pattern, ...]:
    """Return the pattern, and its reverse if that differs and either order counts."""
    backwards = pattern[::-1]
    return (pattern, backwards) if either_order and backwards != pattern else (pattern,)


def window_starts(problem: Problem, scope: Bools, length: int, lag: int) -> Bools:
    """Return where a pattern of `length` steps can begin: bool array (P, S).

    Its slots are `lag` apart. The person must be in scope on the first and present throughout.
    """
    starts = np.zeros(scope.shape, dtype=np.bool_)
    reach = (length - 1) * lag
    width = scope.shape[1] - reach
    if width > 0:
        there = np.lib.stride_tricks.sliding_window_view(problem.present, reach + 1, axis=1)
        starts[:, :width] = there.all(axis=2) & scope[:, :width]
    return starts


def windows(problem: Problem, scope: Bools, length: int, lag: int) -> list[tuple[int, list[int]]]:
    """Return every person and list of slots on which a pattern can lie; see `window_starts`."""
    reach = (length - 1) * lag
    return [
        (person, list(range(start, start + reach + 1, lag)))
        for person, start in true_cells(window_starts(problem, scope, length, lag))
    ]


def occurrences(problem: Problem, grid: Grid, scope: Bools, pattern: Pattern, lag: int) -> Bools:
    """Return where the pattern begins: bool array (P, S)."""
    starts = window_starts(problem, scope, len(pattern), lag)
    width = max(0, starts.shape[1] - (len(pattern) - 1) * lag)
    steps = (problem.on(grid, codes) for codes in pattern)
    found = (step[:, n * lag : n * lag + width] for n, step in enumerate(steps))
    starts[:, :width] &= reduce(and_, found)
    return starts


def most_occurrences(
    problem: Problem, starts: Bools, patterns: Sequence[Pattern], lag: int
) -> list[int]:
    """Return in how many of `starts` each person can begin one of the patterns at best.

    Parameters
    ----------
    starts : bool array (P, S)
        Where a pattern can begin.
    patterns
        All of one length.
    """
    steps = [[problem.codes(step) for step in pattern] for pattern in patterns]
    matched = {
        tuple(sum(1 << n for n, step in enumerate(each) if code in step) for each in steps)
        for code in range(len(problem.rotations))
    }
    choices = [choice for choice in matched if not any(_less(choice, m) for m in matched)]
    known: dict[bytes, int] = {}
    result = []
    for row in starts:
        key = row.tobytes()
        if key not in known:
            # Slots that are no multiple of the lag apart have nothing to do with each other.
            known[key] = sum(
                _most(row[offset::lag].tolist(), choices, len(patterns[0])) for offset in range(lag)
            )
        result.append(known[key])
    return result


def _less(choice: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Return whether `other` matches all steps that `choice` matches, and more."""
    return choice != other and all(a & ~b == 0 for a, b in zip(choice, other, strict=True))


def _most(starts: list[bool], choices: list[tuple[int, ...]], length: int) -> int:
    """Return the most starts from which one of the patterns is completed.

    Dynamic programme over the slots. A state is, per pattern, the set of its beginnings that end
    here (bit n: the first n + 1 steps); a choice is, per pattern, the set of steps it matches.
    """
    complete = 1 << (length - 1)
    best = {(0,) * len(choices[0]): 0}
    for can_start in starts:
        following: dict[tuple[int, ...], int] = {}
        for state, count in best.items():
            for choice in choices:
                begun = [
                    (alive << 1 | can_start) & matched
                    for alive, matched in zip(state, choice, strict=True)
                ]
                total = count + any(alive & complete for alive in begun)
                kept = tuple(alive & ~complete for alive in begun)
                following[kept] = max(total, following.get(kept, 0))
        best = following
    return max(best.values())
