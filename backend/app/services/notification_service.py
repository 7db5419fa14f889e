"""Notifications: in the application and by mail, written with the change that they tell of."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from app.core.clock import now
from app.core.settings import Settings
from app.db.session import AsyncSession
from app.models import Notification, Person, User
from app.repositories.cursors import CursorPage
from app.repositories.notification_repository import NotificationRepository
from app.services.mail_service import MailService


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What somebody is told.

    Parameters
    ----------
    event
        What happened, by a name of its own: nobody is told the same event twice.
    link
        The page that shows it, such as ``/my-schedule``.
    """

    event: str
    kind: str
    subject: str
    body: str
    link: str


_Told = tuple[Notice, UUID, User | None, str | None]
"""What is told to whom: the id that makes it happen once, the user, and the address of mails."""


class NotificationService:
    """Tells people what concerns them, within the caller's transaction."""

    def __init__(self, session: AsyncSession, settings: Settings) -> None:
        self.notifications = NotificationRepository(session)
        self.mails = MailService(session)
        self.settings = settings

    async def notify(self, program_id: UUID, notices: Mapping[UUID, Notice]) -> None:
        """Tell people something: as users in the application, and by mail where there is one.

        Parameters
        ----------
        notices
            By the id of the person.
        """
        found = await self.notifications.recipients(notices.keys())
        told = [
            (notices[person.id], person.id, user, _address(person, user)) for person, user in found
        ]
        await self._write(program_id, told)

    async def tell_coordinators(self, program_id: UUID, notice: Notice) -> None:
        """Tell those who answer for a programme, whatever people they are."""
        found = await self.notifications.coordinators(program_id)
        await self._write(program_id, [(notice, user.id, user, user.email) for user in found])

    async def tell(self, program_id: UUID, people: Collection[UUID], notice: Notice) -> None:
        """Tell several people the same."""
        await self.notify(program_id, dict.fromkeys(people, notice))

    async def _write(self, program_id: UUID, told: Iterable[_Told]) -> None:
        rows = []
        for notice, recipient, user, address in told:
            once = f"{notice.event}:{recipient}"
            if user is not None:
                rows.append(
                    {
                        "program_id": program_id,
                        "user_id": user.id,
                        "kind": notice.kind,
                        "subject": notice.subject,
                        "body": notice.body,
                        "link": notice.link,
                        "once": once,
                    }
                )
            if address:
                text = f"{notice.body}\n\n{self.settings.public_url.rstrip('/')}{notice.link}\n"
                await self.mails.put(address, notice.subject, text, once=once)
        await self.notifications.add(rows)

    async def list_own(
        self, user_id: UUID, cursor: str | None, limit: int, *, unread: bool
    ) -> CursorPage[Notification]:
        """Return what a user was told, newest first."""
        return await self.notifications.list_own(user_id, cursor, limit, unread=unread)

    async def count_unread(self, user_id: UUID) -> int:
        """Return how much a user has not read."""
        return await self.notifications.count_unread(user_id)

    async def mark_read(self, user_id: UUID, notification_id: UUID) -> Notification:
        """Note that a user has read something."""
        return await self.notifications.mark_read(user_id, notification_id, now())

    async def mark_all_read(self, user_id: UUID) -> int:
        """Note that a user has read everything."""
        return await self.notifications.mark_all_read(user_id, now())


def _address(person: Person, user: User | None) -> str:
    """Return where somebody reads mail: what they say as users wins."""
    if user is not None and user.email:
        return user.email
    return person.email
