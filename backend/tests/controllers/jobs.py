"""Kinds of jobs for tests, and rows of them."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from app.controllers.jobs.work import JobKind, Outcome, Work
from app.core.celery_app import Line
from app.core.clock import now
from app.db.base import new_id
from app.db.session import AsyncSession, Database
from app.models import Job, JobEvent, Program
from app.repositories.job_queue_repository import JobQueueRepository
from app.services.job_queue_service import Ending

if TYPE_CHECKING:
    from uuid import UUID


class Handler:
    """A kind of job that does what a test wants, and counts how often."""

    def __init__(self, name: str = "test", line: Line = Line.SOLVES) -> None:
        self.kind = JobKind(name=name, line=line, run=self.run)
        self.begun: list[UUID] = []
        self.going_on = asyncio.Event()
        self.going_on.set()
        self.error: Exception | None = None
        self.effect: str | None = None

    async def has_begun(self, times: int = 1) -> None:
        async with asyncio.timeout(10):
            while len(self.begun) < times:  # noqa: ASYNC110 - it happens elsewhere
                await asyncio.sleep(0.01)

    async def run(self, work: Work) -> Outcome:
        self.begun.append(work.job.id)
        stopped = False
        while not self.going_on.is_set():
            await asyncio.sleep(0.02)
            if work.stop_requested:
                stopped = True
                break
        if self.error is not None:
            raise self.error
        work.log("all done")
        work.progress(3.0, 2.0, 0.5, 1.23)
        ending = Ending(result={"answer": 42}, stopped=stopped)
        return Outcome(ending=ending, save=None if self.effect is None else self._save)

    async def _save(self, session: AsyncSession) -> dict[str, Any]:
        assert self.effect is not None
        program = Program(id=new_id(), name=self.effect)
        session.add(program)
        await session.flush()
        return {"program": self.effect}


async def add_job(database: Database, program: Program | None = None, **values: Any) -> Job:
    job = Job(kind="test", program_id=None if program is None else program.id)
    for name, value in values.items():
        setattr(job, name, value)
    async with database.unit_of_work() as session:
        session.add(job)
    return job


async def job_now(database: Database, job: Job) -> Job:
    async with database.reading() as session:
        found = await JobQueueRepository(session).find(job.id)
    assert found is not None
    return found


async def events_of(database: Database, job: Job) -> Sequence[JobEvent]:
    async with database.reading() as session:
        events, _ = await JobQueueRepository(session).events_after(job.id, 0, 1000)
    return events


def ago(seconds: float) -> datetime:
    return now() - timedelta(seconds=seconds)
