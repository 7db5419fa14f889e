import json
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field, field_validator

from app.schemas.base import CursorListing, Response


class AuditEventResponse(Response):
    """One change; `details` has what was before and after, where nobody is to be protected."""

    id: UUID
    sequence: int = Field(description="Counts the events of the chain.")
    program_id: UUID | None
    at: datetime
    actor_id: UUID | None = Field(description="Null for the system itself.")
    actor: str
    request_id: str = Field(description="Of the request or job, as in the logs.")
    action: str = Field(description="`create`, `update` or `delete`.")
    object_kind: str = Field(description="The table.")
    object_id: UUID
    details: dict[str, Any]
    previous_hash: str
    hash: str = Field(description="SHA-256 of all that, the hash before included.")

    @field_validator("details", mode="before")
    @classmethod
    def _read(cls, value: Any) -> Any:  # noqa: ANN401 - text, as it was hashed
        return json.loads(value) if isinstance(value, str) else value


class AuditEventList(CursorListing[AuditEventResponse]):
    """Changes, newest first."""
