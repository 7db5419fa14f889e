"""Allowed starts as one clause per slot where no run may begin."""

from app.scheduling.domain.problem import true_rows
from app.scheduling.rules.allowed_starts import AllowedStarts
from app.scheduling.solver.model import RotationModel
from app.scheduling.solver.posting.runs import on_and_off, wanted_sets


def post_allowed_starts(model: RotationModel, rule: AllowedStarts) -> None:
    """Forbid being on a rotation without having been on it the slot before."""
    forbidden = rule.forbidden(model.problem)
    for wanted in wanted_sets(model, rule.rotations, each=rule.each):
        for person in true_rows(forbidden):
            on, off = on_and_off(model, person, wanted)
            for slot in forbidden[person].nonzero()[0].tolist():
                model.forbid(rule, [off[slot - 1], on[slot]])
