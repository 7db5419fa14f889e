"""A grid's duty hours as a job keeps them: how many findings of which severity, and the first."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from app.scheduling.acgme.finding import Violation
from app.scheduling.acgme.pack import RulePack
from app.scheduling.api import verify
from app.scheduling.domain.problem import Grid
from app.scheduling.domain.program import Program

_MOST_KEPT = 200


def verified(program: Program, packs: Sequence[RulePack], grid: Grid) -> dict[str, Any] | None:
    """Return what rule packs say of a grid; None without packs."""
    if not packs:
        return None
    found = verify(program, packs, grid).findings
    counts = Counter(one.severity for one in found)
    return {
        "errors": counts["error"],
        "warnings": counts["warning"],
        "findings": [_finding(one) for one in found[:_MOST_KEPT]],
    }


def _finding(one: Violation) -> dict[str, Any]:
    return {
        "rule": one.rule,
        "name": one.name,
        "severity": one.severity,
        "person": one.person or None,
        "period": None,
        "date": str(one.first),
        "measured": one.measured,
        "limit": one.limit,
        "unit": one.unit,
        "message": one.message,
        "source": "; ".join(one.sources),
    }
