"""The academic year, its periods and the slots of the annual grid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, ClassVar, Literal

from app.scheduling.domain.scope import EVERYBODY, STRICT, Who

PeriodLength = Literal["1 week", "2 weeks", "4 weeks", "month"]
_DAYS: dict[PeriodLength, int] = {"1 week": 7, "2 weeks": 14, "4 weeks": 28}
_LONGEST_YEAR_DAYS = 3 * 366
_YEARS = range(1900, 2200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holiday:
    """A named day."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    on: date
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A period cut in two: the second part begins `on` that day.

    People outside `who` keep one rotation through both parts.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    period: int
    on: date
    who: Who = EVERYBODY


@dataclass(frozen=True, slots=True)
class Slot:
    """One column of the annual grid: a period, or one part of a split period.

    `start` is its first day, `end` the day after its last (half-open); `period` counts from 1 and
    `part` from 0.
    """

    period: int
    part: int
    start: date
    end: date

    @property
    def days(self) -> int:
        """Length in days."""
        return (self.end - self.start).days


def slot_label(slots: Sequence[Slot], number: int) -> str:
    """Return how people call a slot of the year: "period 7", or "period 7b" for the second part."""
    column = slots[number]
    beside = (*slots[max(0, number - 1) : number], *slots[number + 1 : number + 2])
    split = any(other.period == column.period for other in beside)
    return f"period {column.period}" + ("ab"[column.part] if split else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The year that is scheduled.

    Parameters
    ----------
    start, end
        First and last day, both included. Without `end`: one year.
    period
        Length of the generated periods; the last one absorbs the odd days (a month is a calendar
        month).
    periods
        How many to generate; without it as many as fit.
    starts
        Given first days, instead of generated periods; the first must be `start`.
    splits
        Periods cut in two.
    holidays
        Named days.

    Raises
    ------
    ValueError
        When the days do not fit together.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    start: date
    end: date | None = None
    period: PeriodLength = "4 weeks"
    periods: int | None = None
    starts: tuple[date, ...] = ()
    splits: tuple[Split, ...] = ()
    holidays: tuple[Holiday, ...] = ()

    def __post_init__(self) -> None:
        """Refuse calendars whose days do not fit together."""
        self._check_length()
        firsts = self.period_starts
        if self.starts:
            if firsts[0] != self.start:
                raise ValueError(
                    f"the first period starts on {firsts[0]}, the year on {self.start}"
                )
            if any(later <= earlier for earlier, later in pairwise(firsts)):
                raise ValueError("the starts of the periods must rise")
        if firsts[-1] >= self.stop:
            raise ValueError(
                f"period {len(firsts)} starts on {firsts[-1]}, after the year's last day "
                f"{self.last_day}"
            )
        ends = (*firsts[1:], self.stop)
        for split in self.splits:
            if not 1 <= split.period <= len(firsts):
                raise ValueError(f"split of period {split.period}: there are {len(firsts)} periods")
            first, end = firsts[split.period - 1], ends[split.period - 1]
            if not first < split.on < end:
                raise ValueError(
                    f"split of period {split.period} on {split.on}: "
                    f"the day must lie from {first + timedelta(1)} to {end - timedelta(1)}"
                )
        if len({split.period for split in self.splits}) < len(self.splits):
            raise ValueError("a period is split twice: once is possible")

    def _check_length(self) -> None:
        for day in (self.start, self.end or self.start):
            if not _YEARS.start <= day.year < _YEARS.stop:
                raise ValueError(f"{day} lies outside the years {_YEARS[0]} to {_YEARS[-1]}")
        length = (self.stop - self.start).days
        if not 1 <= length <= _LONGEST_YEAR_DAYS:
            raise ValueError(
                f"the year from {self.start} to {self.last_day} has {length} days: "
                f"expected 1 to {_LONGEST_YEAR_DAYS}"
            )
        if self.periods is not None and not 1 <= self.periods <= length:
            raise ValueError(f"periods is {self.periods}: expected 1 to {length}, the year's days")

    @property
    def stop(self) -> date:
        """The day after the last day."""
        if self.end is not None:
            return self.end + timedelta(1)
        leap_day = (self.start.month, self.start.day) == (2, 29)
        return self.start.replace(year=self.start.year + 1, day=28 if leap_day else self.start.day)

    @property
    def last_day(self) -> date:
        """The last day."""
        return self.stop - timedelta(1)

    def touches(self, start: date | None, end: date | None) -> bool:
        """Return whether the year has a day from `start` to `end`, both included; None is open."""
        return (start is None or start < self.stop) and (end is None or end >= self.start)

    @property
    def period_starts(self) -> tuple[date, ...]:
        """First day of every period."""
        if self.starts:
            return self.starts
        if self.period == "month":
            return self._month_starts()
        days = _DAYS[self.period]
        fitting = max(1, (self.stop - self.start).days // days)
        count = fitting if self.periods is None else self.periods
        return tuple(self.start + timedelta(days * number) for number in range(count))

    def _month_starts(self) -> tuple[date, ...]:
        starts = [self.start]
        while self.periods is None or len(starts) < self.periods:
            last = starts[-1]
            following = date(last.year + last.month // 12, last.month % 12 + 1, 1)
            if following >= self.stop:
                break
            starts.append(following)
        return tuple(starts)

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The columns of the grid, in order of time."""
        firsts = self.period_starts
        cuts = {split.period: split.on for split in self.splits}
        slots: list[Slot] = []
        for number, (start, end) in enumerate(
            zip(firsts, (*firsts[1:], self.stop), strict=True), 1
        ):
            cut = cuts.get(number)
            if cut is None:
                slots.append(Slot(number, 0, start, end))
            else:
                slots += [Slot(number, 0, start, cut), Slot(number, 1, cut, end)]
        return tuple(slots)
