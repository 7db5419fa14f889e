"""Duty types, weekly templates and assignments: what one does in a half-day, and when that is."""

import re
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from app.scheduling.acgme.intervals import Level
from app.scheduling.domain.scope import STRICT, DutyCode, PersonId, Refers, RotationCode

Session = Literal["AM", "PM", "NIGHT"]
SESSIONS: tuple[Session, ...] = ("AM", "PM", "NIGHT")
"""In order of time. NIGHT starts on its date and ends the next morning."""

DutyKind = Literal[
    "off",
    "in_house",
    "call",
    "night_float",
    "education",
    "admin",
    "transition",
    "work_from_home",
    "home_call",
    "home_call_activity",
    "moonlighting_internal",
    "moonlighting_external",
    "conference",
]
"""What duty that is scheduled counts for in the duty-hour rules; ``off`` is no duty."""

RESTED_AFTER: tuple[DutyKind, ...] = ("call", "night_float")
"""Kinds whose nights are followed by rest: the next morning's template does not apply."""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_DAY_MIN = 24 * 60
_NOON_MIN = 12 * 60
_MOST_SUPERVISORS = 1000
_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\s*-\s*([01]\d|2[0-4]):([0-5]\d)")
_NOT_SCHEDULED = {
    "voluntary": "who stays of their own accord logs it; it is never scheduled",
    "home_call_in": "who is called in from home logs it; it is never scheduled",
    "leave": "leave is given to people in days, or by rotation types that are leave",
}


class ClockSpan(NamedTuple):
    """Minutes after the midnight with which a date begins; `end` may lie on the next date."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyType:
    """What one does in a half-day: ward, clinic, call, night float, hand-over, off.

    Parameters
    ----------
    code
        Short code, unique; what templates and assignments name.
    name
        Full name; the code when empty.
    kind
        What it counts for in the duty-hour rules. Voluntary stays and being called in from home
        are logged and never scheduled, and leave is given in days: there are no words for them.
    am, pm
        When it is in the morning and in the afternoon session, written ``"06:00-12:00"``, by the
        clock of the rotation's site and within the date; without it the duty has no such session.
    night
        The same of the NIGHT session, which starts on its date and may end the next morning:
        ``"18:00-06:00"``. Hours after midnight belong to the night before.
    next_morning
        For nights of call and night float: the duty of the morning after, such as the hand-over.
    new_care
        Whether it brings new patients, a clinic or another new responsibility.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    code: str
    name: str = ""
    kind: DutyKind
    am: str | None = None
    pm: str | None = None
    night: str | None = None
    next_morning: DutyCode | None = None
    new_care: bool = False

    def __post_init__(self) -> None:
        """Refuse kinds that are not scheduled and times that do not follow each other."""
        if not self.code.strip():
            raise ValueError("a duty type needs a code")
        if self.kind in _NOT_SCHEDULED:
            raise ValueError(f"{self.code} cannot be {self.kind}: {_NOT_SCHEDULED[self.kind]}")
        given = [span for span in self.spans if span is not None]
        if self.kind == "off" and given:
            raise ValueError(f"{self.code} is off: it has no am, pm or night")
        if self.kind != "off" and not given:
            raise ValueError(f'{self.code} has no time: write am, pm or night, as "06:00-12:00"')
        for earlier, later in pairwise(given):
            if later.start < earlier.end:
                raise ValueError(
                    f"{self.code} begins its next session at {_time(later.start)}, "
                    f"before the one until {_time(earlier.end)} has ended"
                )
        if given and given[-1].end - given[0].start > _DAY_MIN:
            raise ValueError(
                f"{self.code} lasts from {_time(given[0].start)} to {_time(given[-1].end)} of the "
                "next day: expected at most 24 hours"
            )
        if self.kind == "call" and self.night is None:
            raise ValueError(f"{self.code} is call without a night: by day it is in_house")
        if self.next_morning is not None and (self.kind not in RESTED_AFTER or self.night is None):
            raise ValueError(
                f"{self.code} has a next_morning: that follows a night of call or night_float"
            )

    @property
    def label(self) -> str:
        """The name, or the code when there is none."""
        return self.name or self.code

    @property
    def spans(self) -> tuple[ClockSpan | None, ...]:
        """When each of `SESSIONS` is; None where it has none."""
        return tuple(
            None if text is None else _span(self.code, key, text)
            for key, text in (("am", self.am), ("pm", self.pm), ("night", self.night))
        )

    def has(self, session: Session) -> bool:
        """Return whether it can be the duty of a session; ``off`` can be of any."""
        return self.kind == "off" or self.spans[SESSIONS.index(session)] is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayDuties:
    """The duty types of one weekday by session; a session that is not named is free.

    Parameters
    ----------
    am, pm, night
        Code of a duty type that has a time then.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    am: DutyCode | None = None
    pm: DutyCode | None = None
    night: DutyCode | None = None

    def __post_init__(self) -> None:
        """Refuse days on which nothing is said."""
        if self.am is None and self.pm is None and self.night is None:
            raise ValueError("a day without duty: name that of am, pm or night, or leave it out")


Template = Annotated[dict[str, str | DayDuties], Refers("duty type", values=True)]
"""A week of duty by weekday. A duty type alone stands for all sessions that it has a time for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisionHours:
    """Who supervises the residents of a rotation, and when.

    Parameters
    ----------
    days
        Weekdays: ``mon``, ``mon-fri`` or ``mon,wed``.
    hours
        By the clock of the site: ``"08:00-17:00"``, or ``"18:00-06:00"`` into the next morning.
    level
        The closest supervision that they can give.
    supervisors
        How many they are, without other duties.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    days: str = "mon-sun"
    hours: str
    level: Level = "direct"
    supervisors: int = 1

    def __post_init__(self) -> None:
        """Refuse days and hours that there are not."""
        expand_weekdays(self.days)
        if _SPAN.fullmatch(self.hours.strip()) is None:
            raise ValueError(f'hours {self.hours!r}: write them as "08:00-17:00"')
        if not 0 <= self.supervisors <= _MOST_SUPERVISORS:
            raise ValueError(f"{self.supervisors} supervisors: expected 0 to {_MOST_SUPERVISORS}")

    @property
    def span(self) -> ClockSpan:
        """The hours in minutes; all day where they end when they begin."""
        match = _SPAN.fullmatch(self.hours.strip())
        assert match is not None  # noqa: S101 - refused above
        start, end = (int(match[n]) * 60 + int(match[n + 1]) for n in (1, 3))
        return ClockSpan(start, end if end > start else end + _DAY_MIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """What a person does in one half-day, whatever leave and template say.

    Parameters
    ----------
    date, session
        The half-day; NIGHT starts on its date.
    duty
        Code of the duty type; one of kind ``off`` frees the person.
    rotation
        Code of the rotation type that it belongs to; without it, of the one the person is on.
    note
        For people to read.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    person: PersonId
    date: date
    session: Session
    duty: DutyCode
    rotation: RotationCode | None = None
    note: str = ""


def expand_weekdays(key: str) -> tuple[int, ...]:
    """Return the weekdays of ``mon``, ``mon-fri`` or ``mon,wed``, Monday being 0.

    A range may run over Sunday: ``sun-thu``.

    Raises
    ------
    ValueError
        When the key is neither.
    """
    days: list[int] = []
    for part in key.split(","):
        first, dash, last = (word.strip() for word in part.partition("-"))
        known = first in WEEKDAYS and (last in WEEKDAYS if dash else not last)
        if not known or first == last:
            raise ValueError(f"{key!r} is no weekday: write mon, mon-fri or mon,wed")
        low = WEEKDAYS.index(first)
        length = (WEEKDAYS.index(last) - low) % 7 if dash else 0
        days += [(low + step) % 7 for step in range(length + 1)]
    return tuple(days)


def template_days(template: dict[str, str | DayDuties]) -> dict[int, str]:
    """Return the key under which each weekday stands.

    Raises
    ------
    ValueError
        When a key names no weekday, or two name the same.
    """
    found: dict[int, str] = {}
    for key in template:
        for day in expand_weekdays(key):
            if day in found:
                raise ValueError(f"{WEEKDAYS[day]} stands twice in the template")
            found[day] = key
    return found


def _span(code: str, key: str, text: str) -> ClockSpan:
    match = _SPAN.fullmatch(text.strip())
    if match is None:
        raise ValueError(f'{key} of {code} is {text!r}: write it as "06:00-12:00"')
    start, end = (int(match[n]) * 60 + int(match[n + 1]) for n in (1, 3))
    if end > _DAY_MIN:
        raise ValueError(f"{key} of {code} is {text!r}: a day ends at 24:00")
    if key == "night":
        if start < end <= _NOON_MIN:
            raise ValueError(
                f"night of {code} is {text!r}, on the morning of its own date: write it as am, "
                "or as the end of the night before"
            )
        return ClockSpan(start, end if end > start else end + _DAY_MIN)
    if end <= start:
        raise ValueError(f"{key} of {code} is {text!r}: it must end after its start, by 24:00")
    return ClockSpan(start, end)


def _time(minutes: int) -> str:
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"
