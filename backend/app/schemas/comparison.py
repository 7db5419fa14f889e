"""Two schedules side by side."""

from datetime import date
from uuid import UUID

from app.scheduling.domain.duties import Session
from app.schemas.base import Response
from app.schemas.edit import DutyHourDifference, RuleDifference


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


class ComparisonResponse(Response):
    """What differs between two schedules: cells, people, rotations, terms and findings.

    `same` says that both place everybody alike. Findings are `gone` when only the first has them.
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
