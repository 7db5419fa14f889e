"""A programme in a few numbers."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from app.schemas.base import Response
from app.schemas.finding import FindingCounts


class StatsResponse(Response):
    """A programme in numbers.

    `assignments`, findings and `coverage` are those of one schedule: the newest one of today, or
    else the newest. Who may not see drafts gets what was published, and no findings.
    """

    program_id: UUID
    people: int = Field(description="Those who are active.")
    schedules: int
    schedule_id: UUID | None
    revision: int | None
    published: bool = Field(description="Whether it is what was published.")
    assignments: int
    duty_hours: FindingCounts | None
    rules: FindingCounts | None
    coverage: float | None = Field(
        description="Share of the days of people's appointments on which they are placed, 0 to 1."
    )
    as_of: datetime = Field(description="When the numbers were worked out.")
