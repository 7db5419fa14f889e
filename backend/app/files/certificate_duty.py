"""The duty of a certificate, from a timeline and back."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np

from app.files.certificate_document import Duty, OddDay, ZoneDays
from app.files.local_times import zones
from app.scheduling.acgme.intervals import (
    LEVELS,
    DutyInterval,
    InvalidTimelineError,
    LeaveDays,
    RotationSpan,
    Supervision,
)
from app.scheduling.acgme.kinds import KINDS
from app.scheduling.acgme.timeline import (
    NEW_CARE,
    NO_NIGHT,
    NONE,
    UNAPPROVED,
    Timeline,
    build_timeline,
)
from app.scheduling.acgme.zones import DAY, midnights

MOST_AT_ONCE = 24
"""Intervals of one resident at one time; it bounds what findings may name as evidence."""

_LONGEST_DAYS = 3 * 366 + 62
_YEARS = range(1990, 2200)


class UnusableDutyError(ValueError):
    """The duty of a certificate contradicts itself; `faults` says how."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(faults))


def duty_of(timeline: Timeline) -> Duty:
    """Return a timeline as a certificate holds it; `timeline_of` gives the same timeline again."""
    return Duty(
        basis=timeline.basis,
        first=timeline.first,
        last=timeline.day(timeline.days - 1),
        residents=timeline.people,
        zones=tuple(
            _zone_days(zone, timeline) for zone in sorted({one.zone for one in timeline.people})
        ),
        intervals=tuple(_intervals(timeline)),
        spans=tuple(_spans(timeline)),
        leave=tuple(_leave(timeline)),
        supervision=tuple(_supervision(timeline)),
    )


def timeline_of(duty: Duty) -> Timeline:
    """Return the timeline that a certificate holds.

    Raises
    ------
    UnusableDutyError
        When it contradicts itself or is out of bounds.
    """
    faults = list(_out_of_bounds(duty))
    if faults:
        raise UnusableDutyError(faults)
    try:
        timeline = build_timeline(
            duty.basis,
            duty.residents,
            duty.intervals,
            duty.spans,
            duty.leave,
            duty.supervision,
            first=duty.first,
            last=duty.last,
        )
    except InvalidTimelineError as error:
        raise UnusableDutyError(
            [f"{fault.what} {fault.position + 1}: {fault.message}" for fault in error.faults]
        ) from None
    if _at_once(timeline) > MOST_AT_ONCE:
        raise UnusableDutyError([f"a resident has more than {MOST_AT_ONCE} intervals at once"])
    return timeline


def _at_once(timeline: Timeline) -> int:
    """Return how many intervals of one resident there are at most at one time."""
    if not len(timeline):
        return 0
    stride = int(timeline.end.max() - timeline.start.min()) + 1
    shift = timeline.person.astype(np.int64) * stride
    over = np.sort(timeline.end + shift).searchsorted(timeline.start + shift, side="right")
    return int((np.arange(1, len(timeline) + 1) - over).max())


def _out_of_bounds(duty: Duty) -> Iterator[str]:
    """Yield what no timeline can be built of."""
    if not 1 <= (duty.last - duty.first).days + 1 <= _LONGEST_DAYS:
        yield f"{duty.first} to {duty.last} are not 1 to {_LONGEST_DAYS} days"
    if not (duty.first.year in _YEARS and duty.last.year in _YEARS):
        yield f"{duty.first} to {duty.last} are not within {_YEARS[0]} to {_YEARS[-1]}"
    if len({one.id for one in duty.residents}) < len(duty.residents):
        yield "a resident is there twice"
    for zone in {one.zone for one in duty.residents} - zones():
        yield f"time zone {zone[:60]!r} is unknown"
    moments = [moment for one in duty.intervals for moment in (one.start, one.end)]
    moments += [moment for one in duty.supervision for moment in (one.start, one.end)]
    if any(moment.tzinfo is None or moment.year not in _YEARS for moment in moments):
        yield f"duty lies outside {_YEARS[0]} to {_YEARS[-1]}"


def _moment(minutes: int) -> datetime:
    return datetime.fromtimestamp(minutes * 60, UTC)


def _intervals(timeline: Timeline) -> Iterator[DutyInterval]:
    ids = [one.id for one in timeline.people]
    columns = (
        *(timeline.person, timeline.start, timeline.end, timeline.kind),
        *(timeline.rotation, timeline.pgy, timeline.flags, timeline.call_night),
    )
    rows = zip(*(column.tolist() for column in columns), timeline.references, strict=True)
    for person, start, end, kind, rotation, pgy, flags, night, reference in rows:
        yield DutyInterval(
            person=ids[person],
            start=_moment(start),
            end=_moment(end),
            kind=KINDS[kind],
            rotation="" if rotation == NONE else timeline.rotations[rotation],
            pgy=pgy,
            call_night=None if night == NO_NIGHT else timeline.day(night),
            new_care=bool(flags & NEW_CARE),
            approved=False if flags & UNAPPROVED else None,
            reference=reference,
        )


def _spans(timeline: Timeline) -> Iterator[RotationSpan]:
    spans = timeline.spans
    columns = (spans.person, spans.rotation, spans.first, spans.last)
    for person, rotation, first, last in zip(*(one.tolist() for one in columns), strict=True):
        yield RotationSpan(
            person=timeline.people[person].id,
            rotation=timeline.rotations[rotation],
            first=timeline.day(first),
            last=timeline.day(last),
            specialty=timeline.specialties[rotation],
        )


def _leave(timeline: Timeline) -> Iterator[LeaveDays]:
    """Yield the longest stretches of days of leave, person by person."""
    for row, person in enumerate(timeline.people):
        edges = np.diff(timeline.leave[row].astype(np.int8), prepend=0, append=0)
        first, stop = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
        for low, high in zip(first.tolist(), stop.tolist(), strict=True):
            yield LeaveDays(person=person.id, first=timeline.day(low), last=timeline.day(high - 1))


def _supervision(timeline: Timeline) -> Iterator[Supervision]:
    told = timeline.supervision
    columns = (told.rotation, told.start, told.end, told.level, told.supervisors, told.exception)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    for rotation, start, end, level, supervisors, exception in rows:
        yield Supervision(
            rotation=timeline.rotations[rotation],
            start=_moment(start),
            end=_moment(end),
            level=LEVELS[level],
            supervisors=supervisors,
            primary_care_exception=exception,
        )


def _zone_days(zone: str, timeline: Timeline) -> ZoneDays:
    begins = midnights(zone, timeline.first, timeline.days)
    lengths = np.diff(begins)
    return ZoneDays(
        zone=zone,
        first_midnight=_moment(int(begins[0])),
        odd_days=tuple(
            OddDay(day=timeline.first + timedelta(day), minutes=int(lengths[day]))
            for day in np.flatnonzero(lengths != DAY).tolist()
        ),
    )
