"""What a caller may do: the roles of a user by programme, and what a route asks for."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from http import HTTPStatus
from uuid import UUID

from app.core.exceptions import AppException, ForbiddenError, NotFoundError


class Role(StrEnum):
    """What somebody is in one programme; ADMIN is everywhere, and a mark of the user."""

    ADMIN = "ADMIN"
    COORDINATOR = "COORDINATOR"
    FACULTY = "FACULTY"
    RESIDENT = "RESIDENT"
    VIEWER = "VIEWER"


class Scope(StrEnum):
    """What an API token is for: routes that read (GET), and all others."""

    READ = "read"
    WRITE = "write"


PROGRAM_ROLES = tuple(role for role in Role if role is not Role.ADMIN)
"""Roles that a membership may give."""


class ProgramRequiredError(AppException):
    """The caller may mean several programmes and names none."""

    code = "PROGRAM_REQUIRED"
    status = HTTPStatus.BAD_REQUEST

    def __init__(self) -> None:
        super().__init__("Say which programme is meant: send program_id.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A caller, and whom the route is for.

    Parameters
    ----------
    roles
        By programme.
    allowed
        Roles that the route is for; ADMIN always is.
    """

    user_id: UUID
    is_admin: bool
    roles: Mapping[UUID, Role]
    allowed: frozenset[Role] = frozenset()

    def asking_for(self, roles: Collection[Role]) -> "Access":
        """Return the access of a route that is for these roles.

        Raises
        ------
        ForbiddenError
            When the caller has none of them anywhere.
        """
        asked = replace(self, allowed=frozenset(roles))
        if not self.is_admin and not any(role in asked.allowed for role in self.roles.values()):
            raise ForbiddenError
        return asked

    def within(self, program_id: UUID) -> "Access":
        """Return the part of the access that concerns one programme; ADMIN coordinates it."""
        role = Role.COORDINATOR if self.is_admin else self.roles.get(program_id)
        return replace(self, is_admin=False, roles={} if role is None else {program_id: role})

    @property
    def known_programs(self) -> frozenset[UUID] | None:
        """Programmes that the caller may know of; None: all."""
        return None if self.is_admin else frozenset(self.roles)

    def check(self, program_id: UUID) -> None:
        """Refuse what the route is not for.

        Raises
        ------
        NotFoundError
            When the caller may not even know of the programme.
        ForbiddenError
            When the caller's role in it does not suffice.
        """
        if self.is_admin:
            return
        if program_id not in self.roles:
            raise NotFoundError("program", program_id)
        if self.roles[program_id] not in self.allowed:
            raise ForbiddenError

    def coordinates(self, program_id: UUID) -> bool:
        """Return whether the caller may see a programme's drafts, and everybody's own affairs."""
        return self.is_admin or self.roles.get(program_id) in {Role.ADMIN, Role.COORDINATOR}

    def program(self, given: UUID | None) -> UUID:
        """Return the programme that is meant, and check it; it may be left out if there is one.

        Raises
        ------
        ProgramRequiredError
            When it is left out by an ADMIN, or by a user with several programmes.
        """
        if given is None:
            if self.is_admin or len(self.roles) != 1:
                raise ProgramRequiredError
            [given] = self.roles
        self.check(given)
        return given
