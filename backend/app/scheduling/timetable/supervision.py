"""Who supervises each rotation, on every day of the year."""

from collections.abc import Sequence

import numpy as np

from app.scheduling.acgme.intervals import LEVELS
from app.scheduling.acgme.timeline import Supervisors, supervisors
from app.scheduling.acgme.zones import DAY
from app.scheduling.domain.duties import expand_weekdays
from app.scheduling.domain.rotations import RotationType
from app.scheduling.timetable.clocks import SiteClocks


def supervision(
    kinds: Sequence[RotationType], sites: np.ndarray, clocks: SiteClocks, weekdays: np.ndarray
) -> Supervisors:
    """Return the supervision of all rotation types in columns.

    Parameters
    ----------
    sites : intp array (V + 1,)
        Position of each rotation type's zone among the clocks.
    weekdays : intp array (W,)
        Weekday of each day of the clocks' axis; the first and the last one are not of the year.
    """
    rows: list[tuple[int, int, int, int, int, bool]] = []
    for number, kind in enumerate(kinds):
        for entry in kind.supervision:
            chosen = np.isin(weekdays, expand_weekdays(entry.days))
            chosen[[0, -1]] = False
            days = np.flatnonzero(chosen)
            site = np.full(len(days), sites[number])
            start, end = (
                clocks.at(site, days + minutes // DAY, np.full(len(days), minutes % DAY))
                for minutes in entry.span
            )
            level = LEVELS.index(entry.level)
            rows += [
                (number, low, high, level, entry.supervisors, kind.primary_care_exception)
                for low, high in zip(start.tolist(), end.tolist(), strict=True)
            ]
    return supervisors(rows)
