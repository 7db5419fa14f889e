"""Work outside requests. This table is the truth of it; a broker only wakes workers."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.words import JobEventType, JobState
from app.db.base import Base, Identified, JsonObject, Timestamped, one_of

_LIVE = text("state IN ('queued', 'running')")


class Job(Identified, Timestamped, Base):
    """One piece of work, such as the generation of a schedule.

    Whoever runs it holds a lease: `lease_owner` until `lease_until`. Every claim has an owner of
    its own, so that a worker which comes back late finds that it is not the owner any more.

    `enqueued_at` is when the last message about it was sent, `not_before` when it may be tried
    again, `once` keeps a thing that is to happen once (a night's verification) from being two jobs.
    `event_count` is the sequence of its last event. Jobs of the platform belong to no programme.
    """

    __tablename__ = "jobs"

    kind: Mapped[str] = mapped_column(String(40))
    program_id: Mapped[UUID | None] = mapped_column(ForeignKey("programs.id", ondelete="CASCADE"))
    schedule_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("schedules.id", ondelete="SET NULL"), index=True
    )
    requested_by: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    parameters: Mapped[JsonObject] = mapped_column(default=dict)
    input_revision: Mapped[int | None]
    once: Mapped[str | None] = mapped_column(String(120), unique=True)

    state: Mapped[JobState] = mapped_column(String(10), default=JobState.QUEUED)
    priority: Mapped[int] = mapped_column(default=0)
    attempt: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime | None]
    enqueued_at: Mapped[datetime | None]
    lease_owner: Mapped[str | None] = mapped_column(String(160))
    lease_until: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]
    cancel_requested: Mapped[bool] = mapped_column(default=False)

    progress: Mapped[JsonObject] = mapped_column(default=dict)
    result: Mapped[JsonObject | None]
    error: Mapped[JsonObject | None]
    stopped: Mapped[bool] = mapped_column(default=False)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    event_count: Mapped[int] = mapped_column(default=0)

    __table_args__ = (
        one_of("state", JobState),
        Index("ix_jobs_program_id_created_at", "program_id", "created_at"),
        Index("ix_jobs_live", "state", "kind", sqlite_where=_LIVE, postgresql_where=_LIVE),
    )


class JobEvent(Base):
    """Something that happened to a job; `sequence` rises by one, so that a stream can resume."""

    __tablename__ = "job_events"

    job_id: Mapped[UUID] = mapped_column(
        ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True
    )
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    type: Mapped[JobEventType] = mapped_column(String(10))
    at: Mapped[datetime] = mapped_column(default=now)
    data: Mapped[JsonObject] = mapped_column(default=dict)

    __table_args__ = (one_of("type", JobEventType),)
