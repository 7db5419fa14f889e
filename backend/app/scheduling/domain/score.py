"""A schedule's value, from the schedule alone: breaches times weights, ideal and gap."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from app.scheduling.domain.faults import Fault, InvalidProgram
from app.scheduling.domain.problem import Grid, Problem
from app.scheduling.domain.program import Sense
from app.scheduling.domain.result import Score, Term
from app.scheduling.domain.rule import Rule

_MOST_STEPS = 10**9
"""Of the shortfall in one unit of any rule; millions of units then stay below 2**53."""


@dataclass(frozen=True, slots=True)
class Scales:
    """Whole-number weights of the soft rules of one problem.

    Parameters
    ----------
    scale
        Steps of the shortfall in one point of the objective.
    costs
        Steps that one step of each soft rule costs (or earns), by rule name.
    ideals
        Best amount that each soft rule could have, in its steps, by rule name.
    signs
        1 for a penalty, -1 for a reward, by rule name.
    sense
        The programme's.
    """

    scale: int
    costs: dict[str, int]
    ideals: dict[str, int]
    signs: dict[str, int]
    sense: Sense

    @property
    def ideal_offset(self) -> int:
        """What must be added to ``sum(penalties) - sum(rewards)`` to get the shortfall."""
        return -sum(
            self.signs[name] * cost * self.ideals[name] for name, cost in self.costs.items()
        )

    def cost(self, rule: Rule) -> int:
        """Return the steps that one step of this soft rule costs or earns."""
        return self.costs[rule.name]

    @property
    def ideal(self) -> float:
        """The ideal in the programme's sense."""
        return self.stated(0)

    def stated(self, shortfall: int) -> float:
        """Return a shortfall (in steps) as an objective in the programme's sense."""
        cost = Fraction(shortfall - self.ideal_offset) / self.scale
        return plain(cost if self.sense == "minimize" else -cost)

    def shortfall(self, objective: float) -> int:
        """Return an objective in the programme's sense as a shortfall in steps."""
        cost = Fraction(str(objective)) * (1 if self.sense == "minimize" else -1)
        return round(cost * self.scale) + self.ideal_offset


def scales(problem: Problem, rules: Sequence[Rule], sense: Sense) -> Scales:
    """Return whole-number weights for the soft rules among `rules`.

    Raises
    ------
    InvalidProgram
        When the finest and the heaviest rules are too far apart for whole numbers to hold both.
    """
    soft = [rule for rule in rules if not rule.hard]
    exact = {rule.name: rule.weight * rule.step(problem) for rule in soft}
    scale = lcm(*(weight.denominator for weight in exact.values()))
    if soft and scale * max(rule.weight for rule in soft) > _MOST_STEPS:
        raise InvalidProgram([_too_far_apart(rules, exact)])
    return Scales(
        scale=scale,
        costs={name: int(weight * scale) for name, weight in exact.items()},
        ideals={rule.name: rule.ideal(problem) for rule in soft},
        signs={rule.name: -1 if rule.mode == "reward" else 1 for rule in soft},
        sense=sense,
    )


def _too_far_apart(rules: Sequence[Rule], exact: Mapping[str, Fraction]) -> Fault:
    """Return what is wrong with the finest rule, by the weight of one step, and the heaviest."""
    places = [place for place, rule in enumerate(rules) if not rule.hard]
    finest = max(places, key=lambda place: exact[rules[place].name].denominator)
    heaviest = max(places, key=lambda place: rules[place].weight)
    return Fault(
        ("rules", finest),
        f"the numbers of {rules[finest].name!r} are too fine beside "
        f"the weight {plain(rules[heaviest].weight)} of {rules[heaviest].name!r}",
        "use fewer decimals in weights, points and FTEs, or lower the highest weight",
    )


def score(problem: Problem, rules: Sequence[Rule], grid: Grid, sense: Sense) -> Score:
    """Return objective, ideal and terms of a schedule."""
    terms = []
    for rule in rules:
        if rule.hard:
            continue
        step = rule.step(problem)
        amount = step * sum(breach.amount for breach in rule.measure(problem, grid))
        positive = (rule.mode == "penalty") == (sense == "minimize")
        weight = rule.weight if positive else -rule.weight
        terms.append(
            Term(
                rule=rule.kind,
                name=rule.name,
                unit=rule.unit,
                amount=plain(amount),
                weight=plain(weight),
                value=plain(amount * weight),
                ideal=plain(step * rule.ideal(problem) * weight),
            )
        )
    return Score(
        objective=plain(sum((Fraction(str(term.value)) for term in terms), Fraction(0))),
        ideal=plain(sum((Fraction(str(term.ideal)) for term in terms), Fraction(0))),
        terms=tuple(terms),
    )


def shortfall_gap(shortfall: int, bound: int) -> float:
    """Return ``(shortfall - bound) / shortfall``, 0 when the two are equal; both in steps."""
    return 0.0 if shortfall <= bound else (shortfall - bound) / shortfall


def plain(value: Fraction | float) -> float:
    """Return an exact number as an int where it is whole, as JSON shows it, else as a float."""
    return int(value) if value == int(value) else float(value)
