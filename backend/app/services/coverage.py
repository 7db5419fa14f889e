"""How many people work on each day, and where."""

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from app.scheduling.acgme.timeline import NONE
from app.scheduling.domain.problem import ABSENT, Bools, Grid
from app.scheduling.timetable import HalfDays
from app.schemas.half_day import CoverageDay

Counts = NDArray[np.intp]


def coverage(half_days: HalfDays, grid: Grid, first: date, last: date) -> list[CoverageDay]:
    """Return who works on days, both ends included; nobody does outside the academic year.

    Parameters
    ----------
    grid : int16 array (P, S)
        Rotation types; `ABSENT` where there is no placement.
    """
    return list(_days(half_days, working(half_days, grid), first, last))


def working(half_days: HalfDays, grid: Grid) -> Bools:
    """Return who works on which day and rotation type, none being the last: (P, D, V + 1).

    See `CoverageDay`.
    """
    timetable = half_days.timetable
    kinds = timetable.program.rotation_types
    result = np.zeros((len(grid), timetable.days, len(kinds) + 1), dtype=np.bool_)
    timed = timetable.duties.timed[half_days.duty] & (half_days.duty != NONE)
    result[half_days.person[timed], half_days.day[timed], half_days.rotation[timed]] = True
    bare = (timetable.templates == NONE).all(axis=(1, 2)) & ~timetable.leave
    bare[-1] = False
    if bare.any():
        inside = slice(1, -1)
        here = timetable.present[:, inside] & ~timetable.approved[:, inside]
        placed = np.where(here, grid[:, timetable.slots[inside]], ABSENT)
        person, day = bare[placed].nonzero()
        result[person, day, placed[person, day]] = True
    return result


def _days(half_days: HalfDays, worked: Bools, first: date, last: date) -> Iterator[CoverageDay]:
    timetable = half_days.timetable
    codes = [kind.code for kind in timetable.program.rotation_types]
    assigned: Counts = worked.any(axis=2).sum(axis=0)
    by_rotation: Counts = worked.sum(axis=0)
    for offset in range((last - first).days + 1):
        day = first + timedelta(offset)
        number = (day - timetable.first).days
        if not 0 <= number < timetable.days:
            yield CoverageDay(date=day, assigned=0, by_rotation={})
            continue
        counts = zip(codes, by_rotation[number].tolist(), strict=False)
        yield CoverageDay(
            date=day,
            assigned=int(assigned[number]),
            by_rotation={code: count for code, count in counts if count},
        )
