"""Effective half-days as rows: who does what, when and why."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

import numpy as np

from app.scheduling.acgme.timeline import NONE, Column, Small
from app.scheduling.acgme.zones import Minutes, at
from app.scheduling.domain.duties import SESSIONS, Session
from app.scheduling.domain.problem import Grid
from app.scheduling.domain.program import Program
from app.scheduling.timetable.cells import FREE, SOURCES, HalfDaySource
from app.scheduling.timetable.compiled import PARTS, Timetable, compile_timetable
from app.scheduling.timetable.effective import effective_cells


class HalfDay(NamedTuple):
    """What one person does in one half-day.

    `duty` is None on leave, and where rest after a night takes the template's place; `rotation` is
    None for duty on leave that belongs to none. `start` and `end`, by the clock of the rotation's
    site, are None where there is no duty.
    """

    person: str
    date: date
    session: Session
    pgy: int
    rotation: str | None
    duty: str | None
    source: HalfDaySource
    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class HalfDays:
    """Half-days in N rows, by person, date and session; those about which nothing is said are free.

    Parameters
    ----------
    person, day
        Rows of the programme's people; days from 0.
    session, source
        Positions in `SESSIONS` and `SOURCES`.
    pgy
        Postgraduate year on that day.
    rotation, duty
        Positions among the programme's rotation and duty types; `NONE` for none.
    start, end
        Minutes since 1970 (UTC); both 0 where there is no duty.
    """

    timetable: Timetable
    person: Column
    day: Column
    session: Small
    source: Small
    pgy: Small
    rotation: Column
    duty: Column
    start: Minutes
    end: Minutes

    def __len__(self) -> int:
        """Return N."""
        return len(self.person)

    def __iter__(self) -> Iterator[HalfDay]:
        """Yield the rows in words."""
        program = self.timetable.program
        columns = (
            *(self.person, self.day, self.session, self.source, self.pgy),
            *(self.rotation, self.duty, self.start, self.end),
        )
        rows = zip(*(column.tolist() for column in columns), strict=True)
        zones = {kind.zone or program.time_zone for kind in program.rotation_types}
        clocks = {zone: _Clock(zone) for zone in zones | {program.time_zone}}
        first = self.timetable.first
        for person, day, session, source, pgy, rotation, duty, start, end in rows:
            kind = None if rotation == NONE else program.rotation_types[rotation]
            clock = clocks[program.time_zone if kind is None else kind.zone or program.time_zone]
            yield HalfDay(
                program.people[person].id,
                first + timedelta(day),
                SESSIONS[session],
                pgy,
                None if kind is None else kind.code,
                None if duty == NONE else program.duty_types[duty].code,
                SOURCES[source],
                None if start == end else clock[start],
                None if start == end else clock[end],
            )


class _Clock(dict[int, datetime]):
    """Points of time as the clock of a zone shows them, each made once: most rows share theirs."""

    def __init__(self, zone: str) -> None:
        super().__init__()
        self.zone = zone

    def __missing__(self, minutes: int) -> datetime:
        self[minutes] = shown = at(minutes, self.zone)
        return shown


def half_days(program: Program | Timetable, grid: Grid, people: slice = slice(None)) -> HalfDays:
    """Return what people do in every half-day.

    Parameters
    ----------
    program
        The programme, or its timetable when it is used more than once.
    grid : int16 array (P, S)
        Rotation types; `ABSENT` where there is no placement.
    people
        Whose half-days, by their rows.
    """
    timetable = program if isinstance(program, Timetable) else compile_timetable(program)
    low, high, _ = people.indices(len(timetable.residents))
    assigned = timetable.assigned.of(low, high)
    cells = effective_cells(timetable, grid[low:high], slice(low, high), assigned)
    place = np.flatnonzero(cells.source != FREE)
    row, day = place // cells.width, place % cells.width // PARTS
    timed = timetable.duties.timed[cells.duty[place]]
    return HalfDays(
        timetable=timetable,
        person=(low + row).astype(np.int32),
        day=(day - 1).astype(np.int32),
        session=(place % PARTS).astype(np.int8),
        source=cells.source[place],
        pgy=timetable.pgy[low:high][row, day],
        rotation=cells.rotation[place].astype(np.int32),
        duty=cells.duty[place].astype(np.int32),
        start=np.where(timed, cells.begin[place], 0),
        end=np.where(timed, cells.end[place], 0),
    )
