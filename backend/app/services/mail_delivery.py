"""Mails on their way: sent after the change that they tell of, retried, never lost.

A mail is sent by whoever claims its row. Between the server's "taken" and our commit lies a moment
in which a crash leaves it open whether the mail went out. It is sent again then: somebody who is
told nothing of a changed night is worse off than somebody who is told twice, and both copies have
the same Message-ID, by which mail programs know them for one.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from email import policy
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any
from uuid import UUID

from app.core.clock import now
from app.core.exceptions import UnavailableError
from app.core.settings import Settings
from app.core.words import MailState
from app.db.session import Database
from app.models import OutgoingMail
from app.repositories.mail_repository import MailRepository
from app.services.password_reset_service import PasswordResetService
from app.services.smtp import (
    MailPostponedError,
    MailRefusedError,
    MailServerError,
    SmtpConnection,
)

_LOG = logging.getLogger(__name__)
LEASE = timedelta(minutes=5)
"""Who has not finished a mail by then has died: longer than a session with the server can take."""
_FIRST_WAIT_S = 30
_LONGEST_WAIT_S = 3600
_RECORD_TRIES = 20
_RECORD_WAIT_S = 3


@dataclass(slots=True)
class Delivery:
    """What one run has done."""

    sent: int = 0
    postponed: int = 0
    failed: int = 0


async def deliver_due(database: Database, settings: Settings, most: int = 200) -> Delivery:
    """Send the mails that are due, links to new passwords included.

    Any number of workers may do so at the same time.
    A server that is down ends the run; the mail that noticed it waits longer each time, and is
    given up after `mail_give_up_hours`. Without a server in the settings nothing is tried.
    """
    delivery = Delivery()
    if not settings.smtp_host:
        return delivery
    await PasswordResetService(database, settings).answer(most)
    async with database.reading() as session:
        due = await MailRepository(session).due(now(), now() - LEASE, most)
    courier = _Courier(database, settings, delivery)
    try:
        for mail_id in due:
            if not await courier.deliver(mail_id):
                break
    finally:
        await courier.close()
    return delivery


async def forget_old_mails(database: Database, settings: Settings) -> None:
    """Delete the record of mails that were sent or given up long ago, and links that are void."""
    await PasswordResetService(database, settings).forget_expired()
    async with database.unit_of_work() as session:
        long_ago = now() - timedelta(days=settings.mail_keep_days)
        await MailRepository(session).forget_done_before(long_ago)


class _Courier:
    """Delivers mails one after the other over one connection."""

    def __init__(self, database: Database, settings: Settings, delivery: Delivery) -> None:
        self.database = database
        self.settings = settings
        self.delivery = delivery
        self.connection: SmtpConnection | None = None

    async def deliver(self, mail_id: UUID) -> bool:
        """Deliver one mail; False when the server is of no use now."""
        async with self.database.unit_of_work() as session:
            mail = await MailRepository(session).claim(mail_id, now(), now() - LEASE)
        if mail is None:
            return True
        try:
            await self._send(mail)
        except MailServerError as error:
            await self._postpone(mail, error)
            return False
        except MailPostponedError as error:
            await self._postpone(mail, error)
        except (MailRefusedError, HeaderParseError, ValueError) as error:
            await self._fail(mail, error)
        else:
            self.delivery.sent += 1
            gone = {"state": MailState.SENT, "sent_at": now(), "text": "", "error": ""}
            await self._record(mail, gone)
        return True

    async def close(self) -> None:
        """End the connection, if there is one."""
        if self.connection is not None:
            await asyncio.to_thread(self.connection.close)

    async def _send(self, mail: OutgoingMail) -> None:
        message = _message(mail, self.settings)
        if self.connection is None:
            self.connection = await asyncio.to_thread(SmtpConnection, self.settings)
        await asyncio.to_thread(self.connection.send, message)

    async def _postpone(self, mail: OutgoingMail, error: Exception) -> None:
        if now() - mail.created_at >= timedelta(hours=self.settings.mail_give_up_hours):
            await self._fail(mail, error)
            return
        self.delivery.postponed += 1
        wait = min(_FIRST_WAIT_S * 2 ** min(mail.attempts - 1, 20), _LONGEST_WAIT_S)
        _LOG.warning("mail postponed", extra={"mail": mail.id, "wait_s": wait, "why": str(error)})
        later = {"state": MailState.QUEUED, "not_before": now() + timedelta(seconds=wait)}
        await self._record(mail, {**later, "error": str(error)[:500]})

    async def _fail(self, mail: OutgoingMail, error: Exception) -> None:
        self.delivery.failed += 1
        _LOG.error("mail given up", extra={"mail": mail.id, "why": str(error)})
        await self._record(mail, {"state": MailState.FAILED, "error": str(error)[:500]})

    async def _record(self, mail: OutgoingMail, values: Mapping[str, Any]) -> None:
        """Write how it went; a database that is away for a minute is waited for."""
        for tries in range(_RECORD_TRIES):
            try:
                async with self.database.unit_of_work() as session:
                    if not await MailRepository(session).finish(mail, values):
                        _LOG.error("mail was claimed by another", extra={"mail": mail.id})
                    return
            except UnavailableError:
                if tries == _RECORD_TRIES - 1:
                    raise
                await asyncio.sleep(_RECORD_WAIT_S)


def _message(mail: OutgoingMail, settings: Settings) -> EmailMessage:
    """Return the mail; all attempts have the same Message-ID.

    Raises
    ------
    ValueError, HeaderParseError
        When the recipient is not one address, and one alone.
    """
    message = EmailMessage(policy.SMTP)
    message["From"] = f"Housestaff <{settings.mail_from}>"
    message["To"] = Address(addr_spec=mail.recipient)
    message["Subject"] = mail.subject
    message["Date"] = mail.created_at
    message["Message-ID"] = f"<{mail.id}@{settings.mail_from.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    return message
