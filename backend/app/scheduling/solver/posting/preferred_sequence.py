"""Preferred sequences as one literal per window."""

from app.scheduling.rules.patterns import variants, windows
from app.scheduling.rules.preferred_sequence import PreferredSequence
from app.scheduling.solver.model import Literal, RotationModel


def post_preferred_sequence(model: RotationModel, rule: PreferredSequence) -> None:
    """Reward every occurrence, or ask everybody for some."""
    problem = model.problem
    scope = problem.scope(rule.who, rule.when)
    both = [
        [model.bits(problem.codes(step)) for step in pattern]
        for pattern in variants(rule.pattern, either_order=rule.either_order)
    ]
    found: dict[int, list[Literal]] = {}
    for person, slots in windows(problem, scope, len(rule.pattern), rule.lag):
        conjunctions = [
            [model.is_on(person, slot, wanted) for slot, wanted in zip(slots, steps, strict=True)]
            for steps in both
        ]
        found.setdefault(person, []).extend(model.reached_any(conjunctions))
    for literals in found.values():
        if rule.mode == "reward":
            for literal in literals:
                model.earn(rule, literal)
        else:
            model.keep_between(rule, [(1, literal) for literal in literals], rule.at_least, None)
