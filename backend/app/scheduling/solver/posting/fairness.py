"""Fairness as one band that slides until everybody of the group lies in it."""

from app.scheduling.rules.fairness import Fairness
from app.scheduling.solver.model import Literal, RotationModel, Variable
from app.scheduling.solver.posting.wishes import granted


def post_fairness(model: RotationModel, rule: Fairness) -> None:
    """Keep the highest level within the band above the lowest."""
    problem = model.problem
    group = rule.group(problem)
    if len(group) < 2:
        return
    gains = _slots(model, rule) if rule.points else _wishes(model, rule)
    carried = rule.carried(problem)
    levels = [[*gains[p], (int(carried[p]), True)] for p in group]
    limits = [model.limits_of(level) for level in levels]
    least, most = min(low for low, _ in limits), max(high for _, high in limits)
    band = rule.allowance(problem)
    if most - least <= band:
        return
    lowest = model.number(least, most)
    below_lowest: list[tuple[int, Variable]] = [(-1, lowest)]
    below_highest = [*below_lowest]
    if not rule.hard:
        over = model.number(0, most - least - band)
        model.charge(rule, over)
        below_highest.append((-1, over))
    for level in levels:
        model.add_between([*level, *below_lowest], 0, None)
        model.add_between([*level, *below_highest], None, band)


def _slots(model: RotationModel, rule: Fairness) -> list[list[tuple[int, Literal]]]:
    """Return each person's points as weighted literals, one list per person."""
    problem = model.problem
    codes: dict[int, list[int]] = {}
    for code, worth in enumerate(rule.worths(problem).tolist()):
        codes.setdefault(worth, []).append(code)
    scope = problem.scope(rule.who, rule.when)
    return [
        [
            term
            for worth, same in codes.items()
            for term in model.counted(
                [(person, slot, worth) for slot in here.nonzero()[0].tolist()], model.bits(same)
            )
        ]
        for person, here in enumerate(scope)
    ]


def _wishes(model: RotationModel, rule: Fairness) -> list[list[tuple[int, Literal]]]:
    """Return each person's granted wishes as weighted literals, one list per person."""
    gains: list[list[tuple[int, Literal]]] = [[] for _ in model.problem.people]
    for wish in rule.counted(model.problem):
        gains[wish.person].append((wish.worth, granted(model, wish)))
    return gains
