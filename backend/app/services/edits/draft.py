"""A schedule in the transaction that reads or edits it, and what an edit makes of a warm one."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from uuid import UUID

from app.core.access import Access
from app.core.exceptions import StaleError
from app.db.session import AsyncSession, Database
from app.models import Schedule
from app.repositories.cells import (
    Assigned,
    Cell,
    ChangedCell,
    Placed,
    Slot,
    load_changes,
)
from app.repositories.edit_repository import EditRepository, Held
from app.repositories.schedule_repository import ScheduleRepository
from app.services.edits.answers import edit_log, is_complete
from app.services.idempotency_service import Once
from app.services.verification import Verifier
from app.services.warm_schedule import Change, HalfDayChange, PlacementChange, WarmSchedule

MOST_CELLS_TOLD = 100


@dataclass(frozen=True, slots=True)
class Draft:
    """A schedule in the transaction that reads or edits it."""

    session: AsyncSession
    schedule: Schedule
    warm: WarmSchedule

    @property
    def edits(self) -> EditRepository:
        """What reads and writes its cells."""
        return EditRepository(self.session)

    async def held(self, cells: Collection[Cell]) -> Held:
        """Return what stands in cells, and in those of their people between them."""
        return await self.edits.held(self.schedule, cells)

    async def stale(self, since: int) -> StaleError:
        """Return the refusal of an edit of a revision that is over, with what has changed."""
        logged, revision = await self.edits.since(self.schedule.id, since), self.schedule.revision
        told = edit_log(self.warm.names, revision, since, logged, MOST_CELLS_TOLD)
        return StaleError(told.model_dump(mode="json"))

    async def untouched(self, since: int, cells: Collection[Cell]) -> bool:
        """Return whether nobody has changed cells since a revision."""
        logged = await self.edits.since(self.schedule.id, since)
        if not is_complete(self.schedule.revision, since, logged):
            return False
        changes = (load_changes(entry.edit.cells or []) for entry in logged)
        return not any(one.cell in cells for some in changes for one in some)


class Drafts:
    """Opens transactions on schedules that a caller may change, with the warm schedule."""

    def __init__(self, database: Database, verifier: Verifier, access: Access) -> None:
        self.database = database
        self.verifier = verifier
        self.access = access

    async def warm_up(self, schedule_id: UUID) -> None:
        """Have a schedule built that is not kept, before a transaction that writes begins."""
        if not self.verifier.holds(schedule_id):
            async with self.reading(schedule_id):
                pass

    @asynccontextmanager
    async def reading(self, schedule_id: UUID) -> AsyncIterator[Draft]:
        """Give a schedule to read; nobody waits for it."""
        async with self.database.reading() as session:
            yield await self.read(session, schedule_id)

    async def read(self, session: AsyncSession, schedule_id: UUID) -> Draft:
        """Return a schedule in a session that reads."""
        schedule = await ScheduleRepository(session, self.access).get(schedule_id)
        return Draft(session, schedule, await self.verifier.warm(session, schedule))

    @asynccontextmanager
    async def writing(self, schedule_id: UUID, once: Once | None = None) -> AsyncIterator[Draft]:
        """Give a schedule that nobody else changes meanwhile; make it warm by reading first.

        Raises
        ------
        KeyReusedError, RepeatedError
            When the key of the request says so.
        """
        async with self.database.unit_of_work() as session:
            if once is not None:
                await once.claim(session)
            schedule = await ScheduleRepository(session, self.access).get_to_change(schedule_id)
            yield Draft(session, schedule, await self.verifier.warm(session, schedule))


def to_judge(change: ChangedCell) -> Change:
    """Return a changed cell as the engine judges it."""
    cell, after = change.cell, change.after
    if isinstance(cell, Slot):
        assert after is None or isinstance(after, Placed)  # noqa: S101 - what slots hold
        rotation = None if after is None else after.rotation_type_id
        return PlacementChange(cell.person_id, cell.start_date, rotation)
    assert after is None or isinstance(after, Assigned)  # noqa: S101 - what half-days hold
    return HalfDayChange(
        cell.person_id,
        cell.date,
        cell.session,
        None if after is None else after.duty_type_id,
        None if after is None else after.rotation_type_id,
    )


def with_locks(warm: WarmSchedule, changes: Sequence[ChangedCell]) -> WarmSchedule:
    """Return a schedule with the locks as they are after changes."""
    locked, half_days = warm.locked.copy(), set(warm.locked_half_days)
    for one in changes:
        row = warm.names.person_rows.get(one.cell.person_id)
        if row is None:
            continue
        holds = one.after is not None and one.after.locked
        if isinstance(one.cell, Slot):
            column = warm.columns.get(one.cell.start_date)
            if column is not None:
                locked[row, column] = holds
        elif holds:
            half_days.add((row, one.cell.date, one.cell.session))
        else:
            half_days.discard((row, one.cell.date, one.cell.session))
    return replace(warm, locked=locked, locked_half_days=frozenset(half_days))
