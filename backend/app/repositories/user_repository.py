from collections.abc import Sequence
from functools import cache
from uuid import UUID

from sqlalchemy import Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload, selectinload

from app.core.access import Role
from app.core.exceptions import NotFoundError
from app.models import Membership, User
from app.repositories.base import Page, page


@cache
def _by_id() -> Select[User]:
    """Return what is sent with every request: made once, and one statement instead of two."""
    of_id = select(User).where(User.id == bindparam("user_id"))
    return of_id.options(joinedload(User.memberships))


class UserRepository:
    """Users with their memberships; they belong to no programme."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def find(self, user_id: UUID) -> User | None:
        """Return a user."""
        found = await self.session.execute(_by_id(), {"user_id": user_id})
        return found.unique().scalar_one_or_none()

    async def get(self, user_id: UUID) -> User:
        """Return a user.

        Raises
        ------
        NotFoundError
            When there is none.
        """
        found = await self.find(user_id)
        if found is None:
            raise NotFoundError("user", user_id)
        return found

    async def find_by_name(self, name: str) -> User | None:
        """Return a user by name or e-mail address, both in lower case.

        A name cannot hold an @ and an address has one, so that there is at most one such user.
        """
        column = User.email if "@" in name else User.username
        return await self.session.scalar(select(User).where(column == name))

    async def list_by_name(self, skip: int, limit: int) -> Page[User]:
        """Return users by name."""
        statement = select(User).options(selectinload(User.memberships))
        return await page(self.session, statement, skip, limit, User.username.expression)

    async def all_by_name(self) -> Sequence[User]:
        """Return all users by name."""
        statement = select(User).options(selectinload(User.memberships))
        return (await self.session.scalars(statement.order_by(User.username))).all()

    async def save(self, user: User) -> None:
        """Write a new or changed user now: name and version are checked before the answer."""
        self.session.add(user)
        await self.session.flush()
        await self.session.refresh(user, ["memberships"])

    async def set_role(self, user: User, program_id: UUID, role: Role) -> None:
        """Give a user this role in a programme, in place of another that there was."""
        found = await self._membership(user.id, program_id)
        if found is None:
            self.session.add(Membership(user_id=user.id, program_id=program_id, role=role))
        else:
            found.role = role
        await self.save(user)

    async def remove_role(self, user: User, program_id: UUID) -> None:
        """Take a user's role in a programme away.

        Raises
        ------
        NotFoundError
            When there is none.
        """
        found = await self._membership(user.id, program_id)
        if found is None:
            raise NotFoundError("membership", program_id)
        await self.session.delete(found)

    async def _membership(self, user_id: UUID, program_id: UUID) -> Membership | None:
        statement = select(Membership).where(Membership.user_id == user_id)
        return await self.session.scalar(statement.where(Membership.program_id == program_id))


async def display_name(session: AsyncSession, user_id: UUID) -> str:
    """Return what a user is called where others read it."""
    user = await session.get_one(User, user_id)
    return user.full_name or user.username
