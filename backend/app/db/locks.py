from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession


async def lock(session: AsyncSession, names: Collection[str]) -> None:
    """Let only one transaction at a time go on with each of these names.

    On SQLite there is only one writer at any time.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    for name in sorted(names):  # in one order, so that nobody waits for each other
        await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))
