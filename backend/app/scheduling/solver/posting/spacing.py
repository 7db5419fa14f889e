"""Spacing as one clause per gap that is too short."""

from app.scheduling.domain.problem import true_rows
from app.scheduling.rules.spacing import Spacing
from app.scheduling.solver.model import RotationModel
from app.scheduling.solver.posting.runs import on_and_off, wanted_sets


def post_spacing(model: RotationModel, rule: Spacing) -> None:
    """Forbid leaving and coming back within `min_gap` slots."""
    problem = model.problem
    scope = problem.scope(rule.who, rule.when)
    people = true_rows(scope)
    for wanted in wanted_sets(model, rule.rotations, each=rule.each):
        for person in people:
            on, off = on_and_off(model, person, wanted)
            for back in scope[person].nonzero()[0].tolist():
                for last in range(back - 2, max(0, back - rule.min_gap) - 1, -1):
                    if not problem.present[person, last:back].all():
                        break
                    # Coming back even earlier is too early as well, where that is in scope.
                    any_return = rule.hard and scope[person, last + 2 : back].all()
                    away = off[last + 1 : last + 2 if any_return else back]
                    amount = rule.min_gap - (back - last - 1)
                    model.forbid(rule, [on[last], *away, on[back]], amount)
