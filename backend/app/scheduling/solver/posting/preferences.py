"""Preferences as the points of single cells, or of what begins there."""

from app.scheduling.rules.preferences import Preferences
from app.scheduling.solver.model import Literal, RotationModel


def post_preferences(model: RotationModel, rule: Preferences) -> None:
    """Reward every point, or keep each person's sum of points up."""
    problem = model.problem
    scope = problem.scope(rule.who, rule.when)
    for person in rule.asked(problem).nonzero()[0].tolist():
        points = _points(model, rule, person, scope[person].nonzero()[0].tolist())
        if rule.mode == "reward":
            for worth, literal in points:
                model.earn(rule, literal, worth)
        else:
            model.keep_between(rule, points, rule.limit(problem), None)


def _points(
    model: RotationModel, rule: Preferences, person: int, slots: list[int]
) -> list[tuple[int, Literal]]:
    """Return a person's points as weighted literals."""
    tables, chosen = rule.tables(model.problem)
    stays = rule.counted_in == "stays"
    points: list[tuple[int, Literal]] = []
    for slot in slots:
        worths = tables[chosen[person, slot]].tolist()
        for code in model.open[person, slot].nonzero()[0].tolist():
            if worths[code] and stays:
                points.append((worths[code], _begins(model, person, slot, code)))
            elif worths[code]:
                points += model.counted([(person, slot, worths[code])], 1 << code)
    return points


def _begins(model: RotationModel, person: int, slot: int, code: int) -> Literal:
    """Return the literal "a stay on this rotation begins here"."""
    if (person, code) in model.stays:
        _, starts = model.stays[person, code]
        return starts[slot]
    on = model.is_on(person, slot, 1 << code)
    if slot == 0:
        return on
    return model.all_of([on, model.is_off(person, slot - 1, 1 << code)])
