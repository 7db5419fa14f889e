from datetime import datetime
from uuid import UUID

from pydantic import Field

from app.schemas.base import Response


class CalendarLinkResponse(Response):
    """A calendar link, with its address: it is shown only here."""

    person_id: UUID
    url: str = Field(
        description="What a calendar subscribes to. Whoever has it reads the schedule."
    )
    created_at: datetime
    updated_at: datetime
