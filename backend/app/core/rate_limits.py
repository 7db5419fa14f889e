"""How often somebody may call: so many requests in a sliding window, by group of routes.

Counted in this process, or in a Redis that all processes share: see ADR 15. What guards a secret
(logins, one-time links) is counted in the database, by the services that check it.
"""

import logging
import math
import time
from enum import StrEnum
from typing import TYPE_CHECKING

from limits import parse
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError

from app.core.exceptions import RateLimitedError
from app.core.settings import Settings

if TYPE_CHECKING:
    from redis.asyncio import ConnectionPool

_REDIS_TIMEOUT_S = 0.5
_LOG = logging.getLogger(__name__)


class Group(StrEnum):
    """Routes that are limited together; each has its setting, ``rate_limit_…``."""

    READS = "reads"
    WRITES = "writes"
    EXPENSIVE = "expensive"
    ACCOUNTS = "accounts"
    REFUSED = "refused"


class RateLimits:
    """Counts calls, and refuses those that are too many."""

    def __init__(self, settings: Settings) -> None:
        given = {group: str(getattr(settings, f"rate_limit_{group}")) for group in Group}
        self._limits = {group: parse(text) for group, text in given.items() if text}
        self._pool = _pool(settings.rate_limit_store) if settings.rate_limit_store else None
        storage = MemoryStorage() if self._pool is None else _redis(self._pool)
        self._counting = SlidingWindowCounterRateLimiter(storage)

    async def close(self) -> None:
        """Close the connections to Redis."""
        if self._pool is not None:
            await self._pool.disconnect()

    async def count(self, group: Group, caller: str) -> None:
        """Count one call of a user or address.

        A Redis that does not answer lets everybody in: it guards against too much, not against
        the wrong people.

        Raises
        ------
        RateLimitedError
            When it is one too many.
        """
        limit = self._limits.get(group)
        if limit is None:
            return
        try:
            if await self._counting.hit(limit, group, caller):
                return
            reset = (await self._counting.get_window_stats(limit, group, caller)).reset_time
        except StorageError as error:
            _LOG.warning("calls are not counted", extra={"why": str(error)})
            return
        raise RateLimitedError(max(1, math.ceil(reset - time.time())))


def _pool(url: str) -> "ConnectionPool":
    from redis.asyncio import ConnectionPool  # noqa: PLC0415 - 0.13 s that most do not need

    return ConnectionPool.from_url(
        url, socket_timeout=_REDIS_TIMEOUT_S, socket_connect_timeout=_REDIS_TIMEOUT_S
    )


def _redis(pool: "ConnectionPool") -> RedisStorage:
    return RedisStorage(
        "async+redis://",
        wrap_exceptions=True,
        implementation="redispy",
        connection_pool=pool,  # type: ignore[arg-type] # its types forget this option
    )
