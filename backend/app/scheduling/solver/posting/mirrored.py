"""Mirrored pairs as clauses on the cells of both people."""

from app.scheduling.rules.mirrored import Mirrored
from app.scheduling.solver.model import Literal, RotationModel


def post_mirrored(model: RotationModel, rule: Mirrored) -> None:
    """Forbid each side that one person of a pair is on without the other facing them."""
    one, other = (model.bits(model.problem.codes(side)) for side in (rule.one, rule.other))
    for a, b, slot in rule.meetings(model.problem):
        for mine, theirs in ((one, other), (other, one)):
            unmatched: list[list[Literal]] = [
                [model.is_on(a, slot, mine), model.is_off(b, slot, theirs)],
                [model.is_off(a, slot, mine), model.is_on(b, slot, theirs)],
            ]
            model.forbid_any(rule, unmatched)
