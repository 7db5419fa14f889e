"""Preferences as the points of single cells."""

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
    points: list[tuple[int, Literal]] = []
    for slot in slots:
        worths = tables[chosen[person, slot]].tolist()
        for code in model.open[person, slot].nonzero()[0].tolist():
            points += model.counted([(person, slot, worths[code])], model.bits([code]))
    return points
