"""Who carries how much of nights, weekends, holidays and hours."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.scheduling.acgme.kinds import KINDS, MEANING, Kind
from app.scheduling.acgme.timeline import NONE
from app.scheduling.domain.duties import SESSIONS
from app.scheduling.domain.problem import Bools
from app.scheduling.timetable import HalfDays
from app.schemas.fairness import FairnessResponse, GroupTally, PersonTally, Tally
from app.services.seen_schedule import SeenSchedule

Amounts = NDArray[np.float64]
Days = NDArray[np.integer[Any]]
_NAMES = tuple(Tally.model_fields)
_NIGHT, _SATURDAY = SESSIONS.index("NIGHT"), 5
_HOUR, _WEEK_DAYS = 60, 7


def fairness(seen: SeenSchedule) -> FairnessResponse:
    """Return everybody's tallies in a schedule, and how they are spread by PGY."""
    people = seen.half_days.timetable.program.people
    amounts = _amounts(seen)
    carried = np.array(
        [[person.carry_over.get(name, 0) for name in _NAMES] for person in people]
    ).reshape(amounts.shape)
    total, (first, last) = amounts + carried, _range(seen)
    timetable = seen.half_days.timetable
    throughout: Bools = np.logical_and.reduce(timetable.present[:, first + 1 : last + 2], axis=1)
    pgy = timetable.pgy[:, first + 1]
    return FairnessResponse(
        schedule_id=seen.schedule.id,
        revision=seen.revision,
        published=seen.published,
        people=[
            PersonTally(
                person_id=seen.people[row],
                person=person.id,
                name=person.label,
                pgy=int(pgy[row]),
                appointed_throughout=bool(throughout[row]),
                tally=_tally(amounts[row]),
                carried=person.carry_over,
                total=_tally(total[row]),
            )
            for row, person in enumerate(people)
        ],
        groups=[
            _group(year, total[(pgy == year) & throughout]) for year in np.unique(pgy).tolist()
        ],
    )


def _range(seen: SeenSchedule) -> tuple[int, int]:
    """Return the first and last day of the schedule in the academic year, from 0."""
    timetable = seen.half_days.timetable
    first, last = ((day - timetable.first).days for day in (seen.first, seen.last))
    return max(first, 0), min(last, timetable.days - 1)


def _group(pgy: int, totals: Amounts) -> GroupTally:
    if not len(totals):
        return GroupTally(pgy=pgy, people=0, mean=None, least=None, most=None)
    return GroupTally(
        pgy=pgy,
        people=len(totals),
        mean=_tally(totals.mean(axis=0)),
        least=_tally(totals.min(axis=0)),
        most=_tally(totals.max(axis=0)),
    )


def _tally(amounts: Amounts) -> Tally:
    return Tally(**dict(zip(_NAMES, amounts.round(2).tolist(), strict=True)))


def _amounts(seen: SeenSchedule) -> Amounts:
    """Return the tallies of everybody in the order of `Tally`: (P, 5)."""
    found, timetable = seen.half_days, seen.half_days.timetable
    calendar = timetable.program.calendar
    first, last = _range(seen)
    kinds = timetable.duties.kind[found.duty]
    inside = (first <= found.day) & (found.day <= last)
    timed = inside & (found.duty != NONE) & (found.start != found.end)
    night = timed & (found.session == _NIGHT)
    at_home = kinds == KINDS.index(Kind.HOME_CALL)
    holidays = [(one.on - timetable.first).days for one in calendar.holidays]
    weekday = (timetable.first.weekday() + found.day) % _WEEK_DAYS
    saturday = found.day - (weekday - _SATURDAY)
    count = len(timetable.program.people)
    columns = [
        np.bincount(found.person[night & timetable.duties.present[found.duty]], minlength=count),
        np.bincount(found.person[night & at_home], minlength=count),
        _different(found, timed & (weekday >= _SATURDAY), saturday, count),
        _different(found, timed & np.isin(found.day, holidays), found.day, count),
        _hours(found, timed & np.array([MEANING[one].worked for one in KINDS])[kinds], count),
    ]
    return np.stack(columns, axis=1).astype(np.float64)


def _different(found: HalfDays, chosen: Bools, days: Days, count: int) -> NDArray[np.intp]:
    """Return on how many different days, the first being -1, somebody has chosen half-days."""
    marked = np.zeros((count, found.timetable.days + 1), dtype=np.bool_)
    marked[found.person[chosen], days[chosen] + 1] = True
    days_of: NDArray[np.intp] = marked.sum(axis=1)
    return days_of


def _hours(found: HalfDays, chosen: Bools, count: int) -> Amounts:
    """Return everybody's hours in chosen half-days; what overlaps counts once."""
    person, start, end = found.person[chosen], found.start[chosen], found.end[chosen]
    hours = np.zeros(count)
    order = np.lexsort((start, person))
    person, start, end = person[order], start[order], end[order]
    for row in range(count):
        low, high = np.searchsorted(person, [row, row + 1])
        if low == high:
            continue
        reached = np.maximum.accumulate(end[low:high])
        begin = start[low:high].copy()
        begin[1:] = np.maximum(begin[1:], reached[:-1])
        hours[row] = np.maximum(end[low:high] - begin, 0).sum() / _HOUR
    return hours
