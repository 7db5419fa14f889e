"""Together as clauses on the cells of both people."""

from app.scheduling.rules.together import Together
from app.scheduling.solver.model import Literal, RotationModel


def post_together(model: RotationModel, rule: Together) -> None:
    """Forbid that one person of a pair is on a rotation and the other is not."""
    rotations = [model.bits([code]) for code in sorted(model.problem.codes(rule.rotations))]
    for a, b, slot in rule.meetings(model.problem):
        alone: list[list[Literal]] = [
            [model.is_on(here, slot, rotation), model.is_off(there, slot, rotation)]
            for rotation in rotations
            for here, there in ((a, b), (b, a))
        ]
        model.forbid_any(rule, alone)
