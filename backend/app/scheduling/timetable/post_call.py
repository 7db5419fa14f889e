"""What a night of call or night float leaves of the day after.

The template of the next morning does not apply; the duty that follows the night takes its place.
Nor does it apply in the afternoon and the night after, while less than `SHORT_REST` has passed
since the night and its hand-over have ended, or less than `LONG_REST` when they end a run of duty
of `LONG_RUN` or more. Assignments and leave stay, and so does a hand-over of the template's own.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from app.scheduling.acgme.timeline import NONE
from app.scheduling.acgme.zones import Minutes
from app.scheduling.domain.problem import Bools
from app.scheduling.timetable.cells import POST_CALL, Cells
from app.scheduling.timetable.compiled import PARTS, Codes, Positions, Timetable

SHORT_REST = 8 * 60
LONG_REST = 14 * 60
LONG_RUN = 24 * 60
"""Minutes; CPR 6.21 and 6.21.a."""

_NEXT_AM, _NEXT_PM, _NEXT_NIGHT = 1, 2, PARTS
"""Steps from the cell of a night; so many before it lie PM, AM and the night before."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class _Nights:
    """Nights that are followed by rest, with the duty that follows each and its time."""

    cell: Positions
    following: Codes
    begin: Minutes
    end: Minutes


def rest_after_nights(timetable: Timetable, cells: Cells) -> None:
    """Take the template away where nights are followed by rest.

    A night that is itself taken away is followed by none. So nights that may touch each other come
    one after the other; all others, and all people, at once.
    """
    night = PARTS - 1
    rested = np.flatnonzero(timetable.duties.rested[cells.duty[night::PARTS]])
    if len(rested):
        nights = _nights(timetable, cells, PARTS * rested + night)
        for turn in _turns(_touching(timetable, cells, nights)):
            _rest(timetable, cells, nights, turn)


def _nights(timetable: Timetable, cells: Cells, cell: Positions) -> _Nights:
    following = timetable.duties.following[cells.duty[cell]]
    begin = np.zeros(len(cell), dtype=np.int64)
    end = np.zeros_like(begin)
    timed = np.flatnonzero(timetable.duties.timed[following])
    if len(timed):
        morning = cell[timed] + _NEXT_AM
        begin[timed], end[timed] = timetable.times(
            following[timed],
            cells.rotation[cell[timed]],
            morning % cells.width // PARTS,
            morning % PARTS,
        )
    return _Nights(cell=cell, following=following, begin=begin, end=end)


def _touching(timetable: Timetable, cells: Cells, nights: _Nights) -> Bools:
    """Return which nights the one on the date before may take away, or make the run shorter of.

    Nights of which neither can be true may be called touching, not the other way round.
    """
    cell, gap = nights.cell, timetable.program.duty_hours.merge_gap_minutes
    present = timetable.duties.present[cells.duty]
    begin, morning = cells.begin[cell], cell + _NEXT_AM
    left = np.maximum(cells.end[cell], nights.end)
    left = np.where(present[morning], np.maximum(left, cells.end[morning]), left)
    by_day = present[cell - 1] | present[cell - 2]
    long = by_day | (left - begin >= LONG_RUN)
    long |= present[cell - _NEXT_NIGHT] & (begin - cells.end[cell - _NEXT_NIGHT] <= gap)
    long[1:] |= begin[1:] - left[:-1] <= gap
    rest = np.where(long, LONG_REST, SHORT_REST)
    touching = np.zeros(len(cell), dtype=np.bool_)
    touching[1:] = (begin[1:] - left[:-1] < rest[:-1]) | by_day[1:]
    touching[1:] &= np.diff(cell) == _NEXT_NIGHT
    return touching


def _turns(touching: Bools) -> Iterator[Positions]:
    """Yield positions so that each comes after the one before it that it touches."""
    count = np.arange(len(touching))
    turn = count - np.maximum.accumulate(np.where(touching, 0, count))
    last = int(turn.max())
    if last == 0:
        yield count
        return
    for number in range(last + 1):
        yield np.flatnonzero(turn == number)


def _rest(timetable: Timetable, cells: Cells, nights: _Nights, turn: Positions) -> None:
    """Give some nights their rest, if they are still there."""
    duties, gap = timetable.duties, timetable.program.duty_hours.merge_gap_minutes
    turn = turn[duties.rested[cells.duty[nights.cell[turn]]]]
    cell = nights.cell[turn]
    start, end = cells.begin[cell], cells.end[cell]
    # A run that comes from the night before is long enough, wherever it began.
    for earlier in (cell - 1, cell - 2, cell - _NEXT_NIGHT):
        joined = duties.present[cells.duty[earlier]] & (cells.end[earlier] + gap >= start)
        start = np.where(joined, np.minimum(start, cells.begin[earlier]), start)

    morning, following = cell + _NEXT_AM, nights.following[turn]
    own = duties.hands_over[cells.duty[morning]] & (following == NONE)
    said = (cells.duty[morning] != NONE) | (following != NONE)
    changed = cells.default[morning] & said & ~own
    place, source = morning[changed], turn[changed]
    cells.duty[place] = following[changed]
    cells.rotation[place] = cells.rotation[cell[changed]]
    cells.source[place] = POST_CALL
    cells.begin[place], cells.end[place] = nights.begin[source], nights.end[source]

    stays = duties.present[cells.duty[morning]]
    stays &= (cells.source[morning] == POST_CALL) | (cells.begin[morning] <= end + gap)
    left = np.where(stays, np.maximum(end, cells.end[morning]), end)
    rest = np.where(left - start >= LONG_RUN, LONG_REST, SHORT_REST)
    for step in (_NEXT_PM, _NEXT_NIGHT):
        later = cell + step
        short = cells.default[later] & duties.timed[cells.duty[later]]
        short &= cells.begin[later] - left < rest
        cells.duty[later[short]] = NONE
        cells.source[later[short]] = POST_CALL
