"""Prerequisites as a running count per person, in clauses only."""

from itertools import pairwise

from app.scheduling.domain.problem import true_rows
from app.scheduling.rules.prerequisite import Prerequisite
from app.scheduling.solver.known import Known
from app.scheduling.solver.model import Literal, RotationModel, negated


def post_prerequisite(model: RotationModel, rule: Prerequisite) -> None:
    """Forbid being on `after` unless `amount` earlier slots are on `before`.

    Where a hard rule says that a person is on `after` in one slot at most, all slots so far share
    one row, which is what the linear relaxation needs to see that `before` comes first.
    """
    problem = model.problem
    before = model.bits(problem.codes(rule.before))
    after = model.bits(problem.codes(rule.after))
    scope = problem.scope(rule.who, rule.when)
    known = Known.of(model)
    for person in true_rows(scope):
        once = rule.hard and known.most(person, after) == 1
        begun: list[Literal] = []
        # Entry n may be true only where n earlier slots are on `before`.
        reached: list[Literal] = [True, *[False] * rule.amount]
        for slot in range(int(scope[person].nonzero()[0][-1]) + 1):
            on = model.is_on(person, slot, after)
            if scope[person, slot] and on is not False:
                begun.append(on)
                if once and len(begun) > 1 and not isinstance(reached[-1], bool):
                    model.add_row([(1, reached[-1]), *((-1, so_far) for so_far in begun)], 0, None)
                else:
                    model.forbid(rule, [on, negated(reached[-1])])
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
        model.cp.add_bool_or([count.negated(), as_many, done])
        model.cp.add_bool_or([count.negated(), as_many, fewer])
        later.append(count)
    return later
