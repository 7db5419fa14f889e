"""Somebody's half-days as a calendar that other programs subscribe to (RFC 5545).

Points of time are written in UTC: they are right on both sides of a change of the clock, whatever
the reader knows of zones.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from icalendar import Event

_REFRESH = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One event.

    Parameters
    ----------
    uid
        The same for as long as it is about the same person and half-day.
    start, end
        Points of time, or days: then `end` is the day after the last.
    sequence
        Rises with every publication.
    changed_at
        When it was published.
    """

    uid: str
    start: datetime | date
    end: datetime | date
    summary: str
    category: str
    location: str
    sequence: int
    changed_at: datetime


def write_calendar(name: str, time_zone: str, entries: Iterable[Entry]) -> bytes:
    """Return the calendar's file."""
    from icalendar import Calendar  # noqa: PLC0415 - 0.1 s that most processes do not need

    calendar = Calendar()
    calendar.add("prodid", "-//Housestaff//Schedule//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", time_zone)
    calendar.add("refresh-interval", _REFRESH, parameters={"VALUE": "DURATION"})
    for event in _events(entries):
        calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content


def _events(entries: Iterable[Entry]) -> Iterator["Event"]:
    from icalendar import Event  # noqa: PLC0415 - as above

    for one in entries:
        event = Event()
        event.add("uid", one.uid)
        event.add("dtstamp", one.changed_at.astimezone(UTC))
        event.add("last-modified", one.changed_at.astimezone(UTC))
        event.add("sequence", one.sequence)
        event.add("dtstart", _moment(one.start))
        event.add("dtend", _moment(one.end))
        event.add("summary", one.summary)
        if one.category:
            event.add("categories", [one.category])
        if one.location:
            event.add("location", one.location)
        # Leave does not make somebody busy; duty does.
        event.add("transp", "OPAQUE" if isinstance(one.start, datetime) else "TRANSPARENT")
        yield event


def _moment(value: datetime | date) -> datetime | date:
    return value.astimezone(UTC) if isinstance(value, datetime) else value
