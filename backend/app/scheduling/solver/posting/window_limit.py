"""Window limits as one sum per window."""

from app.scheduling.domain.problem import true_cells
from app.scheduling.rules.window_limit import WindowLimit
from app.scheduling.solver.model import RotationModel


def post_window_limit(model: RotationModel, rule: WindowLimit) -> None:
    """Keep what is spent on the rotations within the limits of every window."""
    problem = model.problem
    wanted = model.bits(problem.codes(rule.rotations))
    low, high = rule.limits
    for person, start in true_cells(rule.windows(problem)):
        window = range(start, start + rule.window)
        there = model.counted(((person, slot, 1) for slot in window), wanted)
        model.keep_between(rule, there, low, high, start)
