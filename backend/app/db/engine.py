"""Connections to SQLite or PostgreSQL, with what each needs to be safe."""

import time
from typing import Any

import asyncpg
from sqlalchemy import Connection, Dialect, event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from app.core.exceptions import UnavailableError

READ_ONLY = "housestaff_read_only"
"""Execution option of connections that only read: SQLite lets them in beside a writer."""

_PRAGMAS = (
    *("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=15000"),
    "recursive_triggers=ON",  # INSERT OR REPLACE deletes, and asks the triggers only then
)
_LOCK_TIMEOUT_MS = 3000
_STATEMENT_TIMEOUT_MS = 60_000
_CONNECT_TIMEOUT_S = 5
_TRUSTED_S = 10
_USED = "housestaff_used"


def make_engine(url: str, *, migrating: bool = False) -> AsyncEngine:
    """Return an engine; the first connection is made when it is needed.

    Parameters
    ----------
    url
        ``sqlite+aiosqlite:///…`` or ``postgresql+asyncpg://…``.
    migrating
        Statements may take their time. SQLite does not follow foreign keys: migrations rebuild
        tables, and dropping the old one would delete what refers to it.
    """
    given = make_url(url)
    options: dict[str, Any] = {"poolclass": NullPool} if migrating else {}
    if given.get_backend_name() == "sqlite":
        engine = create_async_engine(given, **options)
        pragmas = (*_PRAGMAS, f"foreign_keys={'OFF' if migrating else 'ON'}")
        event.listen(engine.sync_engine, "connect", _Preparation(pragmas))
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
        return engine
    if not migrating:
        options |= {"pool_size": 10, "max_overflow": 10}
    limits = {
        "lock_timeout": str(_LOCK_TIMEOUT_MS),
        "statement_timeout": str(0 if migrating else _STATEMENT_TIMEOUT_MS),
        "timezone": "UTC",
    }
    arguments = {"server_settings": limits, "timeout": _CONNECT_TIMEOUT_S}
    engine = create_async_engine(given, connect_args=arguments, **options)
    event.listen(engine.sync_engine, "do_connect", _connect_postgresql)
    event.listen(engine.sync_engine, "checkin", _note_use)
    event.listen(engine.sync_engine, "checkout", _Check(engine.dialect))
    return engine


class _Preparation:
    def __init__(self, pragmas: tuple[str, ...]) -> None:
        self.pragmas = pragmas

    def __call__(self, connection: Any, record: ConnectionPoolEntry) -> None:  # noqa: ANN401 - a DBAPI's
        del record
        # Transactions begin where SQLAlchemy says, not where the driver guesses.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in self.pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once: a transaction that reads first could not get it later."""
    read_only = connection.get_execution_options().get(READ_ONLY, False)
    if connection.info.get(READ_ONLY) != read_only:
        connection.exec_driver_sql(f"PRAGMA query_only={'ON' if read_only else 'OFF'}")
        connection.info[READ_ONLY] = read_only
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def _note_use(connection: Any, record: ConnectionPoolEntry) -> None:  # noqa: ANN401 - a DBAPI's
    del connection
    record.info[_USED] = time.monotonic()


class _Check:
    """Gives no connection away that has ended.

    SQLAlchemy's own check asks the server three times before each use. The driver knows when the
    server has hung up; a server that went without a word is found by asking, after a pause.
    """

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect

    def __call__(self, connection: Any, record: ConnectionPoolEntry, proxy: object) -> None:  # noqa: ANN401 - a DBAPI's
        del proxy
        if connection.driver_connection.is_closed():
            raise InvalidatePoolError
        used = record.info.get(_USED)
        if used is None or time.monotonic() - used < _TRUSTED_S:
            return
        try:
            self.dialect.do_ping(connection)
        except self.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error


def _connect_postgresql(
    dialect: Dialect, record: ConnectionPoolEntry, arguments: list[Any], options: dict[str, Any]
) -> DBAPIConnection:
    """Connect; SQLAlchemy would pass on the driver's errors as they are."""
    del record
    try:
        return dialect.connect(*arguments, **options)
    except (OSError, asyncpg.PostgresError) as error:
        raise UnavailableError("The database cannot be reached.") from error
