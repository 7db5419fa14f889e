"""Leave caps as one sum per slot."""

from app.scheduling.rules.leave_cap import AWAY, LeaveCap
from app.scheduling.solver.model import Literal, RotationModel


def post_leave_cap(model: RotationModel, rule: LeaveCap) -> None:
    """Keep the people who are away in each slot within the cap."""
    problem = model.problem
    away = model.bits(problem.leave_rotations)
    scope, certain = problem.scope(rule.who, rule.when), rule.certain(problem)
    for slot in range(len(problem.slots)):
        terms: list[tuple[int, Literal]] = [(int(certain[:, slot].sum()), True)]
        for person in scope[:, slot].nonzero()[0].tolist():
            more = AWAY - int(certain[person, slot])
            terms += model.counted([(person, slot, more)], away)
        model.keep_between(rule, terms, None, rule.limit, slot)
