"""The access log: who has read whose record. Reading is not slowed down by it.

Entries are written in batches, so that one who is killed loses what was read in the last two
seconds. Changes are not its matter: those are audited, one by one, in their own transactions.
"""

import asyncio
import contextlib
import itertools
import logging
from collections import deque
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.core.clock import now
from app.core.exceptions import AppException
from app.core.logging import request_id
from app.core.settings import Settings
from app.db.base import new_id
from app.db.session import Database
from app.repositories.access_repository import add_entries, forget_entries_before

_LOG = logging.getLogger(__name__)
EVERY_S = 2.0
AT_ONCE = 500
MOST_WAITING = 20_000


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody's reading; see `AccessEntry`."""

    program_id: UUID
    user_id: UUID
    token_id: UUID | None
    resource: str
    resource_id: UUID | None
    person_id: UUID | None
    request_id: str


class AccessLog:
    """Collects entries, and writes them from time to time."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._waiting: deque[dict[str, Any]] = deque()
        self._many = asyncio.Event()
        self._lost = 0

    def add(self, entry: Entry) -> None:
        """Have an entry written."""
        if len(self._waiting) >= MOST_WAITING:
            self._lost += 1
            return
        self._waiting.append({"id": new_id(), "at": now(), **asdict(entry)})
        if len(self._waiting) >= AT_ONCE:
            self._many.set()

    async def run(self) -> None:
        """Write entries every two seconds, and sooner when there are many; never ends."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(EVERY_S):
                    await self._many.wait()
            self._many.clear()
            try:
                await self.flush()
            except Exception:  # noqa: BLE001 - the outermost edge of a task that has to go on
                _LOG.exception("access log cannot be written")

    async def flush(self) -> None:
        """Write what waits; what cannot be written now waits on."""
        if self._lost:
            _LOG.error("access log is full", extra={"lost": self._lost})
            self._lost = 0
        while self._waiting:
            batch = list(itertools.islice(self._waiting, AT_ONCE))
            try:
                async with self.database.unit_of_work() as session:
                    await add_entries(session, batch)
            except AppException as error:
                _LOG.warning("access log waits", extra={"why": error.message})
                return
            for _ in batch:
                self._waiting.popleft()


class AccessNotes:
    """The access log in the hands of one caller: ``notes: AccessNotesDep``."""

    def __init__(self, log: AccessLog, user_id: UUID, token_id: UUID | None) -> None:
        self.log = log
        self.user_id = user_id
        self.token_id = token_id

    def read(
        self,
        resource: str,
        program_id: UUID,
        resource_id: UUID | None = None,
        *,
        person_id: UUID | None = None,
        owner: UUID | None = None,
    ) -> None:
        """Note that the caller reads a record.

        Parameters
        ----------
        resource
            What it is: ``leave``, ``hours``, ``people.csv``.
        person_id
            Whose record it is; nobody's in particular for listings and exports.
        owner
            The user whose own it is: reading one's own is not noted.
        """
        if owner == self.user_id:
            return
        self.log.add(
            Entry(
                program_id=program_id,
                user_id=self.user_id,
                token_id=self.token_id,
                resource=resource,
                resource_id=resource_id,
                person_id=person_id,
                request_id=request_id.get() or "",
            )
        )


async def forget_old_entries(database: Database, settings: Settings) -> None:
    """Delete entries that have been kept for long enough."""
    async with database.unit_of_work() as session:
        await forget_entries_before(session, now() - timedelta(days=settings.access_log_days))
