from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.words import MailState
from app.db.base import Base, Identified, Timestamped, one_of


class OutgoingMail(Identified, Timestamped, Base):
    """A mail that was decided on in some transaction, and is sent by the worker after it.

    `once` names what the mail is about, so that work that is repeated does not say it twice. The
    text may hold a one-time link: it is emptied as soon as the mail is sent.
    """

    __tablename__ = "outgoing_mails"

    recipient: Mapped[str] = mapped_column(String(320))
    subject: Mapped[str] = mapped_column(String(255))
    text: Mapped[str] = mapped_column(Text)
    once: Mapped[str | None] = mapped_column(String(255), unique=True)
    state: Mapped[MailState] = mapped_column(String(10), default=MailState.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime]
    claimed_at: Mapped[datetime | None] = mapped_column(default=None)
    sent_at: Mapped[datetime | None] = mapped_column(default=None)
    error: Mapped[str] = mapped_column(String(500), default="")

    __table_args__ = (
        Index("ix_outgoing_mails_state_not_before", "state", "not_before"),
        one_of("state", MailState),
    )
