"""Assignments: what somebody does in one half-day, whatever leave and template say."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, model_validator

from app.core.words import AssignmentStatus
from app.scheduling.domain.duties import Session
from app.schemas.base import Day, Input, Listing, Update, check_days
from app.schemas.override import OverrideReason
from app.schemas.schedule import NestedAssignment

Code = Annotated[str, Field(min_length=1, max_length=40, examples=["MICU"])]
Note = Annotated[str, Field(max_length=1000)]


class AssignmentCreate(Input):
    """A new assignment, of a block or of a date and session.

    Without `duty` it is what the rotation type's week says of that weekday and session.
    """

    schedule_id: UUID
    person_id: UUID
    block_id: UUID | None = None
    date: Day | None = None
    session: Session | None = None
    rotation_type: Code
    duty: Code | None = None
    note: Note = ""
    override: OverrideReason | None = Field(
        default=None, description="Do it on approved leave, or against duty-hour rules."
    )

    @model_validator(mode="after")
    def _says_when(self) -> Self:
        dated = (self.date is not None, self.session is not None)
        if self.block_id is None and not all(dated):
            raise ValueError("say when: send block_id, or date and session")
        if self.block_id is not None and any(dated):
            raise ValueError("send either block_id, or date and session")
        return self


class AssignmentUpdate(Update):
    """What is to change of an assignment; `status` goes on to confirmed, completed or cancelled."""

    rotation_type: Code | None = None
    duty: Code | None = None
    status: AssignmentStatus | None = None
    locked: bool | None = None
    note: Note | None = None
    override: OverrideReason | None = None

    def changes(self) -> dict[str, Any]:
        """Return what was sent, version and override apart."""
        return self.model_dump(exclude_unset=True, exclude={"version", "override"})


class AssignmentQuery(Input):
    """Which assignments are listed; days are both included."""

    schedule_id: UUID
    person_id: UUID | None = None
    first: Day | None = Field(default=None, alias="from")
    last: Day | None = Field(default=None, alias="to")
    status: AssignmentStatus | None = None
    skip: int = Field(default=0, ge=0, le=2**31 - 1)
    limit: int = Field(default=100, ge=1, le=500)

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if self.first is not None and self.last is not None:
            check_days(self.first, self.last)
        return self


class AssignmentResponse(NestedAssignment):
    """An assignment with its person and block."""

    schedule_id: UUID
    created_at: datetime
    updated_at: datetime


class AssignmentList(Listing[AssignmentResponse]):
    """Assignments of a schedule, in order of time."""
