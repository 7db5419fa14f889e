"""On which days a person is on approved leave."""

from collections import Counter
from datetime import date

import numpy as np

from app.scheduling.domain.calendar import Slot
from app.scheduling.domain.people import Leave, Person
from app.scheduling.domain.problem import Bools

VACATION = "vacation"
"""The kind of leave whose weekends may be ordinary days off."""


def leave_range(leave: Leave, slots: tuple[Slot, ...], *, whole: bool = False) -> tuple[date, date]:
    """Return the first day of a leave, and the day after its last.

    In a split period a half is the part of its name. The first half of an odd number of days is
    the shorter one.

    Parameters
    ----------
    whole
        Whether the other half of the period is taken too, so that a half is all of it.

    Raises
    ------
    ValueError
        When there is no such period.
    """
    if leave.start is not None and leave.end is not None:
        return leave.start, date.fromordinal(leave.end.toordinal() + 1)
    parts = [(slot.start, slot.end) for slot in slots if slot.period == leave.period]
    if not parts:
        raise ValueError(f"period {leave.period} does not exist: the year has {slots[-1].period}")
    second = leave.half == "second"
    if leave.half is not None and len(parts) > 1:
        return parts[second]
    start, stop = parts[0][0], parts[-1][1]
    if leave.half is None or whole:
        return start, stop
    middle = date.fromordinal(start.toordinal() + (stop - start).days // 2)
    return (middle, stop) if second else (start, middle)


def leave_days(person: Person, slots: tuple[Slot, ...], weekend: Bools | None) -> Bools:
    """Return the days of the year on which a person is on approved leave: bool array (D,).

    Periods and halves are read as everywhere (see `Leave`): two halves of one period are all of
    it.

    Parameters
    ----------
    weekend : bool array (D,) or None
        The days that vacation does not take; None: it takes them all.
    """
    first = slots[0].start
    away = np.zeros((slots[-1].end - first).days, dtype=np.bool_)
    halves = Counter(leave.period for leave in person.leave if leave.half is not None)
    for leave in person.leave:
        start, stop = leave_range(leave, slots, whole=halves[leave.period] > 1)
        own = np.zeros_like(away)
        own[max(0, (start - first).days) : max(0, (stop - first).days)] = True
        away |= own & ~weekend if weekend is not None and leave.kind == VACATION else own
    return away
