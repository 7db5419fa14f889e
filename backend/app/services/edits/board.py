"""Edits worked out on the contents of cells; nothing here reads or writes."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cached_property
from typing import NoReturn
from uuid import UUID

from app.core.exceptions import ConflictError, InvalidStateError
from app.core.words import AssignmentStatus, Source
from app.repositories.cells import (
    Assigned,
    Cell,
    ChangedCell,
    Contents,
    HalfDay,
    Placed,
    Slot,
    changed,
)
from app.scheduling.domain.duties import Session
from app.schemas.edit import AnyEdit, LockEdit, MoveEdit, Place, PushEdit, SetEdit, SwapEdit
from app.services.warm_schedule import WarmSchedule

Content = Placed | Assigned
_LONGEST_RUN = 400


class LockedError(ConflictError):
    """An edit would change a cell that somebody has locked."""

    code = "LOCKED"


class Board:
    """The cells of a few people while a batch of edits is worked out.

    Parameters
    ----------
    contents
        What stands in the cells that the edits mention, and in those of the people between them.
    """

    def __init__(self, warm: WarmSchedule, contents: Contents | None = None) -> None:
        self.warm = warm
        self.before = contents or {}
        self.now = dict(self.before)
        self.touched: set[Cell] = set()
        self._number = 0

    def mentioned(self, edits: Sequence[AnyEdit]) -> set[Cell]:
        """Return the cells that edits name: what has to be known to do them.

        Raises
        ------
        InvalidStateError
            When one names what there is not.
        """
        cells: set[Cell] = set()
        for self._number, edit in enumerate(edits, 1):
            own = self._cells(edit, edit.person_id)
            cells.update(own)
            if isinstance(edit, MoveEdit | SwapEdit):
                cells.update(self._targets(own, edit.to.person_id, edit.to.on))
            elif isinstance(edit, PushEdit):
                cells.update(self._targets(own, None, edit.to))
        return cells

    def apply(self, edits: Sequence[AnyEdit]) -> None:
        """Do edits in order.

        Raises
        ------
        InvalidStateError
            When one names what there is not, or what cannot be.
        LockedError
            When one would change a locked cell.
        """
        for self._number, edit in enumerate(edits, 1):
            cells = self._cells(edit, edit.person_id)
            match edit:
                case SetEdit():
                    content = self._content(edit)
                    for cell in cells:
                        self._put(cell, content)
                case MoveEdit():
                    self._move(cells, self._targets(cells, edit.to.person_id, edit.to.on))
                case SwapEdit():
                    self._swap(cells, self._targets(cells, edit.to.person_id, edit.to.on))
                case PushEdit():
                    self._push(cells, self._targets(cells, None, edit.to))
                case LockEdit():
                    for cell in cells:
                        self._lock(cell, locked=edit.op == "lock")

    @property
    def changes(self) -> tuple[ChangedCell, ...]:
        """The cells that are different now, slots first."""
        slots = sorted(one for one in self.touched if isinstance(one, Slot))
        halves = sorted(one for one in self.touched if isinstance(one, HalfDay))
        cells: list[Cell] = [*slots, *halves]
        return tuple(
            changed(cell, self.before.get(cell), self.now.get(cell))
            for cell in cells
            if self.before.get(cell) != self.now.get(cell)
        )

    def _move(self, cells: Sequence[Cell], targets: Sequence[Cell]) -> None:
        taken = [self.now.get(cell) for cell in cells]
        for cell in cells:
            if cell not in targets:
                self._put(cell, None)
        for cell, content in zip(targets, taken, strict=True):
            self._put(cell, content)

    def _swap(self, cells: Sequence[Cell], targets: Sequence[Cell]) -> None:
        if set(cells) & set(targets):
            self._refuse("what is swapped overlaps")
        here, there = ([self.now.get(cell) for cell in both] for both in (cells, targets))
        for cell, content in zip((*cells, *targets), (*there, *here), strict=True):
            self._put(cell, content)

    def _push(self, cells: Sequence[Cell], targets: Sequence[Cell]) -> None:
        person = cells[0].person_id
        columns = [self._column_of(cell) for cell in (*cells, *targets)]
        region = [
            Slot(person, self.starts[column]) for column in range(min(columns), max(columns) + 1)
        ]
        run = [self.now.get(cell) for cell in cells]
        rest = [self.now.get(cell) for cell in region if cell not in cells]
        ordered = [*run, *rest] if targets[0] == region[0] else [*rest, *run]
        for cell, content in zip(region, ordered, strict=True):
            self._put(cell, content)

    def _lock(self, cell: Cell, *, locked: bool) -> None:
        content = self.now.get(cell)
        if content is None:
            self._refuse(f"nothing stands in {self._called(cell)}: it cannot be locked")
        self.touched.add(cell)
        self.now[cell] = replace(content, locked=locked)

    def _put(self, cell: Cell, content: Content | None) -> None:
        """Let a cell hold something; decided by a person, and not locked."""
        self.touched.add(cell)
        held = self.now.get(cell)
        if _same(held, content):
            return
        if held is not None and held.locked:
            raise LockedError(
                f"Edit {self._number}: {self._called(cell)} is locked: unlock it first.",
                {"edit": self._number, **place(cell)},
            )
        if content is None:
            del self.now[cell]
            return
        if isinstance(cell, HalfDay):
            assert isinstance(content, Assigned)  # noqa: S101 - the only content of half-days
            self._check_half_day(cell, content)
        self.now[cell] = replace(content, source=Source.MANUAL, locked=False)

    def _check_half_day(self, cell: HalfDay, content: Assigned) -> None:
        row = self.warm.names.person_rows[cell.person_id]
        day = (cell.date - self.warm.timetable.first).days + 1
        timetable = self.warm.timetable
        if not timetable.present[row, day]:
            self._refuse(f"{self._called(cell)} is outside the appointment", "NOT_APPOINTED")
        if timetable.approved[row, day] and cell not in self.before:
            self._refuse(f"{self._called(cell)} is approved leave", "ON_LEAVE")
        duty = self.warm.names.duties.get(content.duty_type_id or UUID(int=0))
        if duty is not None and not duty.has(cell.session):
            self._refuse(f"duty type {duty.code!r} has no {cell.session.lower()}")

    def _content(self, edit: SetEdit) -> Content | None:
        names, rotation = self.warm.names, None
        if edit.rotation_type is not None:
            rotation = names.rotation_ids.get(edit.rotation_type)
            if rotation is None:
                self._refuse(f"there is no rotation type {edit.rotation_type!r}")
        if edit.session is None:
            return None if rotation is None else Placed(rotation, Source.MANUAL, locked=False)
        if edit.duty is None:
            return None
        duty = names.duty_ids.get(edit.duty)
        if duty is None:
            self._refuse(f"there is no duty type {edit.duty!r}")
        scheduled = AssignmentStatus.SCHEDULED
        return Assigned(duty, rotation, scheduled, Source.MANUAL, locked=False, note=edit.note)

    def _cells(self, place: Place, person_id: UUID) -> list[Cell]:
        """Return the cells that a place means."""
        if person_id not in self.warm.names.person_rows:
            self._refuse("the person has no appointment in this academic year")
        last = place.through or place.on
        if place.session is not None:
            days = (last - place.on).days + 1
            return self._half_days(person_id, place.on, place.session, days)
        columns = range(self._column(place.on), self._column(last) + 1)
        return [Slot(person_id, self.starts[column]) for column in columns]

    def _targets(self, cells: Sequence[Cell], person_id: UUID | None, on: date) -> list[Cell]:
        """Return as many cells from a day on."""
        first = cells[0]
        owner = person_id or first.person_id
        if owner not in self.warm.names.person_rows:
            self._refuse("the other person has no appointment in this academic year")
        if isinstance(first, HalfDay):
            return self._half_days(owner, on, first.session, len(cells))
        column = self._column(on)
        if column + len(cells) > len(self.starts):
            self._refuse(f"{len(cells)} slots from {on} on go beyond the academic year")
        return [Slot(owner, start) for start in self.starts[column : column + len(cells)]]

    def _half_days(self, person_id: UUID, on: date, session: Session, days: int) -> list[Cell]:
        calendar = self.warm.program.calendar
        last = on + timedelta(days - 1)
        if days > _LONGEST_RUN or on < calendar.start or last > calendar.last_day:
            self._refuse(f"{on} to {last} is not in {calendar.start} to {calendar.last_day}")
        return [HalfDay(person_id, on + timedelta(day), session) for day in range(days)]

    @cached_property
    def starts(self) -> list[date]:
        """The first days of the slots."""
        return [slot.start for slot in self.warm.slots]

    def _column(self, day: date) -> int:
        calendar = self.warm.program.calendar
        if not calendar.start <= day <= calendar.last_day:
            self._refuse(f"{day} is not in {calendar.start} to {calendar.last_day}")
        return bisect_right(self.starts, day) - 1

    def _column_of(self, cell: Cell) -> int:
        assert isinstance(cell, Slot)  # noqa: S101 - only slots are pushed
        return self.warm.columns[cell.start_date]

    def _called(self, cell: Cell) -> str:
        row = self.warm.names.person_rows[cell.person_id]
        name = self.warm.program.people[row].label
        if isinstance(cell, Slot):
            return f"{name} from {cell.start_date}"
        return f"{name} on {cell.date} {cell.session}"

    def _refuse(self, why: str, code: str = "") -> NoReturn:
        raise InvalidStateError(f"Edit {self._number}: {why}.", {"edit": self._number}, code=code)


def place(cell: Cell) -> dict[str, str]:
    """Return a cell as the details of an error name it."""
    if isinstance(cell, Slot):
        return {"person_id": str(cell.person_id), "start_date": str(cell.start_date)}
    return {
        "person_id": str(cell.person_id),
        "date": str(cell.date),
        "session": cell.session,
    }


def _same(held: Content | None, content: Content | None) -> bool:
    """Return whether a cell says the same already, whoever decided it."""
    if held is None or content is None:
        return held is content
    return replace(held, source=content.source, locked=content.locked) == content
