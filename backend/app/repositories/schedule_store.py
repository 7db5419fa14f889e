"""What stands in a schedule as the engine's grid and assignments, and back."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

import numpy as np
from sqlalchemy import and_, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from app.core.words import AssignmentStatus, Source
from app.db.base import new_id
from app.db.insert import insert_rows
from app.models import Assignment, Block, Placement, Schedule
from app.repositories.program_store import ProgramStore, StoredProgram
from app.scheduling.domain.calendar import Slot
from app.scheduling.domain.duties import Assignment as EngineAssignment
from app.scheduling.domain.duties import Session
from app.scheduling.domain.people import Half, Preassignment
from app.scheduling.domain.problem import ABSENT, Bools, Grid
from app.scheduling.domain.program import Program as EngineProgram
from app.scheduling.rules.preassignments import PreassignmentsKept

_LOCKED = "locked cells stay"
_ASSIGNED = (
    *("person_id", "block_id", "rotation_type_id", "duty_type_id"),
    *("status", "source", "locked", "note"),
)


class PlacedRow(NamedTuple):
    """The columns of a placement: a year has thousands, and objects cost ten times as much."""

    person_id: UUID
    rotation_type_id: UUID
    start_date: date
    end_date: date
    source: Source
    locked: bool


@dataclass(frozen=True)
class StoredSchedule:
    """A schedule with its programme.

    Parameters
    ----------
    stored
        The programme in the academic year in which the schedule begins.
    placements
        In no order.
    assignments
        Those that are not cancelled, of people who are appointed in the year, in order of time,
        with their blocks.
    """

    schedule: Schedule
    stored: StoredProgram
    placements: tuple[PlacedRow, ...]
    assignments: tuple[Assignment, ...]

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        """The columns of the grid."""
        return self.stored.program.calendar.slots

    @cached_property
    def stated(self) -> tuple[EngineAssignment, ...]:
        """The assignments that say a duty."""
        stored = self.stored
        return tuple(
            EngineAssignment(
                person=stored.person_keys[one.person_id],
                date=one.block.date,
                session=one.block.session,
                duty=stored.duty_codes[one.duty_type_id],
                rotation=(
                    None
                    if one.rotation_type_id is None
                    else stored.rotation_codes[one.rotation_type_id]
                ),
                note=one.note,
            )
            for one in self.assignments
            if one.duty_type_id is not None
        )

    @cached_property
    def program(self) -> EngineProgram:
        """The programme with the assignments that say a duty."""
        return replace(self.stored.program, assignments=self.stated)

    @cached_property
    def grid(self) -> Grid:
        """Rotation indices (P, S); `ABSENT` where there is no placement."""
        return self._grid(self.placements)

    @cached_property
    def locked(self) -> Grid:
        """The locked cells of `grid`; `ABSENT` elsewhere."""
        return self._grid(one for one in self.placements if one.locked)

    def to_solve(self, kept: Bools | None = None) -> EngineProgram:
        """Return the programme with its locked cells as decisions made beforehand.

        Parameters
        ----------
        kept : bool array (P, S)
            Further cells whose placements are to stay.
        """
        program = self.program
        fixed = self.locked if kept is None else np.where(kept, self.grid, self.locked)
        if not (fixed != ABSENT).any():
            return program
        people = [
            replace(person, preassignments=(*person.preassignments, *self._kept(fixed[row])))
            for row, person in enumerate(program.people)
        ]
        rules = program.rules
        if not any(isinstance(rule, PreassignmentsKept) and rule.hard for rule in rules):
            rules = (*rules, PreassignmentsKept(name=_LOCKED))
        return replace(program, people=tuple(people), rules=rules)

    def _kept(self, values: Grid) -> Iterable[Preassignment]:
        for column in np.flatnonzero(values != ABSENT).tolist():
            code = self.stored.program.rotation_types[values[column]].code
            yield Preassignment(
                periods=(self.slots[column].period,), half=self._half(column), one_of=(code,)
            )

    def _half(self, column: int) -> Half | None:
        """Return which part of a split period a column is."""
        slot = self.slots[column]
        if not any(one.part and one.period == slot.period for one in self.slots):
            return None
        return "second" if slot.part else "first"

    def _grid(self, placements: Iterable[PlacedRow]) -> Grid:
        program = self.stored.program
        rows = {person.id: row for row, person in enumerate(self.stored.people)}
        columns = {slot.start: column for column, slot in enumerate(self.slots)}
        values = {kind.id: value for value, kind in enumerate(self.stored.rotation_types)}
        grid = np.full((len(program.people), len(self.slots)), ABSENT, dtype=np.int16)
        for one in placements:
            row, column = rows.get(one.person_id), columns.get(one.start_date)
            if row is not None and column is not None:
                grid[row, column] = values[one.rotation_type_id]
        return grid


class ScheduleStore:
    """Reads and writes what stands in schedules; whoever calls has checked what they may do."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self.programs = ProgramStore(session)

    async def find(self, schedule_id: UUID, *, to_change: bool = False) -> Schedule | None:
        """Return a schedule; `to_change` locks it until the end of the transaction."""
        statement = select(Schedule).where(Schedule.id == schedule_id)
        if to_change:
            statement = statement.with_for_update().execution_options(populate_existing=True)
        return await self.session.scalar(statement)

    async def not_over(self, program_id: UUID, today: date) -> Sequence[UUID]:
        """Return a programme's schedules that have days left, oldest first."""
        statement = select(Schedule.id).where(
            Schedule.program_id == program_id, Schedule.end_date >= today
        )
        return (await self.session.scalars(statement.order_by(Schedule.id))).all()

    async def add_branch(self, held: StoredSchedule, name: str, user_id: UUID | None) -> Schedule:
        """Write a schedule that begins as another was, with its assignments and no placements."""
        parent = held.schedule
        branch = Schedule(
            id=new_id(),
            program_id=parent.program_id,
            parent_id=parent.id,
            created_by=user_id,
            name=name,
            description=parent.description,
            start_date=parent.start_date,
            end_date=parent.end_date,
        )
        self.session.add(branch)
        await self.session.flush()
        copied = ("program_id", "person_id", "block_id", "rotation_type_id", "duty_type_id")
        told = ("status", "source", "locked", "note")
        rows = [
            {"id": new_id(), "schedule_id": branch.id}
            | {column: getattr(one, column) for column in (*copied, *told)}
            for one in held.assignments
        ]
        await insert_rows(self.session, Assignment, rows)
        return branch

    async def load(self, schedule: Schedule) -> StoredSchedule:
        """Return what stands in a schedule.

        Raises
        ------
        InvalidStateError
            When the programme has no academic year in which the schedule begins.
        InvalidProgram
            When what is stored contradicts itself.
        """
        year = await self.programs.year_on(schedule.program_id, schedule.start_date)
        stored = await self.programs.load(year)
        columns = select(*(getattr(Placement, name) for name in PlacedRow._fields))
        placed = await self.session.execute(columns.where(Placement.schedule_id == schedule.id))
        placements = [PlacedRow(*row) for row in placed]
        known = stored.person_keys.keys()
        live = [one for one in await self.live_assignments(schedule.id) if one.person_id in known]
        return StoredSchedule(schedule, stored, tuple(placements), tuple(live))

    async def revision(self, schedule_id: UUID) -> int | None:
        """Return a schedule's revision as it is stored now."""
        return await self.session.scalar(
            select(Schedule.revision).where(Schedule.id == schedule_id)
        )

    async def placements(self, schedule_id: UUID) -> Sequence[Placement]:
        """Return a schedule's placements."""
        statement = select(Placement).where(Placement.schedule_id == schedule_id)
        return (await self.session.scalars(statement)).all()

    async def live_assignments(self, schedule_id: UUID) -> Sequence[Assignment]:
        """Return a schedule's assignments that are not cancelled, with their blocks."""
        statement = (
            select(Assignment)
            .join(Assignment.block)
            .where(
                Assignment.schedule_id == schedule_id,
                Assignment.status != AssignmentStatus.CANCELLED,
            )
            .order_by(*Block.in_time(), Assignment.id)
            .options(joinedload(Assignment.block, innerjoin=True))
        )
        return (await self.session.scalars(statement)).all()

    async def copy_contents(self, source: Schedule, target: Schedule) -> None:
        """Write into an empty schedule what stands in another one, cancelled assignments apart."""
        live = Assignment.status != AssignmentStatus.CANCELLED
        for table, names, chosen in (
            (Placement, PlacedRow._fields, Placement.schedule_id == source.id),
            (Assignment, _ASSIGNED, and_(Assignment.schedule_id == source.id, live)),
        ):
            found = await self.session.execute(
                select(*(getattr(table, name) for name in names)).where(chosen)
            )
            about = {"program_id": target.program_id, "schedule_id": target.id}
            rows = [{"id": new_id(), **about, **row._mapping} for row in found]  # noqa: SLF001 - its name for a row's columns
            await insert_rows(self.session, table, rows)

    async def assignment_ids(
        self, schedule_id: UUID, people: Collection[UUID]
    ) -> dict[tuple[UUID, date, Session], UUID]:
        """Return the ids of people's assignments that are not cancelled, by their half-days."""
        statement = (
            select(Assignment.person_id, Block.date, Block.session, Assignment.id)
            .join(Assignment.block)
            .where(
                Assignment.schedule_id == schedule_id,
                Assignment.person_id.in_(people),
                Assignment.status != AssignmentStatus.CANCELLED,
            )
        )
        rows = await self.session.execute(statement)
        return {(person, day, session): one for person, day, session, one in rows}

    async def save_grid(self, held: StoredSchedule, grid: Grid, source: Source) -> None:
        """Replace a schedule's placements by a grid; locked ones that it repeats stay locked.

        Parameters
        ----------
        grid : int16 array (P, S)
            Rotation indices; `ABSENT` where there is to be no placement.
        """
        schedule = held.schedule
        kept = {
            (one.person_id, one.start_date): one
            for one in held.placements
            if one.locked or one.source != Source.SOLVER
        }
        rows = []
        for row, column in zip(*(grid != ABSENT).nonzero(), strict=True):
            slot = held.slots[column]
            person = held.stored.people[row].id
            rotation = held.stored.rotation_types[grid[row, column]].id
            former = kept.get((person, slot.start))
            same = former is not None and former.rotation_type_id == rotation
            rows.append(
                {
                    "id": new_id(),
                    "program_id": schedule.program_id,
                    "schedule_id": schedule.id,
                    "person_id": person,
                    "rotation_type_id": rotation,
                    "start_date": slot.start,
                    "end_date": slot.end - timedelta(1),
                    "source": former.source if former is not None and same else source,
                    "locked": former is not None and same and former.locked,
                }
            )
        await self.session.execute(delete(Placement).where(Placement.schedule_id == schedule.id))
        await insert_rows(self.session, Placement, rows)

    async def add_assignments(
        self,
        schedule: Schedule,
        stored: StoredProgram,
        stated: Sequence[EngineAssignment],
        source: Source,
    ) -> None:
        """Write a programme file's assignments; the schedule's blocks are there."""
        blocks = await self._block_ids(one.date for one in stated)
        rows = [
            {
                "id": new_id(),
                "program_id": schedule.program_id,
                "schedule_id": schedule.id,
                "person_id": stored.person_ids[one.person],
                "block_id": blocks[one.date, one.session],
                "rotation_type_id": None
                if one.rotation is None
                else stored.rotation_ids[one.rotation],
                "duty_type_id": stored.duty_ids[one.duty],
                "source": source,
                "note": one.note,
            }
            for one in stated
        ]
        await insert_rows(self.session, Assignment, rows)

    async def _block_ids(self, days: Iterable[date]) -> dict[tuple[date, str], UUID]:
        wanted = sorted(set(days))
        if not wanted:
            return {}
        statement = select(Block).where(Block.date.between(wanted[0], wanted[-1]))
        return {(one.date, one.session): one.id for one in await self.session.scalars(statement)}
