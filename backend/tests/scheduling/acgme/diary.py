"""One person's time, minute by minute: what the oracle of the duty-hour rules reads.

Nothing here comes from the verifier but the dataclasses that both are given. Every question is put
to rows of marked minutes; the section numbers are those of the specification.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import NamedTuple
from zoneinfo import ZoneInfo

from app.scheduling.acgme.intervals import Basis, DutyInterval, LeaveDays, Resident, RotationSpan
from app.scheduling.acgme.kinds import Kind
from app.scheduling.acgme.policy import Policy

HOUR = 60
DAY = 24 * HOUR
ONE_DAY = timedelta(1)
MARGIN = 3 * DAY

COUNTS_TO_80 = {
    Kind.IN_HOUSE,
    Kind.CALL,
    Kind.NIGHT_FLOAT,
    Kind.EDUCATION,
    Kind.ADMIN,
    Kind.TRANSITION,
    Kind.VOLUNTARY,
    Kind.WORK_FROM_HOME,
    Kind.HOME_CALL_ACTIVITY,
    Kind.HOME_CALL_IN,
    Kind.MOONLIGHTING_INTERNAL,
    Kind.MOONLIGHTING_EXTERNAL,
    Kind.CONFERENCE,
}
"""Section 2, column "counts to 80"."""
BREAKS_A_DAY_OFF = COUNTS_TO_80 | {Kind.HOME_CALL}
"""Section 2, column "breaks a day off"."""
IN_HOUSE_RUN = {
    Kind.IN_HOUSE,
    Kind.CALL,
    Kind.NIGHT_FLOAT,
    Kind.TRANSITION,
    Kind.VOLUNTARY,
    Kind.HOME_CALL_IN,
    Kind.MOONLIGHTING_INTERNAL,
}
"""Section 2, column "in-house run": yes."""
ADJACENT = {Kind.EDUCATION, Kind.ADMIN}
"""Section 2, column "in-house run": if adjacent."""
MOONLIGHTING = {Kind.MOONLIGHTING_INTERNAL, Kind.MOONLIGHTING_EXTERNAL}


@dataclass(frozen=True)
class Case:
    """What the verifier and the oracle are both given.

    `packs` are the names of the rule packs; `first` and `last` are the known days.
    """

    name: str
    basis: Basis
    residents: tuple[Resident, ...]
    intervals: tuple[DutyInterval, ...]
    spans: tuple[RotationSpan, ...]
    leave: tuple[LeaveDays, ...]
    policy: Policy
    packs: tuple[str, ...]
    first: date
    last: date


class Period(NamedTuple):
    """Days over which hours are averaged, both included."""

    first: date
    last: date
    rotation: str = ""

    @property
    def days(self) -> list[date]:
        """Every day of it."""
        return days_between(self.first, self.last)


class Stretch(NamedTuple):
    """An uninterrupted stretch of duty, with what it is made of in order."""

    start: int
    end: int
    duties: tuple[DutyInterval, ...]

    def holds(self, kind: Kind) -> bool:
        """Return whether there is duty of this kind in it."""
        return any(duty.kind is kind for duty in self.duties)


class Minutes:
    """A row of minutes from `low` to before `high`, each marked or not."""

    def __init__(self, low: int, high: int) -> None:
        self.low, self.high = low, high
        self.marks = bytearray(high - low)

    def mark(self, start: int, end: int) -> None:
        """Mark every minute from `start` to before `end`."""
        start, end = max(start, self.low), min(end, self.high)
        if start < end:
            self.marks[start - self.low : end - self.low] = b"\1" * (end - start)

    def clear(self, start: int, end: int) -> None:
        """Take the marks from `start` to before `end` away."""
        start, end = max(start, self.low), min(end, self.high)
        if start < end:
            self.marks[start - self.low : end - self.low] = b"\0" * (end - start)

    def count(self, start: int, end: int) -> int:
        """Return how many minutes from `start` to before `end` are marked."""
        return self.marks.count(1, max(0, start - self.low), max(0, end - self.low))

    def next_marked(self, start: int) -> int | None:
        """Return the first marked minute at or after `start`."""
        found = self.marks.find(1, max(0, start - self.low))
        return None if found < 0 else self.low + found

    def next_free(self, start: int) -> int:
        """Return the first minute at or after `start` that is not marked; the last ones are not."""
        found = self.marks.find(0, max(0, start - self.low))
        assert found >= 0
        return self.low + found

    def stretches(self) -> Iterator[tuple[int, int]]:
        """Yield start and end of every longest row of marked minutes."""
        start = self.next_marked(self.low)
        while start is not None:
            end = self.next_free(start)
            yield start, end
            start = self.next_marked(end)


def days_between(first: date, last: date) -> list[date]:
    """Return the days from `first` to `last`, both included."""
    return [first + timedelta(n) for n in range((last - first).days + 1)]


def minute(moment: datetime) -> int:
    """Return a time as minutes since 1970 (UTC)."""
    return int(moment.timestamp()) // 60


def chunks(first: date, last: date, rotation: str, whole: int, remainder: str) -> Iterator[Period]:
    """Yield the averaging periods of a range of days; up to `whole` days are one (section 3)."""
    length = (last - first).days + 1
    if length <= whole:
        yield Period(first, last, rotation)
        return
    for n in range(length // 28):
        begin = first + timedelta(28 * n)
        yield Period(begin, begin + timedelta(27), rotation)
    left = length % 28
    if left:
        back = 28 if remainder == "last28" else left
        yield Period(last - timedelta(back - 1), last, rotation)


class Diary:
    """What one person did, and on which days.

    Parameters
    ----------
    case
        Of which the person's part is taken.
    """

    def __init__(self, case: Case, person: Resident) -> None:
        self.case, self.person, self.policy = case, person, case.policy
        self.zone = ZoneInfo(person.zone)
        self.basis = case.basis
        own = [
            replace(duty, start=duty.start.astimezone(UTC), end=duty.end.astimezone(UTC))
            for duty in case.intervals
            if duty.person == person.id
        ]
        self.duties = sorted(own, key=lambda duty: minute(duty.start))
        self.spans = sorted(
            (span for span in case.spans if span.person == person.id), key=lambda span: span.first
        )
        self.days = days_between(case.first, case.last)
        self.leave = {
            day
            for absence in case.leave
            if absence.person == person.id
            for day in days_between(absence.first, absence.last)
        }
        self.begin, self.end = self.midnight(case.first), self.midnight(case.last + ONE_DAY)
        starts = [minute(duty.start) for duty in self.duties]
        ends = [minute(duty.end) for duty in self.duties]
        self.low = min([self.begin, *starts]) - MARGIN
        self.high = max([self.end, *ends]) + MARGIN

    def midnight(self, day: date) -> int:
        """Return the minute at which a local day begins."""
        return minute(datetime.combine(day, time(), self.zone))

    def bounds(self, first: date, last: date) -> tuple[int, int]:
        """Return the minutes at which the first day begins and the last one is over."""
        return self.midnight(first), self.midnight(last + ONE_DAY)

    def local(self, at: int) -> datetime:
        """Return what the clock of the home programme shows."""
        return datetime.fromtimestamp(at * 60, self.zone)

    def day_of(self, at: int) -> date:
        """Return the local day that holds a minute."""
        return self.local(at).date()

    def paint(self, duties: Iterable[DutyInterval]) -> Minutes:
        """Return the minutes in which there is at least one of these duties."""
        row = Minutes(self.low, self.high)
        for duty in duties:
            row.mark(minute(duty.start), minute(duty.end))
        return row

    def of(self, kinds: Collection[Kind]) -> list[DutyInterval]:
        """Return the duties of these kinds."""
        return [duty for duty in self.duties if duty.kind in kinds]

    @cached_property
    def worked(self) -> Minutes:
        """W: the minutes that count to the weekly hours."""
        return self.paint(self.of(COUNTS_TO_80))

    def worked_on(self, day: date) -> int:
        """Return the minutes of W on a local day."""
        return self._worked_on[day]

    @cached_property
    def _worked_on(self) -> dict[date, int]:
        return {day: self.worked.count(*self.bounds(day, day)) for day in self.days}

    def working_days(self, period: Period) -> list[date]:
        """Return the days of a period that are not leave; n is their number."""
        return [day for day in period.days if day not in self.leave]

    # --- section 3: averaging periods ---

    @cached_property
    def periods(self) -> list[Period]:
        """The averaging periods of the person."""
        policy = self.policy
        if not self.spans:
            return []
        if policy.averaging == "rotation":
            return [
                period
                for span in self.spans
                for period in chunks(span.first, span.last, span.rotation, 31, policy.remainder)
            ]
        first, last = self.spans[0].first, self.spans[-1].last
        if policy.averaging == "fixed28":
            found = list(chunks(first, last, "", 28, policy.remainder))
        elif policy.averaging == "calendar_month":
            months = sorted({(day.year, day.month) for day in days_between(first, last)})
            found = []
            for month in months:
                inside = [d for d in days_between(first, last) if (d.year, d.month) == month]
                found.append(Period(inside[0], inside[-1]))
        elif (last - first).days + 1 <= 28:
            found = [Period(first, last)]
        else:
            begins = days_between(first, last - timedelta(27))
            found = [Period(begin, begin + timedelta(27)) for begin in begins]
        return [period._replace(rotation=self.rotation_on(period.first)) for period in found]

    def rotation_on(self, day: date) -> str:
        """Return the rotation of a day, empty for none."""
        for span in self.spans:
            if span.first <= day <= span.last:
                return span.rotation
        return ""

    def rotation_or_duty_on(self, day: date) -> str:
        """Return the rotation of a day; beside the rotations, that of its first duty.

        Duty that begins on the day comes before duty that goes on from the day before.
        """
        start, end = self.bounds(day, day)
        there = [x for x in self.duties if minute(x.start) < end and minute(x.end) > start]
        there.sort(key=lambda duty: minute(duty.start) < start)
        return self.rotation_on(day) or (there[0].rotation if there else "")

    @cached_property
    def days_looked_at(self) -> list[date]:
        """The known days, and those before them from the first duty on."""
        starts = [self.day_of(minute(duty.start)) for duty in self.duties]
        return days_between(min([self.days[0], *starts]), self.days[-1])

    # --- section 2: runs ---

    @cached_property
    def run_kinds(self) -> set[Kind]:
        """The kinds that make or lengthen a stay in house."""
        kinds = IN_HOUSE_RUN | ADJACENT
        if not self.policy.moonlighting_has_rest_rules:
            kinds.discard(Kind.MOONLIGHTING_INTERNAL)
        return kinds

    @cached_property
    def runs(self) -> list[Stretch]:
        """The person's runs."""
        return self._runs(self.run_kinds)

    @cached_property
    def runs_without_voluntary(self) -> list[Stretch]:
        """The runs as they would be without anything that the person chose to stay for."""
        return self._runs(self.run_kinds - {Kind.VOLUNTARY})

    def _runs(self, kinds: set[Kind]) -> list[Stretch]:
        stretches = self.stretches(self.of(kinds), self.policy.merge_gap_minutes)
        return [one for one in stretches if any(duty.kind in IN_HOUSE_RUN for duty in one.duties)]

    def stretches(self, duties: Sequence[DutyInterval], bridged: int = 0) -> list[Stretch]:
        """Return duties joined where they touch, or where the gap is not too long to bridge."""
        joined: list[list[int]] = []
        for start, end in self.paint(duties).stretches():
            if joined and start - joined[-1][1] <= bridged:
                joined[-1][1] = end
            else:
                joined.append([start, end])
        return [
            Stretch(start, end, tuple(x for x in duties if start <= minute(x.start) < end))
            for start, end in joined
        ]

    # --- section 4: free days ---

    @cached_property
    def taken(self) -> Minutes:
        """The minutes that are no part of a day off: busy ones and leave."""
        kinds = set(BREAKS_A_DAY_OFF)
        if not self.policy.moonlighting_breaks_days_off:
            kinds -= MOONLIGHTING
        row = self.paint(self.of(kinds))
        for day in self.leave:
            row.mark(*self.bounds(day, day))
        return row

    @cached_property
    def free_windows(self) -> list[int]:
        """Where each continuous 24 h off starts, packed from the start of every gap.

        Where no duty is known after the known days, it is taken to go on at eight in the morning.
        """
        starts: list[int] = []
        at = min([self.begin, *(minute(duty.start) for duty in self.duties)])
        while at < self.end:
            begin = self.taken.next_free(at)
            busy_again = self.taken.next_marked(begin)
            at = self.end + 8 * HOUR if busy_again is None else busy_again
            starts += range(begin, at - DAY + 1, DAY)
        return [start for start in starts if start < self.end]

    @cached_property
    def credited(self) -> list[date]:
        """The local day of each window's start."""
        return [self.day_of(start) for start in self.free_windows]

    def windows_in(self, period: Period) -> list[int]:
        """Return the windows that a period is credited with."""
        pairs = zip(self.free_windows, self.credited, strict=True)
        return [start for start, day in pairs if period.first <= day <= period.last]

    def free_calendar_days(self, period: Period) -> int:
        """Return how many local days of a period have nothing in them."""
        return sum(self.taken.count(*self.bounds(day, day)) == 0 for day in period.days)

    # --- nights ---

    def nights(self, kind: Kind) -> list[date]:
        """Return the dates of the nights of a kind of duty, each once.

        A night is a date that is given, or the date before each midnight that the duty lasts over;
        where it lasts over none, the date of its start, before 06:00 the date before.
        """
        dates: set[date] = set()
        undated = []
        for duty in self.of({kind}):
            if duty.call_night is not None and kind is Kind.CALL:
                dates.add(duty.call_night)
            else:
                undated.append(duty)
        for start, end in self.paint(undated).stretches():
            days = days_between(self.day_of(start), self.day_of(end))
            over = [day - ONE_DAY for day in days if start < self.midnight(day) < end]
            if not over:
                begun = self.local(start)
                over = [begun.date() - ONE_DAY if begun.hour < 6 else begun.date()]
            dates.update(over)
        return sorted(dates)

    # --- specialties ---

    @property
    def is_internist(self) -> bool:
        """Whether the person's own specialty is internal medicine."""
        return _same(self.person.specialty or self.policy.specialty, "internal medicine")

    def is_emergency(self, rotation: str) -> bool:
        """Return whether a rotation is one of emergency medicine."""
        spans = [span for span in self.case.spans if span.rotation == rotation]
        specialties = {span.specialty for span in spans} or {""}
        return rotation != "" and any(
            _same(one or self.policy.specialty, "emergency medicine") for one in specialties
        )


def _same(one: str, other: str) -> bool:
    return one.casefold() == other
