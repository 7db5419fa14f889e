"""Atoms: slots that hard run lengths force together, which then need variables only once.

Between two clinic weeks of 4+1 lie four weeks; when every rotation open there lasts at least two,
they are two and two, or four of one: two atoms instead of four cells.
"""

from collections.abc import Iterable

import numpy as np

from app.scheduling.domain.problem import Bools, Ints, Problem
from app.scheduling.domain.rule import Rule
from app.scheduling.rules.run_length import RunLength
from app.scheduling.rules.runs import runs_of


def forced_together(problem: Problem, rules: Iterable[Rule], opened: Bools) -> Bools:
    """Return where a person must keep the rotation of the slot before: bool array (P, S).

    Parameters
    ----------
    opened : bool array (P, S, V)
        What single-cell rules leave open.
    """
    shortest = _shortest_runs(problem, rules)
    kept = np.zeros(opened.shape[:2], dtype=np.bool_)
    if shortest.max(initial=1) == 1:
        return kept
    # A stretch begins where nothing that was open before is open still.
    goes_on = np.zeros_like(kept)
    goes_on[:, 1:] = np.logical_or.reduce(opened[:, 1:] & opened[:, :-1], axis=2)
    for person, first, last in runs_of(goes_on):
        start = first - 1  # the slot with which the stretch begins
        if not _inside(problem.present[person], start, last):
            continue
        there = np.logical_or.reduce(opened[person, start : last + 1], axis=0)
        least = int(shortest[person, start : last + 1][:, there].min())
        length = last - start + 1
        for before in range(1, length):
            if before < least or length - before < least:
                kept[person, start + before] = True
    return kept


def _shortest_runs(problem: Problem, rules: Iterable[Rule]) -> Ints:
    """Return how long a run that begins in a cell must at least be: int array (P, S, V)."""
    shortest = np.ones(problem.shape, dtype=np.int64)
    for rule in rules:
        if isinstance(rule, RunLength) and rule.hard and rule.min is not None and rule.each:
            scope = problem.scope(rule.who, rule.when)
            for code in problem.codes(rule.rotations):
                cells = shortest[:, :, code]
                cells[scope] = np.maximum(cells[scope], rule.min)
    return shortest


def _inside(present: Bools, start: int, last: int) -> bool:
    """Return whether slots lie within an appointment without touching its ends.

    A run that touches an end may be cut by it.
    """
    return start > 0 and last + 1 < len(present) and bool(present[start - 1 : last + 2].all())
