"""Stability as a sum, or a cost, of the cells that change."""

from app.scheduling.domain.problem import true_cells
from app.scheduling.rules.stability import Stability
from app.scheduling.solver.model import Literal, RotationModel


def post_stability(model: RotationModel, rule: Stability) -> None:
    """Limit the changes; a soft rule without free changes charges each cell by itself."""
    base = model.problem.base
    if base is None:
        return
    weights = rule.weights(model.problem)
    changes: list[tuple[int, Literal]] = [
        (int(weights[p, s]), model.is_off(p, s, model.bits([int(base[p, s])])))
        for p, s in true_cells(weights > 0)
    ]
    if rule.hard or rule.at_most:
        model.keep_between(rule, changes, None, rule.at_most)
    else:
        for weight, changed in changes:
            model.charge(rule, changed, weight)
