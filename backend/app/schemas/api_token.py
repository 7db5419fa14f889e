from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.core.access import Scope
from app.schemas.base import Input, StoredResponse


class ApiTokenCreate(Input):
    """What a token is to be for."""

    name: str = Field(min_length=1, max_length=100, examples=["nightly export"])
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=2, examples=[["read"]])] = Field(
        description="`read`: routes that read (GET). `write`: all others."
    )
    program_id: UUID | None = Field(
        default=None, description="The only programme it is for; all of yours, if it is left out."
    )
    days: int = Field(default=90, ge=1, le=36500, description="Days for which it works.")


class ApiTokenResponse(StoredResponse):
    """A token, by what people know it by."""

    name: str
    beginning: str
    scopes: list[Scope]
    program_id: UUID | None
    expires_at: datetime
    last_used_at: datetime | None = Field(description="To the minute.")


class NewApiTokenResponse(ApiTokenResponse):
    """A new token: it is told this once."""

    token: str = Field(examples=["hs_…"])
