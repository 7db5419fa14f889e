from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.exceptions import NotFoundError
from app.models import ApiToken


class ApiTokenRepository:
    """API tokens; a user's own are all that they may know of."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def list_of(self, user_id: UUID) -> Sequence[ApiToken]:
        """Return a user's tokens, newest first, those that have expired included."""
        statement = select(ApiToken).where(ApiToken.user_id == user_id)
        return (await self.session.scalars(statement.order_by(ApiToken.id.desc()))).all()

    async def add(self, token: ApiToken) -> None:
        """Write a token."""
        self.session.add(token)
        await self.session.flush()  # its id and times are in the answer

    async def find(self, token_hash: str, at: datetime) -> ApiToken | None:
        """Return a token that has not expired."""
        works = (ApiToken.token_hash == token_hash) & (ApiToken.expires_at > at)
        return await self.session.scalar(select(ApiToken).where(works))

    async def note_use(self, token_id: UUID, at: datetime) -> None:
        """Write when a token was used."""
        statement = update(ApiToken).where(ApiToken.id == token_id)
        unseen = {"audited": "using a token changes nothing of it"}
        await self.session.execute(statement.values(last_used_at=at), execution_options=unseen)

    async def delete(self, token_id: UUID, user_id: UUID) -> None:
        """Delete a user's token.

        Raises
        ------
        NotFoundError
            When the user has none of that id.
        """
        own = (ApiToken.id == token_id) & (ApiToken.user_id == user_id)
        token = await self.session.scalar(select(ApiToken).where(own))
        if token is None:
            raise NotFoundError("token", token_id)
        await self.session.delete(token)

    async def delete_all(self, user_id: UUID) -> None:
        """Delete all tokens of a user."""
        for token in await self.session.scalars(
            select(ApiToken).where(ApiToken.user_id == user_id)
        ):
            await self.session.delete(token)
