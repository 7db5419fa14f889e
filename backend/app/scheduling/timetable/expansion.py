"""Duty intervals, leave and rotation spans of a whole plan."""

from collections.abc import Sequence

import numpy as np

from app.scheduling.acgme.kinds import KINDS, Kind
from app.scheduling.acgme.timeline import NO_NIGHT, NONE, Spans, Timeline
from app.scheduling.domain.duties import Assignment
from app.scheduling.domain.problem import Grid
from app.scheduling.domain.program import Program
from app.scheduling.timetable.cells import Cells
from app.scheduling.timetable.compiled import PARTS, Assigned, Timetable, compile_timetable
from app.scheduling.timetable.effective import effective_cells

_CALL = KINDS.index(Kind.CALL)
_LEAVE = -2
"""Stands for being away among the groups of a grid."""


def expand(program: Program | Timetable, grid: Grid) -> Timeline:
    """Return what everybody's placements and assignments mean on the clock.

    Spans of one date that touch, of the same kind, rotation and flags, are one interval. What
    follows leave inside a rotation is the same rotation span; spans end with the appointment.

    Parameters
    ----------
    program
        The programme, or its timetable when it is expanded more than once.
    grid : int16 array (P, S)
        Rotation types; `ABSENT` where there is no placement.
    """
    timetable = program if isinstance(program, Timetable) else compile_timetable(program)
    everybody = slice(0, len(timetable.residents))
    return _timeline(timetable, grid, everybody, timetable.assigned)


def expand_person(
    timetable: Timetable,
    grid: Grid,
    person: int,
    assignments: Sequence[Assignment] | None = None,
) -> Timeline:
    """Return one person's part of `expand`.

    Parameters
    ----------
    grid : int16 array (P, S)
        Only the person's row is looked at.
    assignments
        The person's, in place of the programme's; they must name what the programme has.
    """
    if assignments is None:
        assigned = timetable.assigned.of(person, person + 1)
    else:
        assigned = timetable.assigned_to_one(assignments)
    people = slice(person, person + 1)
    return _timeline(timetable, grid[people], people, assigned)


def _timeline(timetable: Timetable, grid: Grid, people: slice, assigned: Assigned) -> Timeline:
    cells = effective_cells(timetable, grid, people, assigned)
    duties = timetable.duties
    place = np.flatnonzero(duties.timed[cells.duty])
    person, start = place // cells.width, cells.begin[place]
    if ((person[1:] == person[:-1]) & (start[1:] < start[:-1])).any():
        order = np.lexsort((start, person))
        place, person, start = place[order], person[order], start[order]
    first = _first_of_each(timetable, cells, place)
    end = np.maximum.reduceat(cells.end[place], first) if len(first) else start
    place, person = place[first], person[first]
    day, duty, rotation = place % cells.width // PARTS, cells.duty[place], cells.rotation[place]
    kind = duties.kind[duty]
    words = timetable.dates[day] + timetable.rotation_words[rotation] + timetable.duty_words[duty]
    return Timeline(
        basis="plan",
        people=timetable.residents[people],
        first=timetable.first,
        days=timetable.days,
        rotations=timetable.rotations,
        specialties=timetable.specialties,
        person=person.astype(np.int32),
        start=start[first],
        end=end,
        kind=kind,
        rotation=rotation.astype(np.int32),
        pgy=timetable.pgy[people][person, day],
        flags=duties.flags[duty],
        call_night=np.where(kind == _CALL, day - 1, NO_NIGHT).astype(np.int32),
        references=tuple(words.tolist()),
        leave=cells.leave[:, 1:-1],
        spans=_spans(timetable, grid, people),
        supervision=timetable.supervision,
    )


def _first_of_each(timetable: Timetable, cells: Cells, place: np.ndarray) -> np.ndarray:
    """Return which cells, of those in order of people and time, begin an interval."""
    opens = np.ones(len(place), dtype=np.bool_)
    duty = cells.duty[place]
    same = place[1:] // PARTS == place[:-1] // PARTS
    for column in (
        timetable.duties.kind[duty],
        timetable.duties.flags[duty],
        cells.rotation[place],
    ):
        same &= column[1:] == column[:-1]
    opens[1:] = ~(same & (cells.begin[place[1:]] <= cells.end[place[:-1]]))
    return np.flatnonzero(opens)


def _spans(timetable: Timetable, grid: Grid, people: slice) -> Spans:
    """Return the rotation spans: slots of one averaging group, with the leave between them."""
    first, last = timetable.appointed[people].T[:, :, np.newaxis]
    within = (timetable.slot_first <= last) & (timetable.slot_last >= first)
    there = np.where(timetable.leave[grid], _LEAVE, timetable.groups[grid])
    group = np.where(within, there, NONE)
    person, slot = np.nonzero(group != _LEAVE)
    group = group[person, slot]
    opens = np.ones(len(group), dtype=np.bool_)
    opens[1:] = (person[1:] != person[:-1]) | (group[1:] != group[:-1])
    begin = np.flatnonzero(opens)
    stop = np.append(begin, len(group))[1:] - 1
    kept = group[begin] != NONE
    begin, stop = begin[kept], stop[kept]
    person = person[begin]
    return Spans(
        person=person.astype(np.int32),
        rotation=group[begin].astype(np.int32),
        first=np.maximum(timetable.slot_first[slot[begin]], first[person, 0]),
        last=np.minimum(timetable.slot_last[slot[stop]], last[person, 0]),
    )
