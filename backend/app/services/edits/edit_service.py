"""Edits of drafts: worked out, judged, written with their log, undone and done again."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import NamedTuple, TypedDict, Unpack
from uuid import UUID

from app.core.access import Access
from app.core.exceptions import ConflictError, InvalidStateError
from app.core.words import EditKind
from app.db.session import AsyncSession, Database
from app.models import ScheduleEdit
from app.repositories.cells import (
    ChangedCell,
    changed,
    load_changes,
)
from app.repositories.edit_repository import Held, NewEdit
from app.schemas.edit import EditLog, EditRequest, EditResponse
from app.services.edits.answers import Done, edit_log, edit_response
from app.services.edits.board import Board, place
from app.services.edits.draft import MOST_CELLS_TOLD, Draft, Drafts, to_judge, with_locks
from app.services.idempotency_service import Once
from app.services.override_service import accepted_of
from app.services.verification import Verifier, judged
from app.services.warm_schedule import WarmSchedule

_PARTICIPLE = {EditKind.UNDO: "undone", EditKind.REDO: "redone"}


class _About(TypedDict, total=False):
    """What is noted of an edit beside its cells."""

    operations: Sequence[object]
    kind: EditKind
    about: ScheduleEdit


_Written = tuple[tuple[ChangedCell, ...], Done]


class _Answer(NamedTuple):
    response: EditResponse
    after: WarmSchedule


class EditService:
    """Edits the cells of drafts.

    It opens its transactions itself: a schedule that is not warm yet is built in one that only
    reads, so that the one that writes is short; and the answer is worked out after the commit.
    """

    def __init__(self, database: Database, verifier: Verifier, access: Access) -> None:
        self.drafts = Drafts(database, verifier, access)
        self.verifier = verifier
        self.access = access

    async def edit(
        self, schedule_id: UUID, request: EditRequest, once: Once | None = None
    ) -> EditResponse:
        """Do edits: all or none; a repeated request is answered as the first was.

        Raises
        ------
        StaleError
            When the schedule was edited since, and `rebase` does not help.
        InvalidStateError, LockedError
            When one of them cannot be done.
        """
        if request.dry_run:
            async with self.drafts.reading(schedule_id) as draft:
                _, changes = await self._worked_out(draft, request)
                done = Done(accepted=await accepted_of(draft.session, schedule_id))
            return (await _judged(draft, changes, done)).response

        async def write(draft: Draft) -> _Written:
            held, changes = await self._worked_out(draft, request)
            operations = [
                one.model_dump(mode="json", exclude_defaults=True) for one in request.edits
            ]
            return changes, await self._written(draft, held, changes, operations=operations)

        return await self._answered(schedule_id, write, once)

    async def undo(
        self, schedule_id: UUID, revision: int | None, once: Once | None = None
    ) -> EditResponse:
        """Take back the caller's newest edit that holds.

        Raises
        ------
        InvalidStateError
            When neither a revision nor a key says that this is not the second time.
        ConflictError
            When there is none, or others have changed its cells since.
        """
        return await self._reverse(schedule_id, revision, EditKind.UNDO, once)

    async def redo(
        self, schedule_id: UUID, revision: int | None, once: Once | None = None
    ) -> EditResponse:
        """Do again what the caller has undone last.

        Raises
        ------
        InvalidStateError, ConflictError
            As `undo`.
        """
        return await self._reverse(schedule_id, revision, EditKind.REDO, once)

    async def log(self, session: AsyncSession, schedule_id: UUID, since: int) -> EditLog:
        """Return what has changed since a revision."""
        draft = await self.drafts.read(session, schedule_id)
        logged = await draft.edits.since(schedule_id, since)
        return edit_log(draft.warm.names, draft.schedule.revision, since, logged)

    async def _worked_out(
        self, draft: Draft, request: EditRequest
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
        draft: Draft,
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
        # After an edit of one's own there is something to undo and nothing to redo.
        new = edit is not None and edit.kind is EditKind.EDIT
        return Done(
            edit_id=None if edit is None else edit.id,
            can_undo=new or await draft.edits.to_undo(schedule.id, author) is not None,
            can_redo=not new and await draft.edits.to_redo(schedule.id, author) is not None,
            accepted=await accepted_of(draft.session, schedule.id),
        )

    async def _answered(
        self, schedule_id: UUID, write: Callable[[Draft], Awaitable[_Written]], once: Once | None
    ) -> EditResponse:
        """Write, return the answer, and keep what was written ready for the next edit.

        An answer that may be asked for again is worked out before the commit, to go with it.
        """
        await self.drafts.warm_up(schedule_id)
        answer = None
        async with self.drafts.writing(schedule_id, once) as draft:
            changes, done = await write(draft)
            if once is not None:
                answer = await _judged(draft, changes, done)
                once.keep(answer.response)
        answer = answer or await _judged(draft, changes, done)
        if done.edit_id is not None:
            self.verifier.keep(answer.after)
        return answer.response

    async def _reverse(
        self, schedule_id: UUID, revision: int | None, kind: EditKind, once: Once | None
    ) -> EditResponse:
        if revision is None and once is None:
            raise InvalidStateError(
                f"Say which revision you have seen, or send an Idempotency-Key: sent again, this "
                f"would {kind} twice.",
                code="REVISION_REQUIRED",
            )
        undoing = kind is EditKind.UNDO

        async def write(draft: Draft) -> _Written:
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
            return changes, await self._written(draft, held, changes, kind=kind, about=about)

        return await self._answered(schedule_id, write, once)


async def _judged(draft: Draft, changes: tuple[ChangedCell, ...], done: Done) -> _Answer:
    """Return what is to be said of changes, and the schedule with them."""
    warm = draft.warm
    revision = warm.revision + (done.edit_id is not None)
    judgement = await judged(warm, [to_judge(one) for one in changes])
    response = await asyncio.to_thread(edit_response, judgement, changes, revision, done)
    return _Answer(response, with_locks(replace(judgement.after, revision=revision), changes))


def _last_days(warm: WarmSchedule) -> dict[date, date]:
    """Return the last day of every slot by its first one."""
    return {slot.start: slot.end - timedelta(1) for slot in warm.slots}


def _check_unchanged(held: Held, changes: Sequence[ChangedCell], kind: EditKind) -> None:
    """Refuse to undo or redo what others have changed since."""
    other = [one.cell for one in changes if held.contents.get(one.cell) != one.before]
    if other:
        raise ConflictError(
            f"{len(other)} of its cells were changed since: it cannot be {_PARTICIPLE[kind]}.",
            {"cells": [place(cell) for cell in other[:MOST_CELLS_TOLD]]},
            code="CHANGED_SINCE",
        )
