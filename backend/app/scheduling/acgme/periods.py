"""Averaging periods: the stretches over which the law averages (specification §3)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from app.scheduling.acgme.policy import Policy, Remainder
from app.scheduling.acgme.timeline import NONE, Column, Timeline
from app.scheduling.acgme.unions import counting, rows_of

CHUNK_DAYS = 28
LONGEST_MONTH_DAYS = 31

Days = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Periods:
    """Periods in columns: one person's days from `first` to before `stop`.

    `sliding` ones begin on every day, so that they overlap.
    """

    person: Column
    first: Days
    stop: Days
    rotation: Column
    sliding: bool

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.person)

    def of(self, person: int) -> "Periods":
        """Return one person's, as of a timeline of that person alone."""
        rows = rows_of(self.person, person)
        return Periods(
            person=np.zeros(rows.stop - rows.start, dtype=np.int32),
            first=self.first[rows],
            stop=self.stop[rows],
            rotation=self.rotation[rows],
            sliding=self.sliding,
        )


def averaging_periods(timeline: Timeline, policy: Policy) -> Periods:
    """Return the averaging periods of everybody, by person and first day."""
    if policy.averaging == "rotation":
        spans = timeline.spans
        source, first, stop = _chunks(
            spans.first.astype(np.int64), spans.last + 1, LONGEST_MONTH_DAYS, policy.remainder
        )
        return Periods(
            person=spans.person[source],
            first=first,
            stop=stop,
            rotation=spans.rotation[source],
            sliding=False,
        )
    person, low, high = known = known_range(timeline)
    if policy.averaging == "calendar_month":
        rows = [
            (one, *month)
            for one, start, stop in np.column_stack(known).tolist()
            for month in _months(timeline.first, start, stop)
        ]
        table = np.array(rows, dtype=np.int64).reshape(len(rows), 3)
        who, first, stop = table[:, 0], table[:, 1], table[:, 2]
    elif policy.averaging == "fixed28":
        source, first, stop = _chunks(low, high, CHUNK_DAYS, policy.remainder)
        who = person[source]
    else:
        count = np.maximum(1, high - low - CHUNK_DAYS + 1)
        step = counting(count)
        who = np.repeat(person, count)
        first = np.repeat(low, count) + step
        stop = np.minimum(first + CHUNK_DAYS, np.repeat(high, count))
    return Periods(
        person=who.astype(np.int32),
        first=first,
        stop=stop,
        rotation=_rotation_on(timeline, who, first),
        sliding=policy.averaging == "rolling28_local",
    )


def known_range(timeline: Timeline) -> tuple[Days, Days, Days]:
    """Return everybody who has spans, the first day of the first and the day after the last."""
    spans = timeline.spans
    (begin,) = np.diff(spans.person, prepend=NONE).nonzero()
    (last,) = np.diff(spans.person, append=NONE).nonzero()
    return (
        spans.person[begin].astype(np.int64),
        spans.first[begin].astype(np.int64),
        spans.last[last].astype(np.int64) + 1,
    )


def _chunks(
    first: Days, stop: NDArray[np.integer], longest: int, remainder: Remainder
) -> tuple[Days, Days, Days]:
    """Cut ranges longer than `longest` into 28 days each, and what is left over.

    Returns the position of each chunk's range, its first day and the day after its last.
    """
    length = stop - first
    whole = np.maximum(1, length // CHUNK_DAYS)
    count = whole + ((length > longest) & (length % CHUNK_DAYS > 0))
    source = np.repeat(np.arange(len(first)), count)
    step = counting(count)
    begin = first[source] + CHUNK_DAYS * step
    end = np.where((length <= longest)[source], stop[source], begin + CHUNK_DAYS)
    left = step == whole[source]
    if remainder == "last28":
        begin = np.where(left, stop[source] - CHUNK_DAYS, begin)
    return source, begin, np.where(left, stop[source], end)


def _months(first: date, low: int, high: int) -> Iterator[tuple[int, int]]:
    """Yield the calendar months within the days from `low` to before `high`."""
    start = low
    while start < high:
        day = date.fromordinal(first.toordinal() + start)
        following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
        stop = min(high, (following - first).days)
        yield start, stop
        start = stop


def _rotation_on(timeline: Timeline, person: Days, day: Days) -> Column:
    spans = timeline.spans
    wide = timeline.days
    place = (spans.person.astype(np.int64) * wide + spans.first).searchsorted(
        person * wide + day, side="right"
    ) - 1
    inside = (spans.person[place] == person) & (day <= spans.last[place])
    result: Column = np.where(inside, spans.rotation[place], NONE).astype(np.int32)
    return result
