from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.access import Role
from app.core.exceptions import NotFoundError
from app.db.base import new_id
from app.db.insert import insert_missing
from app.models import Membership, Notification, Person, User
from app.repositories.cursors import CursorPage, Order, page_after

_NEWEST = Order((Notification.created_at, Notification.id), newest_first=True)


class NotificationRepository:
    """What users are told; everybody reads their own."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write notifications, but for those whose `once` is there."""
        await insert_missing(self.session, Notification, [{"id": new_id(), **one} for one in rows])

    async def recipients(
        self, person_ids: Collection[UUID]
    ) -> Sequence[tuple[Person, User | None]]:
        """Return people with the users that they are."""
        statement = (
            select(Person, User)
            .outerjoin(User, User.id == Person.user_id)
            .where(Person.id.in_(person_ids))
            .order_by(Person.position, Person.id)
        )
        return [(person, user) for person, user in await self.session.execute(statement)]

    async def coordinators(self, program_id: UUID) -> Sequence[User]:
        """Return the active users who answer for a programme."""
        statement = (
            select(User)
            .join(Membership, Membership.user_id == User.id)
            .where(Membership.program_id == program_id, Membership.role == Role.COORDINATOR)
            .where(User.is_active)
            .order_by(User.id)
        )
        return (await self.session.scalars(statement)).all()

    async def list_own(
        self, user_id: UUID, cursor: str | None, limit: int, *, unread: bool
    ) -> CursorPage[Notification]:
        """Return a user's notifications, newest first; only unread ones if asked."""
        statement = select(Notification).where(Notification.user_id == user_id)
        if unread:
            statement = statement.where(Notification.read_at.is_(None))
        return await page_after(self.session, statement, _NEWEST, cursor, limit)

    async def count_unread(self, user_id: UUID) -> int:
        """Return how many notifications a user has not read."""
        statement = select(func.count()).where(
            Notification.user_id == user_id, Notification.read_at.is_(None)
        )
        return await self.session.scalar(statement) or 0

    async def mark_read(self, user_id: UUID, notification_id: UUID, at: datetime) -> Notification:
        """Note that a user has read something.

        Raises
        ------
        NotFoundError
            When they were told nothing of that id.
        """
        own = (Notification.user_id == user_id) & (Notification.id == notification_id)
        found = await self.session.scalar(select(Notification).where(own))
        if found is None:
            raise NotFoundError("notification", notification_id)
        found.read_at = found.read_at or at
        await self.session.flush()  # `updated_at` is in the answer
        return found

    async def mark_all_read(self, user_id: UUID, at: datetime) -> int:
        """Note that a user has read everything; return how much was new."""
        done = await self.session.execute(
            update(Notification)
            .where(Notification.user_id == user_id, Notification.read_at.is_(None))
            .values(read_at=at)
        )
        assert isinstance(done, CursorResult)  # noqa: S101 - of an update
        return done.rowcount
