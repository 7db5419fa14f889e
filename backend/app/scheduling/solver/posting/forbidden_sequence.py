"""Forbidden sequences as one clause per window."""

from app.scheduling.rules.forbidden_sequence import ForbiddenSequence
from app.scheduling.rules.patterns import variants, windows
from app.scheduling.solver.model import Literal, RotationModel


def post_forbidden_sequence(model: RotationModel, rule: ForbiddenSequence) -> None:
    """Forbid the pattern in every window; a soft rule pays once for both orders."""
    problem = model.problem
    scope = problem.scope(rule.who, rule.when)
    both = [
        [model.bits(problem.codes(step)) for step in pattern]
        for pattern in variants(rule.pattern, either_order=rule.either_order)
    ]
    for person, slots in windows(problem, scope, len(rule.pattern), rule.lag):
        conjunctions: list[list[Literal]] = [
            [model.is_on(person, slot, wanted) for slot, wanted in zip(slots, steps, strict=True)]
            for steps in both
        ]
        model.forbid_any(rule, conjunctions)
