"""Single-cell rules: hard ones are already missing variables, soft ones charge their cells."""

import numpy as np

from app.scheduling.domain.problem import Bools, true_cells
from app.scheduling.domain.rule import CellRule
from app.scheduling.solver.model import RotationModel


def post_cells(model: RotationModel, rule: CellRule) -> None:
    """Charge being on a rotation that a soft single-cell rule does not allow."""
    if rule.hard:
        return
    allowed = rule.allowed(model.problem)
    bad: Bools = model.open & ~allowed
    somewhere: Bools = np.logical_or.reduce(bad, axis=2)
    for p, s in true_cells(somewhere):
        model.forbid(rule, [model.is_on(p, s, model.bits(bad[p, s].nonzero()[0].tolist()))])
