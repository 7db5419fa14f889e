"""SQLite and messages as files on a disk that is full: reading goes on, writing waits for room."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from app.core.celery_app import Broker, Line
from app.core.settings import Settings
from app.core.words import JobState
from app.db.base import new_id
from app.db.migrations import missing
from app.db.session import Database
from app.models import Program
from tests.reliability.api import AT_ONCE, Api, is_told_to_wait, stored_batches
from tests.reliability.disks import SmallDisk
from tests.reliability.jobs import Jobs, ended, running
from tests.reliability.processes import Processes, until

pytestmark = pytest.mark.anyio

_FELT = ("job met a passing fault", "sign of life could not be written")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    disk = SmallDisk(tmp_path / "small", megabytes=12)
    yield disk
    disk.unmount()


@pytest.fixture
def database_url(disk: SmallDisk, migrated_sqlite: Path) -> str:
    path = shutil.copy(migrated_sqlite, disk.folder / "housestaff.db")
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture
def environment(environment: dict[str, str], disk: SmallDisk) -> dict[str, str]:
    return {**environment, "HOUSESTAFF_DATA_DIR": str(disk.folder)}


async def test_a_disk_that_is_full_for_a_while(
    disk: SmallDisk,
    processes: Processes,
    client: httpx2.AsyncClient,
    database: Database,
    program: Program,
    jobs: Jobs,
    settings: Settings,
) -> None:
    api = Api(processes, client, program.id)
    processes.start("worker", "solves")
    await api.start()
    await jobs.until_a_worker_listens(settings.spool_dir)
    for part in (("worker", "chores"), ("beat",)):
        processes.start(*part)
    job = await jobs.ask()
    await jobs.until(job, running, 60, processes)

    disk.fill()
    assert is_told_to_wait(await api.write_until_refused())
    whole = await stored_batches(database, program)
    assert whole == dict.fromkeys(api.written, AT_ONCE)
    listed = (await api.get(f"/schedules?program_id={program.id}")).json()
    assert listed["total"] == len(whole) * AT_ONCE
    assert (await api.get(f"/tasks/{job.id}")).json()["state"] == "running"
    assert (await api.get("/health/ready")).status_code == 200
    await asyncio.to_thread(until, lambda: processes.said(*_FELT), 30, "the worker feels it")

    disk.free()
    assert {(await api.write(one)).status_code for one in list(api.keys)} == {201}
    assert await stored_batches(database, program) == dict.fromkeys(api.keys, AT_ONCE)
    found = await jobs.until(job, ended, 60, processes)
    assert found.state == JobState.SUCCEEDED
    await jobs.check_one_effect(job)


async def test_a_database_that_is_opened_without_room(disk: SmallDisk, database: Database) -> None:
    """SQLite wants two files more beside it, to read as well."""
    disk.fill()
    assert await missing(database) == ["database"]

    disk.free()
    assert await missing(database) == []


async def test_a_message_that_has_no_room(
    disk: SmallDisk, broker: Broker, settings: Settings
) -> None:
    """The reaper sends it again; half a message would end the worker that reads it."""
    disk.fill()

    assert not await broker.send(new_id(), Line.SOLVES)

    assert list(settings.spool_dir.iterdir()) == []
