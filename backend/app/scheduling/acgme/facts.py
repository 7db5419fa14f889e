"""What follows from a timeline: worked minutes, days off, runs, nights, averaging periods.

Everything is computed for all people at once and on first use. People lie one after the other on
one axis of minutes (see `unions`); `shift` leads from the clock to a person's stretch of it.
"""

from collections.abc import Container
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, cached_property
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from app.scheduling.acgme.kinds import KINDS, MEANING, Kind
from app.scheduling.acgme.periods import Periods, averaging_periods
from app.scheduling.acgme.policy import Policy
from app.scheduling.acgme.timeline import NO_NIGHT, NONE, Bools, Column, Timeline
from app.scheduling.acgme.unions import Union, counting, union
from app.scheduling.acgme.zones import DAY, Minutes, midnight, midnights, offset

ByDay = NDArray[np.integer[Any]] | Bools

AnyByDay = TypeVar("AnyByDay", Column, Bools)

LOOK_BACK_DAYS = 8
"""Days before the first and after the last known one whose nights are counted."""

_EVENING_MIN = 18 * 60
_NEXT_MORNING_MIN = 8 * 60
_MOONLIGHTING = (Kind.MOONLIGHTING_INTERNAL, Kind.MOONLIGHTING_EXTERNAL)

WORKED = np.array([MEANING[kind].worked for kind in KINDS])
BUSY = np.array([MEANING[kind].busy for kind in KINDS])
IN_HOUSE = np.array([MEANING[kind].presence == "in house" for kind in KINDS])
PRESENT = np.array([MEANING[kind].presence != "away" for kind in KINDS])


@cache
def chosen(*kinds: Kind) -> Bools:
    """Return which positions of `KINDS` these are, to look up a column of kinds."""
    result = np.array([kind in kinds for kind in KINDS])
    result.setflags(write=False)
    return result


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """In-house runs in order of people and time; `start` and `end` on the common axis."""

    person: Column
    start: Minutes
    end: Minutes
    rotation: Column

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.start)


class PeriodSums(NamedTuple):
    """Sums over each averaging period: minutes, and days."""

    worked: Minutes
    worked_on_leave: Minutes
    days: Minutes
    """Days that are not leave."""
    leave_days: Minutes
    leave_days_worked: Minutes
    days_off: Minutes


class Facts:
    """What follows from a timeline of P people, D days and N intervals, under a policy.

    Attributes
    ----------
    shift : int64 array (P,)
        Added to a minute of the clock, it gives its place on the common axis.
    begins : int64 array (P, D + 1)
        Where each local day begins on the axis.
    start, end : int64 arrays (N,)
        Intervals on the axis.
    overworked : bool array (P, D)
        Days of periods with too many hours or too few days off; the validator notes them.
    """

    def __init__(self, timeline: Timeline, policy: Policy) -> None:
        self.timeline = timeline
        self.policy = policy
        days = timeline.days + 2 * LOOK_BACK_DAYS
        first = timeline.first - timedelta(LOOK_BACK_DAYS)
        clocks = {one.zone: midnights(one.zone, first, days) for one in timeline.people}
        local = np.stack([clocks[one.zone] for one in timeline.people])
        low = int(timeline.start.min(initial=local.min()))
        high = int(timeline.end.max(initial=local.max()))
        # More than a week between any two people: no window of one reaches the other.
        self.stride = high - low + LOOK_BACK_DAYS * DAY
        self.shift = np.arange(len(timeline.people), dtype=np.int64) * self.stride - low
        self.all_begins = local + self.shift[:, np.newaxis]
        self.begins = self.all_begins[:, LOOK_BACK_DAYS : LOOK_BACK_DAYS + timeline.days + 1]
        offset = self.shift[timeline.person]
        self.start: Minutes = timeline.start + offset
        self.end: Minutes = timeline.end + offset
        self.overworked = np.zeros((len(timeline.people), timeline.days), dtype=np.bool_)
        self._unions: dict[bytes, Union] = {}

    def take_over(self, former: "Facts", row: int, changed: Container[Kind]) -> None:
        """Take what is as it was before one person's intervals of some kinds changed.

        Parameters
        ----------
        former, row
            Facts in which the person is in that row; rotations and leave are the same.
        changed
            Kinds of the intervals that are new or gone.
        """
        self.periods = former.periods.of(row)
        self.rotation_by_day = former.rotation_by_day[row : row + 1]
        if Kind.NIGHT_FLOAT not in changed:
            self.float_nights = former.float_nights[row : row + 1]

    def midnight_of(self, day: date) -> Minutes:
        """Return where a date begins for each person, on the axis."""
        clocks = [midnight(one.zone, day) for one in self.timeline.people]
        return np.array(clocks, dtype=np.int64) + self.shift

    def rows(self, kinds: Bools) -> Bools:
        """Return which intervals are of these kinds."""
        result: Bools = kinds[self.timeline.kind]
        return result

    @cached_property
    def there(self) -> Bools:
        """Of which kinds there are intervals: positions in `KINDS`."""
        result: Bools = np.bincount(self.timeline.kind, minlength=len(KINDS)) > 0
        return result

    def has(self, kind: Kind) -> bool:
        """Return whether there is any interval of a kind."""
        return bool(self.there[KINDS.index(kind)])

    def union_of(self, kinds: Bools) -> Union:
        """Return the union of all intervals of these kinds."""
        kinds = kinds & self.there
        key = kinds.tobytes()
        if key not in self._unions:
            rows = self.rows(kinds)
            self._unions[key] = union(self.start[rows], self.end[rows])
        return self._unions[key]

    @cached_property
    def worked(self) -> Union:
        """The union of everything that counts towards the weekly hours."""
        return self.union_of(WORKED)

    @cached_property
    def minutes_by_day(self) -> Minutes:
        """Worked minutes of each local day: (P, D)."""
        return np.diff(self.worked.before(self.begins), axis=1)

    @cached_property
    def away(self) -> Union:
        """The union of what breaks a day off, and of leave."""
        kinds = BUSY.copy()
        if not self.policy.moonlighting_breaks_days_off:
            kinds &= ~chosen(*_MOONLIGHTING)
        rows = self.rows(kinds)
        person, day = np.nonzero(self.timeline.leave)
        start = np.concatenate([self.start[rows], self.begins[person, day]])
        end = np.concatenate([self.end[rows], self.begins[person, day + 1]])
        order = np.argsort(start, kind="stable")
        return union(start[order], end[order])

    @cached_property
    def days_off(self) -> Minutes:
        """Starts of the 24-hour windows packed into the gaps of `away`, on the axis.

        Where nobody knows when duty goes on after the last known day, it is taken to be at eight in
        the morning.
        """
        away = self.away
        opens, closes = self.begins[:, 0].copy(), self.begins[:, -1] + _NEXT_MORNING_MIN
        np.minimum.at(opens, self.timeline.person, self.start)
        np.maximum.at(closes, away.start // self.stride, away.end)
        start = np.sort(np.concatenate([opens, away.end]), kind="stable")
        end = np.sort(np.concatenate([away.start, closes]), kind="stable")
        count = (end - start) // DAY
        return np.repeat(start, count) + DAY * counting(count)

    @cached_property
    def all_days_off_by_day(self) -> Column:
        """How many windows of `days_off` start on each local day: (P, D + look-back each side)."""
        return self.all_by_day(self.days_off)

    @property
    def days_off_by_day(self) -> Column:
        """As `all_days_off_by_day`, of the known days: (P, D)."""
        return self.known(self.all_days_off_by_day)

    @cached_property
    def idle_days(self) -> Bools:
        """Local days without a minute of duty or home call, and without leave: (P, D)."""
        busy = np.diff(self.away.before(self.begins), axis=1)
        result: Bools = busy == 0
        return result

    def all_by_day(self, moments: Minutes) -> Column:
        """Return how many moments fall on each local day: (P, D + look-back each side)."""
        begins = self.all_begins
        place = begins.ravel().searchsorted(moments, side="right")
        counts = np.bincount(place, minlength=begins.size + 1)[1:].reshape(begins.shape)
        result: Column = counts[:, :-1].astype(np.int32)
        return result

    def known(self, by_day: AnyByDay) -> AnyByDay:
        """Return the known days of an array with look-back on each side."""
        return by_day[:, LOOK_BACK_DAYS : LOOK_BACK_DAYS + self.timeline.days]

    def day_of(self, person: NDArray[np.integer[Any]], moments: Minutes) -> Column:
        """Return the local day of each moment, counted from the first known one."""
        width = self.all_begins.shape[1]
        place = self.all_begins.ravel().searchsorted(moments, side="right") - 1
        days: Column = (place - person.astype(np.int64) * width - LOOK_BACK_DAYS).astype(np.int32)
        return days

    @cached_property
    def runs(self) -> Runs:
        """Maximal unions of in-house time."""
        return self._runs_of(PRESENT)

    @cached_property
    def runs_without_voluntary(self) -> Runs:
        """The runs as they would be had nobody stayed on or come back of their own accord."""
        return self._runs_of(PRESENT & ~chosen(Kind.VOLUNTARY))

    def turned_back(self, runs: NDArray[np.intp]) -> Minutes:
        """Return by how many minutes the clock was put back during each of these runs."""
        turned = np.zeros(len(runs), dtype=np.int64)
        for position, run in enumerate(runs.tolist()):
            person = int(self.runs.person[run])
            zone, shift = self.timeline.people[person].zone, int(self.shift[person])
            start, end = (int(axis[run]) - shift for axis in (self.runs.start, self.runs.end))
            turned[position] = offset(start, zone) - offset(end, zone)
        return turned

    def run_kinds(self, kinds: Bools) -> Bools:
        """Return these kinds without moonlighting, where rest rules do not look at it."""
        if self.policy.moonlighting_has_rest_rules:
            return kinds
        return kinds & ~chosen(*_MOONLIGHTING)

    def _runs_of(self, kinds: Bools) -> Runs:
        rows = np.flatnonzero(self.rows(self.run_kinds(kinds)))
        found = union(self.start[rows], self.end[rows], self.policy.merge_gap_minutes)
        first = rows[found.first]
        if len(first):
            inside = IN_HOUSE[self.timeline.kind[rows]]
            kept = np.logical_or.reduceat(inside, found.first)
        else:
            kept = np.zeros(0, dtype=np.bool_)
        first = first[kept]
        return Runs(
            person=self.timeline.person[first],
            start=found.start[kept],
            end=found.end[kept],
            rotation=self.timeline.rotation[first],
        )

    @cached_property
    def call_nights(self) -> Bools:
        """Local dates on which an in-house call evening begins: (P, D + look-back each side)."""
        return self.nights(Kind.CALL)

    @cached_property
    def float_nights(self) -> Bools:
        """As `call_nights`, of night float."""
        return self.nights(Kind.NIGHT_FLOAT)

    @cached_property
    def home_call_nights(self) -> Bools:
        """As `call_nights`, of home call."""
        return self.nights(Kind.HOME_CALL)

    def nights(self, kind: Kind, among: Bools | None = None) -> Bools:
        """Return the local dates on which nights of a kind begin, of all intervals or some."""
        nights = np.zeros((len(self.timeline.people), self.all_begins.shape[1]), dtype=np.bool_)
        rows = self.rows(chosen(kind))
        if among is not None:
            rows &= among
        told = self.timeline.call_night != NO_NIGHT if kind is Kind.CALL else np.zeros_like(rows)
        row = rows & told
        day = self.timeline.call_night[row].astype(np.int64) + LOOK_BACK_DAYS
        known = (day >= 0) & (day < nights.shape[1])
        nights[self.timeline.person[row][known], day[known]] = True
        stretches = union(self.start[rows & ~told], self.end[rows & ~told])
        flat, axis = nights.ravel(), self.all_begins.ravel()
        after_start = axis.searchsorted(stretches.start, side="right")
        before_end = axis.searchsorted(stretches.end, side="left")
        count = before_end - after_start
        # Before the first midnight of somebody that is a last column, which nobody sees.
        flat[np.repeat(after_start, count) + counting(count) - 1] = True
        short = np.flatnonzero(count == 0)
        begun = after_start[short] - 1
        next_midnight = axis[np.minimum(begun + 1, len(axis) - 1)]
        early = stretches.start[short] < next_midnight - _EVENING_MIN
        own = begun - early
        same = own // nights.shape[1] == stretches.start[short] // self.stride
        flat[own[same]] = True
        return nights[:, :-1]

    @cached_property
    def periods(self) -> Periods:
        """What hours, days off and calls are averaged over."""
        return averaging_periods(self.timeline, self.policy)

    @cached_property
    def period_bounds(self) -> tuple[Minutes, Minutes]:
        """Where each averaging period begins and ends, on the axis."""
        periods = self.periods
        return (
            self.begins[periods.person, periods.first],
            self.begins[periods.person, periods.stop],
        )

    @cached_property
    def sums(self) -> PeriodSums:
        """Worked minutes, days, leave and days off of every averaging period."""
        leave = self.timeline.leave
        away = self.summed(leave)
        on_leave = leave_worked = np.zeros_like(away)
        if away.any():
            worked = self.minutes_by_day
            on_leave = self.summed(worked * leave)
            leave_worked = self.summed((worked > 0) & leave)
        start, end = self.period_bounds
        return PeriodSums(
            worked=self.worked.before(end) - self.worked.before(start),
            worked_on_leave=on_leave,
            days=self.periods.stop - self.periods.first - away,
            leave_days=away,
            leave_days_worked=leave_worked,
            days_off=self.counted(self.days_off),
        )

    @cached_property
    def rotation_by_day(self) -> Column:
        """The rotation of each local day, `NONE` outside the spans: (P, D)."""
        spans = self.timeline.spans
        result = np.full(self.timeline.leave.shape, NONE, dtype=np.int32)
        count = spans.last - spans.first + 1
        step = counting(count)
        day = np.repeat(spans.first, count) + step
        result[np.repeat(spans.person, count), day] = np.repeat(spans.rotation, count)
        return result

    @cached_property
    def rotation_or_duty_by_day(self) -> Column:
        """As `rotation_by_day`; a day outside the spans has the rotation of its first duty."""
        result = self.rotation_by_day.copy()
        person = self.timeline.person[::-1]
        day = self.day_of(person, self.start[::-1])
        inside = np.flatnonzero((day >= 0) & (day < self.timeline.days))
        inside = inside[result[person[inside], day[inside]] == NONE]
        result[person[inside], day[inside]] = self.timeline.rotation[::-1][inside]
        return result

    def rotations_of(self, specialties: tuple[str, ...]) -> Bools:
        """Return which rotations are of one of these specialties; the last entry is `NONE`."""
        wanted = {name.casefold() for name in specialties}
        names = [name or self.policy.specialty for name in self.timeline.specialties]
        return np.array([name.casefold() in wanted for name in names] + [False])

    def summed(self, by_day: ByDay) -> Minutes:
        """Return the sum of a (P, D) array over each averaging period."""
        periods = self.periods
        total = np.zeros((by_day.shape[0], by_day.shape[1] + 1), dtype=np.int64)
        np.cumsum(by_day, axis=1, out=total[:, 1:])
        result: Minutes = total[periods.person, periods.stop] - total[periods.person, periods.first]
        return result

    def counted(self, moments: Minutes) -> Minutes:
        """Return how many of these rising moments lie in each averaging period."""
        start, end = self.period_bounds
        result: Minutes = moments.searchsorted(end) - moments.searchsorted(start)
        return result

    def sliding(self, by_day: ByDay, width: int) -> Minutes:
        """Return the sums of a (P, D) array over every `width` days: (P, D - width + 1)."""
        total = np.zeros((by_day.shape[0], by_day.shape[1] + 1), dtype=np.int64)
        np.cumsum(by_day, axis=1, out=total[:, 1:])
        result: Minutes = total[:, width:] - total[:, :-width]
        return result

    def pgy_at(self, moments: Minutes) -> Column:
        """Return the postgraduate year of the first interval at or after each moment."""
        place = self.start.searchsorted(moments)
        years: Column = np.append(self.timeline.pgy, [0])[place].astype(np.int32)
        return years
