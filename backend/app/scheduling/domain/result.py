"""What the engine answers: findings, terms, status, bound and schedule."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from app.scheduling.domain.problem import Grid

Status = Literal["OPTIMAL", "FEASIBLE", "INFEASIBLE", "UNKNOWN"]
Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that a check found (CONTRACT: keys of a finding).

    Parameters
    ----------
    rule, name
        The rule's kind and its human name.
    person
        Person id.
    period, date
        Where in the year.
    measured, limit, unit
        What was found, what is allowed, in which unit.
    message
        One sentence that stands alone.
    source
        Where the rule comes from.
    """

    rule: str
    name: str
    severity: Severity
    person: str | None = None
    period: int | None = None
    date: dt.date | None = None
    measured: float | None = None
    limit: float | None = None
    unit: str | None = None
    message: str
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One soft rule's part of the objective.

    Parameters
    ----------
    amount
        Units broken (penalty) or reached (reward).
    weight
        Signed weight per unit in the programme's sense.
    value
        ``amount * weight``; the terms' values add up to the objective.
    ideal
        The best value that it could have if all other rules were ignored.
    """

    rule: str
    name: str
    unit: str
    amount: float
    weight: float
    value: float
    ideal: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A schedule's value, recomputed from the schedule alone."""

    objective: float
    ideal: float
    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The outcome of a solve.

    Parameters
    ----------
    grid
        The best schedule found: int16 array (P, S); None without one.
    objective, bound
        In the programme's sense; None where there is none.
    bound_source
        Where the bound comes from.
    gap
        ``(shortfall - shortfall of the bound) / shortfall``, a fraction; None without a schedule.
    findings
        Why it is infeasible, or what soft rules the schedule breaks.
    input_hash
        SHA-256 of everything that the result depends on but seed and limits.
    stopped
        Whether it was stopped from outside.
    """

    status: Status
    grid: Grid | None
    objective: float | None
    bound: float | None
    bound_source: str | None
    gap: float | None
    ideal: float
    terms: tuple[Term, ...]
    findings: tuple[Finding, ...]
    seed: int
    workers: int
    input_hash: str
    engine_version: str
    wall_s: float
    stopped: bool
