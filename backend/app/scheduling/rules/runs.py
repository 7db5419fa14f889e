"""Runs: the unbroken stretches that several kinds measure."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from app.scheduling.domain.problem import Bools, Grid, Ints, Problem
from app.scheduling.rules.words import listed


@dataclass(frozen=True, slots=True)
class Runs:
    """Maximal runs of true cells in a bool array (P, S), in order of people and time.

    Parameters
    ----------
    person, first, last : int arrays (N,)
        Row, first and last slot of each run.
    """

    person: Ints
    first: Ints
    last: Ints

    @property
    def length(self) -> Ints:
        """Slots in each run: int array (N,)."""
        result: Ints = self.last - self.first + 1
        return result

    def __iter__(self) -> Iterator[tuple[int, int, int]]:
        """Yield person, first and last slot of every run."""
        columns = self.person.tolist(), self.first.tolist(), self.last.tolist()
        return zip(*columns, strict=True)


def runs_of(mask: Bools) -> Runs:
    """Return the maximal runs of true cells in a bool array (P, S)."""
    steps = np.diff(mask.astype(np.int8), axis=1, prepend=0, append=0)
    person, first = (steps == 1).nonzero()
    _, after = (steps == -1).nonzero()
    return Runs(person, first, after - 1)


def run_sets(problem: Problem, names: tuple[str, ...], *, each: bool) -> list[tuple[str, ...]]:
    """Return the sets whose runs a rule looks at: every rotation alone, or all named together."""
    if not each:
        return [names]
    return [(problem.rotations[code].code,) for code in sorted(problem.codes(names))]


def runs_on(
    problem: Problem, grid: Grid, names: tuple[str, ...], *, each: bool
) -> Iterator[tuple[tuple[str, ...], Runs]]:
    """Yield each of the sets of `run_sets` that anybody is on, with its runs."""
    if not each:
        yield names, runs_of(problem.on(grid, names))
        return
    opens = np.ones(grid.shape, dtype=np.bool_)
    opens[:, 1:] = grid[:, 1:] != grid[:, :-1]
    person, first = opens.nonzero()
    after = np.append(first[1:], 0)
    last = np.where(after > 0, after, grid.shape[1]) - 1
    on = grid[person, first]
    for code in sorted(problem.codes(names) & set(on.tolist())):
        mine = on == code
        yield (problem.rotations[code].code,), Runs(person[mine], first[mine], last[mine])


def run_words(names: tuple[str, ...], *, each: bool) -> str:
    """Return what `run_sets` looks at, in words: "MICU or CCU (each by itself)"."""
    if not each:
        return f"{listed(names)} (counted together)"
    return listed(names) + (" (each by itself)" if len(names) > 1 else "")


def first_present(present: Bools) -> Bools:
    """Return where an appointment begins: bool array (P, S)."""
    result = present.copy()
    result[:, 1:] &= ~present[:, :-1]
    return result


def last_present(present: Bools) -> Bools:
    """Return where an appointment ends: bool array (P, S)."""
    return first_present(present[:, ::-1])[:, ::-1]


def covers_all(problem: Problem, names: tuple[str, ...]) -> bool:
    """Return whether nobody can be on anything else."""
    return len(problem.codes(names)) == len(problem.rotations)
