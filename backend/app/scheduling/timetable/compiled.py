"""A programme's days, clocks, templates and assignments in arrays: what expands any of its grids.

Shapes: P people, D days, V rotation types, K duty types. Days lie on an axis of W = D + 2: an empty
one before the first and after the last, so that a night always has a morning after. A *cell* is a
half-day of a person, at 3 * day + session of the person's row. In columns of rotation and duty
types the last entry stands for none, which is what `NONE` finds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from app.scheduling.acgme.intervals import Resident
from app.scheduling.acgme.kinds import KINDS, MEANING, Kind
from app.scheduling.acgme.timeline import NEW_CARE, NONE, Column, Small, Supervisors
from app.scheduling.acgme.zones import DAY, Minutes
from app.scheduling.domain.duties import RESTED_AFTER, SESSIONS, WEEKDAYS, Assignment, DutyType
from app.scheduling.domain.people import Person
from app.scheduling.domain.problem import Bools
from app.scheduling.domain.program import Program
from app.scheduling.domain.rotations import RotationType
from app.scheduling.timetable.absences import leave_days
from app.scheduling.timetable.clocks import SiteClocks, site_clocks
from app.scheduling.timetable.supervision import supervision

Codes = NDArray[np.int16]
Positions = NDArray[np.intp]
Words = NDArray[np.object_]

PARTS = len(SESSIONS)
_SATURDAY = WEEKDAYS.index("sat")
_EDGE = (1, 1)


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class DutyColumns:
    """Duty types in columns of K + 1.

    Parameters
    ----------
    kind
        Positions in `KINDS`; `NONE` for what is no duty.
    flags
        Bits of `Timeline.flags`.
    timed, present, rested
        Whether it has a time, is spent in the house, and has rest after its nights.
    hands_over
        Whether it is itself a hand-over.
    following
        The duty of the morning after.
    begin, end, days
        By session (K + 1, 3): minutes of the day, and how many days after its date it ends.
    """

    kind: Small
    flags: Small
    timed: Bools
    present: Bools
    rested: Bools
    hands_over: Bools
    following: Codes
    begin: Minutes
    end: Minutes
    days: Minutes


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Assigned:
    """Assignments in columns, by person; `cell` counts within the person's row."""

    person: Positions
    cell: Positions
    duty: Codes
    rotation: Codes

    def of(self, low: int, high: int) -> "Assigned":
        """Return those of people from `low` to before `high`, who count from 0 then."""
        first, stop = self.person.searchsorted([low, high])
        rows = slice(int(first), int(stop))
        return Assigned(
            person=self.person[rows] - low,
            cell=self.cell[rows],
            duty=self.duty[rows],
            rotation=self.rotation[rows],
        )


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Timetable:
    """What expanding any grid of a programme needs, and no grid changes.

    Parameters
    ----------
    program
        The programme.
    days
        D.
    residents
        The people, as the duty-hour rules know them.
    rotations, specialties
        Codes and specialties of the V rotation types, then of averaging groups of other names.
    groups
        What each rotation type is averaged as, by position in `rotations`; (V + 1,).
    sites
        Position of each rotation type's zone among the clocks, the programme's at last; (V + 1,).
    clocks
        They run one day longer than the axis of days.
    duties
        The K duty types.
    templates : int16 array (V + 1, 7, 3)
        Duty types by weekday, Monday being 0, and session.
    weekdays : intp array (W,)
        Weekday of each day.
    leave : bool array (V + 1,)
        Whether the rotation type is leave.
    taken : bool array (W,)
        Whether such a rotation type takes the day; not weekends where vacation weeks have 5 days.
    slots : intp array (W,)
        Column of the grid.
    slot_first, slot_last : int32 arrays (S,)
        First and last day of each slot, from 0.
    appointed : int32 array (P, 2)
        First and last day of each appointment, from 0.
    present, approved : bool arrays (P, W)
        Days of the appointment; days of approved leave within it.
    pgy : int8 array (P, W)
        Postgraduate years.
    assigned
        The assignments that are expanded.
    supervision
        Who supervises which rotation type and when.
    dates, rotation_words, duty_words
        What days (W,), rotation types (V + 1,) and duty types (K + 1,) are called in references.
    """

    program: Program
    days: int
    residents: tuple[Resident, ...]
    rotations: tuple[str, ...]
    specialties: tuple[str, ...]
    groups: Column
    sites: Positions
    clocks: SiteClocks
    duties: DutyColumns
    templates: Codes
    weekdays: Positions
    leave: Bools
    taken: Bools
    slots: Positions
    slot_first: Column
    slot_last: Column
    appointed: Column
    present: Bools
    approved: Bools
    pgy: Small
    assigned: Assigned
    supervision: Supervisors
    dates: Words
    rotation_words: Words
    duty_words: Words

    @property
    def first(self) -> date:
        """Day 0."""
        return self.program.calendar.start

    def times(
        self, duty: Codes, rotation: Codes, day: Positions, session: Positions
    ) -> tuple[Minutes, Minutes]:
        """Return when duty with a time begins and ends, by the clock of its rotation's site."""
        site, duties = self.sites[rotation], self.duties
        ends_on = day + duties.days[duty, session]
        return (
            self.clocks.at(site, day, duties.begin[duty, session]),
            self.clocks.at(site, ends_on, duties.end[duty, session]),
        )

    def with_assignments(self, assignments: Sequence[Assignment]) -> "Timetable":
        """Return the timetable with other assignments in place of those of its programme.

        They must name what the programme has.
        """
        return replace(self, assigned=_by_person(self.program, assignments))

    def assigned_to_one(self, assignments: Sequence[Assignment]) -> Assigned:
        """Return assignments of one person, who is row 0 then."""
        return _assigned(self.program, assignments, [0 for _ in assignments])


def compile_timetable(program: Program) -> Timetable:
    """Return the arrays of a valid programme."""
    calendar, kinds = program.calendar, program.rotation_types
    slots, first = calendar.slots, calendar.start
    days = (calendar.stop - first).days
    zones = list(dict.fromkeys([program.time_zone, *(kind.zone for kind in kinds if kind.zone)]))
    codes = [kind.code for kind in kinds]
    names = list(dict.fromkeys([*codes, *(kind.averaged_as for kind in kinds)]))
    specialties = {kind.averaged_as: kind.specialty for kind in reversed(kinds)}
    specialties |= {kind.code: kind.specialty for kind in kinds}
    weekdays = (first.weekday() - 1 + np.arange(days + 2)) % 7
    weekend = weekdays >= _SATURDAY
    short_weeks = program.policy.vacation_week_days == 5
    appointed = np.array(
        [_appointment(person, first, days) for person in program.people], dtype=np.int32
    )
    axis = np.arange(-1, days + 1)
    present = (appointed[:, :1] <= axis) & (axis <= appointed[:, 1:])
    approved = np.stack(
        [
            np.pad(leave_days(one, slots, weekend[1:-1] if short_weeks else None), _EDGE)
            for one in program.people
        ]
    )
    sites = np.array([*(zones.index(kind.zone or zones[0]) for kind in kinds), 0])
    clocks = site_clocks(zones, first - timedelta(1), days + 3)
    return Timetable(
        program=program,
        days=days,
        residents=tuple(_resident(program, person) for person in program.people),
        rotations=tuple(names),
        specialties=tuple(specialties[name] for name in names),
        groups=np.array([*(names.index(kind.averaged_as) for kind in kinds), NONE], dtype=np.int32),
        sites=sites,
        clocks=clocks,
        supervision=supervision(kinds, sites, clocks, weekdays),
        duties=_duty_columns(program.duty_types),
        templates=_templates(kinds, program.duty_types),
        weekdays=weekdays,
        leave=np.array([*(kind.leave for kind in kinds), False]),
        taken=~(weekend & short_weeks),
        slots=np.pad(np.repeat(np.arange(len(slots)), [slot.days for slot in slots]), _EDGE),
        slot_first=np.array([(slot.start - first).days for slot in slots], dtype=np.int32),
        slot_last=np.array([(slot.end - first).days - 1 for slot in slots], dtype=np.int32),
        appointed=appointed,
        present=present,
        approved=approved & present,
        pgy=np.stack([_pgy(person, first, days) for person in program.people]),
        assigned=_by_person(program, program.assignments),
        dates=np.array([str(first + timedelta(int(day))) for day in axis], dtype=np.object_),
        rotation_words=np.array([*(f" {code}" for code in codes), ""], dtype=np.object_),
        duty_words=np.array([*(f" {one.code}" for one in program.duty_types), ""], np.object_),
    )


def _resident(program: Program, person: Person) -> Resident:
    """Return a person as the duty-hour rules know them; training begins with PGY-1."""
    begins = person.start or program.calendar.start
    return Resident(
        id=person.id,
        name=person.label,
        zone=program.time_zone,
        training_since=begins if person.pgy == 1 else None,
    )


def _duty_columns(duties: tuple[DutyType, ...]) -> DutyColumns:
    codes = {duty.code: number for number, duty in enumerate(duties)}
    kinds = [None if duty.kind == "off" else Kind(duty.kind) for duty in duties]
    begin = np.zeros((len(duties) + 1, PARTS), dtype=np.int64)
    end = np.zeros_like(begin)
    for number, duty in enumerate(duties):
        for session, span in enumerate(duty.spans):
            if span is not None:
                begin[number, session], end[number, session] = span
    return DutyColumns(
        kind=np.array(
            [*(NONE if kind is None else KINDS.index(kind) for kind in kinds), NONE], dtype=np.int8
        ),
        flags=np.array([*(NEW_CARE * duty.new_care for duty in duties), 0], dtype=np.int8),
        timed=np.array([*(kind is not None for kind in kinds), False]),
        present=np.array(
            [*(kind is not None and MEANING[kind].presence != "away" for kind in kinds), False]
        ),
        rested=np.array([*(duty.kind in RESTED_AFTER for duty in duties), False]),
        hands_over=np.array([*(kind is Kind.TRANSITION for kind in kinds), False]),
        following=np.array(
            [*(codes.get(duty.next_morning or "", NONE) for duty in duties), NONE], dtype=np.int16
        ),
        begin=begin,
        end=end % DAY,
        days=end // DAY,
    )


def _templates(kinds: tuple[RotationType, ...], duties: tuple[DutyType, ...]) -> Codes:
    """Return the duty type of every rotation type, weekday and session: (V + 1, 7, 3)."""
    codes = {duty.code: number for number, duty in enumerate(duties)}
    weeks = np.full((len(kinds) + 1, len(WEEKDAYS), PARTS), NONE, dtype=np.int16)
    for number, kind in enumerate(kinds):
        for day, said in kind.week.items():
            for session, name in enumerate((said.am, said.pm, said.night)):
                if name is not None and duties[codes[name]].has(SESSIONS[session]):
                    weeks[number, day, session] = codes[name]
    return weeks


def _appointment(person: Person, first: date, days: int) -> tuple[int, int]:
    """Return the first and last day of an appointment in the year; reversed where it is outside."""
    start = 0 if person.start is None else max(0, (person.start - first).days)
    last = days - 1 if person.end is None else min(days - 1, (person.end - first).days)
    return start, last


def _pgy(person: Person, first: date, days: int) -> Small:
    """Return a person's postgraduate year of every day: int8 array (W,)."""
    result = np.full(days + 2, person.pgy, dtype=np.int8)
    for change in person.changes:
        if change.pgy is not None:
            result[max(0, (change.start - first).days + 1) :] = change.pgy
    return result


def _by_person(program: Program, assignments: Sequence[Assignment]) -> Assigned:
    """Return assignments in columns, in order of people."""
    rows = {person.id: row for row, person in enumerate(program.people)}
    order = sorted(assignments, key=lambda one: rows[one.person])
    return _assigned(program, order, [rows[one.person] for one in order])


def _assigned(
    program: Program, assignments: Sequence[Assignment], people: Sequence[int]
) -> Assigned:
    """Return assignments in columns; `people` are their rows, in rising order."""
    duties = {duty.code: number for number, duty in enumerate(program.duty_types)}
    rotations = {kind.code: number for number, kind in enumerate(program.rotation_types)}
    first = program.calendar.start.toordinal() - 1
    cells = [
        (one.date.toordinal() - first) * PARTS + SESSIONS.index(one.session) for one in assignments
    ]
    return Assigned(
        person=np.array(people, dtype=np.intp),
        cell=np.array(cells, dtype=np.intp),
        duty=np.array([duties[one.duty] for one in assignments], dtype=np.int16),
        rotation=np.array(
            [rotations.get(one.rotation or "", NONE) for one in assignments], dtype=np.int16
        ),
    )
