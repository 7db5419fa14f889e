from datetime import datetime
from uuid import UUID

from pydantic import Field

from app.schemas.base import CursorListing, Response


class NotificationResponse(Response):
    """Something that the caller was told."""

    id: UUID
    program_id: UUID
    kind: str = Field(description="`published`, `leave`, `request` or `assignment`.")
    subject: str
    body: str
    link: str = Field(description="The page that shows it, without the service's address.")
    created_at: datetime
    read_at: datetime | None


class NotificationList(CursorListing[NotificationResponse]):
    """What the caller was told, newest first."""


class UnreadResponse(Response):
    """How much the caller has not read."""

    unread: int
