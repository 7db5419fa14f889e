"""Users and what they are in which programme; for ADMIN and the command line."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from app.core.access import Access, Role
from app.core.exceptions import InvalidStateError
from app.core.security import hash_password, new_password
from app.db.session import AsyncSession
from app.models import User
from app.repositories.base import Page
from app.repositories.program_repository import ProgramRepository
from app.repositories.user_repository import UserRepository
from app.services.versions import check_version


@dataclass(frozen=True, slots=True, kw_only=True)
class OneTimePassword:
    """A password that is told once, with the hash that is kept."""

    password: str
    password_hash: str

    @classmethod
    async def make(cls) -> "OneTimePassword":
        """Make one; it takes long, so it is done before a transaction begins."""
        password = new_password()
        return cls(password=password, password_hash=await hash_password(password))


class UserService:
    """What may be done with users."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self.users = UserRepository(session)

    async def list_by_name(self, skip: int, limit: int) -> Page[User]:
        """Return users by name."""
        return await self.users.list_by_name(skip, limit)

    async def get(self, user_id: UUID) -> User:
        """Return a user."""
        return await self.users.get(user_id)

    async def create(self, new: Mapping[str, object], password: OneTimePassword) -> User:
        """Make a user, who has to choose a password of their own after the first login."""
        user = User(**new, password_hash=password.password_hash, must_change_password=True)
        await self.users.save(user)
        return user

    async def update(
        self, user_id: UUID, changes: Mapping[str, object], version: int | None, by: UUID
    ) -> User:
        """Change what is given.

        Raises
        ------
        InvalidStateError
            When the caller would lock themselves out.
        StaleError
            When it is not the version that the caller has read.
        """
        user = await self.users.get(user_id)
        check_version(user.version, version)
        for name, value in changes.items():
            setattr(user, name, value)
        if user_id == by and not (user.is_admin and user.is_active):
            raise InvalidStateError("You would lock yourself out: let another ADMIN do that.")
        await self.users.save(user)
        return user

    async def set_role(self, user_id: UUID, program_id: UUID, role: Role, access: Access) -> User:
        """Give a user a role in a programme."""
        user = await self.users.get(user_id)
        await ProgramRepository(self.session, access).get(program_id)
        await self.users.set_role(user, program_id, role)
        return user

    async def remove_role(self, user_id: UUID, program_id: UUID) -> None:
        """Take a user's role in a programme away."""
        await self.users.remove_role(await self.users.get(user_id), program_id)
