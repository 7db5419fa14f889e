"""Cells of schedules read and written one by one, and the log of their edits."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased, joinedload

from app.core.exceptions import ConflictError, StaleError
from app.core.words import AssignmentStatus, EditKind, Source
from app.models import Assignment, Block, Placement, Schedule, ScheduleEdit, User
from app.repositories.cells import (
    Assigned,
    Cell,
    ChangedCell,
    Contents,
    HalfDay,
    Placed,
    Slot,
    dump_changes,
)

_MOST_ENTRIES = 500


@dataclass(frozen=True, slots=True)
class Held:
    """The rows of some cells, and what they say."""

    rows: dict[Cell, Placement | Assignment]
    contents: Contents


@dataclass(frozen=True, slots=True)
class Logged:
    """An entry of the edit log with who made it, if the account is still there."""

    edit: ScheduleEdit
    author: User | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEdit:
    """What a new revision consists of; `changes` is None where everything is replaced."""

    changes: tuple[ChangedCell, ...] | None
    operations: Sequence[Any] = ()
    kind: EditKind = EditKind.EDIT
    about: ScheduleEdit | None = None


class EditRepository:
    """Cells and edits of schedules; whoever calls has checked what the caller may do."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def held(self, schedule: Schedule, cells: Collection[Cell]) -> Held:
        """Return what stands in cells, and in those of their people between them."""
        rows: dict[Cell, Placement | Assignment] = {}
        people = {cell.person_id for cell in cells}
        slots = [cell for cell in cells if isinstance(cell, Slot)]
        half_days = [cell for cell in cells if isinstance(cell, HalfDay)]
        if slots:
            starts = [cell.start_date for cell in slots]
            placements = select(Placement).where(
                Placement.schedule_id == schedule.id,
                Placement.person_id.in_(people),
                Placement.start_date.between(min(starts), max(starts)),
            )
            for placed in await self.session.scalars(_fresh(placements)):
                rows[Slot(placed.person_id, placed.start_date)] = placed
        if half_days:
            dates = [cell.date for cell in half_days]
            assignments = (
                select(Assignment)
                .join(Assignment.block)
                .where(
                    Assignment.schedule_id == schedule.id,
                    Assignment.person_id.in_(people),
                    Assignment.status != AssignmentStatus.CANCELLED,
                    Block.date.between(min(dates), max(dates)),
                )
                .options(joinedload(Assignment.block, innerjoin=True))
            )
            for one in await self.session.scalars(_fresh(assignments)):
                rows[HalfDay(one.person_id, one.block.date, one.block.session)] = one
        return Held(rows, {cell: _content(row) for cell, row in rows.items()})

    async def write(
        self,
        schedule: Schedule,
        held: Held,
        changes: Sequence[ChangedCell],
        last_days: dict[date, date],
    ) -> None:
        """Write changed cells.

        Parameters
        ----------
        last_days
            Last day of each slot by its first one.
        """
        blocks = await self._blocks(
            [one.cell for one in changes if isinstance(one.cell, HalfDay) and one.after]
        )
        for change in changes:
            row = held.rows.get(change.cell)
            if change.after is None:
                await self._empty(row)
                continue
            columns = {name: getattr(change.after, name) for name in change.after.__slots__}
            if row is not None:
                for name, value in columns.items():
                    setattr(row, name, value)
                continue
            columns |= {
                "program_id": schedule.program_id,
                "schedule_id": schedule.id,
                "person_id": change.cell.person_id,
            }
            if isinstance(change.cell, Slot):
                start = change.cell.start_date
                self.session.add(Placement(start_date=start, end_date=last_days[start], **columns))
            else:
                block = blocks.get((change.cell.date, change.cell.session))
                if block is None:
                    raise ConflictError(f"The schedule has no half-day on {change.cell.date}.")
                self.session.add(Assignment(block_id=block, **columns))
        await self.session.flush()

    async def _empty(self, row: Placement | Assignment | None) -> None:
        if isinstance(row, Placement):
            await self.session.delete(row)
        elif row is not None:
            row.status = AssignmentStatus.CANCELLED

    async def _blocks(self, cells: Sequence[Cell]) -> dict[tuple[date, str], UUID]:
        dates = {cell.date for cell in cells if isinstance(cell, HalfDay)}
        if not dates:
            return {}
        statement = select(Block).where(Block.date.in_(dates))
        return {(one.date, one.session): one.id for one in await self.session.scalars(statement)}

    async def advance(self, schedule: Schedule) -> int:
        """Raise a schedule's revision by one, if it is still the one that was read.

        Raises
        ------
        StaleError
            When it is not.
        """
        read = schedule.revision
        raised = await self.session.execute(
            update(Schedule)
            .where(Schedule.id == schedule.id, Schedule.revision == read)
            .values(revision=read + 1)
            .returning(Schedule.revision),
            execution_options={"audited": "the edit log has every revision"},
        )
        if raised.scalar() is None:
            raise StaleError
        return read + 1

    async def log(self, schedule: Schedule, author_id: UUID | None, new: NewEdit) -> ScheduleEdit:
        """Note what a schedule's revision consists of."""
        edit = ScheduleEdit(
            program_id=schedule.program_id,
            schedule_id=schedule.id,
            revision=schedule.revision,
            author_id=author_id,
            kind=new.kind,
            about_id=None if new.about is None else new.about.id,
            operations=list(new.operations),
            cells=None if new.changes is None else dump_changes(new.changes),
        )
        self.session.add(edit)
        await self.session.flush()
        return edit

    async def since(self, schedule_id: UUID, revision: int) -> Sequence[Logged]:
        """Return the entries after a revision, oldest first; at most `_MOST_ENTRIES`."""
        statement = (
            select(ScheduleEdit, User)
            .outerjoin(User, User.id == ScheduleEdit.author_id)
            .where(ScheduleEdit.schedule_id == schedule_id, ScheduleEdit.revision > revision)
            .order_by(ScheduleEdit.revision)
            .limit(_MOST_ENTRIES)
        )
        return [Logged(edit, author) for edit, author in await self.session.execute(statement)]

    async def to_undo(self, schedule_id: UUID, author_id: UUID) -> ScheduleEdit | None:
        """Return somebody's newest edit that holds."""
        statement = _edits(schedule_id, author_id).where(
            ScheduleEdit.kind == EditKind.EDIT, ScheduleEdit.undone.is_(False)
        )
        found: ScheduleEdit | None = await self.session.scalar(_fresh(statement.limit(1)))
        return found

    async def to_redo(self, schedule_id: UUID, author_id: UUID) -> ScheduleEdit | None:
        """Return the edit that somebody undid last, unless they have made another one since."""
        own = _edits(schedule_id, author_id)
        newest = await self.session.scalar(own.where(ScheduleEdit.kind == EditKind.EDIT).limit(1))
        after = 0 if newest is None else newest.revision
        undo = aliased(ScheduleEdit)
        statement = (
            select(ScheduleEdit)
            .join(undo, undo.about_id == ScheduleEdit.id)
            .where(
                ScheduleEdit.schedule_id == schedule_id,
                ScheduleEdit.undone.is_(True),
                undo.author_id == author_id,
                undo.kind == EditKind.UNDO,
                undo.revision > after,
            )
            .order_by(undo.revision.desc())
            .limit(1)
        )
        found: ScheduleEdit | None = await self.session.scalar(_fresh(statement))
        return found


def _edits(schedule_id: UUID, author_id: UUID) -> Select[ScheduleEdit]:
    """Return the statement of somebody's edits of a schedule, newest first."""
    return (
        select(ScheduleEdit)
        .where(ScheduleEdit.schedule_id == schedule_id, ScheduleEdit.author_id == author_id)
        .order_by(ScheduleEdit.revision.desc())
    )


def _fresh(statement: Select[Any]) -> Select[Any]:
    """Have rows read again that were read before the schedule was locked."""
    return statement.execution_options(populate_existing=True)


def _content(row: Placement | Assignment) -> Placed | Assigned:
    source = Source(row.source)  # the driver gives texts
    if isinstance(row, Placement):
        return Placed(row.rotation_type_id, source, row.locked)
    status = AssignmentStatus(row.status)
    return Assigned(row.duty_type_id, row.rotation_type_id, status, source, row.locked, row.note)
