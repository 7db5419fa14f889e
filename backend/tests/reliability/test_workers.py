"""Workers that are killed, brokers that forget, messages that come twice: one effect each time."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.cli.service import LINES, part_words
from app.cli.supervisor import Child, Supervisor
from app.controllers.jobs.dispatch import announce, reap
from app.core.celery_app import Line
from app.core.settings import Settings
from app.core.words import JobState
from tests.reliability.jobs import Jobs, ended, running
from tests.reliability.processes import BACKEND, Processes
from tests.reliability.servers import Redis

pytestmark = pytest.mark.anyio

EVERY_BROKER = pytest.mark.parametrize("broker_url", ["files", "redis", "rabbitmq"], indirect=True)
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@EVERY_BROKER
@ON_SQLITE
async def test_a_worker_that_is_killed_while_it_solves(processes: Processes, jobs: Jobs) -> None:
    worker = processes.start("worker", "solves")
    processes.start("worker", "chores")
    processes.start("beat")
    job = await jobs.ask()
    await jobs.until(job, running, 40, processes)

    processes.kill(worker)
    processes.start("worker", "solves")

    found = await jobs.until(job, ended, 60, processes)
    assert (found.state, found.attempt) == (JobState.SUCCEEDED, 2)
    await jobs.check_one_effect(job)


async def test_a_worker_that_is_killed_on_both_databases(
    processes: Processes, jobs: Jobs, settings: Settings
) -> None:
    """The reaper is called here: what it does is the same whoever calls it."""
    worker = processes.start("worker", "solves")
    job = await jobs.ask()
    await jobs.until(job, running, 40, processes)
    processes.kill(worker)
    processes.start("worker", "solves")

    await asyncio.sleep(settings.job_lease_seconds)
    await reap(jobs.database, jobs.broker, settings)

    found = await jobs.until(job, ended, 40, processes)
    assert (found.state, found.attempt) == (JobState.SUCCEEDED, 2)
    await jobs.check_one_effect(job)


@EVERY_BROKER
@ON_SQLITE
async def test_a_message_that_comes_many_times(processes: Processes, jobs: Jobs) -> None:
    job = await jobs.ask()
    for _ in range(10):
        assert await jobs.broker.send(job.id, Line.SOLVES)
    for _ in range(2):
        processes.start("worker", "solves")

    found = await jobs.until(job, ended, 60, processes)
    await asyncio.sleep(1)

    assert (found.state, found.attempt) == (JobState.SUCCEEDED, 1)
    await jobs.check_one_effect(job)


@EVERY_BROKER
@ON_SQLITE
async def test_a_message_that_was_never_sent(
    processes: Processes, jobs: Jobs, settings: Settings
) -> None:
    """As after a broker that was away, or came back empty."""
    processes.start("worker", "solves")
    job = await jobs.ask(announced=False)
    await asyncio.sleep(3.2)
    assert (await jobs.now(job)).state == JobState.QUEUED

    await reap(jobs.database, jobs.broker, settings)

    found = await jobs.until(job, ended, 40, processes)
    assert (found.state, found.attempt) == (JobState.SUCCEEDED, 1)
    await jobs.check_one_effect(job)


@pytest.fixture
async def watched_over(environment: dict[str, str], tmp_path: Path) -> AsyncIterator[Path]:
    """Run workers and clock as `up` does, and give the folder of their logs."""
    parts = [*(("worker", line) for line in LINES), ("beat",)]
    children = [Child("-".join(words), part_words(*words)) for words in parts]
    own = {**environment, "PYTHONPATH": str(BACKEND)}

    async def look(supervisor: Supervisor) -> None:
        while True:
            supervisor.look()
            await asyncio.sleep(0.1)

    with Supervisor(children, tmp_path, own) as supervisor:
        looking = asyncio.create_task(look(supervisor))
        yield tmp_path
        looking.cancel()


@pytest.mark.parametrize("broker_url", ["redis"], indirect=True)
@ON_SQLITE
@pytest.mark.usefixtures("watched_over")
@pytest.mark.parametrize("when", ["between jobs", "while a job runs"])
async def test_a_broker_that_dies_and_comes_back_empty(
    processes: Processes, jobs: Jobs, redis: Redis, when: str
) -> None:
    """Everybody takes up work again by themselves, also what was asked for meanwhile."""
    first = await jobs.ask()
    await jobs.until(first, running if when == "while a job runs" else ended, 90, processes)

    redis.kill()
    second = await jobs.ask()
    assert (await jobs.now(second)).enqueued_at is None
    await jobs.until(first, ended, 60, processes)
    await asyncio.sleep(2)
    redis.start()

    found = await jobs.until(second, ended, 120, processes)
    assert (found.state, found.attempt) == (JobState.SUCCEEDED, 1)
    assert (await jobs.now(first)).attempt == 1


@ON_SQLITE
async def test_a_worker_that_is_asked_to_end_gives_its_job_back(
    processes: Processes, jobs: Jobs, environment: dict[str, str], tmp_path: Path
) -> None:
    """As `up` asks, whose worker has processes of its own that are not to be asked."""
    worker = Child("worker", part_words("worker", "solves"))
    own = {**environment, "PYTHONPATH": str(BACKEND)}
    with Supervisor([worker], tmp_path, own):
        job = await jobs.ask()
        await jobs.until(job, lambda one: bool(one.progress), 40, processes)
        assert worker.process is not None

    assert worker.process.returncode == 0
    left = await jobs.now(job)
    assert left.state in {JobState.QUEUED, JobState.SUCCEEDED}
    if left.state == JobState.QUEUED:
        assert left.attempt == 0
        processes.start("worker", "solves")
        await announce(jobs.database, jobs.broker, job.id, job.kind)
        await jobs.until(job, ended, 40, processes)
    await jobs.check_one_effect(job)
