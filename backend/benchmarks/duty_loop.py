"""Duty hours as one would first write them: a loop over people, with lists of intervals.

The baseline of the suite `duty_hours`. It knows the rules of the common pack that can be errors in
a plan, averaged by rotation with its last 28 days, and shares no code with the verifier.
"""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime, time
from itertools import pairwise
from zoneinfo import ZoneInfo

from app.scheduling.acgme.kinds import KINDS, MEANING, Kind
from app.scheduling.acgme.timeline import Timeline

Span = tuple[int, int]
Found = tuple[str, str, int]
"""Rule, person, minute at which the window begins."""

_SOFT = {Kind.TRANSITION, Kind.VOLUNTARY}
_AFTER_A_DAY = {Kind.TRANSITION, Kind.EDUCATION, Kind.VOLUNTARY}
_DAY = 24 * 60


def errors(timeline: Timeline) -> set[Found]:
    """Return what breaks the common rules that must be kept."""
    found: set[Found] = set()
    for row, resident in enumerate(timeline.people):
        mine = [n for n in range(len(timeline)) if timeline.person[n] == row]
        duty = [
            (int(timeline.start[n]), int(timeline.end[n]), KINDS[timeline.kind[n]]) for n in mine
        ]
        zone = ZoneInfo(resident.zone)
        days = [
            int(datetime.combine(timeline.day(day), time(), zone).astimezone(UTC).timestamp()) // 60
            for day in range(timeline.days + 1)
        ]
        leave = [bool(timeline.leave[row, day]) for day in range(timeline.days)]
        runs = list(_runs(duty))
        found |= {(rule, resident.id, start) for rule, start in _of_runs(runs, duty)}
        found |= {
            (rule, resident.id, start)
            for rule, start in _of_periods(_periods(timeline, row), days, leave, duty)
        }
    return found


def _union(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _runs(duty: list[tuple[int, int, Kind]]) -> Iterator[Span]:
    present = [(s, e) for s, e, kind in duty if MEANING[kind].presence != "away"]
    inside = [(s, e) for s, e, kind in duty if MEANING[kind].presence == "in house"]
    for start, end in _union(present):
        if any(s < end and e > start for s, e in inside):
            yield start, end


def _of_runs(runs: list[Span], duty: list[tuple[int, int, Kind]]) -> Iterator[tuple[str, int]]:
    worked = _union([(s, e) for s, e, kind in duty if MEANING[kind].worked])
    for start, end in runs:
        if end - start < _DAY:
            continue
        mine = [(s, e, kind) for s, e, kind in duty if s < end and e > start]
        clinical = _union([(s, e) for s, e, kind in mine if kind not in _SOFT])
        lasting = sum(min(e, end) - max(s, start) for s, e in clinical)
        if lasting > _DAY:
            yield "CPR-6.22-24H", start
        late = any(e > start + _DAY and kind not in _AFTER_A_DAY for s, e, kind in mine)
        soon = any(
            start + _DAY <= s < start + _DAY + 240
            for s, e, kind in duty
            if kind not in _AFTER_A_DAY and MEANING[kind].presence != "away"
        )
        if end - start > _DAY + 240 or late or soon:
            yield "CPR-6.22a-+4", start
        following = next((s for s, e in worked if s >= end), None)
        if following is not None and following - end < 14 * 60:
            yield "CPR-6.21a-14H", end


def _periods(timeline: Timeline, row: int) -> Iterator[Span]:
    spans = timeline.spans
    for n in range(len(spans.person)):
        if spans.person[n] != row:
            continue
        first, stop = int(spans.first[n]), int(spans.last[n]) + 1
        if stop - first <= 31:
            yield first, stop
            continue
        for begin in range(first, stop, 28):
            yield (begin, begin + 28) if begin + 28 <= stop else (stop - 28, stop)


def _of_periods(
    periods: Iterator[Span], days: list[int], leave: list[bool], duty: list[tuple[int, int, Kind]]
) -> Iterator[tuple[str, int]]:
    worked = _union([(s, e) for s, e, kind in duty if MEANING[kind].worked])
    away = _union(
        [(s, e) for s, e, kind in duty if MEANING[kind].busy]
        + [(days[day], days[day + 1]) for day, gone in enumerate(leave) if gone]
    )
    off = _days_off(away, days)
    nights = {
        bisect_right(days, start) - 1 for start, _, kind in duty if kind is Kind.CALL
    }  # of one date each: a plan's calls are cut at their sessions
    for first, stop in periods:
        n = sum(not leave[day] for day in range(first, stop))
        minutes = 0
        for day in range(first, stop):
            if not leave[day]:
                low, high = days[day], days[day + 1]
                minutes += sum(
                    max(0, min(end, high) - max(start, low))
                    for start, end in _near(worked, low, high)
                )
        if n and 7 * minutes > 80 * 60 * n:
            yield "CPR-6.20-80H", days[first]
        if sum(first <= bisect_right(days, start) - 1 < stop for start in off) < n // 7:
            yield "CPR-6.21b-1in7", days[first]
        if sum(first <= night < stop for night in nights) > n // 3:
            yield "CPR-6.27-Q3", days[first]


def _near(spans: list[Span], low: int, high: int) -> list[Span]:
    place = bisect_right(spans, (low, low))
    return [span for span in spans[max(0, place - 1) : place + 6] if span[0] < high]


def _days_off(away: list[Span], days: list[int]) -> list[int]:
    edges = [(days[0], days[0]), *away]
    starts: list[int] = []
    for (_, end), (start, _) in pairwise(edges):
        starts += range(end, start - _DAY + 1, _DAY)
    last = edges[-1][1]
    if last < days[-1]:
        starts += range(last, days[-1] - _DAY + 1, _DAY) or [last]
    return [start for start in starts if days[0] <= start < days[-1]]
