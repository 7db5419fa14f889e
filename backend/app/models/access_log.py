from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Identified


class AccessEntry(Identified, Base):
    """Somebody has read a record of somebody else.

    There are no foreign keys: what was read stays on record when all of them are gone.
    """

    __tablename__ = "access_entries"

    program_id: Mapped[UUID]
    at: Mapped[datetime]
    user_id: Mapped[UUID]
    # The API token by which a program read it in the user's name.
    token_id: Mapped[UUID | None]
    resource: Mapped[str] = mapped_column(String(40))
    resource_id: Mapped[UUID | None]
    # Whose record it is; None: those of many, a listing or an export.
    person_id: Mapped[UUID | None]
    request_id: Mapped[str] = mapped_column(String(64))

    __table_args__ = (
        Index("ix_access_entries_program_id_at_id", "program_id", "at", "id"),
        Index("ix_access_entries_person_id_at", "person_id", "at"),
        Index("ix_access_entries_at", "at"),
    )
