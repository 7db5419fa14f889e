from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Identified
from app.models.owned import Permanent


class AuditEvent(Permanent, Identified, Base):
    """One change: who made it, when, of what, and what was before and after.

    Events of a programme are a chain: `hash` is of all columns and of the hash before (ADR 20).
    They outlive what they are about, so that nothing here refers to it.
    """

    __tablename__ = "audit_events"

    # The programme, or `platform` for what belongs to none.
    chain: Mapped[str] = mapped_column(String(36))
    sequence: Mapped[int]
    program_id: Mapped[UUID | None]
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor: Mapped[str] = mapped_column(String(255))
    # Of the request or job, as in the logs.
    request_id: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(20))
    object_kind: Mapped[str] = mapped_column(String(63))
    object_id: Mapped[UUID]
    # Canonical JSON, as it was hashed.
    details: Mapped[str] = mapped_column(Text)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))

    __table_args__ = (
        UniqueConstraint("chain", "sequence"),
        Index("ix_audit_events_object_id_sequence", "object_id", "sequence"),
    )
