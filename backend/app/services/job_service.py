"""Jobs as their askers see them: asked for, looked at, stopped."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from app.core.access import Access
from app.core.clock import now
from app.core.words import JobEventType, JobState
from app.db.session import AsyncSession
from app.models import Job, Schedule
from app.repositories.base import Page
from app.repositories.job_queue_repository import JobQueueRepository
from app.repositories.job_repository import JobRepository
from app.repositories.program_repository import ProgramRepository


class NewJob(NamedTuple):
    """What is asked for."""

    kind: str
    parameters: Mapping[str, Any]
    priority: int


class JobService:
    """What may be done with jobs, within what the caller may do."""

    def __init__(self, session: AsyncSession, access: Access) -> None:
        self.access = access
        self.jobs = JobRepository(session, access)
        self.queue = JobQueueRepository(session)
        self.programs = ProgramRepository(session, access)

    async def ask(self, new: NewJob, schedule: Schedule) -> Job:
        """Make a job that works on a schedule as it is now."""
        job = Job(
            kind=new.kind,
            program_id=schedule.program_id,
            schedule_id=schedule.id,
            requested_by=self.access.user_id,
            parameters=dict(new.parameters),
            priority=new.priority,
            input_revision=schedule.revision,
        )
        await self.jobs.add(job)
        queued = (JobEventType.STATE, {"state": JobState.QUEUED, "attempt": 0})
        await self.queue.tell(job.id, [queued], now())
        return job

    async def get(self, job_id: UUID) -> Job:
        """Return one job."""
        return await self.jobs.get(job_id)

    async def list_newest(
        self,
        program_id: UUID | None,
        schedule_id: UUID | None,
        state: JobState | None,
        skip: int,
        limit: int,
    ) -> Page[Job]:
        """Return a programme's jobs, newest first."""
        meant = await self.programs.meant(program_id)
        return await self.jobs.list_newest(meant, schedule_id, state, skip, limit)

    async def stop(self, job_id: UUID) -> Job:
        """Ask a job to stop and keep the best it has; what has ended stays as it is."""
        job = await self.jobs.get(job_id, to_change=True)
        if job.state == JobState.QUEUED:
            job.state, job.stopped, job.finished_at = JobState.CANCELLED, True, now()
            job.cancel_requested = True
            await self.queue.tell(job.id, last_events(job), now())
        elif job.state == JobState.RUNNING and not job.cancel_requested:
            job.cancel_requested = True
            asked = (JobEventType.LOG, {"message": "Asked to stop."})
            await self.queue.tell(job.id, [asked], now())
        return job


def last_events(job: Job) -> list[tuple[JobEventType, dict[str, Any]]]:
    """Return the events with which a job ends."""
    state = {"state": job.state, "attempt": job.attempt}
    done = {"state": job.state, "stopped": job.stopped, "error": job.error}
    return [(JobEventType.STATE, state), (JobEventType.DONE, done)]


async def find_job(session: AsyncSession, job_id: UUID) -> Job | None:
    """Return a job, for who needs no permission: workers and the command line."""
    return await JobQueueRepository(session).find(job_id)
