"""Who has read whose record is written down, without making them wait."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from app.core.clock import now
from app.core.exceptions import UnavailableError
from app.core.logging import request_id
from app.core.settings import Settings
from app.db.base import new_id
from app.db.session import Database
from app.models import AccessEntry
from app.services import access_log
from app.services.access_log import AccessLog, AccessNotes
from app.services.upkeep import tidy_up

pytestmark = pytest.mark.anyio
PROGRAM = uuid4()


def notes(log: AccessLog) -> AccessNotes:
    return AccessNotes(log, new_id(), None)


async def stored(database: Database) -> list[AccessEntry]:
    async with database.reading() as session:
        return list(await session.scalars(select(AccessEntry).order_by(AccessEntry.id)))


async def test_a_reading_is_written_down(database: Database) -> None:
    log, person, leave = AccessLog(database), new_id(), new_id()
    reader = notes(log)
    token = request_id.set("abc")
    reader.read("leave", PROGRAM, leave, person_id=person, owner=new_id())
    reader.read("people.csv", PROGRAM)
    request_id.reset(token)
    assert await stored(database) == []

    await log.flush()

    first, second = await stored(database)
    assert (first.user_id, first.program_id) == (reader.user_id, PROGRAM)
    assert (first.resource, first.resource_id, first.person_id) == ("leave", leave, person)
    assert (first.request_id, second.request_id) == ("abc", "abc")
    assert (second.resource, second.resource_id, second.person_id) == ("people.csv", None, None)
    await log.flush()
    assert len(await stored(database)) == 2


async def test_ones_own_is_not_noted(database: Database) -> None:
    log = AccessLog(database)
    reader = notes(log)
    reader.read("leave", PROGRAM, new_id(), owner=reader.user_id)
    await log.flush()

    assert await stored(database) == []


@contextlib.asynccontextmanager
async def running(log: AccessLog) -> AsyncIterator[None]:
    task = asyncio.create_task(log.run())
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def wait_for(database: Database, number: int) -> None:
    async with asyncio.timeout(20):
        while len(await stored(database)) < number:  # noqa: ASYNC110 - a row is no event
            await asyncio.sleep(0.01)


async def test_entries_are_written_from_time_to_time_and_when_they_are_many(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = AccessLog(database)
    monkeypatch.setattr(access_log, "EVERY_S", 3600)
    async with running(log):
        for _ in range(access_log.AT_ONCE):
            notes(log).read("leave", PROGRAM)
        await wait_for(database, access_log.AT_ONCE)
    monkeypatch.setattr(access_log, "EVERY_S", 0.01)
    async with running(log):
        notes(log).read("leave", PROGRAM)
        await wait_for(database, access_log.AT_ONCE + 1)


async def test_what_cannot_be_written_now_waits(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(self: Database) -> None:
        del self
        raise UnavailableError("gone")

    log = AccessLog(database)
    notes(log).read("leave", PROGRAM)
    with monkeypatch.context() as patch:
        patch.setattr(Database, "unit_of_work", away)
        await log.flush()
    assert "access log waits" in caplog.text
    notes(log).read("leave", PROGRAM)

    await log.flush()

    assert len(await stored(database)) == 2


async def test_a_fault_of_our_own_does_not_end_it(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(self: Database) -> None:
        del self
        monkeypatch.undo()
        raise RuntimeError

    monkeypatch.setattr(access_log, "EVERY_S", 0.01)
    monkeypatch.setattr(Database, "unit_of_work", fail)
    log = AccessLog(database)
    notes(log).read("leave", PROGRAM)
    log._many.set()
    async with running(log):
        await wait_for(database, 1)
    assert "access log cannot be written" in caplog.text


async def test_it_does_not_eat_all_memory(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(access_log, "MOST_WAITING", 3)
    log = AccessLog(database)
    for _ in range(5):
        notes(log).read("leave", PROGRAM)
    await log.flush()

    [record] = [one for one in caplog.records if one.getMessage() == "access log is full"]
    assert record.__dict__["lost"] == 2
    assert len(await stored(database)) == 3


async def test_entries_are_kept_for_years(database: Database) -> None:
    log, settings = AccessLog(database), Settings()
    for _ in range(2):
        notes(log).read("leave", PROGRAM)
    await log.flush()
    old, _ = await stored(database)
    async with database.unit_of_work() as session:
        long_ago = now() - timedelta(days=settings.access_log_days, seconds=1)
        await session.execute(
            update(AccessEntry).where(AccessEntry.id == old.id).values(at=long_ago)
        )

    await tidy_up(database, settings)

    assert old.id not in {one.id for one in await stored(database)}
    assert len(await stored(database)) == 1
