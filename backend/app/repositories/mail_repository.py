from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.words import MailState
from app.db.base import new_id
from app.db.insert import insert_missing
from app.models import OutgoingMail


class MailRepository:
    """Mails that wait, are being sent, were sent or given up."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def add(self, values: Mapping[str, Any]) -> None:
        """Write a mail, unless one of the same `once` is there."""
        await insert_missing(self.session, OutgoingMail, [{"id": new_id(), **values}])

    async def due(self, at: datetime, lost_before: datetime, most: int) -> Sequence[UUID]:
        """Return what is to be sent now, the longest waiting first."""
        statement = (
            select(OutgoingMail.id)
            .where(_claimable(at, lost_before))
            .order_by(OutgoingMail.not_before, OutgoingMail.id)
            .limit(most)
        )
        return (await self.session.scalars(statement)).all()

    async def claim(
        self, mail_id: UUID, at: datetime, lost_before: datetime
    ) -> OutgoingMail | None:
        """Take a mail for sending; None when somebody else has."""
        claimed = await self.session.scalars(
            update(OutgoingMail)
            .where(OutgoingMail.id == mail_id, _claimable(at, lost_before))
            .values(state=MailState.SENDING, claimed_at=at, attempts=OutgoingMail.attempts + 1)
            .returning(OutgoingMail)
        )
        return claimed.one_or_none()

    async def finish(self, mail: OutgoingMail, values: Mapping[str, Any]) -> bool:
        """Write how a claimed mail went; False when its claim was lost in the meantime."""
        done = await self.session.execute(
            update(OutgoingMail)
            .where(
                OutgoingMail.id == mail.id,
                OutgoingMail.state == MailState.SENDING,
                OutgoingMail.attempts == mail.attempts,
            )
            .values(**values)
        )
        assert isinstance(done, CursorResult)  # noqa: S101 - of an update
        return done.rowcount == 1

    async def queue_failed_again(self, at: datetime) -> int:
        """Have all mails that were given up tried again, as if they were new."""
        done = await self.session.execute(
            update(OutgoingMail)
            .where(OutgoingMail.state == MailState.FAILED)
            .values(state=MailState.QUEUED, not_before=at, created_at=at, attempts=0)
        )
        assert isinstance(done, CursorResult)  # noqa: S101 - of an update
        return done.rowcount

    async def forget_done_before(self, at: datetime) -> None:
        """Delete what was sent or given up before then."""
        done = OutgoingMail.state.in_([MailState.SENT, MailState.FAILED])
        await self.session.execute(delete(OutgoingMail).where(done, OutgoingMail.updated_at < at))


def _claimable(at: datetime, lost_before: datetime) -> ColumnElement[bool]:
    waiting = (OutgoingMail.state == MailState.QUEUED) & (OutgoingMail.not_before <= at)
    lost = (OutgoingMail.state == MailState.SENDING) & (OutgoingMail.claimed_at <= lost_before)
    return or_(waiting, lost)
