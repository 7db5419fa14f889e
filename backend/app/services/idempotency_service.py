"""Requests that may be repeated without doing twice what they do."""

from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from uuid import UUID

from app.core.clock import now
from app.core.exceptions import AppException
from app.core.security import fingerprint
from app.db.session import AsyncSession, Database
from app.models import IdempotencyKey
from app.repositories.idempotency_repository import IdempotencyRepository

KEPT = timedelta(hours=24)


class KeyReusedError(AppException):
    """The key stands for another request."""

    code = "IDEMPOTENCY_KEY_REUSED"
    status = HTTPStatus.CONFLICT

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was sent with another request: make a new one.")


class IdempotencyService:
    """Keeps answers, in the transaction of what they answer."""

    def __init__(self, session: AsyncSession) -> None:
        self.keys = IdempotencyRepository(session)

    async def claim(self, user_id: UUID, key: str, request_hash: str) -> IdempotencyKey:
        """Return the row of a key; its `status` is 0 if the request has to be answered yet.

        Raises
        ------
        KeyReusedError
            When the key was sent with another request.
        """
        await self.keys.forget_before(now() - KEPT, user_id)
        row = await self.keys.claim(user_id, fingerprint(key), request_hash)
        if row.request_hash != request_hash:
            raise KeyReusedError
        return row


def keep_answer(row: IdempotencyKey, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Have an answer written with the transaction."""
    row.status, row.headers, row.body = status, dict(headers), body


async def forget_old_keys(database: Database) -> None:
    """Delete the keys of all users that are older than a day."""
    async with database.unit_of_work() as session:
        await IdempotencyRepository(session).forget_before(now() - KEPT)
