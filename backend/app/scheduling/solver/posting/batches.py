"""Batches as one clause per end, and equal slots within a batch to be spent as a whole."""

from app.scheduling.rules.batches import Batches
from app.scheduling.solver.model import Key, Literal, RotationModel, negated
from app.scheduling.solver.posting.runs import wanted_sets


def post_batches(model: RotationModel, rule: Batches) -> None:
    """Forbid staying beyond an end and, where asked, spending part of a batch."""
    for wanted in wanted_sets(model, rule.rotations, each=rule.each):
        for person, slot in rule.overruns(model.problem):
            both = [model.is_on(person, t, wanted) for t in (slot, slot + 1)]
            model.forbid(rule, both)
        for person, first, end in rule.blocks(model.problem):
            on = [model.is_on(person, slot, wanted) for slot in range(first, end)]
            _post_whole(model, rule, on, ("throughout", rule.name, wanted, first))


def _post_whole(model: RotationModel, rule: Batches, on: list[Literal], role: Key) -> None:
    """Ask that all of these are equal; a soft rule pays for each that differs from most."""
    if len(on) == 1:
        return
    throughout = on[0] if rule.hard else model.literal(role)
    for literal in on:
        differs = [[literal, negated(throughout)], [negated(literal), throughout]]
        model.forbid_any(rule, differs)
