from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import AccessEntry
from app.repositories.cursors import CursorPage, Order, page_after

_NEWEST = Order((AccessEntry.at, AccessEntry.id), newest_first=True)


async def add_entries(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write entries."""
    await session.execute(insert(AccessEntry), rows)


async def forget_entries_before(session: AsyncSession, at: datetime) -> None:
    """Delete entries that have been kept for long enough."""
    await session.execute(delete(AccessEntry).where(AccessEntry.at < at))


async def list_entries(
    session: AsyncSession, program_id: UUID, person_id: UUID | None, cursor: str | None, limit: int
) -> CursorPage[AccessEntry]:
    """Return entries of a programme, or of one of its people, newest first."""
    statement = select(AccessEntry).where(AccessEntry.program_id == program_id)
    if person_id is not None:
        statement = statement.where(AccessEntry.person_id == person_id)
    return await page_after(session, statement, _NEWEST, cursor, limit)
