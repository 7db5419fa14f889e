from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Identified, Timestamped


class ProgramRow(Identified, Timestamped, Base):
    """A row that belongs to a programme, and goes with it; every table has an index for that."""

    __abstract__ = True

    program_id: Mapped[UUID] = mapped_column(ForeignKey("programs.id", ondelete="CASCADE"))
