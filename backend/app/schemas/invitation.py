from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from app.core.access import Role
from app.schemas.base import Input, Listing, Response, StoredResponse
from app.schemas.user import Email, LinkToken, NewPassword, ProgramRole, Username


class InvitationCreate(Input):
    """Whom to invite; `program_id` may be left out by a user with one programme."""

    email: Email
    role: ProgramRole
    full_name: str = Field(default="", max_length=255)
    program_id: UUID | None = None
    person_id: UUID | None = Field(
        default=None, description="The person of the schedule whose own account it is to be."
    )


class InvitationResponse(StoredResponse):
    """An invitation; its link is in the mail and nowhere else."""

    program_id: UUID
    email: str
    full_name: str
    role: Role
    person_id: UUID | None
    invited_by: UUID | None
    expires_at: datetime
    accepted_at: datetime | None


class InvitationList(Listing[InvitationResponse]):
    """Invitations, newest first."""


class InvitationToken(Input):
    """The link of an invitation."""

    token: LinkToken


class OfferResponse(Response):
    """What a link is for."""

    email: str
    full_name: str
    role: Role
    program: str
    has_account: bool = Field(description="Then accepting needs no name and password.")


class InvitationAccept(InvitationToken):
    """The answer to an invitation; an address without an account needs name and password."""

    model_config = ConfigDict(str_strip_whitespace=False)

    username: Username | None = None
    password: NewPassword | None = None
    full_name: str = Field(default="", max_length=255)

    @model_validator(mode="after")
    def _both(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("send username and password, or neither")
        return self


class InvitationAccepted(Response):
    """Who is a member now; log in as the next step."""

    username: str
