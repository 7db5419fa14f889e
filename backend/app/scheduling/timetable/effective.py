"""Effective half-days: the assignment if there is one, else leave, else the template."""

import numpy as np

from app.scheduling.acgme.timeline import NONE
from app.scheduling.domain.problem import ABSENT, Bools, Grid
from app.scheduling.timetable.cells import ASSIGNMENT, FREE, LEAVE, TEMPLATE, Cells
from app.scheduling.timetable.compiled import PARTS, Assigned, Positions, Timetable
from app.scheduling.timetable.post_call import rest_after_nights


def effective_cells(timetable: Timetable, grid: Grid, people: slice, assigned: Assigned) -> Cells:
    """Return the half-days of some people.

    Parameters
    ----------
    grid : int16 array (n, S)
        Their rows.
    people
        Where they stand among the programme's people.
    assigned
        Their assignments.
    """
    present = timetable.present[people]
    rotation = np.where(present, grid[:, timetable.slots], np.int16(ABSENT))
    leave = timetable.approved[people] | (timetable.leave[rotation] & timetable.taken)
    duty = timetable.templates[rotation, timetable.weekdays]
    duty[leave] = NONE
    source = np.where(duty == NONE, np.int8(FREE), np.int8(TEMPLATE))
    source[leave] = LEAVE
    cells = Cells(
        width=PARTS * rotation.shape[1],
        duty=duty.ravel(),
        rotation=np.repeat(rotation, PARTS),
        source=source.ravel(),
        default=np.repeat(present & ~leave, PARTS),
        begin=np.zeros(duty.size, dtype=np.int64),
        end=np.zeros(duty.size, dtype=np.int64),
        leave=leave,
    )
    _assign(timetable, cells, assigned, present.ravel())
    _set_times(timetable, cells, np.flatnonzero(timetable.duties.timed[cells.duty]))
    rest_after_nights(timetable, cells)
    return cells


def _assign(timetable: Timetable, cells: Cells, assigned: Assigned, present: Bools) -> None:
    place = assigned.person * cells.width + assigned.cell
    known = present[place // PARTS]
    place = place[known]
    rotation, own = assigned.rotation[known], cells.rotation[place]
    away = timetable.leave[own]
    cells.duty[place] = assigned.duty[known]
    cells.rotation[place] = np.where(rotation == NONE, np.where(away, NONE, own), rotation)
    cells.source[place] = ASSIGNMENT
    cells.default[place] = False


def _set_times(timetable: Timetable, cells: Cells, place: Positions) -> None:
    """Set when the duty of some cells is."""
    duty, rotation = cells.duty[place], cells.rotation[place]
    day, session = place % cells.width // PARTS, place % PARTS
    cells.begin[place], cells.end[place] = timetable.times(duty, rotation, day, session)
