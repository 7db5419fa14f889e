"""Prerequisites as a running count per person."""

from collections.abc import Sequence
from itertools import accumulate, pairwise

from app.scheduling.domain.problem import Bools, true_rows
from app.scheduling.rules.prerequisite import Prerequisite
from app.scheduling.solver.known import Known
from app.scheduling.solver.model import Literal, RotationModel, negated

Starts = list[list[Literal]]
"""By slot: the literals of stays that begin there."""


def post_prerequisite(model: RotationModel, rule: Prerequisite) -> None:
    """Forbid being on `after` unless `amount` earlier slots are on `before`."""
    scope = model.problem.scope(rule.who, rule.when)
    known = Known.of(model)
    for person in true_rows(scope):
        if not _post_in_order(model, rule, person, known):
            _post_count(model, rule, person, scope[person])


def _post_count(model: RotationModel, rule: Prerequisite, person: int, inside: Bools) -> None:
    before = model.bits(model.problem.codes(rule.before))
    after = model.bits(model.problem.codes(rule.after))
    # Entry n may be true only where n earlier slots are on `before`.
    reached: list[Literal] = [True, *[False] * rule.amount]
    for slot in range(int(inside.nonzero()[0][-1]) + 1):
        if inside[slot]:
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


def _post_in_order(model: RotationModel, rule: Prerequisite, person: int, known: Known) -> bool:
    """Post that stays on `after` up to a slot are no more than those on `before` before it.

    That is the rule where there is one stay on `after` at most and one on `before` is enough; the
    linear relaxation then sees which of the two comes first. Return whether it is so.
    """
    problem = model.problem
    before, after = (_starts(model, person, names) for names in (rule.before, rule.after))
    if not rule.hard or before is None or after is None or before[0] != rule.amount:
        return False
    inside = problem.scope(rule.who, rule.when)[person]
    alone = after[0] == 1 or bool((inside | ~problem.present[person]).all())
    if not alone or known.most(person, model.bits(problem.codes(rule.after))) > after[0]:
        return False
    (length, done), (_, begun) = before, after
    done_before = [*accumulate([[]] * length + done, list.__add__)]
    begun_so_far: list[Literal] = []
    for slot in inside.nonzero()[0].tolist():
        if any(start is not False for start in begun[slot]):
            begun_so_far += begun[slot]
            enough = [(1, start) for start in done_before[slot]]
            model.add_between([*enough, *((-1, start) for start in begun_so_far)], 0, None)
    return True


def _starts(model: RotationModel, person: int, names: Sequence[str]) -> tuple[int, Starts] | None:
    """Return the length of stays on some rotations, and their starts; None for several lengths.

    Where no rule fixes their length, every slot is a stay of its own.
    """
    codes = model.problem.codes(tuple(names))
    slots = range(len(model.problem.slots))
    opened = [code for code in codes if model.open[person, :, code].any()]
    stays = [model.stays.get((person, code)) for code in opened]
    lengths = {1 if stay is None else stay[0] for stay in stays}
    if len(lengths) > 1:
        return None
    starts: Starts = [[] for _ in slots]
    for code, stay in zip(opened, stays, strict=True):
        for slot in slots:
            starts[slot].append(stay[1][slot] if stay else model.is_on(person, slot, 1 << code))
    return lengths.pop() if lengths else 1, starts
