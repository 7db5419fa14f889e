"""Logging in, staying logged in, logging out."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.core.clock import now
from app.core.exceptions import (
    ForbiddenError,
    InvalidStateError,
    RateLimitedError,
    UnauthenticatedError,
)
from app.core.security import (
    AccessToken,
    fingerprint,
    hash_password,
    issue_access_token,
    new_token,
    password_matches,
    read_access_token,
)
from app.core.settings import Settings
from app.db.base import new_id
from app.db.locks import lock
from app.db.session import AsyncSession, Database
from app.models import RefreshToken, User
from app.repositories.login_repository import LoginRepository
from app.repositories.user_repository import UserRepository
from app.services.password_reset_service import tell_of_new_password

_ENDED = "The session has ended: log in again."


@dataclass(frozen=True, slots=True)
class Tokens:
    """A short-lived access token, and the refresh token that gets the next one."""

    access_token: str
    expires_in: int
    refresh_token: str
    refresh_expires_at: datetime


@dataclass(frozen=True, slots=True)
class _Attempt:
    subject: str
    noted: list[UUID]


class AuthService:
    """Issues, checks and voids tokens.

    It opens its units of work itself. What is noticed in a refused request has to stay: a failed
    login counts, and a refresh token that comes twice voids its chain. So the refusal is raised
    after the commit. And passwords are hashed between transactions, for that takes long.
    """

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database = database
        self.settings = settings

    async def log_in(self, username: str, password: str, address: str) -> Tokens:
        """Return tokens for a name and password.

        An unknown name costs as much time as a wrong password.

        Raises
        ------
        RateLimitedError
            After too many failures of that name or address.
        UnauthenticatedError
            When name or password is wrong.
        ForbiddenError
            When the user is not active any more.
        """
        name = username.strip().lower().replace("\0", "")
        attempt = await self._attempt(name, address)
        async with self.database.reading() as session:
            user = await UserRepository(session).find_by_name(name)
        matches = await password_matches(password, user.password_hash if user else None)
        if user is None or not matches:
            raise UnauthenticatedError("Name or password is wrong.")
        if not user.is_active:
            raise ForbiddenError("This account is not active.")
        async with self.database.unit_of_work() as session:
            await self._succeeded(session, attempt)
            await LoginRepository(session).forget_expired(user.id, now())
            return self._issue(session, user, new_id())

    async def refresh(self, refresh_token: str) -> Tokens:
        """Exchange a refresh token for new tokens.

        A token that was used before is in two hands: its whole chain is void then.

        Raises
        ------
        UnauthenticatedError
            When it is unknown, used, void or expired, or its user is not active.
        """
        async with self.database.unit_of_work() as session:
            tokens = await self._exchange(session, refresh_token)
        if tokens is None:
            raise UnauthenticatedError(_ENDED)
        return tokens

    async def log_out(self, refresh_token: str) -> None:
        """Void the chain of a refresh token; an unknown one is no error."""
        async with self.database.unit_of_work() as session:
            logins = LoginRepository(session)
            token = await logins.find_token(fingerprint(refresh_token))
            if token is not None:
                await logins.void_chain(token.chain_id, now())

    async def change_password(self, user: User, current: str, wanted: str, address: str) -> None:
        """Change a user's own password; all tokens of the user are void then.

        Raises
        ------
        RateLimitedError
            After too many wrong passwords.
        InvalidStateError
            When the current one is wrong, or the wanted one is the same.
        """
        attempt = await self._attempt(user.username, address)
        if not await password_matches(current, user.password_hash):
            raise InvalidStateError("The current password is wrong.")
        if wanted == current:
            raise InvalidStateError("The new password is the old one.")
        password_hash = await hash_password(wanted)
        async with self.database.unit_of_work() as session:
            users = UserRepository(session)
            await self._succeeded(session, attempt)
            stored = await users.get(user.id)
            stored.password_hash = password_hash
            stored.must_change_password = False
            stored.token_generation += 1
            await LoginRepository(session).void_all(user.id, now())
            await tell_of_new_password(session, stored)

    async def _attempt(self, name: str, address: str) -> _Attempt:
        """Count an attempt as failed until it has succeeded: many at once count all."""
        by_name, by_address = fingerprint(f"name:{name}"), fingerprint(f"address:{address}")
        limits = {
            by_name: self.settings.login_failures,
            by_address: self.settings.login_failures_per_address,
        }
        wait = timedelta(seconds=self.settings.login_wait_seconds)
        async with self.database.unit_of_work() as session:
            await lock(session, limits)
            logins, at = LoginRepository(session), now()
            await logins.forget_failures_before(at - wait)
            for subject, limit in limits.items():
                counted = await logins.latest_failure(subject, limit, at - wait)
                if counted is not None:
                    left = counted + wait - at
                    raise RateLimitedError(max(1, math.ceil(left.total_seconds())))
            noted = logins.note_failures(list(limits), at)
        return _Attempt(by_name, [one.id for one in noted])

    async def _succeeded(self, session: AsyncSession, attempt: _Attempt) -> None:
        await LoginRepository(session).forget_failures(attempt.subject, attempt.noted)

    async def _exchange(self, session: AsyncSession, refresh_token: str) -> Tokens | None:
        logins = LoginRepository(session)
        token = await logins.find_token(fingerprint(refresh_token))
        if token is None or token.expires_at <= now() or token.revoked_at is not None:
            return None
        if token.used_at is not None:
            await logins.void_chain(token.chain_id, now())
            return None
        user = await UserRepository(session).find(token.user_id)
        if user is None or not user.is_active:
            return None
        token.used_at = now()
        return self._issue(session, user, token.chain_id)

    def _issue(self, session: AsyncSession, user: User, chain_id: UUID) -> Tokens:
        lifetime = timedelta(minutes=self.settings.access_token_minutes)
        refresh, issued = new_token(), now()
        expires = issued + timedelta(days=self.settings.refresh_token_days)
        LoginRepository(session).add_token(
            RefreshToken(
                user_id=user.id,
                chain_id=chain_id,
                token_hash=fingerprint(refresh),
                issued_at=issued,
                expires_at=expires,
            )
        )
        access = issue_access_token(
            AccessToken(user.id, user.token_generation),
            self.settings.secret_key.get_secret_value(),
            lifetime,
        )
        return Tokens(access, int(lifetime.total_seconds()), refresh, expires)


async def user_of(access_token: str, session: AsyncSession, settings: Settings) -> User:
    """Return whose access token it is.

    Raises
    ------
    UnauthenticatedError
        When it is not valid, or the user's tokens were voided since.
    """
    token = read_access_token(access_token, settings.secret_key.get_secret_value())
    user = await UserRepository(session).find(token.user_id)
    if user is None or token.generation != user.token_generation:
        raise UnauthenticatedError(_ENDED)
    return user
