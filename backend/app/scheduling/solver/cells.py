"""What is open in the cells of the grid before any search."""

from collections.abc import Iterable

from app.scheduling.domain.problem import Bools, Problem
from app.scheduling.domain.rule import CellRule, Rule


def open_cells(problem: Problem, rules: Iterable[Rule]) -> Bools:
    """Return what eligibility and hard single-cell rules leave open: bool array (P, S, V)."""
    result = problem.eligible.copy()
    for rule in rules:
        if rule.hard and isinstance(rule, CellRule):
            result &= rule.allowed(problem)
    return result
