"""Edits of drafts: worked out, judged, written with their log, undone and done again."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TypedDict, Unpack
from uuid import UUID

from app.core.access import Access
from app.core.exceptions import ConflictError, StaleError
from app.core.words import EditKind
from app.db.session import AsyncSession, Database
from app.models import Schedule, ScheduleEdit
from app.repositories.cells import (
    Assigned,
    Cell,
    ChangedCell,
    HalfDay,
    Placed,
    Slot,
    changed,
    load_changes,
)
from app.repositories.edit_repository import EditRepository, Held, NewEdit
from app.repositories.schedule_repository import ScheduleRepository
from app.schemas.edit import EditLog, EditRequest, EditResponse
from app.services.edits.answers import Done, edit_log, edit_response, is_complete
from app.services.edits.board import Board, place
from app.services.verification import Verifier, judged
from app.services.warm_schedule import Change, HalfDayChange, PlacementChange, WarmSchedule

_MOST_CELLS_TOLD = 100
_PARTICIPLE = {EditKind.UNDO: "undone", EditKind.REDO: "redone"}


class _About(TypedDict, total=False):
    """What is noted of an edit beside its cells."""

    operations: Sequence[object]
    kind: EditKind
    about: ScheduleEdit


@dataclass(frozen=True, slots=True)
class _Draft:
    """A schedule in the transaction that reads or edits it."""

    session: AsyncSession
    schedule: Schedule
    warm: WarmSchedule

    @property
    def edits(self) -> EditRepository:
        return EditRepository(self.session)

    async def held(self, cells: Collection[Cell]) -> Held:
        """Return what stands in cells, and in all slots of their people."""
        people = {cell.person_id for cell in cells}
        half_days = [cell for cell in cells if isinstance(cell, HalfDay)]
        return await self.edits.held(self.schedule, people, half_days)

    async def stale(self, since: int) -> StaleError:
        """Return the refusal of an edit of a revision that is over, with what has changed."""
        logged, revision = await self.edits.since(self.schedule.id, since), self.schedule.revision
        told = edit_log(self.warm.names, revision, since, logged, _MOST_CELLS_TOLD)
        return StaleError(told.model_dump(mode="json"))

    async def untouched(self, since: int, cells: Collection[Cell]) -> bool:
        """Return whether nobody has changed cells since a revision."""
        logged = await self.edits.since(self.schedule.id, since)
        if not is_complete(self.schedule.revision, since, logged):
            return False
        changes = (load_changes(entry.edit.cells or []) for entry in logged)
        return not any(one.cell in cells for some in changes for one in some)


class EditService:
    """Edits the cells of drafts.

    It opens its transactions itself: a schedule that is not warm yet is built in one that only
    reads, so that the one that writes is short; and the answer is worked out after the commit.
    """

    def __init__(self, database: Database, verifier: Verifier, access: Access) -> None:
        self.database = database
        self.verifier = verifier
        self.access = access

    async def edit(self, schedule_id: UUID, request: EditRequest) -> EditResponse:
        """Do edits: all or none.

        Raises
        ------
        StaleError
            When the schedule was edited since, and `rebase` does not help.
        InvalidStateError, LockedError
            When one of them cannot be done.
        """
        async with self._reading(schedule_id) as draft:
            if request.dry_run:
                _, changes = await self._worked_out(draft, request)
                return await self._answered(draft, changes, Done())
        async with self._writing(schedule_id) as draft:
            held, changes = await self._worked_out(draft, request)
            operations = [
                one.model_dump(mode="json", exclude_defaults=True) for one in request.edits
            ]
            done = await self._written(draft, held, changes, operations=operations)
        return await self._answered(draft, changes, done)

    async def undo(self, schedule_id: UUID, revision: int | None) -> EditResponse:
        """Take back the caller's newest edit that holds.

        Raises
        ------
        ConflictError
            When there is none, or others have changed its cells since.
        """
        return await self._reverse(schedule_id, revision, EditKind.UNDO)

    async def redo(self, schedule_id: UUID, revision: int | None) -> EditResponse:
        """Do again what the caller has undone last.

        Raises
        ------
        ConflictError
            When there is nothing, or others have changed its cells since.
        """
        return await self._reverse(schedule_id, revision, EditKind.REDO)

    async def log(self, schedule_id: UUID, since: int) -> EditLog:
        """Return what has changed since a revision."""
        async with self._reading(schedule_id) as draft:
            logged = await draft.edits.since(schedule_id, since)
            return edit_log(draft.warm.names, draft.schedule.revision, since, logged)

    @asynccontextmanager
    async def _reading(self, schedule_id: UUID) -> AsyncIterator[_Draft]:
        async with self.database.reading() as session:
            schedule = await ScheduleRepository(session, self.access).get(schedule_id)
            yield _Draft(session, schedule, await self.verifier.warm(session, schedule))

    @asynccontextmanager
    async def _writing(self, schedule_id: UUID) -> AsyncIterator[_Draft]:
        async with self.database.unit_of_work() as session:
            schedule = await ScheduleRepository(session, self.access).get_to_change(schedule_id)
            yield _Draft(session, schedule, await self.verifier.warm(session, schedule))

    async def _worked_out(
        self, draft: _Draft, request: EditRequest
    ) -> tuple[Held, tuple[ChangedCell, ...]]:
        """Return the rows that edits are about, and what they change."""
        stale = draft.schedule.revision != request.revision
        if stale and not request.rebase:
            raise await draft.stale(request.revision)
        mentioned = Board(draft.warm).mentioned(request.edits)
        held = await draft.held(mentioned)
        board = Board(draft.warm, held.contents)
        try:
            board.apply(request.edits)
        finally:
            # That others have changed the cells is said before what they have made impossible.
            touched = mentioned | board.touched
            if stale and not await draft.untouched(request.revision, touched):
                raise await draft.stale(request.revision)
        return held, board.changes

    async def _written(
        self,
        draft: _Draft,
        held: Held,
        changes: tuple[ChangedCell, ...],
        **about: Unpack[_About],
    ) -> Done:
        """Write changed cells as a new revision; none at all when nothing changes."""
        schedule, author, edit = draft.schedule, self.access.user_id, None
        if changes:
            await draft.edits.write(schedule, held, changes, _last_days(draft.warm))
            await draft.edits.advance(schedule)
            edit = await draft.edits.log(schedule, author, NewEdit(changes=changes, **about))
        return Done(
            edit_id=None if edit is None else edit.id,
            can_undo=await draft.edits.to_undo(schedule.id, author) is not None,
            can_redo=await draft.edits.to_redo(schedule.id, author) is not None,
        )

    async def _answered(
        self, draft: _Draft, changes: tuple[ChangedCell, ...], done: Done
    ) -> EditResponse:
        """Return the answer, and keep what was written ready for the next edit."""
        warm = draft.warm
        revision = warm.revision + (done.edit_id is not None)
        judgement = await judged(warm, [_to_judge(one) for one in changes])
        if done.edit_id is not None:
            after = replace(judgement.after, revision=revision)
            self.verifier.keep(_with_locks(after, changes))
        return await asyncio.to_thread(edit_response, judgement, changes, revision, done)

    async def _reverse(
        self, schedule_id: UUID, revision: int | None, kind: EditKind
    ) -> EditResponse:
        async with self._reading(schedule_id):
            pass  # the schedule is warm now
        undoing = kind is EditKind.UNDO
        async with self._writing(schedule_id) as draft:
            if revision is not None and draft.schedule.revision != revision:
                raise await draft.stale(revision)
            find = draft.edits.to_undo if undoing else draft.edits.to_redo
            about = await find(schedule_id, self.access.user_id)
            if about is None:
                code = f"NOTHING_TO_{kind.upper()}"
                raise ConflictError(f"There is nothing to {kind}.", code=code)
            changes = load_changes(about.cells or [])
            if undoing:
                changes = tuple(changed(one.cell, one.after, one.before) for one in changes)
            held = await draft.held([one.cell for one in changes])
            _check_unchanged(held, changes, kind)
            about.undone = undoing
            done = await self._written(draft, held, changes, kind=kind, about=about)
        return await self._answered(draft, changes, done)


def _last_days(warm: WarmSchedule) -> dict[date, date]:
    """Return the last day of every slot by its first one."""
    return {slot.start: slot.end - timedelta(1) for slot in warm.slots}


def _to_judge(change: ChangedCell) -> Change:
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


def _with_locks(warm: WarmSchedule, changes: Sequence[ChangedCell]) -> WarmSchedule:
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


def _check_unchanged(held: Held, changes: Sequence[ChangedCell], kind: EditKind) -> None:
    """Refuse to undo or redo what others have changed since."""
    other = [one.cell for one in changes if held.contents.get(one.cell) != one.before]
    if other:
        raise ConflictError(
            f"{len(other)} of its cells were changed since: it cannot be {_PARTICIPLE[kind]}.",
            {"cells": [place(cell) for cell in other[:_MOST_CELLS_TOLD]]},
            code="CHANGED_SINCE",
        )
