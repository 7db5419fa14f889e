"""Required sequences as one clause per slot where a run may end."""

from app.scheduling.rules.required_sequence import RequiredSequence
from app.scheduling.solver.model import RotationModel


def post_required_sequence(model: RotationModel, rule: RequiredSequence) -> None:
    """Forbid leaving the first rotations without being on the others `lag` slots later."""
    problem = model.problem
    first = model.bits(problem.codes(rule.first))
    then = model.bits(problem.codes(rule.then))
    for person, slot in rule.asked(problem):
        leaves = [model.is_on(person, slot, first), model.is_off(person, slot + 1, first)]
        model.forbid(rule, [*leaves, model.is_off(person, slot + rule.lag, then)])
