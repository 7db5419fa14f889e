"""PostgreSQL killed in the middle of everything: whoever asks is told to wait; then all goes on."""

import asyncio
import time

import httpx2
import pytest

from app.controllers.jobs.dispatch import announce, reap
from app.core.settings import Settings
from app.core.words import JobState
from app.db.migrations import upgrade
from app.db.session import Database
from app.models import Program
from tests.reliability.api import AT_ONCE, Api, is_told_to_wait, stored_batches
from tests.reliability.jobs import Jobs, ended, running
from tests.reliability.processes import Processes
from tests.reliability.servers import Postgres

pytestmark = pytest.mark.anyio

WRITERS = 4


@pytest.fixture
def database_url(postgres: Postgres) -> str:
    asyncio.run(upgrade(postgres.url))
    return postgres.url


async def test_postgresql_that_is_killed_and_comes_back(
    postgres: Postgres,
    processes: Processes,
    client: httpx2.AsyncClient,
    database: Database,
    program: Program,
    jobs: Jobs,
    settings: Settings,
) -> None:
    """It dies while a solve runs, while its job is followed, and while schedules are written."""
    api = Api(processes, client, program.id)
    processes.start("worker", "solves")
    await api.start()
    await jobs.until_a_worker_listens(settings.spool_dir)
    writing = [asyncio.create_task(api.write_until_refused()) for _ in range(WRITERS)]
    await api.until_written(WRITERS)
    job = await jobs.ask(announced=False)
    following = await api.follow(job.id)
    await announce(database, jobs.broker, job.id, job.kind)
    await jobs.until(job, running, 60, processes)

    postgres.kill()
    begun = time.monotonic()
    away = [
        *await asyncio.gather(*writing),
        await api.get("/schedules"),
        await api.get(f"/tasks/{job.id}"),
        await api.get("/health/ready"),
        await api.write(0),
        await client.post(f"{api.url}/auth/login", data={"username": "a", "password": "b"}),
    ]
    assert [answer.text for answer in away if not is_told_to_wait(answer)] == []
    assert (await api.get("/health/live")).json() == {"status": "live"}
    assert time.monotonic() - begun < 5

    postgres.start()
    await api.until_ready(10)
    again = [await api.write(one) for one in list(api.keys)]
    assert {answer.status_code for answer in again} == {201}
    assert await stored_batches(database, program) == dict.fromkeys(api.keys, AT_ONCE)
    async with asyncio.timeout(60):
        while not ended(await jobs.now(job)):
            # Only if the worker had to let go of it; what it does is the same whoever calls it.
            await reap(database, jobs.broker, settings)
            await asyncio.sleep(0.5)
    assert (await jobs.now(job)).state == JobState.SUCCEEDED
    await jobs.check_one_effect(job)
    assert "event: done" in await following
