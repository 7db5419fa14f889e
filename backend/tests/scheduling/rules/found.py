"""What a rule finds in a grid, short enough to compare with."""

from app.scheduling.domain.problem import Problem
from app.scheduling.domain.rule import Rule
from tests.scheduling.builders import grid


def found(rule: Rule, problem: Problem, *rows: str) -> list[tuple[int, int | None, int | None]]:
    """Return amount, person and slot of every breach (or of everything reached)."""
    breaches = rule.measure(problem, grid(problem, *rows))
    return [(breach.amount, breach.person, breach.slot) for breach in breaches]


def told(rule: Rule, problem: Problem, *rows: str) -> list[str]:
    """Return what is said of every breach."""
    return [breach.what for breach in rule.measure(problem, grid(problem, *rows))]
