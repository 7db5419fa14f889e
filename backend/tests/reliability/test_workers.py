"""Workers that are killed, brokers that forget, messages that come twice: one effect each time."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.cli.service import LINES, part_words
from app.cli.supervisor import Child, Supervisor
from app.controllers.jobs.dispatch import announce, reap
from app.controllers.jobs.generate import ask_generation
from app.core.access import Access
from app.core.celery_app import Broker, Line
from app.core.settings import Settings
from app.core.words import JobState
from app.db.session import Database
from app.models import Job, JobEvent, Placement, Schedule, ScheduleEdit, User
from app.schemas.generation import GenerationRequest
from tests.reliability.conftest import BACKEND, Processes, Redis

pytestmark = pytest.mark.anyio

EVERY_BROKER = pytest.mark.parametrize("broker_url", ["files", "redis", "rabbitmq"], indirect=True)
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Jobs:
    """Generations of one draft, looked at from outside."""

    def __init__(self, database: Database, broker: Broker, user: User, schedule: Schedule) -> None:
        self.database = database
        self.broker = broker
        self.access = Access(user_id=user.id, is_admin=True, roles={})
        self.schedule = schedule

    async def ask(self, *, announced: bool = True) -> Job:
        async with self.database.unit_of_work() as session:
            request = GenerationRequest(time_s=20)
            job = await ask_generation(session, self.access, self.schedule.id, request)
        if announced:
            await announce(self.database, self.broker, job.id, job.kind)
        return job

    async def now(self, job: Job) -> Job:
        async with self.database.reading() as session:
            return await session.get_one(Job, job.id)

    async def until(
        self, job: Job, holds: Callable[[Job], bool], within_s: float, processes: Processes
    ) -> Job:
        for _ in range(round(within_s / 0.05)):
            found = await self.now(job)
            if holds(found):
                return found
            await asyncio.sleep(0.05)
        found = await self.now(job)
        raise AssertionError(f"{found.state}, {found.error}: {processes.log()}")

    async def check_one_effect(self, job: Job) -> None:
        """Check that the schedule was filled once, whatever happened."""
        async with self.database.reading() as session:
            schedule = await session.get_one(Schedule, self.schedule.id)
            edits = select(func.count()).select_from(ScheduleEdit)
            branches = select(func.count()).select_from(Schedule)
            placed = select(func.count()).select_from(Placement)
            done = select(func.count()).select_from(JobEvent)
            assert schedule.revision == 2
            assert await session.scalar(edits) == 1
            assert await session.scalar(branches) == 1
            assert await session.scalar(placed) == 8 * 13
            own = done.where(JobEvent.job_id == job.id, JobEvent.type == "done")
            assert await session.scalar(own) == 1


@pytest.fixture
def jobs(database: Database, broker: Broker, admin: User, draft: Schedule) -> Jobs:
    return Jobs(database, broker, admin, draft)


def running(job: Job) -> bool:
    return job.state == JobState.RUNNING


def ended(job: Job) -> bool:
    return JobState(job.state).finished


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
    processes: Processes, jobs: Jobs
) -> None:
    worker = processes.start("worker", "solves")
    job = await jobs.ask()
    await jobs.until(job, lambda one: bool(one.progress), 40, processes)
    worker.terminate()

    assert await asyncio.to_thread(worker.wait, 20) == 0
    processes.running.remove(worker)
    left = await jobs.now(job)
    assert left.state in {JobState.QUEUED, JobState.SUCCEEDED}
    if left.state == JobState.QUEUED:
        assert left.attempt == 0
        processes.start("worker", "solves")
        await announce(jobs.database, jobs.broker, job.id, job.kind)
        await jobs.until(job, ended, 40, processes)
    await jobs.check_one_effect(job)
