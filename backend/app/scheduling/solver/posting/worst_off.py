"""Worst off as one level below everybody's total."""

from app.scheduling.rules.worst_off import WorstOff
from app.scheduling.solver.model import RotationModel, Variable


def post_worst_off(model: RotationModel, rule: WorstOff) -> None:
    """Raise the level, or keep it up."""
    problem = model.problem
    group = rule.group(problem)
    if not group:
        return
    totals = [_total(model, rule, person) for person in group]
    limits = [model.limits_of(total) for total in totals]
    least, most = min(low for low, _ in limits), min(high for _, high in limits)
    floor = rule.floor(problem)
    if rule.hard:
        for total in totals:
            model.keep_between(rule, total, floor, None)
        return
    if rule.mode == "reward":
        lowest = model.number(least, most)
        model.earn(rule, lowest)
        for total in totals:
            model.add_between([*total, (-1, lowest)], 0, None)
    elif least < floor:
        short = model.number(0, floor - least)
        model.charge(rule, short)
        for total in totals:
            model.add_between([*total, (1, short)], floor, None)


def _total(model: RotationModel, rule: WorstOff, person: int) -> list[tuple[int, Variable]]:
    """Return a person's total as a weighted sum; at most what the person really has."""
    total: list[tuple[int, Variable]] = []
    for counted in rule.counted(model.problem):
        # The parts are what the rule costs, which is less than nothing where it earns.
        worth = abs(rule.worth(model.problem, counted))
        parts = model.shares[counted.name].get(person, ())
        total += [(-worth * weight, variable) for weight, variable in parts]
    return total
