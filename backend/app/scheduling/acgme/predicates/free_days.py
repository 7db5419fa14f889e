"""One day in seven free of duty (CPR 6.21.b), and what is worth knowing about such days."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from app.scheduling.acgme.facts import LOOK_BACK_DAYS, Facts, chosen
from app.scheduling.acgme.kinds import Kind
from app.scheduling.acgme.periods import known_range
from app.scheduling.acgme.rule import Case, Cases, DutyHourRule, Number, Sense, Whole
from app.scheduling.acgme.timeline import NONE, Bools
from app.scheduling.acgme.unions import union
from app.scheduling.acgme.words import counted, days, leave, on
from app.scheduling.acgme.zones import Minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeDays(DutyHourRule):
    """One day off in `per_days`, averaged over each averaging period without its days of leave.

    A day off is 24 hours on end without duty or home call. It counts where it starts, though it
    may end in the next period.

    Parameters
    ----------
    per_days
        One day off is due in so many days that are not leave.
    """

    unit: ClassVar[str] = "days off"
    sense: ClassVar[Sense] = "at least"
    averaged: ClassVar[bool] = True
    limit_name: ClassVar[str] = "per_days"

    predicate: Literal["free_days"] = "free_days"
    per_days: int

    def cases(self, facts: Facts) -> Cases:
        """Count days off in every averaging period."""
        due = days_off_due(facts, self.per_days)
        return period_cases(facts, facts.sums.days_off, due, facts.sums.days_off < due)

    def sentence(self, case: Case) -> str:
        """Give days off, days and leave."""
        return (
            f"{on(case.rotation)}{days(case.start, case.end)}: "
            f"{counted(case.measured, 'day')} off in {case.days} days, {leave(case.leave_days)}; "
            f"at least {counted(case.limit, 'day')}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ExactFreeDays(DutyHourRule):
    """Enough days off when fractions are dropped, and too few when they count."""

    unit: ClassVar[str] = "days off"
    sense: ClassVar[Sense] = "at least"
    hint: ClassVar[bool] = True
    averaged: ClassVar[bool] = True

    predicate: Literal["exact_free_days"] = "exact_free_days"
    per_days: int

    def cases(self, facts: Facts) -> Cases:
        """Compare days off with the fraction that is due."""
        off, n = facts.sums.days_off, facts.sums.days
        close = (off >= n // self.per_days) & (off * self.per_days < n)
        close &= facts.policy.rounding == "floor"
        return period_cases(facts, off, n / self.per_days, close)

    def sentence(self, case: Case) -> str:
        """Say what is due exactly."""
        return (
            f"{on(case.rotation)}{days(case.start, case.end)}: {counted(case.measured, 'day')} off "
            f"in {case.days} days, {leave(case.leave_days)}: one in "
            f"{case.days / max(1.0, case.measured):.2f} days; it passes because fractions of a day "
            "off are dropped"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarDaysOff(DutyHourRule):
    """Enough days off of 24 hours, but too few calendar days from midnight to midnight."""

    unit: ClassVar[str] = "calendar days off"
    sense: ClassVar[Sense] = "at least"
    hint: ClassVar[bool] = True
    averaged: ClassVar[bool] = True

    predicate: Literal["calendar_days_off"] = "calendar_days_off"
    per_days: int

    def cases(self, facts: Facts) -> Cases:
        """Count whole days without duty where days off suffice."""
        whole, due = facts.summed(facts.idle_days), days_off_due(facts, self.per_days)
        return period_cases(facts, whole, due, (whole < due) & (due <= facts.sums.days_off))

    def sentence(self, case: Case) -> str:
        """Say how many of them are calendar days."""
        return (
            f"{on(case.rotation)}{days(case.start, case.end)}: the days off suffice, but only "
            f"{counted(case.measured, 'calendar day')} of {counted(case.limit, 'day')} due "
            "from midnight to midnight"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PostCallDaysOff(DutyHourRule):
    """Not too many days off that begin when a call has just ended.

    Parameters
    ----------
    percent
        At most this share of a period's days off, 0-100.
    within_hours
        How soon after a call a day off counts as its morning after.
    """

    unit: ClassVar[str] = "% of days off"
    sense: ClassVar[Sense] = "at most"
    limit_name: ClassVar[str] = "percent"
    averaged: ClassVar[bool] = True

    predicate: Literal["post_call_days_off"] = "post_call_days_off"
    percent: int
    within_hours: int

    def cases(self, facts: Facts) -> Cases:
        """Count days off that start soon after a run with call."""
        off, runs = facts.sums.days_off, facts.runs
        after = np.zeros_like(off)
        if facts.has(Kind.CALL):
            calls = facts.union_of(chosen(Kind.CALL))
            ends = runs.end[calls.before(runs.end) > calls.before(runs.start)]
            window = union(ends, ends + 60 * self.within_hours)
            soon = facts.days_off[window.holds(facts.days_off)]
            after = facts.counted(soon)
        return period_cases(
            facts,
            100 * after / np.maximum(off, 1),
            self.percent,
            100 * after > self.percent * off,
            note=after,
        )

    def sentence(self, case: Case) -> str:
        """Give their number."""
        return (
            f"{on(case.rotation)}{days(case.start, case.end)}: "
            f"{counted(case.note, 'day')} off began within {self.within_hours} h of the end of a "
            f"call, {case.measured:.0f} % of all; at most {case.limit:.0f} %"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeDayInEveryWeek(DutyHourRule):
    """A day off in any `within_days` days on end, not averaged.

    Days with leave among them are not judged.

    Parameters
    ----------
    nights
        Whether only stretches are judged in which every day has night float.
    """

    unit: ClassVar[str] = "days off"
    sense: ClassVar[Sense] = "at least"
    sliding: ClassVar[bool] = True

    predicate: Literal["free_day_in_every_week"] = "free_day_in_every_week"
    within_days: int
    nights: bool = False

    def cases(self, facts: Facts) -> Cases:
        """Count days off in every stretch within the rotations judged."""
        width = self.within_days
        if self.nights and not facts.has(Kind.NIGHT_FLOAT):
            return no_cases()
        judged = self._judged(facts)
        begins = facts.all_begins
        person, day = np.nonzero(facts.sliding(judged, width) == width)
        off = facts.sliding(facts.all_days_off_by_day, width)[person, day]
        return Cases(
            person=person,
            start=begins[person, day],
            end=begins[person, day + width],
            measured=off,
            limit=1,
            broken=off < 1,
            rotation=facts.rotation_by_day[person, np.maximum(day - LOOK_BACK_DAYS, 0)],
            days=width,
        )

    def _judged(self, facts: Facts) -> Bools:
        """Return the days that are judged: all, or those on rotations of the rule's specialty.

        Before the first known day these are the days from the first duty on, each with the rotation
        of the duty before it.
        """
        timeline = facts.timeline
        counts = facts.rotations_of(self.applies.rotation_specialty)
        everywhere = not self.applies.rotation_specialty
        judged = np.zeros(facts.all_days_off_by_day.shape, dtype=np.bool_)
        facts.known(judged)[:] = (everywhere | counts[facts.rotation_by_day]) & ~timeline.leave
        (early,) = (facts.start < facts.begins[timeline.person, 0]).nonzero()
        if len(early):
            person = timeline.person[early]
            day = facts.day_of(person, facts.start[early]) + LOOK_BACK_DAYS
            latest = np.full((len(judged), LOOK_BACK_DAYS), NONE, dtype=np.int64)
            latest[person, np.maximum(day, 0)] = early
            latest = np.maximum.accumulate(latest, axis=1)
            placed = everywhere | counts[timeline.rotation[latest]]
            judged[:, :LOOK_BACK_DAYS] = (latest != NONE) & placed
        if self.nights:
            judged &= facts.float_nights
        return judged

    def sentence(self, case: Case) -> str:
        """Name the days."""
        what = "nights on end" if self.nights else "days"
        return (
            f"{on(case.rotation)}{days(case.start, case.end)}: {counted(case.measured, 'day')} off "
            f"in {case.days} {what}; at least 1"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LongStretch(DutyHourRule):
    """At most `most_days` on end without a day off: legal when averaged, and hard on people."""

    unit: ClassVar[str] = "days on end"
    sense: ClassVar[Sense] = "at most"
    limit_name: ClassVar[str] = "most_days"

    predicate: Literal["long_stretch"] = "long_stretch"
    most_days: int

    def cases(self, facts: Facts) -> Cases:
        """Measure every stretch of days in which neither a day off starts nor leave is."""
        person, low, high = known_range(facts.timeline)
        within = np.zeros(facts.timeline.leave.shape, dtype=np.bool_)
        day = np.arange(facts.timeline.days)
        within[person] = (day >= low[:, np.newaxis]) & (day < high[:, np.newaxis])
        working = within & (facts.days_off_by_day == 0) & ~facts.timeline.leave
        who, first, stop = stretches(working)
        length = stop - first
        return Cases(
            person=who,
            start=facts.begins[who, first],
            end=facts.begins[who, stop],
            measured=length,
            limit=self.most_days,
            broken=length > self.most_days,
            rotation=facts.rotation_by_day[who, first],
            days=length,
        )

    def sentence(self, case: Case) -> str:
        """Name the days."""
        return (
            f"{on(case.rotation)}{days(case.start, case.end)}: {counted(case.measured, 'day')} on "
            f"end without a day off; more than {case.limit:.0f} is worth a look"
        )


def days_off_due(facts: Facts, per_days: int) -> Number:
    """Return how many days off are due in every averaging period, rounded as the policy says."""
    days = facts.sums.days
    if facts.policy.rounding == "exact":
        # An n-th part is never equal to a whole number that is not its own.
        return days / per_days
    return (days + (per_days - 1) * (facts.policy.rounding == "ceil")) // per_days


def period_cases(
    facts: Facts, measured: Number, limit: Number, broken: Bools, **more: Whole
) -> Cases:
    """Return one case for every averaging period; `more` are other columns of it."""
    periods, (start, end) = facts.periods, facts.period_bounds
    return Cases(
        person=periods.person,
        start=start,
        end=end,
        measured=measured,
        limit=limit,
        broken=broken,
        rotation=periods.rotation,
        days=facts.sums.days,
        leave_days=facts.sums.leave_days,
        **more,
    )


def no_cases() -> Cases:
    """Return no case."""
    nobody = np.array([], dtype=np.int64)
    return Cases(
        person=nobody,
        start=nobody,
        end=nobody,
        measured=nobody,
        limit=nobody,
        broken=np.zeros_like(nobody, dtype=np.bool_),
    )


def stretches(days_in: Bools) -> tuple[Minutes, Minutes, Minutes]:
    """Return person, first day and the day after the last of every stretch of true days."""
    edges = np.zeros((days_in.shape[0], days_in.shape[1] + 2), dtype=np.int8)
    edges[:, 1:-1] = days_in
    change = np.diff(edges, axis=1)
    person, first = np.nonzero(change == 1)
    _, stop = np.nonzero(change == -1)
    return person, first, stop
