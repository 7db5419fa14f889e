"""People: their appointments, absences and wishes."""

from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.words import Decision, PersonKind
from app.db.base import EngineJson, JsonList, JsonObject, one_of
from app.models.owned import ProgramRow

if TYPE_CHECKING:
    from app.models.programs import AcademicYear


class Person(ProgramRow):
    """Somebody whom the programme schedules; `key` is the id in programme files.

    `position` is the order of the programme file.
    """

    __tablename__ = "people"

    user_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    position: Mapped[int] = mapped_column(default=0)
    key: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(255))
    kind: Mapped[PersonKind] = mapped_column(String(20), default=PersonKind.RESIDENT)
    email: Mapped[str] = mapped_column(String(320), default="")
    tags: Mapped[list[str]] = mapped_column(default=list)
    is_active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)

    appointments: Mapped[list["Appointment"]] = relationship(
        back_populates="person",
        lazy="raise",
        cascade="all, delete-orphan",
        order_by="Appointment.academic_year_id",
    )

    __table_args__ = (
        UniqueConstraint("program_id", "key"),
        Index("ix_people_program_id_name", "program_id", "name"),
        one_of("kind", PersonKind),
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's interface


class Appointment(ProgramRow):
    """Somebody's PGY, track, cohort and FTE in one academic year, and what was decided for it.

    Without `start_date` or `end_date` it begins or ends with the year; both days are included.
    `changes`, `preassignments` and `carry_over` are written as the engine's `Person` has them.
    """

    __tablename__ = "appointments"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    academic_year_id: Mapped[UUID] = mapped_column(
        ForeignKey("academic_years.id", ondelete="CASCADE"), index=True
    )
    pgy: Mapped[int]
    track: Mapped[str] = mapped_column(String(100), default="")
    cohort: Mapped[str] = mapped_column(String(100), default="")
    fte: Mapped[float] = mapped_column(Numeric(4, 3, asdecimal=False), default=1.0)
    start_date: Mapped[date | None]
    end_date: Mapped[date | None]
    changes: Mapped[JsonList] = mapped_column(EngineJson, default=list)
    preassignments: Mapped[JsonList] = mapped_column(EngineJson, default=list)
    carry_over: Mapped[JsonObject] = mapped_column(EngineJson, default=dict)
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    person: Mapped[Person] = relationship(back_populates="appointments", lazy="raise")
    academic_year: Mapped["AcademicYear"] = relationship(lazy="raise")

    __table_args__ = (
        UniqueConstraint("person_id", "academic_year_id"),
        Index(None, "program_id"),
        CheckConstraint("end_date >= start_date", name="dates_rise"),
        CheckConstraint("pgy BETWEEN 1 AND 9", name="pgy_range"),
        CheckConstraint("fte > 0 AND fte <= 1", name="fte_range"),
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's interface


class Leave(ProgramRow):
    """An absence from `start_date` to `end_date`, both included; it counts once it is approved.

    `period` and `half` say that a whole period of the academic year, or half of one, is meant.
    `note` says why somebody is away: health data, see docs/security.md.
    """

    __tablename__ = "leaves"
    private = frozenset({"kind", "note", "decision_reason"})  # health data

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    start_date: Mapped[date]
    end_date: Mapped[date]
    period: Mapped[int | None]
    half: Mapped[str | None] = mapped_column(String(10))
    kind: Mapped[str] = mapped_column(String(40), default="vacation")
    note: Mapped[str] = mapped_column(Text, default="")
    decision: Mapped[Decision] = mapped_column(String(20), default=Decision.ASKED)
    decision_reason: Mapped[str] = mapped_column(Text, default="")
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    requested_by: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    version: Mapped[int] = mapped_column(default=1)

    person: Mapped[Person] = relationship(lazy="raise")

    __table_args__ = (
        CheckConstraint("end_date >= start_date", name="dates_rise"),
        one_of("decision", Decision),
        Index("ix_leaves_program_id_start_date", "program_id", "start_date"),
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's interface


class Request(ProgramRow):
    """A ranked wish of somebody for an academic year; a new schedule honours it once approved.

    `rotations` and `periods` are written as the engine's `Wish` has them.
    """

    __tablename__ = "requests"
    private = frozenset({"note", "decision_reason"})

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    academic_year_id: Mapped[UUID] = mapped_column(
        ForeignKey("academic_years.id", ondelete="CASCADE"), index=True
    )
    rank: Mapped[int] = mapped_column(default=1)
    rotations: Mapped[list[str]]
    periods: Mapped[JsonList]
    avoid: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(Text, default="")
    decision: Mapped[Decision] = mapped_column(String(20), default=Decision.ASKED)
    decision_reason: Mapped[str] = mapped_column(Text, default="")
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    requested_by: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    version: Mapped[int] = mapped_column(default=1)

    person: Mapped[Person] = relationship(lazy="raise")
    academic_year: Mapped["AcademicYear"] = relationship(lazy="raise")

    __table_args__ = (
        CheckConstraint("rank >= 1", name="rank_counts"),
        one_of("decision", Decision),
        Index(None, "program_id"),
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's interface
