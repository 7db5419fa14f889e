"""Requests that may be repeated without doing twice what they do."""

from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from uuid import UUID

from pydantic import BaseModel

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


class RepeatedError(Exception):
    """The request was answered before; the route's handler returns that answer."""

    def __init__(self, answered: IdempotencyKey) -> None:
        super().__init__()
        # The row itself cannot be read any more once its transaction is rolled back.
        self.status, self.headers, self.body = answered.status, answered.headers, answered.body


class IdempotencyService:
    """Keeps answers, in the transaction of what they answer."""

    def __init__(self, session: AsyncSession) -> None:
        self.keys = IdempotencyRepository(session)

    async def claim(self, user_id: UUID, key: str, request_hash: str) -> IdempotencyKey:
        """Return the row in which the answer is to be kept.

        Raises
        ------
        KeyReusedError
            When the key was sent with another request.
        RepeatedError
            When the request was answered before.
        """
        await self.keys.forget_before(now() - KEPT, user_id)
        row = await self.keys.claim(user_id, fingerprint(key), request_hash)
        if row.request_hash != request_hash:
            raise KeyReusedError
        if row.status:
            raise RepeatedError(row)
        return row


class Once:
    """A request that may be repeated, for services that open their transactions themselves.

    Parameters
    ----------
    user_id, key, request_hash
        Who sends what under which key.
    status
        Of the answer.
    """

    def __init__(self, user_id: UUID, key: str, request_hash: str, status: int) -> None:
        self.user_id = user_id
        self.key = key
        self.request_hash = request_hash
        self.status = status
        self._row: IdempotencyKey | None = None

    async def claim(self, session: AsyncSession) -> None:
        """Claim the key in the transaction that has the effect, before anything else.

        Raises
        ------
        KeyReusedError, RepeatedError
            As `IdempotencyService.claim`.
        """
        service = IdempotencyService(session)
        self._row = await service.claim(self.user_id, self.key, self.request_hash)

    def keep(self, answer: BaseModel) -> None:
        """Have the answer written with that transaction."""
        assert self._row is not None  # noqa: S101 - claimed before
        headers = {"content-type": "application/json"}
        version = getattr(answer, "version", None)
        if version is not None:
            headers["etag"] = f'"{version}"'
        body = answer.model_dump_json(by_alias=True).encode()
        keep_answer(self._row, self.status, headers, body)


def keep_answer(row: IdempotencyKey, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Have an answer written with the transaction."""
    row.status, row.headers, row.body = status, dict(headers), body


async def forget_old_keys(database: Database) -> None:
    """Delete the keys of all users that are older than a day."""
    async with database.unit_of_work() as session:
        await IdempotencyRepository(session).forget_before(now() - KEPT)
