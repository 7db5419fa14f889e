"""Apart as clauses on the cells of both people."""

from app.scheduling.rules.apart import Apart
from app.scheduling.solver.model import Literal, RotationModel


def post_apart(model: RotationModel, rule: Apart) -> None:
    """Forbid that both people of a pair are on the same rotation."""
    rotations = [model.bits([code]) for code in sorted(model.problem.codes(rule.rotations))]
    for a, b, slot in rule.meetings(model.problem):
        same: list[list[Literal]] = [
            [model.is_on(a, slot, rotation), model.is_on(b, slot, rotation)]
            for rotation in rotations
        ]
        model.forbid_any(rule, same)
