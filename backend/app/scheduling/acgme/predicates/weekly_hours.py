"""At most so many hours a week, averaged (CPR 6.20, 6.24)."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from app.scheduling.acgme.facts import Facts
from app.scheduling.acgme.policy import HoursException
from app.scheduling.acgme.rule import Case, Cases, DutyHourRule, Sense
from app.scheduling.acgme.timeline import NONE, Bools
from app.scheduling.acgme.words import days, decimal, hours, leave, on
from app.scheduling.acgme.zones import Minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyHours(DutyHourRule):
    """At most `hours` a week, averaged over each averaging period without its days of leave.

    Work on a day of leave is judged twice, left out with its day and put back with it; counting
    the hours without the day is worth a warning, since an hour on leave must not lower the average.

    Parameters
    ----------
    hours
        A week, above 0.
    buffered
        Whether the programme's planner buffer is taken off: a hint, not the law.
    exceptions
        Whether a Review Committee may grant more (CPR 6.24).
    """

    unit: ClassVar[str] = "hours a week"
    sense: ClassVar[Sense] = "at most"
    limit_name: ClassVar[str] = "hours"
    averaged: ClassVar[bool] = True

    predicate: Literal["weekly_hours"] = "weekly_hours"
    hours: int
    buffered: bool = False
    exceptions: bool = False

    def cases(self, facts: Facts) -> Cases:
        """Measure every averaging period."""
        periods, sums, (start, end) = facts.periods, facts.sums, facts.period_bounds
        limit = self._limit(facts)
        base, restored = sums.worked - sums.worked_on_leave, sums.worked
        n, put_back = sums.days, sums.days + sums.leave_days_worked
        broken = 7 * base > 60 * limit * n
        broken |= 7 * restored > 60 * limit * put_back
        # Counting the hours on leave without their day.
        strict = (7 * restored > 60 * limit * n) & (n > 0) & ~broken & (not self.buffered)
        left_out = (base * put_back >= restored * n) & (n > 0)
        minutes = np.where(left_out & ~strict, base, restored)
        days = np.where(left_out | strict, n, put_back)
        return Cases(
            person=periods.person,
            start=start,
            end=end,
            measured=_average(minutes, days),
            limit=limit,
            broken=broken | strict,
            rotation=periods.rotation,
            days=days,
            leave_days=sums.leave_days + n - days,
            cap=strict.astype(np.int8),
            note=minutes,
        )

    def _limit(self, facts: Facts) -> Minutes:
        limit = np.full(len(facts.periods), self.hours, dtype=np.int64)
        if self.exceptions:
            for granted in facts.policy.exceptions:
                holds = _granted(granted, facts)
                limit[holds] = np.maximum(limit[holds], granted.hours)
        return limit - facts.policy.planner_buffer_hours * self.buffered

    def sentence(self, case: Case) -> str:
        """Give hours, days and their average."""
        text = (
            f"{on(case.rotation)}{days(case.start, case.end)}: {hours(case.note)} in {case.days} "
            f"days, {leave(case.leave_days)}: {decimal(case.measured)} h a week; "
            f"limit {decimal(case.limit)}"
        )
        return f"{text}, with a planner's buffer" if self.buffered else text


def _average(minutes: Minutes, days: Minutes) -> NDArray[np.float64]:
    """Return hours a week; without any day there are no minutes either."""
    result: NDArray[np.float64] = minutes * 7 / (60 * np.maximum(days, 1))
    return result


def _granted(granted: HoursException, facts: Facts) -> Bools:
    """Return the periods that an exception holds for: by rotation, and by their first day."""
    periods, first = facts.periods, facts.timeline.first
    holds = np.ones(len(periods), dtype=np.bool_)
    if granted.rotations:
        codes = np.array([code in granted.rotations for code in facts.timeline.rotations] + [False])
        holds &= codes[np.where(periods.rotation == NONE, len(codes) - 1, periods.rotation)]
    if granted.start:
        holds &= periods.first >= (granted.start - first).days
    if granted.end:
        holds &= periods.first <= (granted.end - first).days
    return holds
