"""Two schedules side by side."""

from datetime import date
from typing import Literal
from uuid import UUID

from app.scheduling.domain.duties import Session
from app.schemas.base import Response
from app.schemas.edit import DutyHourDifference, RuleDifference
from app.schemas.finding import FindingOverride, Severity


class ComparedSchedule(Response):
    """One of the two."""

    id: UUID
    name: str
    revision: int
    objective: float


class PlacementDifference(Response):
    """Somebody in a slot: rotation types in both; null for none."""

    person_id: UUID | None
    person: str
    name: str
    period: str
    start_date: date
    before: str | None
    after: str | None


class AssignmentDifference(Response):
    """Somebody in a half-day: duties of the assignments in both; null for none."""

    person: str
    date: date
    session: Session
    before: str | None
    after: str | None


class PersonDifference(Response):
    """How many slots of somebody differ."""

    name: str
    slots: int


class RotationDifference(Response):
    """How many person-slots a rotation type has in the second that it has not in the first."""

    rotation_type: str
    gained: int
    lost: int


class TermDifference(Response):
    """A soft rule's value in both; null where a programme does not have it."""

    name: str
    before: float | None
    after: float | None


class StaffingDifference(Response):
    """People on a coverage in one slot, and whether these are too few."""

    name: str
    period: str
    start_date: date
    before: float
    after: float
    short_before: bool
    short_after: bool


class AnswerDifference(Response):
    """A finding of both that is overridden in one of them alone, or by others or otherwise."""

    key: str
    origin: Literal["duty_hours", "rules"]
    rule: str
    name: str
    severity: Severity
    person: str | None
    message: str
    before: FindingOverride | None
    after: FindingOverride | None


class ComparisonResponse(Response):
    """What differs between two schedules: cells, people, rotations, terms, findings and overrides.

    `same` says that both place everybody alike. Findings are `gone` when only the first has them,
    and carry the override of the schedule that has them.
    """

    before: ComparedSchedule
    after: ComparedSchedule
    same: bool
    people_only_before: list[str]
    people_only_after: list[str]
    periods_only_before: list[str]
    periods_only_after: list[str]
    placements: list[PlacementDifference]
    assignments: list[AssignmentDifference]
    by_person: list[PersonDifference]
    by_rotation: list[RotationDifference]
    terms: list[TermDifference]
    staffing: list[StaffingDifference]
    duty_hours: DutyHourDifference
    rules: RuleDifference
    answers: list[AnswerDifference]
