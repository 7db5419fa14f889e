"""Notifications: in the application and by mail, written with the change that they tell of."""

from collections.abc import Collection, Mapping
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
        rows = []
        for person, user in await self.notifications.recipients(notices.keys()):
            notice = notices[person.id]
            once = f"{notice.event}:{person.id}"
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
            address = _address(person, user)
            if address:
                text = f"{notice.body}\n\n{self.settings.public_url.rstrip('/')}{notice.link}\n"
                await self.mails.put(address, notice.subject, text, once=once)
        await self.notifications.add(rows)

    async def tell(self, program_id: UUID, people: Collection[UUID], notice: Notice) -> None:
        """Tell several people the same."""
        await self.notify(program_id, dict.fromkeys(people, notice))

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
