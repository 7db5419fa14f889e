import sqlite3
from datetime import UTC, datetime, timedelta, timezone

import asyncpg
import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import DBAPIError, StatementError

from app.core.exceptions import UnavailableError
from app.db import engine
from app.db.engine import make_engine
from app.db.session import Database
from app.models import LoginFailure, Program
from tests.rows import add_program

pytestmark = pytest.mark.anyio


async def test_what_is_raised_undoes_everything(database: Database) -> None:
    with pytest.raises(KeyError):
        async with database.unit_of_work() as session:
            session.add(LoginFailure(subject="x", at=datetime.now(UTC)))
            await session.flush()
            raise KeyError

    async with database.reading() as session:
        assert (await session.scalars(select(LoginFailure))).all() == []


async def test_a_session_that_reads_cannot_write(database: Database) -> None:
    await add_program(database)
    with pytest.raises(DBAPIError):
        async with database.reading() as session:
            await session.execute(text("UPDATE programs SET name = 'other'"))

    # The connection goes back to the pool; the next one who writes can.
    async with database.unit_of_work() as session:
        await session.execute(text("UPDATE programs SET name = 'another'"))
    async with database.reading() as session:
        assert await session.scalar(select(Program.name)) == "another"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_session_that_reads_takes_no_lock(database: Database) -> None:
    await add_program(database)
    assert database.engine.url.database
    other = sqlite3.connect(database.engine.url.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async with database.reading() as session:
        assert await session.scalar(select(Program.name)) == "Medicine"

    other.rollback()
    async with database.reading() as session:
        await session.scalar(select(Program.name))
        other.execute("BEGIN IMMEDIATE")
        other.rollback()
    other.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_database_that_stays_busy_is_unavailable(database: Database) -> None:
    assert database.engine.url.database
    other = sqlite3.connect(database.engine.url.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    impatient = Database(make_engine(str(database.engine.url)))
    event.listen(impatient.engine.sync_engine, "connect", _do_not_wait)

    with pytest.raises(UnavailableError):
        async with impatient.unit_of_work() as session:
            await session.execute(text("DELETE FROM programs"))

    await impatient.close()
    other.close()


def _do_not_wait(connection: sqlite3.Connection, record: object) -> None:
    del record
    connection.execute("PRAGMA busy_timeout=1")


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_lock_that_is_not_released_is_unavailable(database: Database) -> None:
    await add_program(database)
    async with database.unit_of_work() as holder:
        await holder.execute(text("UPDATE programs SET specialty = 'a'"))
        with pytest.raises(UnavailableError):
            async with database.unit_of_work() as session:
                await session.execute(text("SET LOCAL lock_timeout = 10"))
                await session.execute(text("UPDATE programs SET specialty = 'b'"))


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_connection_that_was_cut_is_unavailable(database: Database) -> None:
    with pytest.raises(UnavailableError):
        async with database.unit_of_work() as session:
            await session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    async with database.reading() as session:
        assert await session.scalar(text("SELECT 1")) == 1


@pytest.mark.parametrize("seen", [True, False], ids=["seen", "found by asking"])
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_connection_that_was_cut_while_it_waited_is_replaced(
    database: Database, monkeypatch: pytest.MonkeyPatch, *, seen: bool
) -> None:
    async with database.reading() as session:
        waiting = await session.scalar(text("SELECT pg_backend_pid()"))
    other = Database.connect(str(database.engine.url))
    async with other.unit_of_work() as session:
        await session.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": waiting})
    await other.close()
    if not seen:
        monkeypatch.setattr(asyncpg.Connection, "is_closed", lambda _: False)
        monkeypatch.setattr(engine, "_TRUSTED_S", 0)

    async with database.reading() as session:
        assert await session.scalar(text("SELECT pg_backend_pid()")) != waiting


async def test_wrong_sql_is_a_fault_of_our_own(database: Database) -> None:
    with pytest.raises(DBAPIError):
        async with database.reading() as session:
            await session.execute(text("SELECT nothing FROM nowhere"))


async def test_times_keep_their_zone(database: Database) -> None:
    at = datetime(2026, 7, 1, 7, tzinfo=timezone(timedelta(hours=-5)))
    async with database.unit_of_work() as session:
        session.add(LoginFailure(subject="x", at=at))

    async with database.reading() as session:
        stored = await session.scalar(select(LoginFailure.at))
    assert stored == at
    assert stored is not None
    assert stored.tzinfo is UTC or stored.utcoffset() == timedelta(0)


async def test_a_time_without_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="no time zone"):
        async with database.unit_of_work() as session:
            session.add(LoginFailure(subject="x", at=datetime(2026, 7, 1)))  # noqa: DTZ001 - the fault
