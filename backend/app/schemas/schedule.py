from datetime import date
from typing import Self
from uuid import UUID

from pydantic import Field, model_validator

from app.core.words import AssignmentStatus, PersonKind, Source
from app.schemas.base import (
    Day,
    Input,
    Listing,
    Name,
    Response,
    StoredResponse,
    Update,
    check_days,
)
from app.schemas.block import BlockResponse


class ScheduleBase(Input):
    """What a schedule is made of."""

    name: Name
    start_date: Day
    end_date: Day = Field(description="The last day, included.")
    description: str = Field(default="", max_length=10_000)

    @model_validator(mode="after")
    def _days(self) -> Self:
        check_days(self.start_date, self.end_date)
        return self


class ScheduleCreate(ScheduleBase):
    """A new schedule; `program_id` may be left out by a user with one programme."""

    program_id: UUID | None = None


class BranchCreate(Input):
    """What a branch is called."""

    name: Name


class ScheduleUpdate(Update):
    """What is to change of a schedule."""

    name: Name | None = None
    start_date: Day | None = None
    end_date: Day | None = None
    description: str | None = Field(default=None, max_length=10_000)

    @model_validator(mode="after")
    def _days(self) -> Self:
        if self.start_date and self.end_date:
            check_days(self.start_date, self.end_date)
        return self


class ScheduleResponse(StoredResponse):
    """A schedule."""

    program_id: UUID
    name: str
    description: str
    start_date: date
    end_date: date
    revision: int
    version: int
    created_by: UUID | None


class ScheduleList(Listing[ScheduleResponse]):
    """Schedules, newest first."""


class AssignedPerson(Response):
    """Who is assigned."""

    id: UUID
    key: str
    name: str
    kind: PersonKind


class NestedAssignment(Response):
    """An assignment with its person and block; rotation type and duty by their codes."""

    id: UUID
    person_id: UUID
    block_id: UUID
    rotation_type: str | None
    duty: str | None
    status: AssignmentStatus
    source: Source
    locked: bool
    note: str
    version: int
    person: AssignedPerson
    block: BlockResponse


class ScheduleWithAssignments(ScheduleResponse):
    """A schedule with all that people do in single half-days."""

    assignments: list[NestedAssignment]
