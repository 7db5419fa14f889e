from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import PasswordReset


class PasswordResetRepository:
    """Wishes for a new password: those that nobody has looked at, and those with a token."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    def add(self, wish: PasswordReset) -> None:
        """Have a wish written with the transaction."""
        self.session.add(wish)

    async def unanswered(self, most: int) -> Sequence[UUID]:
        """Return wishes that nobody has looked at, the oldest first."""
        statement = select(PasswordReset.id).where(PasswordReset.token_hash.is_(None))
        return (await self.session.scalars(statement.order_by(PasswordReset.id).limit(most))).all()

    async def take(self, wish_id: UUID) -> PasswordReset | None:
        """Return a wish that nobody has looked at, locked; None when somebody just did."""
        return await self.session.scalar(
            select(PasswordReset)
            .where(PasswordReset.id == wish_id, PasswordReset.token_hash.is_(None))
            .with_for_update()
        )

    async def count_open(self, user_id: UUID, at: datetime) -> int:
        """Return how many tokens a user has that still work."""
        of_user = (PasswordReset.user_id == user_id) & (PasswordReset.expires_at > at)
        statement = select(func.count()).select_from(PasswordReset).where(of_user)
        return await self.session.scalar(statement) or 0

    async def find(self, token_hash: str, at: datetime, *, lock: bool) -> PasswordReset | None:
        """Return the wish of a token that works; locked where the session may write."""
        statement = select(PasswordReset).where(
            PasswordReset.token_hash == token_hash, PasswordReset.expires_at > at
        )
        return await self.session.scalar(statement.with_for_update() if lock else statement)

    async def delete(self, wish: PasswordReset) -> None:
        """Have a wish deleted."""
        await self.session.delete(wish)

    async def void_all(self, user_id: UUID) -> None:
        """Void all tokens of a user."""
        await self.session.execute(delete(PasswordReset).where(PasswordReset.user_id == user_id))

    async def forget_expired(self, at: datetime) -> None:
        """Delete what does not work any more, and what nobody has looked at for that long."""
        await self.session.execute(delete(PasswordReset).where(PasswordReset.expires_at <= at))
