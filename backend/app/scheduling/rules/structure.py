"""What every schedule must be before any rule is asked: complete, eligible, whole periods."""

from collections.abc import Iterator

from app.scheduling.domain.problem import ABSENT, Grid, Problem, true_cells
from app.scheduling.domain.rule import Breach


def structural_breaches(problem: Problem, grid: Grid) -> Iterator[Breach]:
    """Return empty cells, placements of absent people, ineligible ones and cut whole periods."""
    filled = grid != ABSENT
    for p, s in true_cells(problem.present & ~filled):
        yield Breach(1, p, s, None, None, "has no rotation")
    for p, s in true_cells(~problem.present & filled):
        yield Breach(1, p, s, None, None, "has a rotation but no appointment")
    for p, s in true_cells(problem.present & filled):
        if not problem.eligible[p, s, grid[p, s]]:
            code = problem.rotations[grid[p, s]].code
            yield Breach(1, p, s, None, None, f"is not eligible for {code}")
    for p, s in true_cells(problem.joined):
        if grid[p, s] != grid[p, s - 1]:
            yield Breach(1, p, s, None, None, "changes within a period that is not split for them")
