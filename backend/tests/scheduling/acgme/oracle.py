"""What every duty-hour rule says, in plain Python: the independent judge of the verifier.

One function per rule, in the order of the specification, told from a person's `Diary`. Nothing
here comes from the verifier but the dataclasses that both are given.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from math import ceil
from typing import Literal, NamedTuple

from app.scheduling.acgme.intervals import DutyInterval
from app.scheduling.acgme.kinds import Kind
from tests.scheduling.acgme.diary import (
    COUNTS_TO_80,
    DAY,
    HOUR,
    MOONLIGHTING,
    ONE_DAY,
    Case,
    Diary,
    Minutes,
    Period,
    Stretch,
    days_between,
    minute,
)

Severity = Literal["error", "warning", "info"]
Number = Fraction | int

RANK: dict[Severity, int] = {"info": 0, "warning": 1, "error": 2}
AFTER_CARE = {Kind.TRANSITION, Kind.EDUCATION, Kind.VOLUNTARY}
"""What may be done after 24 hours."""


class Expected(NamedTuple):
    """A finding that the verifier must report; times are minutes since 1970 (UTC)."""

    rule: str
    person: str
    severity: Severity
    start: int
    end: int
    measured: float
    limit: float


class Breach(NamedTuple):
    """A place where a rule is broken; without a severity it has the rule's own."""

    start: int
    end: int
    measured: Number
    limit: Number
    severity: Severity | None = None


def hours(minutes: int) -> Fraction:
    """Return minutes as hours."""
    return Fraction(minutes, HOUR)


# --- 6.20: 80 hours a week, averaged ---


def _weekly_hours(
    d: Diary, limit_of: Callable[[Period], int], *, strict: bool = True
) -> Iterator[tuple[Period, Breach]]:
    """Yield the periods with more hours a week than the limit; leave is read in three ways."""
    for period in d.periods:
        limit = limit_of(period)
        off = [day for day in period.days if day in d.leave]
        n = len(period.days) - len(off)
        everything = sum(d.worked_on(day) for day in period.days)
        on_leave = sum(d.worked_on(day) for day in off)
        days_back = sum(d.worked_on(day) > 0 for day in off)
        base = _average(everything - on_leave, n)
        restored = _average(everything, n + days_back)
        by_the_book = _average(everything, n)
        start, end = d.bounds(period.first, period.last)
        if max(base, restored) > limit:
            yield period, Breach(start, end, max(base, restored), limit)
        elif strict and by_the_book > limit:
            yield period, Breach(start, end, by_the_book, limit, "warning")


def _average(minutes: int, days: int) -> Fraction:
    return Fraction(minutes * 7, HOUR * days) if days else Fraction(0)


def _eighty_or_granted(d: Diary) -> Callable[[Period], int]:
    def limit(period: Period) -> int:
        granted = [
            exception.hours
            for exception in d.policy.exceptions
            if (exception.start or period.first) <= period.first <= (exception.end or period.first)
            and (not exception.rotations or period.rotation in exception.rotations)
        ]
        return max([80, *granted])

    return limit


def cpr_6_20_80h(d: Diary) -> Iterator[Breach]:
    """At most 80 hours a week of a period, or what the committee granted."""
    return _once_per_overlap(d, _weekly_hours(d, _eighty_or_granted(d)))


def cpr_6_20_plan(d: Diary) -> Iterator[Breach]:
    """Keep a distance from 80 hours in a plan."""
    if d.basis == "plan":
        allowed, distance = _eighty_or_granted(d), d.policy.planner_buffer_hours
        found = _weekly_hours(d, lambda period: allowed(period) - distance, strict=False)
        yield from _once_per_overlap(d, found)


def _once_per_overlap(
    d: Diary, found: Iterable[tuple[Period, Breach]], *, more_is_worse: bool = True
) -> Iterator[Breach]:
    """Yield broken periods; when they roll, only the worst of those that overlap."""
    breaches = [breach for _, breach in found]
    if d.policy.averaging == "rolling28_local":
        breaches = _worst_of_overlapping(breaches, more_is_worse=more_is_worse)
    yield from breaches


def _worst_of_overlapping(
    breaches: Iterable[Breach], *, more_is_worse: bool = True
) -> list[Breach]:
    """Return the worst of every chain of overlapping windows; of equal ones the first."""
    chains: list[list[Breach]] = []
    for breach in breaches:
        if chains and breach.start < chains[-1][-1].end:
            chains[-1].append(breach)
        else:
            chains.append([breach])

    def badness(breach: Breach) -> tuple[int, Number]:
        beyond = breach.measured - breach.limit
        return RANK[breach.severity or "error"], beyond if more_is_worse else -beyond

    return [max(chain, key=badness) for chain in chains]


# --- 6.21: rest ---


def _short_rests(d: Diary, least: Callable[[Stretch], int]) -> Iterator[tuple[Stretch, Breach]]:
    """Yield runs after which the next one begins too early; `least` is in minutes."""
    for run, following in pairwise(d.runs):
        gap = following.start - run.end
        if gap < least(run):
            yield run, Breach(run.end, following.start, hours(gap), hours(least(run)))


def cpr_6_21_8h(d: Diary) -> Iterator[Breach]:
    """8 hours off between two runs, unless the person chose to stay or to come back."""
    for run, breach in _short_rests(d, lambda _: 8 * HOUR):
        if not _is_own_choice(d, breach) or _averages_are_broken(d, d.day_of(run.end)):
            yield breach


def _is_own_choice(d: Diary, rest: Breach) -> bool:
    """Return whether the rest is long enough without what is voluntary."""
    for before, after in pairwise(d.runs_without_voluntary):
        if before.end <= rest.start and rest.end <= after.start:
            return after.start - before.end >= 8 * HOUR
    return True


def _averages_are_broken(d: Diary, day: date) -> bool:
    """Return whether a period that holds a day has too many hours or too few days off."""
    too_long = [
        period
        for period, breach in _weekly_hours(d, _eighty_or_granted(d))
        if breach.severity is None
    ]
    too_few = [period for period, _ in _too_few_days_off(d)]
    return any(period.first <= day <= period.last for period in too_long + too_few)


def cpr_6_21a_14h(d: Diary) -> Iterator[Breach]:
    """14 hours free of duty after 24 hours in house; no home call in them."""
    home_call = d.paint(d.of({Kind.HOME_CALL}))
    for run in d.runs:
        if run.end - run.start < 24 * HOUR:
            continue
        work = d.worked.next_marked(run.end)
        if work is not None and work - run.end < 14 * HOUR:
            yield Breach(run.end, work, hours(work - run.end), 14)
            continue
        pager = home_call.next_marked(run.end)
        if pager is not None and pager - run.end < 14 * HOUR:
            yield Breach(run.end, pager, hours(pager - run.end), 14, "warning")


# --- 6.21.b: days off ---


def _need(d: Diary, period: Period) -> Number:
    n = len(d.working_days(period))
    if d.policy.rounding == "exact":
        return Fraction(n, 7)
    return ceil(Fraction(n, 7)) if d.policy.rounding == "ceil" else n // 7


def _too_few_days_off(d: Diary) -> Iterator[tuple[Period, Breach]]:
    for period in d.periods:
        need, off = _need(d, period), len(d.windows_in(period))
        if off < need:
            yield period, Breach(*d.bounds(period.first, period.last), off, need)


def cpr_6_21b_1in7(d: Diary) -> Iterator[Breach]:
    """One day in seven free, averaged."""
    return _once_per_overlap(d, _too_few_days_off(d), more_is_worse=False)


def cpr_6_21b_ideal(d: Diary) -> Iterator[Breach]:
    """Make the days off that are due calendar days."""

    def found() -> Iterator[tuple[Period, Breach]]:
        for period in d.periods:
            need, ideal = _need(d, period), d.free_calendar_days(period)
            if ideal < need <= len(d.windows_in(period)):
                yield period, Breach(*d.bounds(period.first, period.last), ideal, need)

    return _once_per_overlap(d, found(), more_is_worse=False)


def cpr_6_21b_exact(d: Diary) -> Iterator[Breach]:
    """Be told where days off are enough only because their number is rounded down."""

    def found() -> Iterator[tuple[Period, Breach]]:
        for period in d.periods:
            n, off = len(d.working_days(period)), len(d.windows_in(period))
            if _need(d, period) <= off and off * 7 < n:
                bounds = d.bounds(period.first, period.last)
                yield period, Breach(*bounds, off, Fraction(n, 7))

    return _once_per_overlap(d, found(), more_is_worse=False)


def cpr_6_21b_stretch(d: Diary) -> Iterator[Breach]:
    """No more than 12 days in a row without one off."""
    if not d.spans:
        return
    rested = set(d.credited) | d.leave
    for row in _rows(
        day for day in days_between(d.spans[0].first, d.spans[-1].last) if day not in rested
    ):
        if len(row) > 12:
            yield Breach(*d.bounds(row[0], row[-1]), len(row), 12)


def _rows(days: Iterable[date]) -> list[list[date]]:
    """Return rising days as rows of consecutive ones."""
    rows: list[list[date]] = []
    for day in days:
        if rows and rows[-1][-1] + ONE_DAY == day:
            rows[-1].append(day)
        else:
            rows.append([day])
    return rows


def cpr_6_21b_postcall(d: Diary) -> Iterator[Breach]:
    """At most a quarter of the days off begin within 6 hours after call."""
    out_of_call = [run.end for run in d.runs if run.holds(Kind.CALL)]

    def found() -> Iterator[tuple[Period, Breach]]:
        for period in d.periods:
            windows = d.windows_in(period)
            after_call = [
                start
                for start in windows
                if any(end <= start < end + 6 * HOUR for end in out_of_call)
            ]
            if len(after_call) * 4 > len(windows):
                share = Fraction(100 * len(after_call), len(windows))
                yield period, Breach(*d.bounds(period.first, period.last), share, 25)

    return _once_per_overlap(d, found())


# --- 6.22: 24 hours, and 4 more ---


def _over_long(
    d: Diary, most: int, beside: set[Kind], concerns: Callable[[Stretch], bool]
) -> Iterator[Breach]:
    """Yield runs with too many minutes of scheduled clinical duty.

    `beside` are kinds that are not clinical. Education is not either, from 24 hours on.
    """
    for run in filter(concerns, d.runs):
        late = run.start + 24 * HOUR
        clinical = d.paint(x for x in run.duties if x.kind not in beside | {Kind.EDUCATION})
        if Kind.EDUCATION not in beside:
            for duty in run.duties:
                if duty.kind is Kind.EDUCATION:
                    clinical.mark(minute(duty.start), min(minute(duty.end), late))
        length = clinical.count(run.start, run.end)
        if length > most:
            shown = length - _put_back(d, run.start, max(end for _, end in clinical.stretches()))
            excused = shown <= most and length - most <= d.policy.dst_grace_minutes
            severity: Severity | None = "info" if excused else None
            yield Breach(run.start, run.end, hours(length), hours(most), severity)


def _put_back(d: Diary, start: int, end: int) -> int:
    """Return by how many minutes the clock was put back meanwhile."""
    before, after = d.local(start).utcoffset(), d.local(end).utcoffset()
    assert before is not None
    assert after is not None
    return int((before - after).total_seconds()) // 60


def cpr_6_22_24h(d: Diary) -> Iterator[Breach]:
    """At most 24 hours of continuous duty."""
    outside = {Kind.TRANSITION, Kind.VOLUNTARY}
    return _over_long(d, 24 * HOUR, outside, lambda _: True)


def _transition(d: Diary, extra: int) -> Iterator[Breach]:
    """Yield runs that go on too long after 24 hours, or with what does not belong there."""
    for run in d.runs:
        own_choice = d.paint(x for x in run.duties if x.kind is Kind.VOLUNTARY)
        for duty in run.duties:
            if duty.kind is not Kind.VOLUNTARY:
                own_choice.clear(minute(duty.start), minute(duty.end))
        length = run.end - run.start - own_choice.count(run.start, run.end)
        if _goes_too_far(d, run, length, 24 * HOUR, extra):
            put_back = max(0, _put_back(d, run.start, run.end))
            first_part = 24 * HOUR + min(put_back, d.policy.dst_grace_minutes)
            excused = not _goes_too_far(d, run, length, first_part, extra)
            severity: Severity | None = "info" if excused else None
            yield Breach(run.start, run.end, hours(length), hours(24 * HOUR + extra), severity)


def _goes_too_far(d: Diary, run: Stretch, length: int, first_part: int, extra: int) -> bool:
    """Return whether too much follows after the first part of a run."""
    late, latest = run.start + first_part, run.start + first_part + extra
    care = d.paint(x for x in run.duties if x.kind not in AFTER_CARE)
    starts_care = run.end - run.start >= 24 * HOUR and any(
        duty.kind in d.run_kinds - AFTER_CARE and late <= minute(duty.start) < latest
        for duty in d.duties
    )
    begun = d.paint(x for x in d.duties if x.new_care and x.kind in d.run_kinds).stretches()
    new_care = run.end > late and any(late <= start < max(run.end, latest) for start, _ in begun)
    goes_on = care.count(late, max(late, run.end)) > 0
    return length > first_part + extra or goes_on or starts_care or new_care


def cpr_6_22a_4h(d: Diary) -> Iterator[Breach]:
    """At most 4 hours more, for transitions and education, without new patients."""
    return _transition(d, 4 * HOUR)


def cpr_6_23_vol(d: Diary) -> Iterator[Breach]:
    """Staying on one's own initiative is rare."""
    stretches = list(d.paint(d.of({Kind.VOLUNTARY})).stretches())

    def found() -> Iterator[tuple[Period, Breach]]:
        for period in d.periods:
            start, end = d.bounds(period.first, period.last)
            stays = [begin for begin, _ in stretches if start <= begin < end]
            if len(stays) > 1:
                yield period, Breach(start, end, len(stays), 1)

    if d.basis == "record":
        yield from _once_per_overlap(d, found())


# --- 6.25: moonlighting ---


def _forbidden(
    stretches: Iterable[Stretch], forbids: Callable[[DutyInterval], bool]
) -> Iterator[Breach]:
    """Yield stretches of which the first duty is forbidden."""
    for stretch in stretches:
        if forbids(stretch.duties[0]):
            yield Breach(stretch.start, stretch.end, hours(stretch.end - stretch.start), 0)


def cpr_6_25_ml(d: Diary) -> Iterator[Breach]:
    """No moonlighting in the first year."""
    return _forbidden(d.stretches(d.of(MOONLIGHTING)), lambda duty: duty.pgy == 1)


def cpr_6_25_approval(d: Diary) -> Iterator[Breach]:
    """Later, moonlighting needs the programme director's approval."""
    unapproved = [duty for duty in d.of(MOONLIGHTING) if duty.approved is False]
    return _forbidden(d.stretches(unapproved), lambda duty: duty.pgy >= 2)


def cpr_6_25_visa(d: Diary) -> Iterator[Breach]:
    """No moonlighting for some, whatever their year."""
    moonlighting = d.stretches(d.of(MOONLIGHTING))
    return _forbidden(moonlighting, lambda _: d.person.id in d.policy.no_moonlighting)


# --- 6.26 to 6.28: night float, in-house call, home call ---


def cpr_6_26_nf(d: Diary) -> Iterator[Breach]:
    """In a week of night float there is a day off."""
    nights, off = set(d.nights(Kind.NIGHT_FLOAT)), set(d.credited)
    broken = [
        week
        for week in _weeks_of(d.days_looked_at)
        if nights.issuperset(week) and off.isdisjoint(week) and d.leave.isdisjoint(week)
    ]
    yield from _worst_of_overlapping(Breach(*d.bounds(week[0], week[-1]), 0, 1) for week in broken)


def cpr_6_27_q3(d: Diary) -> Iterator[Breach]:
    """In-house call at most every third night, averaged."""
    nights = d.nights(Kind.CALL)

    def found() -> Iterator[tuple[Period, Breach]]:
        for period in d.periods:
            calls = sum(period.first <= night <= period.last for night in nights)
            most = len(d.working_days(period)) // 3
            if calls > most:
                yield period, Breach(*d.bounds(period.first, period.last), calls, most)

    return _once_per_overlap(d, found())


def _weeks_of(days: Sequence[date]) -> list[list[date]]:
    """Return every row of 7 consecutive days of a range."""
    return [list(days[n : n + 7]) for n in range(len(days) - 6)]


def cpr_6_28_hc(d: Diary) -> Iterator[Breach]:
    """At most 4 nights of home call in 7 days."""
    nights = set(d.nights(Kind.HOME_CALL))
    found = []
    for week in _weeks_of(d.days):
        count = len(nights.intersection(week))
        if count > 4:
            found.append(Breach(*d.bounds(week[0], week[-1]), count, 4))
    yield from _worst_of_overlapping(found)


# --- internal medicine ---


def im_q3(d: Diary) -> Iterator[Breach]:
    """Call nights are never less than 3 days apart."""
    if not d.is_internist:
        return
    for night, following in pairwise(d.nights(Kind.CALL)):
        apart = (following - night).days
        if apart < 3:
            yield Breach(*d.bounds(night, following), apart, 3)


def _night_float_stretches(d: Diary) -> list[list[date]]:
    """Return stretches of night float; up to 3 nights without do not end one."""
    stretches: list[list[date]] = []
    if not d.is_internist:
        return stretches
    for night in d.nights(Kind.NIGHT_FLOAT):
        if stretches and (night - stretches[-1][-1]).days - 1 <= 3:
            stretches[-1] = days_between(stretches[-1][0], night)
        else:
            stretches.append([night])
    return stretches


def im_nf_run(d: Diary) -> Iterator[Breach]:
    """Night float for at most a month in a row."""
    for stretch in _night_float_stretches(d):
        if len(stretch) > 31:
            yield Breach(*d.bounds(stretch[0], stretch[-1]), len(stretch), 31)


def im_nf_year(d: Diary) -> Iterator[Breach]:
    """Night float for at most two months in a year."""
    first = d.days[0]
    last = first.replace(year=first.year + 1) - ONE_DAY
    spent = [day for stretch in _night_float_stretches(d) for day in stretch]
    spent = [day for day in spent if first <= day <= last]
    if len(spent) > 62:
        yield Breach(*d.bounds(first, min(last, d.days[-1])), len(spent), 62)


# --- emergency medicine ---


def _on_emergency(d: Diary) -> Callable[[Stretch], bool]:
    return lambda run: d.is_emergency(run.duties[0].rotation)


def _milder_when_logged(
    d: Diary, severity: Severity, breaches: Iterable[Breach]
) -> Iterator[Breach]:
    """Yield breaches, with another severity when they were logged."""
    for breach in breaches:
        yield breach._replace(severity=severity) if d.basis == "record" else breach


def em_shift(d: Diary) -> Iterator[Breach]:
    """At most 12 hours on a shift."""
    beside = {Kind.TRANSITION, Kind.VOLUNTARY, Kind.EDUCATION, Kind.ADMIN}
    return _milder_when_logged(d, "info", _over_long(d, 12 * HOUR, beside, _on_emergency(d)))


def em_rest(d: Diary) -> Iterator[Breach]:
    """After a shift at least as much time off."""
    is_emergency = _on_emergency(d)
    found = _short_rests(d, lambda run: run.end - run.start)
    own = (breach for run, breach in found if is_emergency(run))
    return _milder_when_logged(d, "warning", own)


def _long_weeks(d: Diary, minutes: Minutes, most: int) -> Iterator[Breach]:
    """Yield weeks from Monday to Sunday whose days on such rotations are too long together."""
    for monday in sorted({day - timedelta(day.weekday()) for day in d.days}):
        week = [
            day
            for day in days_between(monday, monday + timedelta(6))
            if d.is_emergency(d.rotation_on(day))
        ]
        worked = sum(minutes.count(*d.bounds(day, day)) for day in week)
        if worked > most * HOUR:
            yield Breach(*d.bounds(week[0], week[-1]), hours(worked), most)


def em_week_clinical(d: Diary) -> Iterator[Breach]:
    """At most 60 hours a week with patients of the emergency department."""
    clinical = d.of({Kind.IN_HOUSE, Kind.NIGHT_FLOAT})
    return _long_weeks(d, d.paint(x for x in clinical if d.is_emergency(x.rotation)), 60)


def em_week_total(d: Diary) -> Iterator[Breach]:
    """At most 72 hours a week of all duty."""
    return _long_weeks(d, d.worked, 72)


def em_week_rolling(d: Diary) -> Iterator[Breach]:
    """At most 72 hours in any 168 of which the first duty is on such a rotation.

    Of windows with the same hours the one that begins with duty or ends with it is shown.
    """
    week = 7 * DAY
    stretches, worked = list(d.worked.stretches()), d.of(COUNTS_TO_80)
    found = []
    for begin in sorted({start for start, _ in stretches} | {end - week for _, end in stretches}):
        length = d.worked.count(begin, begin + week)
        first = next((duty for duty in worked if minute(duty.start) >= begin), None)
        if length > 72 * HOUR and first is not None and d.is_emergency(first.rotation):
            found.append(Breach(begin, begin + week, hours(length), 72))
    yield from _worst_of_overlapping(found)


def _weeks_without_day_off(d: Diary, days: Sequence[date]) -> Iterator[Breach]:
    off = set(d.credited)
    yield from _worst_of_overlapping(
        Breach(*d.bounds(week[0], week[-1]), 0, 1)
        for week in _weeks_of(days)
        if d.leave.isdisjoint(week) and off.isdisjoint(week)
    )


def em_dayoff(d: Diary) -> Iterator[Breach]:
    """One day off in any 7 of a rotation, not averaged."""
    for row in _rows(
        day for day in d.days_looked_at if d.is_emergency(_rotation_or_before(d, day))
    ):
        yield from _weeks_without_day_off(d, row)


def _rotation_or_before(d: Diary, day: date) -> str:
    """Return the rotation of a known day; before those, the one of the first duty of the day."""
    return d.rotation_on(day) if day >= d.days[0] else d.rotation_or_duty_on(day)


def em_nights(d: Diary) -> Iterator[Breach]:
    """At most 6 nights in a row."""
    nights = d.nights(Kind.NIGHT_FLOAT)
    for row in _rows(night for night in nights if d.is_emergency(d.rotation_or_duty_on(night))):
        if len(row) > 6:
            yield Breach(*d.bounds(row[0], row[-1]), len(row), 6)


def em_call(d: Diary) -> Iterator[Breach]:
    """No in-house call."""
    return _forbidden(d.stretches(d.of({Kind.CALL})), lambda duty: d.is_emergency(duty.rotation))


# --- New York, section 405.4 ---


def ny_80h(d: Diary) -> Iterator[Breach]:
    """At most 80 hours a week, whatever was granted."""
    return _once_per_overlap(d, _weekly_hours(d, lambda _: 80))


def ny_24h(d: Diary) -> Iterator[Breach]:
    """At most 24 hours of continuous duty."""
    return cpr_6_22_24h(d)


def ny_transition(d: Diary) -> Iterator[Breach]:
    """At most 3 hours more."""
    return _transition(d, 3 * HOUR)


def ny_8h(d: Diary) -> Iterator[Breach]:
    """8 hours off between two runs."""
    return (breach for _, breach in _short_rests(d, lambda _: 8 * HOUR))


def ny_dayoff(d: Diary) -> Iterator[Breach]:
    """One day off in any 7 days, not averaged."""
    return _weeks_without_day_off(d, d.days_looked_at)


def ny_ed(d: Diary) -> Iterator[Breach]:
    """At most 12 hours in the emergency department."""
    outside = {Kind.TRANSITION, Kind.VOLUNTARY}
    return _over_long(d, 12 * HOUR, outside, _on_emergency(d))


# --- the rule book ---


class Entry(NamedTuple):
    """A rule as its pack lists it.

    `confirmed`: read in the source; another number is shown as a warning at most.
    `more_is_stricter` says which of two limits on the same thing is the stricter one.
    """

    pack: str
    predicate: str
    severity: Severity
    judge: Callable[[Diary], Iterator[Breach]]
    confirmed: bool = True
    more_is_stricter: bool = False


COMMON, IM, EM, NY = "acgme-common", "acgme-im", "acgme-em", "ny-405"
UNCONFIRMED = False

RULES: dict[str, Entry] = {
    "CPR-6.20-80H": Entry(COMMON, "weekly_hours", "error", cpr_6_20_80h),
    "CPR-6.20-PLAN": Entry(COMMON, "weekly_hours", "info", cpr_6_20_plan),
    "CPR-6.21-8H": Entry(COMMON, "rest", "warning", cpr_6_21_8h, more_is_stricter=True),
    "CPR-6.21a-14H": Entry(COMMON, "rest", "error", cpr_6_21a_14h, more_is_stricter=True),
    "CPR-6.21b-1in7": Entry(COMMON, "free_days", "error", cpr_6_21b_1in7),
    "CPR-6.21b-IDEAL": Entry(COMMON, "calendar_days_off", "info", cpr_6_21b_ideal),
    "CPR-6.21b-EXACT": Entry(COMMON, "exact_free_days", "info", cpr_6_21b_exact),
    "CPR-6.21b-STRETCH": Entry(COMMON, "long_stretch", "info", cpr_6_21b_stretch),
    "CPR-6.21b-POSTCALL": Entry(COMMON, "post_call_days_off", "info", cpr_6_21b_postcall),
    "CPR-6.22-24H": Entry(COMMON, "continuous_duty", "error", cpr_6_22_24h),
    "CPR-6.22a-+4": Entry(COMMON, "transition", "error", cpr_6_22a_4h),
    "CPR-6.23-VOL": Entry(COMMON, "voluntary_stays", "info", cpr_6_23_vol),
    "CPR-6.25-ML": Entry(COMMON, "forbidden_duty", "error", cpr_6_25_ml),
    "CPR-6.25-APPROVAL": Entry(COMMON, "forbidden_duty", "warning", cpr_6_25_approval, UNCONFIRMED),
    "CPR-6.25-VISA": Entry(COMMON, "forbidden_duty", "error", cpr_6_25_visa, UNCONFIRMED),
    "CPR-6.26-NF": Entry(COMMON, "free_day_in_every_week", "info", cpr_6_26_nf),
    "CPR-6.27-Q3": Entry(COMMON, "call_frequency", "error", cpr_6_27_q3),
    "CPR-6.28-HC": Entry(COMMON, "home_call_nights", "info", cpr_6_28_hc),
    "IM-Q3": Entry(IM, "call_spacing", "error", im_q3, UNCONFIRMED),
    "IM-NF-RUN": Entry(IM, "night_float_stretch", "error", im_nf_run, UNCONFIRMED),
    "IM-NF-YEAR": Entry(IM, "night_float_total", "error", im_nf_year, UNCONFIRMED),
    "EM-SHIFT": Entry(EM, "continuous_duty", "error", em_shift),
    "EM-REST": Entry(EM, "rest", "error", em_rest, more_is_stricter=True),
    "EM-WEEK-CLINICAL": Entry(
        EM, "week_hours_with_patients", "error", em_week_clinical, UNCONFIRMED
    ),
    "EM-WEEK-TOTAL": Entry(EM, "week_hours", "error", em_week_total, UNCONFIRMED),
    "EM-WEEK-ROLLING": Entry(EM, "any_week_hours", "warning", em_week_rolling, UNCONFIRMED),
    "EM-DAYOFF": Entry(EM, "free_day_in_every_week", "error", em_dayoff),
    "EM-NIGHTS": Entry(EM, "consecutive_nights", "error", em_nights),
    "EM-CALL": Entry(EM, "forbidden_duty", "error", em_call),
    "NY-80H": Entry(NY, "weekly_hours", "error", ny_80h),
    "NY-24H": Entry(NY, "continuous_duty", "error", ny_24h),
    "NY-TRANSITION": Entry(NY, "transition", "error", ny_transition, UNCONFIRMED),
    "NY-8H": Entry(NY, "rest", "error", ny_8h, more_is_stricter=True),
    "NY-DAYOFF": Entry(NY, "free_day_in_every_week", "error", ny_dayoff),
    "NY-ED": Entry(NY, "continuous_duty", "error", ny_ed),
}
"""Every rule, by its id."""


def _found(case: Case, diary: Diary) -> Iterator[Expected]:
    """Yield everything that is broken in a person's time."""
    confirmed = {one.rule for one in case.policy.confirmed}
    for rule, entry in RULES.items():
        if entry.pack not in case.packs:
            continue
        sure = entry.confirmed or not confirmed.isdisjoint({rule, entry.pack})
        for breach in entry.judge(diary):
            if breach.end <= diary.begin or breach.start >= diary.end:
                continue  # before the known days or after them: looked at, not judged
            severity = breach.severity or entry.severity
            if severity == "error" and not sure:
                severity = "warning"
            yield Expected(
                rule,
                diary.person.id,
                severity,
                breach.start,
                breach.end,
                round(float(breach.measured), 6),
                round(float(breach.limit), 6),
            )


def _strictest(found: Iterable[Expected]) -> set[Expected]:
    """Return what is left when only the strictest finding of the same thing stays."""
    same: dict[tuple[str, str, int, int], Expected] = {}

    def strictness(one: Expected) -> tuple[int, float]:
        more_is_stricter = RULES[one.rule].more_is_stricter
        return RANK[one.severity], one.limit if more_is_stricter else -one.limit

    for one in found:
        what = (RULES[one.rule].predicate, one.person, one.start, one.end)
        if what not in same or strictness(one) > strictness(same[what]):
            same[what] = one
    return set(same.values())


def expected(case: Case) -> set[Expected]:
    """Return what the verifier must find in a case."""
    found: set[Expected] = set()
    for person in case.residents:
        found |= _strictest(_found(case, Diary(case, person)))
    return found
