"""The grid of a schedule as callers load it: whole, or what has changed since."""

import asyncio
from collections.abc import Hashable
from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID

from app.core.access import Access
from app.core.exceptions import AppException
from app.db.session import AsyncSession
from app.models import Schedule
from app.repositories.cells import load_changes
from app.repositories.edit_repository import EditRepository
from app.repositories.program_state import program_state
from app.repositories.schedule_repository import ScheduleRepository
from app.schemas.grid import GridQuery
from app.services.edits.answers import is_complete
from app.services.grids.columns import (
    Window,
    half_day_changes,
    half_day_grid,
    period_changes,
    period_grid,
)
from app.services.grids.encoded import EncodedAnswers, encode
from app.services.verification import Verifier


class GoneError(AppException):
    """What has changed since then cannot be told any more."""

    code = "GONE"
    status = HTTPStatus.GONE


@dataclass(frozen=True, slots=True)
class Answer:
    """A grid as JSON; `body` is None when the caller has it already."""

    etag: str
    body: bytes | None


class GridService:
    """Grids of schedules, kept as they go over the wire."""

    def __init__(
        self, session: AsyncSession, access: Access, verifier: Verifier, kept: EncodedAnswers
    ) -> None:
        self.session = session
        self.verifier = verifier
        self.kept = kept
        self.schedules = ScheduleRepository(session, access)

    async def grid(
        self, schedule_id: UUID, query: GridQuery, known: str, *, compressed: bool
    ) -> Answer:
        """Return a grid, or that the caller has it.

        Parameters
        ----------
        known
            The `If-None-Match` header.

        Raises
        ------
        GoneError
            When the changes since a revision cannot be told.
        """
        schedule = await self.schedules.get(schedule_id)
        state = await program_state(self.session, schedule.program_id)
        etag = _etag(schedule, state)
        if etag in {one.strip() for one in known.split(",")}:
            return Answer(etag, None)
        if query.since is not None:
            body = encode(await self._changes(schedule, state, query), compressed=compressed)
            return Answer(etag, body)
        key = (etag, schedule.id, *_asked(query), compressed)
        found = self.kept.find(key)
        if found is not None:
            return Answer(etag, found)
        warm = await self.verifier.warm(self.session, schedule)
        make = period_grid if query.view == "periods" else half_day_grid
        window = Window(warm, query.first, query.last, frozenset(query.people))
        body = await asyncio.to_thread(lambda: encode(make(window), compressed=compressed))
        if warm.state == state:
            self.kept.keep(key, body)
        return Answer(etag, body)

    async def _changes(self, schedule: Schedule, state: str, query: GridQuery) -> dict[str, object]:
        since = query.since or 0
        logged = await EditRepository(self.session).since(schedule.id, since)
        complete = since <= schedule.revision and is_complete(schedule.revision, since, logged)
        if query.state != state or not complete:
            raise GoneError(
                "What has changed since then cannot be told: read the whole grid.",
                {"revision": schedule.revision, "state": state},
            )
        changed = [one.cell for entry in logged for one in load_changes(entry.edit.cells or [])]
        warm = await self.verifier.warm(self.session, schedule)
        window = Window(warm, query.first, query.last, frozenset(query.people))
        make = period_changes if query.view == "periods" else half_day_changes
        return make(window, since, changed)


def _etag(schedule: Schedule, state: str) -> str:
    """Return what a grid's answers are known by: they hold for a revision and a programme."""
    return f'W/"{schedule.revision}-{schedule.start_date:%Y%m%d}-{state}"'


def _asked(query: GridQuery) -> tuple[Hashable, ...]:
    return query.view, query.first, query.last, frozenset(query.people)
