"""A new password for who has forgotten the old one.

Asking only writes the name down: whether there is such a user is looked up by the worker, so that
the answer says nothing about it, and takes the same time whoever is asked for.
"""

from datetime import timedelta
from uuid import UUID

from app.core.clock import now
from app.core.exceptions import InvalidStateError
from app.core.security import fingerprint, hash_password, new_token
from app.core.settings import Settings
from app.db.session import AsyncSession, Database
from app.models import PasswordReset, User
from app.repositories.api_token_repository import ApiTokenRepository
from app.repositories.login_repository import LoginRepository
from app.repositories.password_reset_repository import PasswordResetRepository
from app.repositories.user_repository import UserRepository
from app.services.account_mails import password_changed, password_reset
from app.services.mail_service import MailService

MOST_OPEN = 3
"""Links that somebody may have at a time: who asks for more gets no mail, and fills no mailbox."""


class PasswordResetService:
    """Takes wishes, answers them by mail, and sets passwords by the links in these mails."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database = database
        self.settings = settings

    async def ask(self, name: str) -> None:
        """Note that a user, by name or e-mail address, wants a new password."""
        name = name.strip().lower().replace("\0", "")[:320]
        async with self.database.unit_of_work() as session:
            PasswordResetRepository(session).add(
                PasswordReset(name=name, expires_at=now() + self._lifetime())
            )

    async def answer(self, most: int = 200) -> None:
        """Send links to those who asked, if there are such users; the worker calls this."""
        async with self.database.reading() as session:
            wishes = await PasswordResetRepository(session).unanswered(most)
        for wish_id in wishes:
            async with self.database.unit_of_work() as session:
                await self._answer(session, wish_id)

    async def forget_expired(self) -> None:
        """Delete wishes and links whose time has gone."""
        async with self.database.unit_of_work() as session:
            await PasswordResetRepository(session).forget_expired(now())

    async def reset(self, token: str, password: str) -> None:
        """Set a new password; sessions, API tokens and links of the user are void then.

        Raises
        ------
        InvalidStateError
            When the link was used, is too old or unknown, or its user is not active.
        """
        async with self.database.reading() as session:
            await _user_of(session, token, lock=False)
        password_hash = await hash_password(password)
        async with self.database.unit_of_work() as session:
            user = await _user_of(session, token, lock=True)
            user.password_hash = password_hash
            user.must_change_password = False
            user.token_generation += 1
            await LoginRepository(session).void_all(user.id, now())
            await ApiTokenRepository(session).delete_all(user.id)
            await PasswordResetRepository(session).void_all(user.id)
            await tell_of_new_password(session, user)

    async def _answer(self, session: AsyncSession, wish_id: UUID) -> None:
        wishes = PasswordResetRepository(session)
        wish = await wishes.take(wish_id)
        if wish is None:
            return
        user = await UserRepository(session).find_by_name(wish.name)
        if user is None or not user.email or not user.is_active:
            await wishes.delete(wish)
            return
        if await wishes.count_open(user.id, now()) >= MOST_OPEN:
            await wishes.delete(wish)
            return
        token = new_token()
        wish.name, wish.user_id, wish.token_hash = "", user.id, fingerprint(token)
        wish.expires_at = now() + self._lifetime()
        subject, text = password_reset(self.settings, user.username, token)
        await MailService(session).put(user.email, subject, text)

    def _lifetime(self) -> timedelta:
        return timedelta(minutes=self.settings.password_reset_minutes)


async def tell_of_new_password(session: AsyncSession, user: User) -> None:
    """Tell a user by mail that the password was changed: it may have been somebody else."""
    if user.email:
        await MailService(session).put(user.email, *password_changed(user.username))


async def _user_of(session: AsyncSession, token: str, *, lock: bool) -> User:
    wish = await PasswordResetRepository(session).find(fingerprint(token), now(), lock=lock)
    user = None
    if wish is not None and wish.user_id is not None:
        user = await UserRepository(session).find(wish.user_id)
    if user is None or not user.is_active:
        raise InvalidStateError(
            "This link was used or is too old: ask for another.", code="LINK_INVALID"
        )
    return user
