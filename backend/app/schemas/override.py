"""Findings that somebody answers for."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.schemas.base import Input, Listing, Response

Reason = Annotated[
    str, Field(min_length=1, max_length=2000, examples=["Agreed with the resident; see mail."])
]


class OverrideReason(Input):
    """Why something is done all the same; it is kept with who says so."""

    reason: Reason


class OverrideCreate(OverrideReason):
    """A finding that is accepted."""

    key: str = Field(
        min_length=1,
        max_length=64,
        description="`key` of the finding, as `…/findings` has it.",
        examples=["3f1c0a9be2d47e55"],
    )


class OverrideResponse(Response):
    """A finding that somebody answers for.

    `origin` is `duty_hours`, `rules`, or `leave` for duty on approved leave.
    """

    id: UUID
    schedule_id: UUID
    finding_key: str
    origin: str
    rule: str
    person: str | None = Field(description="The person's id in programme files.")
    message: str
    reason: str
    author_id: UUID | None
    author: str
    created_at: datetime
    updated_at: datetime


class OverrideList(Listing[OverrideResponse]):
    """What was accepted, the oldest first."""
