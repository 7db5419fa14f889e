"""A programme: its people, their appointments, its rotation and duty types."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.words import PersonKind
from app.db.base import Base, Identified, JsonObject, Timestamped, one_of
from app.models.owned import ProgramRow


class Program(Identified, Timestamped, Base):
    """A residency programme.

    `settings` holds what the engine's dataclasses describe: calendar, groups, duty-hour policy.
    """

    __tablename__ = "programs"

    name: Mapped[str] = mapped_column(String(255), unique=True)
    specialty: Mapped[str] = mapped_column(String(255), default="")
    time_zone: Mapped[str] = mapped_column(String(64), default="UTC")
    year_start: Mapped[date]
    settings: Mapped[JsonObject] = mapped_column(default=dict)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's interface


class Person(ProgramRow):
    """Somebody whom the programme schedules; `key` is the id in programme files."""

    __tablename__ = "people"

    user_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
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
        order_by="Appointment.start_date",
    )

    __table_args__ = (
        UniqueConstraint("program_id", "key"),
        Index("ix_people_program_id_name", "program_id", "name"),
        one_of("kind", PersonKind),
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's interface


class Appointment(ProgramRow):
    """Somebody's PGY, track, cohort and FTE from `start_date` to `end_date`, both included."""

    __tablename__ = "appointments"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    pgy: Mapped[int]
    track: Mapped[str] = mapped_column(String(100), default="")
    cohort: Mapped[str] = mapped_column(String(100), default="")
    fte: Mapped[float] = mapped_column(Numeric(4, 3, asdecimal=False), default=1.0)
    start_date: Mapped[date]
    end_date: Mapped[date]

    person: Mapped[Person] = relationship(back_populates="appointments", lazy="raise")

    __table_args__ = (
        UniqueConstraint("person_id", "start_date"),
        Index(None, "program_id"),
        CheckConstraint("end_date >= start_date", name="dates_rise"),
        CheckConstraint("pgy BETWEEN 1 AND 9", name="pgy_range"),
        CheckConstraint("fte > 0 AND fte <= 1", name="fte_range"),
    )


class RotationType(ProgramRow):
    """A service that one is posted to; `template` is weekday x session -> duty code."""

    __tablename__ = "rotation_types"

    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(255))
    category: Mapped[str] = mapped_column(String(100), default="")
    site: Mapped[str] = mapped_column(String(100), default="")
    zone: Mapped[str] = mapped_column(String(64), default="")
    specialty: Mapped[str] = mapped_column(String(255), default="")
    averaging_group: Mapped[str] = mapped_column(String(40), default="")
    colour: Mapped[str] = mapped_column(String(7), default="")
    is_leave: Mapped[bool] = mapped_column(default=False)
    who: Mapped[JsonObject] = mapped_column(default=dict)
    template: Mapped[JsonObject] = mapped_column(default=dict)
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (UniqueConstraint("program_id", "code"),)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's interface


class DutyType(ProgramRow):
    """What one does in a half-day, with its times by session as the engine writes them."""

    __tablename__ = "duty_types"

    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(255))
    kind: Mapped[str] = mapped_column(String(40))
    am: Mapped[str | None] = mapped_column(String(20))
    pm: Mapped[str | None] = mapped_column(String(20))
    night: Mapped[str | None] = mapped_column(String(20))
    next_morning: Mapped[str | None] = mapped_column(String(40))
    new_care: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (UniqueConstraint("program_id", "code"),)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's interface
