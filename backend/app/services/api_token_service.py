"""API tokens: made by their users for programs of theirs."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from app.core.access import Scope
from app.core.clock import now
from app.core.exceptions import (
    InvalidStateError,
    NotFoundError,
    UnauthenticatedError,
    UnavailableError,
)
from app.core.security import fingerprint, new_api_token
from app.core.settings import Settings
from app.db.session import AsyncSession, Database
from app.models import ApiToken, User
from app.repositories.api_token_repository import ApiTokenRepository
from app.repositories.program_repository import program_exists
from app.repositories.user_repository import UserRepository

_LOG = logging.getLogger(__name__)
MOST_TOKENS = 50
_NOTE_USE_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """What a token is to be for."""

    name: str
    scopes: Collection[Scope]
    program_id: UUID | None
    days: int


class ApiTokenService:
    """What users do with their tokens."""

    def __init__(self, session: AsyncSession, user: User, settings: Settings) -> None:
        self.session = session
        self.user = user
        self.settings = settings
        self.tokens = ApiTokenRepository(session)

    async def list_own(self) -> Sequence[ApiToken]:
        """Return the user's tokens."""
        return await self.tokens.list_of(self.user.id)

    async def create(self, new: NewToken) -> tuple[ApiToken, str]:
        """Make a token; it is returned this once.

        Raises
        ------
        NotFoundError
            When the user does not belong to the programme.
        InvalidStateError
            When it is to work for too long, or the user has too many.
        """
        if new.days > self.settings.api_token_days:
            raise InvalidStateError(
                f"A token works for at most {self.settings.api_token_days} days.",
                {"sent": new.days, "limit": self.settings.api_token_days},
            )
        if new.program_id is not None:
            await self._check_program(new.program_id)
        if len(await self.tokens.list_of(self.user.id)) >= MOST_TOKENS:
            raise InvalidStateError(f"You have {MOST_TOKENS} tokens: delete one first.")
        token = new_api_token()
        made = ApiToken(
            user_id=self.user.id,
            program_id=new.program_id,
            name=new.name,
            beginning=token[:8],
            token_hash=fingerprint(token),
            scopes=sorted(set(new.scopes)),
            expires_at=now() + timedelta(days=new.days),
        )
        await self.tokens.add(made)
        return made, token

    async def revoke(self, token_id: UUID) -> None:
        """Delete one of the user's tokens: it is void at once."""
        await self.tokens.delete(token_id, self.user.id)

    async def _check_program(self, program_id: UUID) -> None:
        belongs = any(one.program_id == program_id for one in self.user.memberships)
        if not belongs and not (
            self.user.is_admin and await program_exists(self.session, program_id)
        ):
            raise NotFoundError("program", program_id)


async def caller_of(token: str, session: AsyncSession, database: Database) -> tuple[User, ApiToken]:
    """Return whose token it is, and note that it was used: from time to time, on its own.

    Raises
    ------
    UnauthenticatedError
        When there is no such token, or it has expired.
    """
    found = await ApiTokenRepository(session).find(fingerprint(token), now())
    user = None if found is None else await UserRepository(session).find(found.user_id)
    if found is None or user is None:
        raise UnauthenticatedError("This API token does not exist, or has expired.")
    if found.last_used_at is None or now() - found.last_used_at > _NOTE_USE_AFTER:
        await session.close()  # its connection is not held while another is waited for
        await _note_use(database, found)
    return user, found


async def _note_use(database: Database, token: ApiToken) -> None:
    try:
        async with database.unit_of_work() as session:
            await ApiTokenRepository(session).note_use(token.id, now())
    except UnavailableError:
        # Nobody is turned away because others are writing.
        _LOG.warning("use of an API token is not noted", extra={"token": token.id})
