from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Identified, Timestamped


class OwnedRow(Identified, Base):
    """A row that belongs to a programme."""

    __abstract__ = True

    program_id: Mapped[UUID]


class ProgramRow(Timestamped, OwnedRow):
    """A row that belongs to a programme, and goes with it; every table has an index for that."""

    __abstract__ = True
    audited = True

    program_id: Mapped[UUID] = mapped_column(ForeignKey("programs.id", ondelete="CASCADE"))


class ProgramPart(ProgramRow):
    """A row with a place in its programme's order, counted from 0."""

    __abstract__ = True

    position: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)


class Permanent:
    """A row that never changes and never goes.

    Its table is in `app.db.triggers.PERMANENT`: the database refuses to change it.
    """


class PermanentRow(Permanent, OwnedRow):
    """A row of a programme that never changes and never goes, nor does its programme."""

    __abstract__ = True
    audited = True

    program_id: Mapped[UUID] = mapped_column(ForeignKey("programs.id", ondelete="RESTRICT"))
