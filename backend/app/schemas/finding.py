"""What a check found, as callers see it: duty hours and the programme's own rules, never mixed."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from app.schemas.base import Response

Severity = Literal["error", "warning", "info"]


class FindingOverride(Response):
    """Who answers for a finding, and why."""

    id: UUID
    reason: str
    author_id: UUID | None
    author: str
    at: datetime


class FindingResponse(Response):
    """One thing that was found.

    `key` names it for as long as rule, person and place are the same.
    """

    key: str
    origin: Literal["duty_hours", "rules"]
    rule: str
    name: str
    severity: Severity
    person_id: UUID | None
    person: str | None = Field(description="The person's id in programme files.")
    measured: float | None
    limit: float | None
    unit: str | None
    message: str = Field(description="One sentence that stands alone.")
    source: str | None
    override: FindingOverride | None = Field(description="Null: nobody answers for it.")


class DutyHourFinding(FindingResponse):
    """A duty-hour rule that is broken; `start` and `end` are the window that was judged."""

    origin: Literal["duty_hours"]
    date: date
    start: datetime
    end: datetime
    rotation: str | None
    days: int
    leave_days: int
    averaging: str
    pack: str
    version: str
    confidence: str
    unconfirmed: bool
    evidence: list[str]
    also: list[str]


class RuleFinding(FindingResponse):
    """A rule of the programme's own that is broken."""

    origin: Literal["rules"]
    period: int | None
    date: date | None


class FindingCounts(Response):
    """How many findings there are of each severity."""

    errors: int
    warnings: int
    infos: int


class TermResponse(Response):
    """One soft rule's part of the objective."""

    rule: str
    name: str
    unit: str
    amount: float
    weight: float
    value: float
    ideal: float


class FindingsResponse(Response):
    """What is wrong with a schedule at a revision.

    `duty_hours` is null for a programme without duty types: there is nothing to verify.
    """

    schedule_id: UUID
    revision: int
    state: str = Field(description="Changes whenever the programme does.")
    duty_hours: list[DutyHourFinding] | None
    duty_hour_counts: FindingCounts
    rules: list[RuleFinding]
    rule_counts: FindingCounts
    objective: float
    ideal: float
    terms: list[TermResponse]
