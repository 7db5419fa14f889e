from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.owned import ProgramRow


class CalendarLink(ProgramRow):
    """By which calendars read somebody's published schedule; a new one voids the one before.

    Only a hash of its token is kept.
    """

    __tablename__ = "calendar_links"
    private = frozenset({"token_hash"})

    person_id: Mapped[UUID] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), unique=True
    )
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)

    __table_args__ = (Index(None, "program_id"),)
