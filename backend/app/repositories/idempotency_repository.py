from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import new_id
from app.db.insert import insert_missing
from app.models import IdempotencyKey


class IdempotencyRepository:
    """Keys of requests that may be repeated."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def claim(self, user_id: UUID, key_hash: str, request_hash: str) -> IdempotencyKey:
        """Return the row of a key: a new one, or the one that is there.

        Who comes while another holds the same key waits here until that transaction has ended.
        """
        row = {"user_id": user_id, "key_hash": key_hash, "request_hash": request_hash}
        await insert_missing(self.session, IdempotencyKey, [{"id": new_id(), **row}])
        of_user = (IdempotencyKey.user_id == user_id) & (IdempotencyKey.key_hash == key_hash)
        return (await self.session.scalars(select(IdempotencyKey).where(of_user))).one()

    async def forget_before(self, at: datetime, user_id: UUID | None = None) -> None:
        """Delete keys, of one user or all, that are older."""
        old = IdempotencyKey.created_at < at
        if user_id is not None:
            old &= IdempotencyKey.user_id == user_id
        await self.session.execute(delete(IdempotencyKey).where(old))
