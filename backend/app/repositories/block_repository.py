from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import new_id
from app.db.insert import insert_missing
from app.models import Block
from app.scheduling.domain.duties import SESSIONS


class BlockRepository:
    """Half-days; they are the same for every programme, so there is nothing to hide."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def find(self, block_id: UUID) -> Block | None:
        """Return a block."""
        return await self.session.get(Block, block_id)

    async def list_between(self, first: date, last: date) -> Sequence[Block]:
        """Return the blocks of a range of days, both included, in order of time."""
        statement = select(Block).where(Block.date.between(first, last))
        return (await self.session.scalars(statement.order_by(*Block.in_time()))).all()

    async def ensure(self, ranges: Iterable[tuple[date, date]]) -> None:
        """Make the blocks of all these days, both ends included, that are not there yet."""
        wanted = {
            first + timedelta(day)
            for first, last in ranges
            for day in range((last - first).days + 1)
        }
        if not wanted:
            return
        complete = await self.session.scalars(
            select(Block.date)
            .where(Block.date.between(min(wanted), max(wanted)))
            .group_by(Block.date)
            .having(func.count() == len(SESSIONS))
        )
        rows = [
            {"id": new_id(), "date": day, "session": session}
            for day in sorted(wanted.difference(complete))
            for session in SESSIONS
        ]
        await insert_missing(self.session, Block, rows)
