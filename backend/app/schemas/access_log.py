from datetime import datetime
from uuid import UUID

from app.schemas.base import CursorListing, Response


class AccessEntryResponse(Response):
    """Somebody has read a record of somebody else."""

    at: datetime
    user_id: UUID
    token_id: UUID | None
    resource: str
    resource_id: UUID | None
    person_id: UUID | None
    request_id: str


class AccessEntryList(CursorListing[AccessEntryResponse]):
    """Who has read what, newest first."""
