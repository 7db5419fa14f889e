from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Identified, JsonObject, Timestamped


class IdempotencyKey(Identified, Timestamped, Base):
    """A request that a client may repeat, and the answer that it gets each time.

    Written in the request's own transaction: a row that others see has an answer, and an effect.
    """

    __tablename__ = "idempotency_keys"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    key_hash: Mapped[str] = mapped_column(String(64))
    request_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int] = mapped_column(default=0)
    headers: Mapped[JsonObject] = mapped_column(default=dict)
    body: Mapped[bytes] = mapped_column(LargeBinary, default=b"")

    __table_args__ = (UniqueConstraint("user_id", "key_hash"),)
