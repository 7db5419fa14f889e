"""The unit of work: one request or task, one transaction. Nobody else commits or rolls back."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker
from sqlalchemy.pool import QueuePool

from app.db.audit import AuditedSession, write_trail
from app.db.engine import READ_ONLY, make_engine
from app.db.errors import translate

__all__ = ["AsyncSession", "Database"]


class Database:
    """An engine and its sessions.

    Relationships load only where a repository says so, and objects stay readable after the end of
    the transaction. Errors that mean something to the caller leave as `AppException`.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self._writing = async_sessionmaker(
            engine, expire_on_commit=False, sync_session_class=AuditedSession
        )
        reading = engine.execution_options(**{READ_ONLY: True, "postgresql_readonly": True})
        self._reading = async_sessionmaker(reading, expire_on_commit=False)

    @classmethod
    def connect(cls, url: str) -> "Database":
        """Return a database by its URL; the first connection is made when it is needed."""
        return cls(make_engine(url))

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[AsyncSession]:
        """Give a session; commit at the end, roll back when anything is raised.

        What was changed is in the audit trail, or nothing was changed.
        """
        with _translated_errors():
            async with self._writing() as session, session.begin():
                yield session
                await write_trail(session)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """Give a session that only reads: both databases refuse to write in it."""
        with _translated_errors():
            async with self._reading() as session:
                yield session

    def connections(self) -> dict[str, int]:
        """Return how many connections are in use and how many wait for use, for figures."""
        pool = self.engine.pool
        if not isinstance(pool, QueuePool):
            return {}
        return {"in_use": pool.checkedout(), "idle": pool.checkedin()}

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()


@contextmanager
def _translated_errors() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        known = translate(error)
        if known is None:
            raise
        raise known from error
