from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Identified, Timestamped


class ProgramRow(Identified, Timestamped, Base):
    """A row that belongs to a programme, and goes with it; every table has an index for that."""

    __abstract__ = True

    program_id: Mapped[UUID] = mapped_column(ForeignKey("programs.id", ondelete="CASCADE"))


class ProgramPart(ProgramRow):
    """A row with a place in its programme's order, counted from 0."""

    __abstract__ = True

    position: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
