"""Users and what they are in which programme; for ADMIN and the command line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.core.access import Access, Role
from app.core.clock import now
from app.core.exceptions import InvalidStateError, NotFoundError
from app.core.security import hash_password, new_password
from app.db.session import AsyncSession
from app.models import User
from app.repositories.api_token_repository import ApiTokenRepository
from app.repositories.base import Page
from app.repositories.login_repository import LoginRepository
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

    async def all(self) -> Sequence[User]:
        """Return all users by name."""
        return await self.users.all_by_name()

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

    async def named(self, name: str) -> User:
        """Return a user by name or e-mail address.

        Raises
        ------
        NotFoundError
            When there is none.
        """
        found = await self.users.find_by_name(name.strip().lower())
        if found is None:
            raise NotFoundError("user", name)
        return found

    async def give_password(self, user_id: UUID, password: OneTimePassword) -> None:
        """Give a user a one-time password; all sessions and API tokens are void then."""
        user = await self.users.get(user_id)
        user.password_hash = password.password_hash
        user.must_change_password = True
        await self._end_sessions(user)

    async def end_sessions(self, user_id: UUID) -> None:
        """Void all sessions and API tokens of a user, who may log in again."""
        await self._end_sessions(await self.users.get(user_id))

    async def _end_sessions(self, user: User) -> None:
        user.token_generation += 1
        await LoginRepository(self.session).void_all(user.id, now())
        await ApiTokenRepository(self.session).delete_all(user.id)
