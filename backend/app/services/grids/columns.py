"""A warm schedule's grid as columns of plain values, ready to be written as JSON."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from app.repositories.cells import Cell, Slot
from app.scheduling.domain.calendar import slot_label
from app.scheduling.domain.duties import SESSIONS
from app.scheduling.timetable.cells import SOURCES
from app.services.warm_schedule import WarmSchedule

Columns = dict[str, Any]
Cells = NDArray[np.int32]
_NOTHING = -1
_WIDTH = len(SESSIONS)


@dataclass(frozen=True, eq=False)
class Window:
    """Some people and days of a schedule.

    Parameters
    ----------
    first, last
        Days, both included; None: those of the academic year.
    people
        Empty: all.
    """

    warm: WarmSchedule
    first: date | None = None
    last: date | None = None
    people: Collection[UUID] = ()

    @cached_property
    def rows(self) -> list[int]:
        """Rows of the people, in the programme's order."""
        known = self.warm.names.person_rows
        if not self.people:
            return list(known.values())
        return sorted(known[one] for one in set(self.people) if one in known)

    @cached_property
    def slots(self) -> range:
        """Columns of the annual grid with a day in the window."""
        first, last = self._days
        inside = [
            column
            for column, slot in enumerate(self.warm.slots)
            if slot.start <= last and slot.end > first
        ]
        return range(inside[0], inside[-1] + 1) if inside else range(0)

    @cached_property
    def days(self) -> range:
        """Days of the window, counted from the first of the year."""
        first, last = self._days
        start = (first - self.warm.timetable.first).days
        return range(start, max(start, start + (last - first).days + 1))

    @cached_property
    def _days(self) -> tuple[date, date]:
        calendar = self.warm.program.calendar
        first = max(self.first or calendar.start, calendar.start)
        return first, min(self.last or calendar.last_day, calendar.last_day)

    @property
    def first_day(self) -> date:
        """The first day of the window."""
        return self.warm.timetable.first + timedelta(self.days.start)


def period_grid(window: Window) -> Columns:
    """Return the annual grid, as `PeriodGrid` has it."""
    warm, slots = window.warm, window.slots
    chosen = np.ix_(window.rows, list(slots))
    return {
        **_head(warm, "periods"),
        "people": _people(window),
        "slots": {
            "period": [warm.slots[column].period for column in slots],
            "label": [slot_label(warm.slots, column) for column in slots],
            "start_date": [str(warm.slots[column].start) for column in slots],
            "end_date": [str(warm.slots[column].end - timedelta(1)) for column in slots],
        },
        "rotation_types": _rotations(warm),
        "cells": warm.grid[chosen].ravel().tolist(),
        "locked": np.flatnonzero(warm.locked[chosen]).tolist(),
    }


def half_day_grid(window: Window) -> Columns:
    """Return the effective half-days, as `HalfDayGrid` has them."""
    warm, days = window.warm, window.days
    said = _said(warm)[window.rows, days.start : days.stop].ravel()
    palette, cells = _palette(warm, said)
    return {
        **_head(warm, "half-days"),
        "people": _people(window),
        "first": str(window.first_day),
        "days": len(days),
        "sessions": SESSIONS,
        "rotation_types": _rotations(warm),
        "duty_types": _duties(warm),
        "palette": palette,
        "cells": cells.tolist(),
        "locked": np.flatnonzero(_locked(warm)[window.rows, days.start : days.stop]).tolist(),
    }


def period_changes(window: Window, since: int, changed: Iterable[Cell]) -> Columns:
    """Return what stands in changed slots, as `PeriodChanges` has it."""
    warm, slots = window.warm, window.slots
    places = {row: place for place, row in enumerate(window.rows)}
    rows, columns = warm.names.person_rows, warm.columns
    touched = {
        (rows.get(cell.person_id, _NOTHING), columns.get(cell.start_date, _NOTHING))
        for cell in changed
        if isinstance(cell, Slot)
    }
    found = sorted((row, column) for row, column in touched if row in places and column in slots)
    return {
        **_head(warm, "periods"),
        "since": since,
        "person": [places[row] for row, _ in found],
        "slot": [column - slots.start for _, column in found],
        "cell": [int(warm.grid[row, column]) for row, column in found],
        "locked": [bool(warm.locked[row, column]) for row, column in found],
    }


def half_day_changes(window: Window, since: int, changed: Iterable[Cell]) -> Columns:
    """Return what is said of half-days that changed cells touch, as `HalfDayChanges` has it.

    Those of a slot are all of its days, and with it or an assignment the day after: rest after a
    night may begin or end there.
    """
    warm, days = window.warm, window.days
    touched = np.zeros((len(warm.names.people), warm.timetable.days, _WIDTH), dtype=np.bool_)
    start = warm.timetable.first
    for cell in changed:
        row = warm.names.person_rows.get(cell.person_id)
        if row is None:
            continue
        if isinstance(cell, Slot):
            column = warm.columns.get(cell.start_date)
            if column is not None:
                slot = warm.slots[column]
                touched[row, (slot.start - start).days : (slot.end - start).days + 1] = True
        elif cell.date >= start:
            number = (cell.date - start).days
            touched[row, number : number + 2] = True
    chosen = (window.rows, slice(days.start, days.stop))
    person, day, session = touched[chosen].nonzero()
    palette, cells = _palette(warm, _said(warm)[chosen][person, day, session])
    return {
        **_head(warm, "half-days"),
        "since": since,
        "palette": palette,
        "person": person.tolist(),
        "day": day.tolist(),
        "session": session.tolist(),
        "cell": cells.tolist(),
        "locked": _locked(warm)[chosen][person, day, session].tolist(),
    }


def _head(warm: WarmSchedule, view: str) -> Columns:
    return {
        "schedule_id": str(warm.schedule_id),
        "revision": warm.revision,
        "state": warm.state,
        "view": view,
    }


def _people(window: Window) -> Columns:
    rows, people = window.rows, window.warm.program.people
    return {
        "id": [str(window.warm.names.people[row].id) for row in rows],
        "key": [people[row].id for row in rows],
        "name": [people[row].label for row in rows],
        "pgy": [people[row].pgy for row in rows],
        "track": [people[row].track for row in rows],
        "cohort": [people[row].cohort for row in rows],
    }


def _rotations(warm: WarmSchedule) -> Columns:
    kinds = warm.program.rotation_types
    return {
        "id": [str(one.id) for one in warm.names.rotation_types],
        "code": [kind.code for kind in kinds],
        "name": [kind.label for kind in kinds],
        "category": [kind.category for kind in kinds],
        "colour": [kind.colour for kind in kinds],
        "leave": [kind.leave for kind in kinds],
    }


def _duties(warm: WarmSchedule) -> Columns:
    names = ("code", "name", "kind", "am", "pm", "night")
    rows = warm.names.duty_types
    return {"id": [str(one.id) for one in rows]} | {
        name: [getattr(one, name) for one in rows] for name in names
    }


def _said(warm: WarmSchedule) -> Cells:
    """Return what is said of every half-day as one number: (P, D, 3), -1 for nothing."""
    rotations, sources = len(warm.program.rotation_types) + 1, len(SOURCES)
    said = np.full((len(warm.names.people), warm.timetable.days, _WIDTH), _NOTHING, dtype=np.int32)
    found = warm.half_days
    duty, rotation = found.duty + 1, found.rotation + 1
    said[found.person, found.day, found.session] = (
        duty * rotations + rotation
    ) * sources + found.source
    return said


def _palette(warm: WarmSchedule, said: Cells) -> tuple[Columns, Cells]:
    """Return the different things that are said, and which of them each half-day says."""
    rotations, sources = len(warm.program.rotation_types) + 1, len(SOURCES)
    different, cells = np.unique(said, return_inverse=True)
    nothing = int(len(different) > 0 and different[0] == _NOTHING)
    different = different[nothing:]
    palette = {
        "rotation_type": (different // sources % rotations - 1).tolist(),
        "duty_type": (different // sources // rotations - 1).tolist(),
        "source": [SOURCES[one] for one in (different % sources).tolist()],
    }
    return palette, cells.astype(np.int32) - nothing


def _locked(warm: WarmSchedule) -> NDArray[np.bool_]:
    """Return the half-days whose assignment is locked: bool array (P, D, 3)."""
    locked = np.zeros((len(warm.names.people), warm.timetable.days, _WIDTH), dtype=np.bool_)
    for row, day, session in warm.locked_half_days:
        number = (day - warm.timetable.first).days
        if 0 <= number < warm.timetable.days:
            locked[row, number, SESSIONS.index(session)] = True
    return locked
