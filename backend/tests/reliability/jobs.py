"""Generations of one draft, looked at from outside."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from sqlalchemy import func, select

from app.controllers.jobs.dispatch import announce
from app.controllers.jobs.generate import ask_generation
from app.core.access import Access
from app.core.celery_app import Broker, Line
from app.core.words import JobState
from app.db.session import Database
from app.models import Job, JobEvent, Placement, Schedule, ScheduleEdit, User
from app.schemas.generation import GenerationRequest
from tests.reliability.processes import Processes, until


class Jobs:
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

    async def until_a_worker_listens(self, spool: Path) -> None:
        """Send word of a job that there is not, and wait until somebody takes it."""
        assert await self.broker.send(uuid4(), Line.SOLVES)
        await asyncio.to_thread(until, lambda: not any(spool.glob("*.msg")), 60, "a worker")

    async def now(self, job: Job) -> Job:
        async with self.database.reading() as session:
            return await session.get_one(Job, job.id)

    async def until(
        self, job: Job, holds: Callable[[Job], bool], within_s: float, processes: Processes
    ) -> Job:
        for _ in range(round(within_s / 0.02)):
            found = await self.now(job)
            if holds(found):
                return found
            await asyncio.sleep(0.02)
        found = await self.now(job)
        raise AssertionError(f"{found.state}, {found.error}: {processes.log()}")

    async def check_one_effect(self, job: Job) -> None:
        """Check that the schedule was filled once, whatever happened."""
        async with self.database.reading() as session:
            schedule = await session.get_one(Schedule, self.schedule.id)
            edits = select(func.count()).select_from(ScheduleEdit)
            branches = select(func.count(Schedule.id)).where(
                Schedule.program_id == schedule.program_id
            )
            placed = select(func.count()).select_from(Placement)
            done = select(func.count()).select_from(JobEvent)
            assert schedule.revision == 2
            assert await session.scalar(edits) == 1
            assert await session.scalar(branches) == 1
            assert await session.scalar(placed) == 8 * 13
            own = done.where(JobEvent.job_id == job.id, JobEvent.type == "done")
            assert await session.scalar(own) == 1


def running(job: Job) -> bool:
    return job.state == JobState.RUNNING


def ended(job: Job) -> bool:
    return JobState(job.state).finished
