from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.owned import ProgramRow


class Notification(ProgramRow):
    """Something that a user is told in the application; `once` names event and recipient."""

    __tablename__ = "notifications"
    audited = False  # it tells of changes, which are noted themselves

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(255))
    body: Mapped[str] = mapped_column(Text)
    # Of a page, without the address of the service.
    link: Mapped[str] = mapped_column(String(255), default="")
    once: Mapped[str] = mapped_column(String(255), unique=True)
    read_at: Mapped[datetime | None] = mapped_column(default=None)

    __table_args__ = (
        Index("ix_notifications_user_id_created_at_id", "user_id", "created_at", "id"),
        Index(None, "program_id"),
    )
