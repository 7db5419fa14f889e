"""Schedules: who is where, what they do in single half-days, and what people were told."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    case,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.words import AssignmentStatus, EditKind, Source
from app.db.base import Base, Identified, JsonList, one_of
from app.models.owned import ProgramRow
from app.models.people import Person
from app.models.programs import DutyType, RotationType
from app.scheduling.domain.duties import SESSIONS, Session


class Block(Identified, Base):
    """One half-day: a date and a session, the same for every programme."""

    __tablename__ = "blocks"

    date: Mapped[date]
    session: Mapped[Session] = mapped_column(String(5))

    __table_args__ = (
        UniqueConstraint("date", "session"),
        one_of("session", SESSIONS),
    )

    @classmethod
    def in_time(cls) -> tuple[ColumnElement[Any], ...]:
        """Return what orders blocks by time; sessions would sort as words."""
        places = {session: place for place, session in enumerate(SESSIONS)}
        return cls.date.expression, case(places, value=cls.session)


class Schedule(ProgramRow):
    """A named plan of a programme for a range of days; `revision` counts its edits."""

    __tablename__ = "schedules"

    parent_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("schedules.id", ondelete="SET NULL"), index=True
    )
    created_by: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    name: Mapped[str] = mapped_column(String(255))
    description: Mapped[str] = mapped_column(Text, default="")
    start_date: Mapped[date]
    end_date: Mapped[date]
    revision: Mapped[int] = mapped_column(default=1)
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        CheckConstraint("end_date >= start_date", name="dates_rise"),
        Index("ix_schedules_program_id_created_at", "program_id", "created_at"),
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's interface


class Placement(ProgramRow):
    """Somebody on a rotation type from `start_date` to `end_date`, both included.

    They are the days of one slot of the academic year: a period, or a part of a split one.
    """

    __tablename__ = "placements"
    audited = False  # `ScheduleEdit` has every cell before and after

    schedule_id: Mapped[UUID] = mapped_column(ForeignKey("schedules.id", ondelete="CASCADE"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    rotation_type_id: Mapped[UUID] = mapped_column(
        ForeignKey("rotation_types.id", ondelete="RESTRICT"), index=True
    )
    start_date: Mapped[date]
    end_date: Mapped[date]
    source: Mapped[Source] = mapped_column(String(20), default=Source.SOLVER)
    locked: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (
        UniqueConstraint("schedule_id", "person_id", "start_date"),
        CheckConstraint("end_date >= start_date", name="dates_rise"),
        one_of("source", Source),
        Index(None, "program_id"),
    )


class Assignment(ProgramRow):
    """What somebody does in one half-day, whatever leave and template say.

    At most one that is not cancelled for a person and block in a schedule: by constraint. Without
    a rotation type it belongs to the one that the person is posted to.
    """

    __tablename__ = "assignments"
    audited = False  # `ScheduleEdit` has every cell before and after

    schedule_id: Mapped[UUID] = mapped_column(
        ForeignKey("schedules.id", ondelete="CASCADE"), index=True
    )
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    block_id: Mapped[UUID] = mapped_column(ForeignKey("blocks.id", ondelete="RESTRICT"), index=True)
    rotation_type_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("rotation_types.id", ondelete="RESTRICT"), index=True
    )
    duty_type_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("duty_types.id", ondelete="RESTRICT"), index=True
    )
    status: Mapped[AssignmentStatus] = mapped_column(String(20), default=AssignmentStatus.SCHEDULED)
    source: Mapped[Source] = mapped_column(String(20), default=Source.MANUAL)
    locked: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)

    person: Mapped[Person] = relationship(lazy="raise")
    block: Mapped[Block] = relationship(lazy="raise")
    rotation_type: Mapped[RotationType | None] = relationship(lazy="raise")
    duty_type: Mapped[DutyType | None] = relationship(lazy="raise")

    __table_args__ = (
        Index(
            "uq_assignments_live",
            "schedule_id",
            "person_id",
            "block_id",
            unique=True,
            sqlite_where=text("status <> 'cancelled'"),
            postgresql_where=text("status <> 'cancelled'"),
        ),
        one_of("status", AssignmentStatus),
        one_of("source", Source),
        Index(None, "program_id"),
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's interface


class ScheduleEdit(ProgramRow):
    """One revision of a schedule: who made it, how, and each cell before and after.

    `cells` is null where everything was replaced; `about_id` names the edit that an undo or redo is
    about, and `undone` says that the edit does not hold at present.
    """

    __tablename__ = "schedule_edits"

    schedule_id: Mapped[UUID] = mapped_column(ForeignKey("schedules.id", ondelete="CASCADE"))
    revision: Mapped[int]
    author_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    kind: Mapped[EditKind] = mapped_column(String(20), default=EditKind.EDIT)
    about_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("schedule_edits.id", ondelete="SET NULL"), index=True
    )
    undone: Mapped[bool] = mapped_column(default=False)
    operations: Mapped[JsonList] = mapped_column(default=list)
    cells: Mapped[JsonList | None]

    __table_args__ = (
        UniqueConstraint("schedule_id", "revision"),
        one_of("kind", EditKind),
        Index(None, "program_id"),
    )
