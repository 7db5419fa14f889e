"""Why nothing is feasible: arithmetic of supply and demand that needs no search."""

from collections.abc import Sequence

from app.scheduling.domain.problem import Problem
from app.scheduling.domain.result import Finding
from app.scheduling.domain.rule import Rule


def why_infeasible(problem: Problem, rules: Sequence[Rule]) -> tuple[Finding, ...]:
    """Return what shows that no schedule can keep the hard rules; empty when nothing does."""
    return ()
