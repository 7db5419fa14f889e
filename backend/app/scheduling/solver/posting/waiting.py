"""Waiting as the slots before one is done, less those in which one does something."""

from itertools import accumulate

from app.scheduling.domain.problem import true_rows
from app.scheduling.rules.waiting import Waiting
from app.scheduling.solver.known import Known
from app.scheduling.solver.model import Literal, RotationModel


def post_waiting(model: RotationModel, rule: Waiting) -> None:
    """Count, or charge, the slots of waiting."""
    for person in true_rows(model.problem.scope(rule.who, rule.when)):
        waits = _waits(model, rule, person)
        if rule.hard or rule.at_most:
            model.keep_between(rule, waits, None, rule.at_most)
        else:
            for weight, literal in waits:
                model.charge(rule, literal, weight)


def _waits(model: RotationModel, rule: Waiting, person: int) -> list[tuple[int, Literal]]:
    """Return a person's slots of waiting as a weighted sum.

    Whoever is not done before a slot waits in it or does something.
    """
    problem = model.problem
    scope = problem.scope(rule.who, rule.when)[person]
    idle = model.bits(problem.codes(rule.rotations))
    work = model.bits(problem.codes(())) & ~idle
    year = [model.is_on(person, slot, work) for slot in range(len(problem.slots))]
    # Who has more to do than fits into the slots before surely has something to do from there on.
    least = Known.of(model).least(person, work)
    room = list(accumulate((busy is not False for busy in year), initial=0))
    waits: list[tuple[int, Literal]] = []
    to_come: Literal = False
    for slot in reversed(range(len(year))):
        busy, later = year[slot], to_come
        to_come = least > room[slot] or _either(model, rule, slot, busy, later)
        if scope[slot] and later is not False and busy is not True:
            waits += [(1, to_come), (-1, busy)]
    return waits


def _either(
    model: RotationModel, rule: Waiting, slot: int, busy: Literal, later: Literal
) -> Literal:
    """Return a literal that holds at least where one is busy in a slot, or in a later one."""
    if busy is True or later is True:
        return True
    if busy is False or later is False:
        return later if busy is False else busy
    to_come = model.literal(("to come", rule.name, slot))
    for part in (busy, later):
        model.add_between([(1, to_come), (-1, part)], 0, None)
    return to_come
