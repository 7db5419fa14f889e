"""What people were told, and what somebody answers for."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.models.owned import PermanentRow, ProgramRow


class Publication(PermanentRow):
    """A schedule as people were told it, for good; a change is a new publication.

    On a day the newest publication counts whose days include it, whatever its schedule (ADR 19).

    `snapshot` holds all that reading it needs, see `files/publication_file.py`; `certificate` what
    was proved of its duty hours. Both are compressed, and loaded by name only.
    """

    __tablename__ = "publications"

    schedule_id: Mapped[UUID] = mapped_column(
        ForeignKey("schedules.id", ondelete="RESTRICT"), index=True
    )
    # Counts a programme's publications.
    number: Mapped[int]
    revision: Mapped[int]
    name: Mapped[str] = mapped_column(String(255))
    start_date: Mapped[date]
    end_date: Mapped[date]
    snapshot: Mapped[bytes] = mapped_column(LargeBinary, deferred=True, deferred_raiseload=True)
    snapshot_sha256: Mapped[str] = mapped_column(String(64))
    certificate: Mapped[bytes | None] = mapped_column(
        LargeBinary, deferred=True, deferred_raiseload=True
    )
    # What the certificate says; None without one, for a programme without duty types.
    verdict: Mapped[str | None] = mapped_column(String(40))
    signed_by: Mapped[str | None] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(Text, default="")
    # The publication whose snapshot this one repeats.
    restores_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("publications.id", ondelete="RESTRICT"), index=True
    )
    published_by: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="RESTRICT"), index=True
    )
    published_by_name: Mapped[str] = mapped_column(String(255))
    published_at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (UniqueConstraint("program_id", "number"),)


class Override(ProgramRow):
    """A finding of a draft that somebody answers for; it counts for as long as it is found.

    `finding_key` names it as the findings of the schedule do; the rest says what was accepted.
    """

    __tablename__ = "overrides"

    schedule_id: Mapped[UUID] = mapped_column(ForeignKey("schedules.id", ondelete="CASCADE"))
    finding_key: Mapped[str] = mapped_column(String(64))
    origin: Mapped[str] = mapped_column(String(20))
    rule: Mapped[str] = mapped_column(String(100))
    # By their id in programme files; None where the finding is nobody's own.
    person: Mapped[str | None] = mapped_column(String(100))
    message: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    author_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    author: Mapped[str] = mapped_column(String(255))

    __table_args__ = (
        UniqueConstraint("schedule_id", "finding_key"),
        Index(None, "program_id"),
    )
