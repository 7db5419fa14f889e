"""The life of a job between its asking and its end: who may run it, and what becomes of it.

One rule holds it together: only who has the lease writes, and what a job effects is written in the
transaction that ends it. So it happens once, however often a message comes or a worker dies.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from app.core.words import JobEventType, JobState
from app.db.session import AsyncSession
from app.models import Job
from app.repositories.job_queue_repository import Event, JobQueueRepository
from app.services.job_service import last_events

MOST_ATTEMPTS = 4
"""The first and three more."""
MOST_SENT_AT_ONCE = 20
_SEND_AGAIN = timedelta(seconds=15)
_SEND_AGAIN_AT_MOST = timedelta(minutes=5)
_NEVER_SENT = timedelta(seconds=3)
_LOST = {"code": "WORKER_LOST", "message": f"The worker ended {MOST_ATTEMPTS} times while at it."}


class LeaseLostError(Exception):
    """The job was given to another worker, or has ended: what was worked out is not wanted."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How jobs of one line are given out.

    Parameters
    ----------
    kinds
        What waits in the line.
    per_program
        How many of one programme may run at the same time.
    lease
        For how long a worker has a job without a sign of life.
    """

    kinds: Collection[str]
    per_program: int
    lease: timedelta


@dataclass(frozen=True, slots=True)
class Claim:
    """The job that a worker got, if any, and whether the one that the message named still waits."""

    job: Job | None
    passed_over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a job ended.

    Parameters
    ----------
    result
        For the asker; JSON values only.
    error
        Code and message of what went wrong.
    stopped
        It was stopped before its own end, and the result is the best it had.
    """

    state: JobState = JobState.SUCCEEDED
    result: Mapping[str, Any] | None = None
    error: Mapping[str, Any] | None = None
    stopped: bool = False


class JobQueueService:
    """Gives out jobs, keeps them, ends them; for workers."""

    def __init__(self, session: AsyncSession) -> None:
        self.jobs = JobQueueRepository(session)

    async def claim(self, job_id: UUID, owner: str, rules: Rules, at: datetime) -> Claim:
        """Give a worker the most urgent job, if the one it was sent for may run.

        A second delivery of a job that runs or has ended gets nothing. A job whose programme has
        enough running waits: who ends one of them sends word of the next.
        """
        await self.jobs.lock_claims()
        if not await self.jobs.may_run(job_id, at, MOST_ATTEMPTS):
            return Claim(None)
        sent_for = await self.jobs.find(job_id)
        assert sent_for is not None  # noqa: S101 - it may run
        chosen = job_id
        if sent_for.state == JobState.QUEUED:
            waiting = await self.jobs.most_urgent(at, rules.kinds, rules.per_program)
            if not waiting:
                return Claim(None)
            chosen = waiting[0].id
        job = await self.jobs.claim(chosen, owner, at, at + rules.lease)
        if job is None:
            return Claim(None)
        started = {"state": JobState.RUNNING, "attempt": job.attempt}
        await self.jobs.tell(job.id, [(JobEventType.STATE, started)], at)
        return Claim(job, passed_over=chosen != job_id)

    async def keep(
        self, job_id: UUID, owner: str, until: datetime, at: datetime, told: Sequence[Event] = ()
    ) -> bool:
        """Renew a lease and write down what is known; return whether the job is to stop.

        Raises
        ------
        LeaseLostError
            When it is another's job by now.
        """
        values = {"lease_until": until, "heartbeat_at": at}
        job = await self._change(job_id, owner, values | _progress(told))
        await self.jobs.tell(job_id, told, at)
        return job.cancel_requested

    async def note(self, job_id: UUID, owner: str, values: Mapping[str, Any]) -> None:
        """Write down something about a running job.

        Raises
        ------
        LeaseLostError
            When it is another's job by now.
        """
        await self._change(job_id, owner, values)

    async def finish(
        self, job_id: UUID, owner: str, at: datetime, ending: Ending, told: Sequence[Event] = ()
    ) -> None:
        """End a job.

        Raises
        ------
        LeaseLostError
            When it is another's job by now.
        """
        values = {
            "state": ending.state,
            "result": None if ending.result is None else dict(ending.result),
            "error": None if ending.error is None else dict(ending.error),
            "stopped": ending.stopped,
            "finished_at": at,
            "lease_owner": None,
            "lease_until": None,
        }
        job = await self._change(job_id, owner, values | _progress(told))
        await self.jobs.tell(job_id, [*told, *last_events(job)], at)

    async def give_back(
        self, job_id: UUID, owner: str, at: datetime, *, not_before: datetime | None, why: str
    ) -> None:
        """Have a job tried again: after a passing fault, or because its worker is to end.

        A worker that ends as it should does not use up an attempt.

        Raises
        ------
        LeaseLostError
            When it is another's job by now.
        """
        values: dict[str, Any] = {
            "state": JobState.QUEUED,
            "not_before": not_before,
            # The worker's own message comes then; the reaper's only if that is lost.
            "enqueued_at": not_before,
            "lease_owner": None,
            "lease_until": None,
        }
        if not_before is None:
            values["attempt"] = Job.attempt - 1
        job = await self._change(job_id, owner, values)
        state = {"state": JobState.QUEUED, "attempt": job.attempt}
        told: list[Event] = [(JobEventType.LOG, {"message": why}), (JobEventType.STATE, state)]
        await self.jobs.tell(job_id, told, at)

    async def take_from_the_dead(self, at: datetime) -> list[Job]:
        """Take jobs from workers that give no sign of life; return those to be tried again."""
        again = []
        for job in await self.jobs.expired(at):
            job.lease_owner = job.lease_until = None
            lost = (JobEventType.LOG, {"message": "The worker gave no sign of life any more."})
            if job.cancel_requested:
                job.state, job.stopped, job.finished_at = JobState.CANCELLED, True, at
                await self.jobs.tell(job.id, [lost, *last_events(job)], at)
            elif job.attempt >= MOST_ATTEMPTS:
                job.state, job.error, job.finished_at = JobState.FAILED, _LOST, at
                await self.jobs.tell(job.id, [lost, *last_events(job)], at)
            else:
                job.state, job.enqueued_at = JobState.QUEUED, None
                state = {"state": JobState.QUEUED, "attempt": job.attempt}
                await self.jobs.tell(job.id, [lost, (JobEventType.STATE, state)], at)
                again.append(job)
        return again

    async def to_send(self, rules: Rules, at: datetime) -> list[UUID]:
        """Return the jobs of a line of which word has to be sent (again), the most urgent first.

        Each waits for twice as long as before, up to five minutes, so that a long line with all
        workers busy is not flooded with messages.
        """
        waiting = await self.jobs.most_urgent(
            at, rules.kinds, rules.per_program, at_most=MOST_SENT_AT_ONCE
        )
        return [job.id for job in waiting if _is_overdue(job, at)]

    async def next_in_line(self, rules: Rules, at: datetime) -> list[UUID]:
        """Return the job whose turn it is after one has ended: word of it may have been refused."""
        return [job.id for job in await self.jobs.most_urgent(at, rules.kinds, rules.per_program)]

    async def _change(self, job_id: UUID, owner: str, values: Mapping[str, Any]) -> Job:
        job = await self.jobs.change(job_id, owner, values)
        if job is None:
            raise LeaseLostError
        return job


def _progress(told: Sequence[Event]) -> dict[str, Any]:
    """Return the latest progress of what is told, as the job keeps it."""
    latest = [dict(data) for kind, data in told if kind is JobEventType.PROGRESS]
    return {"progress": latest[-1]} if latest else {}


def _is_overdue(job: Job, at: datetime) -> bool:
    if job.enqueued_at is None:
        return job.not_before is not None or at - job.updated_at >= _NEVER_SENT
    waited = job.enqueued_at - job.created_at
    return at - job.enqueued_at >= min(max(_SEND_AGAIN, waited), _SEND_AGAIN_AT_MOST)


def daily_job(kind: str, day: date, program_id: UUID | None, priority: int) -> dict[str, Any]:
    """Return the row of a job that is made once a day, for a programme or the platform."""
    once = f"{kind}:{program_id or ''}:{day}"
    return {"kind": kind, "program_id": program_id, "priority": priority, "once": once}
