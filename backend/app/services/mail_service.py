"""Mails: written down with the change that they tell of; `mail_delivery` sends them."""

from datetime import datetime

from app.core.clock import now
from app.db.session import AsyncSession
from app.repositories.mail_repository import MailRepository


class MailService:
    """Writes mails within the caller's transaction: they are sent if it is committed."""

    def __init__(self, session: AsyncSession) -> None:
        self.mails = MailRepository(session)

    async def put(
        self,
        recipient: str,
        subject: str,
        text: str,
        *,
        once: str | None = None,
        not_before: datetime | None = None,
    ) -> None:
        """Have a mail sent.

        Parameters
        ----------
        once
            What the mail is about; a second one of the same is not written.
        not_before
            When it may be sent; now, if it is left out.
        """
        values = {
            "recipient": recipient,
            "subject": " ".join(subject.split())[:255],  # a header has one line
            "text": text,
            "once": once,
            "not_before": not_before or now(),
        }
        await self.mails.add(values)

    async def retry_failed(self) -> int:
        """Queue again what was given up, and return how many they are."""
        return await self.mails.queue_failed_again(now())
