"""On which days a person is on approved leave."""

from collections import Counter
from datetime import date

import numpy as np

from app.scheduling.domain.calendar import Slot
from app.scheduling.domain.people import Leave, Person
from app.scheduling.domain.problem import Bools

VACATION = "vacation"
"""The kind of leave whose weekends may be ordinary days off."""


def leave_days(person: Person, slots: tuple[Slot, ...], weekend: Bools | None) -> Bools:
    """Return the days of the year on which a person is on approved leave: bool array (D,).

    Periods and halves are read as everywhere (see `Leave`): two halves of one period are all of
    it, and in a split period a half is the part of its name. The first half of an odd number of
    days is the shorter one.

    Parameters
    ----------
    weekend : bool array (D,) or None
        The days that vacation does not take; None: it takes them all.
    """
    first = slots[0].start
    away = np.zeros((slots[-1].end - first).days, dtype=np.bool_)
    halves = Counter(leave.period for leave in person.leave if leave.half is not None)
    for leave in person.leave:
        own = np.zeros_like(away)
        for start, stop in _ranges(leave, slots, whole=halves[leave.period] > 1):
            own[max(0, (start - first).days) : max(0, (stop - first).days)] = True
        away |= own & ~weekend if weekend is not None and leave.kind == VACATION else own
    return away


def _ranges(leave: Leave, slots: tuple[Slot, ...], *, whole: bool) -> list[tuple[date, date]]:
    """Return first days and the days after the last of a leave; `whole` makes a half all of it."""
    if leave.start is not None and leave.end is not None:
        return [(leave.start, date.fromordinal(leave.end.toordinal() + 1))]
    parts = [(slot.start, slot.end) for slot in slots if slot.period == leave.period]
    if leave.half is None:
        return parts
    second = leave.half == "second"
    if len(parts) > 1:
        return [parts[second]]
    if whole:
        return parts
    [(start, stop)] = parts
    middle = date.fromordinal(start.toordinal() + (stop - start).days // 2)
    return [(middle, stop) if second else (start, middle)]
