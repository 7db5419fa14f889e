"""The job table as workers see it: what may run, who runs it, what is known of it.

What a worker writes is guarded by its lease: the statement names the owner, and changes nothing
when that is somebody else by now.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, and_, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core.words import JobEventType, JobState
from app.db.insert import insert_missing
from app.db.locks import lock
from app.models import Job, JobEvent, Program

Event = tuple[JobEventType, Mapping[str, Any]]


def _expired(at: datetime) -> ColumnElement[bool]:
    return and_(Job.state == JobState.RUNNING, Job.lease_until < at)


def _due(at: datetime) -> ColumnElement[bool]:
    waited = or_(Job.not_before.is_(None), Job.not_before <= at)
    return and_(Job.state == JobState.QUEUED, waited)


def _below_limit(at: datetime, kinds: Collection[str], per_program: int) -> ColumnElement[bool]:
    """Return whether fewer jobs of its programme run than may at the same time."""
    other = aliased(Job)
    running = (
        select(func.count())
        .where(
            other.program_id == Job.program_id,
            other.state == JobState.RUNNING,
            other.lease_until >= at,
            other.kind.in_(kinds),
        )
        .scalar_subquery()
    )
    return or_(Job.program_id.is_(None), running < per_program)


class JobQueueRepository:
    """Jobs of all programmes, for workers."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def find(self, job_id: UUID) -> Job | None:
        """Return a job."""
        return await self.session.get(Job, job_id)

    async def last_result(self, kind: str, program_id: UUID | None) -> Mapping[str, Any]:
        """Return what the last job of a kind that came to its end found of a programme."""
        statement = select(Job.result).where(
            Job.kind == kind,
            Job.program_id == program_id,
            Job.state == JobState.SUCCEEDED,
            Job.stopped.is_(False),
        )
        newest = statement.order_by(Job.finished_at.desc(), Job.id.desc()).limit(1)
        return await self.session.scalar(newest) or {}

    async def lock_claims(self) -> None:
        """Let only one claim at a time go on: two that count the same would exceed a limit."""
        await lock(self.session, ["jobs"])

    async def may_run(self, job_id: UUID, at: datetime, most_attempts: int) -> bool:
        """Return whether a job waits for its turn, or was left by its worker."""
        left = and_(_expired(at), Job.attempt < most_attempts)
        statement = select(Job.id).where(Job.id == job_id, or_(_due(at), left))
        return await self.session.scalar(statement) is not None

    async def most_urgent(
        self, at: datetime, kinds: Collection[str], per_program: int, *, at_most: int = 1
    ) -> Sequence[Job]:
        """Return the jobs of these kinds whose turn it is, the most urgent first."""
        statement = (
            select(Job)
            .where(_due(at), Job.kind.in_(kinds), _below_limit(at, kinds, per_program))
            .order_by(Job.priority.desc(), Job.id)
            .limit(at_most)
        )
        return (await self.session.scalars(statement)).all()

    async def claim(self, job_id: UUID, owner: str, at: datetime, until: datetime) -> Job | None:
        """Make a job that may run the owner's; None when somebody was faster."""
        statement = (
            update(Job)
            .where(Job.id == job_id, or_(_due(at), _expired(at)))
            .values(
                state=JobState.RUNNING,
                lease_owner=owner,
                lease_until=until,
                heartbeat_at=at,
                attempt=Job.attempt + 1,
                not_before=None,
                started_at=func.coalesce(Job.started_at, at),
            )
            .returning(Job)
            .execution_options(populate_existing=True)
        )
        return await self.session.scalar(statement)

    async def change(self, job_id: UUID, owner: str, values: Mapping[str, Any]) -> Job | None:
        """Change a running job; None when it is not the owner's any more."""
        running = and_(Job.state == JobState.RUNNING, Job.lease_owner == owner)
        statement = (
            update(Job)
            .where(Job.id == job_id, running)
            .values(dict(values))
            .returning(Job)
            .execution_options(populate_existing=True)
        )
        return await self.session.scalar(statement)

    async def tell(self, job_id: UUID, events: Sequence[Event], at: datetime) -> None:
        """Add to what has happened to a job."""
        if not events:
            return
        statement = update(Job).where(Job.id == job_id)
        counted = statement.values(event_count=Job.event_count + len(events))
        last = await self.session.scalar(counted.returning(Job.event_count))
        if last is None:
            return
        first = last - len(events) + 1
        self.session.add_all(
            JobEvent(job_id=job_id, sequence=first + place, type=kind, at=at, data=dict(data))
            for place, (kind, data) in enumerate(events)
        )

    async def expired(self, at: datetime) -> Sequence[Job]:
        """Return running jobs without a sign of life, locked until the end of the transaction."""
        statement = select(Job).where(_expired(at)).order_by(Job.id)
        return (await self.session.scalars(statement.with_for_update(skip_locked=True))).all()

    async def mark_sent(self, job_ids: Collection[UUID], at: datetime) -> None:
        """Note that word of these jobs went out."""
        waiting = and_(Job.id.in_(job_ids), Job.state == JobState.QUEUED)
        await self.session.execute(update(Job).where(waiting).values(enqueued_at=at))

    async def add_once(self, jobs: Sequence[Mapping[str, Any]]) -> None:
        """Write jobs; of those whose `once` is there already nothing is made."""
        await insert_missing(self.session, Job, jobs)

    async def programs(self) -> Sequence[Program]:
        """Return all programmes."""
        return (await self.session.scalars(select(Program).order_by(Program.id))).all()

    async def events_after(
        self, job_id: UUID, sequence: int, at_most: int
    ) -> tuple[Sequence[JobEvent], JobState | None]:
        """Return what has happened to a job since an event, and its state: None when it is gone."""
        state = await self.session.scalar(select(Job.state).where(Job.id == job_id))
        after = and_(JobEvent.job_id == job_id, JobEvent.sequence > sequence)
        statement = select(JobEvent).where(after).order_by(JobEvent.sequence).limit(at_most)
        return (await self.session.scalars(statement)).all(), state

    async def forget_events_before(self, at: datetime) -> int:
        """Delete the events of jobs that had ended by then; return how many."""
        ended = select(Job.id).where(Job.finished_at < at)
        found = await self.session.execute(delete(JobEvent).where(JobEvent.job_id.in_(ended)))
        assert isinstance(found, CursorResult)  # noqa: S101 - of a deletion
        return found.rowcount

    async def forget_jobs_before(self, at: datetime) -> int:
        """Delete jobs that had ended by then; return how many."""
        found = await self.session.execute(delete(Job).where(Job.finished_at < at))
        assert isinstance(found, CursorResult)  # noqa: S101 - as above
        return found.rowcount
