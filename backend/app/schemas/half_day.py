"""Effective half-days as callers get them: coverage, what comes next, who is on now."""

from datetime import date, datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, model_validator

from app.scheduling.domain.duties import Session
from app.schemas.base import Day, Input, Response, check_days


class CoverageQuery(Input):
    """A range of days, both included; without one, the schedule's."""

    first: Day | None = Field(default=None, alias="from")
    last: Day | None = Field(default=None, alias="to")

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if self.first is not None and self.last is not None:
            check_days(self.first, self.last)
        return self


class CoverageDay(Response):
    """How many people work on a day, in all and by rotation type.

    Somebody works who has duty with a time on that date. On a rotation type without a weekly
    template everybody counts who is placed there and not on leave.
    """

    date: date
    assigned: int
    by_rotation: dict[str, int] = Field(examples=[{"MICU": 4, "WARD": 11}])


class UpcomingHalfDay(Response):
    """A half-day of somebody, as published; `id` is that of an assignment.

    `start` and `end`, by the clock of the rotation's site, are null where there is no duty.
    """

    id: UUID | None
    block_id: UUID | None
    date: date
    session: Session
    rotation_type: str | None
    duty: str | None
    start: datetime | None
    end: datetime | None
    source: Literal["template", "assignment", "leave", "post-call"]


class OnDutyQuery(Input):
    """A programme and a moment, by default now."""

    program_id: UUID | None = None
    at: AwareDatetime | None = Field(
        default=None, description="With its zone.", examples=["2026-10-05T22:00:00-04:00"]
    )

    @model_validator(mode="after")
    def _in_range(self) -> Self:
        if self.at is not None and not 2000 <= self.at.year <= 2100:
            raise ValueError("at lies outside the years 2000 to 2100")
        return self


class OnDutyPerson(Response):
    """Somebody who is on, since and until when without a break; `email` is not for viewers."""

    person_id: UUID
    person: str = Field(description="The person's id in programme files.")
    name: str
    pgy: int
    email: str | None
    rotation_type: str | None
    rotation: str | None = Field(description="The rotation type's name.")
    duty: str
    duty_name: str
    kind: str = Field(description="What the duty counts for.", examples=["in_house", "home_call"])
    source: Literal["template", "assignment", "post-call"]
    since: datetime
    until: datetime


class OnDutyResponse(Response):
    """Who is on at a moment, by the published schedule; by rotation type and name."""

    program_id: UUID
    at: datetime
    time_zone: str
    people: list[OnDutyPerson]
