from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import LoginFailure, RefreshToken


class LoginRepository:
    """Refresh tokens, and logins that failed."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    def add_token(self, token: RefreshToken) -> None:
        """Have a refresh token written with the transaction."""
        self.session.add(token)

    async def find_token(self, token_hash: str) -> RefreshToken | None:
        """Return a refresh token, locked until the end of the transaction."""
        statement = select(RefreshToken).where(RefreshToken.token_hash == token_hash)
        return await self.session.scalar(statement.with_for_update())

    async def void_chain(self, chain_id: UUID, at: datetime) -> None:
        """Void every token of a chain."""
        statement = update(RefreshToken).where(RefreshToken.chain_id == chain_id)
        await self.session.execute(statement.values(revoked_at=at))

    async def void_all(self, user_id: UUID, at: datetime) -> None:
        """Void every refresh token of a user."""
        statement = update(RefreshToken).where(RefreshToken.user_id == user_id)
        await self.session.execute(statement.values(revoked_at=at))

    async def forget_expired(self, user_id: UUID, at: datetime) -> None:
        """Delete a user's refresh tokens that had expired by then."""
        expired = RefreshToken.expires_at <= at
        await self.session.execute(
            delete(RefreshToken).where(RefreshToken.user_id == user_id, expired)
        )

    async def forget_all_expired(self, at: datetime) -> int:
        """Delete everybody's refresh tokens that had expired by then; return how many."""
        expired = delete(RefreshToken).where(RefreshToken.expires_at <= at)
        found = await self.session.execute(expired)
        assert isinstance(found, CursorResult)  # noqa: S101 - of a deletion
        return found.rowcount

    async def latest_failure(self, subject: str, nth: int, since: datetime) -> datetime | None:
        """Return when the nth-last failure of a subject was, if it is later than `since`."""
        return await self.session.scalar(
            select(LoginFailure.at)
            .where(LoginFailure.subject == subject, LoginFailure.at > since)
            .order_by(LoginFailure.at.desc())
            .offset(nth - 1)
            .limit(1)
        )

    def note_failures(self, subjects: Sequence[str], at: datetime) -> list[LoginFailure]:
        """Have failures of these subjects written with the transaction."""
        noted = [LoginFailure(subject=subject, at=at) for subject in subjects]
        self.session.add_all(noted)
        return noted

    async def forget_failures(self, subject: str, ids: Sequence[UUID]) -> None:
        """Delete the failures of a subject, and these."""
        of_subject = LoginFailure.subject == subject
        await self.session.execute(
            delete(LoginFailure).where(of_subject | LoginFailure.id.in_(ids))
        )

    async def forget_failures_before(self, at: datetime) -> None:
        """Delete failures that do not count any more."""
        await self.session.execute(delete(LoginFailure).where(LoginFailure.at <= at))
