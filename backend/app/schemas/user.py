from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field

from app.core.access import Role
from app.schemas.base import Input, Listing, Response, StoredResponse, Update


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _address(value: str) -> str:
    name, _, domain = value.rpartition("@")
    if not name or not domain or any(char.isspace() for char in value):
        raise ValueError(f"{value!r} is no e-mail address")
    return value


Username = Annotated[
    str,
    BeforeValidator(_lower),
    Field(max_length=150, pattern=r"^[a-z0-9][a-z0-9._-]*$", examples=["m.curie"]),
]
Email = Annotated[
    str,
    BeforeValidator(_lower),
    Field(max_length=320, examples=["curie@example.org"]),
    AfterValidator(_address),
]
NewPassword = Annotated[
    str, Field(min_length=12, max_length=200, examples=["correct horse battery staple"])
]
LinkToken = Annotated[
    str,
    Field(
        min_length=1,
        max_length=200,
        description="What stands behind the # of the link.",
        examples=["zX3l-9m0aT7Jw5oEr_Yb2pQv8cNs4KdHf6UgIi1xLeM"],
    ),
]
ProgramRole = Literal[Role.COORDINATOR, Role.FACULTY, Role.RESIDENT, Role.VIEWER]


class UserCreate(Input):
    """A new user; the name is kept in lower case."""

    username: Username
    email: Email | None = None
    full_name: str = Field(default="", max_length=255)
    is_admin: bool = False


class UserUpdate(Update):
    """What is to change of a user."""

    nullable: ClassVar[frozenset[str]] = frozenset({"email"})

    email: Email | None = None
    full_name: str | None = Field(default=None, max_length=255)
    is_admin: bool | None = None
    is_active: bool | None = None


class MembershipSet(Input):
    """The role that a user is to have in a programme."""

    role: ProgramRole


class MembershipResponse(Response):
    """A role in a programme."""

    program_id: UUID
    role: Role


class UserResponse(StoredResponse):
    """A user."""

    username: str
    full_name: str
    email: str | None
    is_admin: bool
    is_active: bool
    must_change_password: bool
    version: int
    memberships: list[MembershipResponse]


class NewUserResponse(UserResponse):
    """A new user, with the password for the first login: it is told this once."""

    one_time_password: str


class UserList(Listing[UserResponse]):
    """Users by name."""


class OneTimePasswordResponse(Response):
    """A password for the next login, after which another has to be chosen: it is told this once."""

    one_time_password: str


class SessionsEnded(Response):
    """All sessions and API tokens of a user are void."""

    status: Literal["ended"]
