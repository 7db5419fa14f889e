"""A programme: its academic years, rotation types, duty types and rules."""

from datetime import date

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, EngineJson, Identified, JsonList, JsonObject, Timestamped
from app.models.owned import ProgramPart, ProgramRow


class Program(Identified, Timestamped, Base):
    """A residency programme.

    `settings` holds the sections of a programme file that are no lists of their own: objective,
    groups, rotation groups, duty-hour policy, formats.
    """

    __tablename__ = "programs"
    audited = True

    name: Mapped[str] = mapped_column(String(255), unique=True)
    specialty: Mapped[str] = mapped_column(String(255), default="")
    time_zone: Mapped[str] = mapped_column(String(64), default="UTC")
    settings: Mapped[JsonObject] = mapped_column(EngineJson, default=dict)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's interface


class AcademicYear(ProgramRow):
    """One year of a programme; `calendar` says its periods and holidays as the engine writes them.

    `start_date` and `end_date`, both included, repeat the calendar's for queries.
    """

    __tablename__ = "academic_years"

    start_date: Mapped[date]
    end_date: Mapped[date]
    calendar: Mapped[JsonObject] = mapped_column(EngineJson)
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        UniqueConstraint("program_id", "start_date"),
        CheckConstraint("end_date >= start_date", name="dates_rise"),
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's interface


class RotationType(ProgramPart):
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
    who: Mapped[JsonObject] = mapped_column(EngineJson, default=dict)
    template: Mapped[JsonObject] = mapped_column(EngineJson, default=dict)
    supervision: Mapped[JsonList] = mapped_column(EngineJson, default=list)
    primary_care_exception: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (UniqueConstraint("program_id", "code"),)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's interface


class DutyType(ProgramPart):
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


class Rule(ProgramPart):
    """One rule of a programme; `parameters` are those of its kind, as a programme file has them.

    The kinds and their parameters are the engine's; only kind and name are columns.
    """

    __tablename__ = "rules"

    kind: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(255))
    parameters: Mapped[JsonObject] = mapped_column(EngineJson, default=dict)
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        UniqueConstraint("program_id", "name"),
        Index("ix_rules_program_id_position", "program_id", "position"),
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's interface
