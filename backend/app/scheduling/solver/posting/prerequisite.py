"""Prerequisites as a running count per person, in clauses only."""

from itertools import pairwise

from app.scheduling.domain.problem import true_rows
from app.scheduling.rules.prerequisite import Prerequisite
from app.scheduling.solver.model import Literal, RotationModel, negated


def post_prerequisite(model: RotationModel, rule: Prerequisite) -> None:
    """Forbid being on `after` unless `amount` earlier slots are on `before`."""
    problem = model.problem
    before = model.bits(problem.codes(rule.before))
    after = model.bits(problem.codes(rule.after))
    scope = problem.scope(rule.who, rule.when)
    for person in true_rows(scope):
        # Entry n may be true only where n earlier slots are on `before`.
        reached: list[Literal] = [True, *[False] * rule.amount]
        for slot in range(int(scope[person].nonzero()[0][-1]) + 1):
            if scope[person, slot]:
                model.forbid(rule, [model.is_on(person, slot, after), negated(reached[-1])])
            done = model.is_on(person, slot, before)
            if done is not False:
                reached = _one_slot_later(model, rule, slot, reached, done)


def _one_slot_later(
    model: RotationModel, rule: Prerequisite, slot: int, reached: list[Literal], done: Literal
) -> list[Literal]:
    later: list[Literal] = [True]
    for fewer, as_many in pairwise(reached):
        if fewer is False:
            later.append(False)
            continue
        count = model.literal(("reached", rule.name, slot, len(later)))
        model.add_clause([count.negated(), as_many, done])
        model.add_clause([count.negated(), as_many, fewer])
        later.append(count)
    return later
