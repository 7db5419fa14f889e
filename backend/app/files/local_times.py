"""What a clock showed, as points of time: ISO 8601 in a zone, with both changes of the clock."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from typing import Literal
from zoneinfo import ZoneInfo, available_timezones

from app.scheduling.acgme.zones import EPOCH_DAY, at

Oddity = Literal["", "skipped", "shown twice"]

_TIME = re.compile(
    r"(?P<local>[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2})"
    r"(?P<seconds>:[0-9]{2}(?:[.,][0-9]+)?)?"
    r"(?P<offset>[Zz]|[+-][0-9]{2}:?[0-9]{2})?"
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YEARS = range(1990, 2200)
_OF_THE_MACHINE = {"Factory", "localtime", "posixrules"}
_FORM = "write it as 2026-07-01T06:00"


class LocalTimeError(ValueError):
    """A text is no time; `mend` says what would be right."""

    def __init__(self, message: str, mend: str = "") -> None:
        self.mend = mend
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class LocalTime:
    """A point of time, with its zone.

    Parameters
    ----------
    moment
        As the clock really showed it.
    minutes
        The same since 1970 (UTC).
    oddity
        Whether the clock of the zone skipped what was written, or showed it twice and nothing
        says which was meant.
    """

    moment: datetime
    minutes: int
    oddity: Oddity = ""


@cache
def zones() -> frozenset[str]:
    """Return the IANA names that mean the same on every machine."""
    return frozenset(available_timezones() - _OF_THE_MACHINE)


def read_local_time(text: str, zone: str) -> LocalTime:
    """Read ``2026-07-01T06:00``, as the clock of a zone of `zones` showed it.

    An offset (``2026-11-01T01:30-05:00``) chooses between two times of the same name; without one
    it is the first. A time that the clock skipped moves forward by as much as the clock did.

    Raises
    ------
    LocalTimeError
        When it is no such time, is not in whole minutes, or has an offset that the zone has not.
    """
    match = _TIME.fullmatch(text)
    if match is None:
        raise _no_time(text)
    if match["seconds"] and match["seconds"].strip(":.,0"):
        raise LocalTimeError(f"{text} has seconds", "round to whole minutes")
    try:
        local = datetime.fromisoformat(match["local"])
    except ValueError:
        hint = "midnight is 00:00 of the next day" if text[11:16] == "24:00" else _FORM
        raise LocalTimeError(f"there is no time {text}", hint) from None
    _check_year(local.year, text)
    early, late = _offsets(zone, local)
    written = match["offset"]
    if written is None:
        oddity: Oddity = "" if early == late else "shown twice" if early > late else "skipped"
        return _time(local, early, zone, oddity)
    offset = _offset(written)
    if offset not in (early, late):
        right = " or ".join(dict.fromkeys(_shown(one) for one in (early, late)))
        message = f"{text} has the offset {written}, {zone} is at {right} then"
        raise LocalTimeError(message, "write the local time, without an offset")
    return _time(local, offset, zone, "skipped" if early < late else "")


def read_day(text: str) -> date:
    """Read ``2026-07-01``.

    Raises
    ------
    LocalTimeError
        When it is no day.
    """
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        raise LocalTimeError(f"there is no day {text}") from None
    if day is None:
        raise LocalTimeError(f"{text[:40]!r} is no day", "write it as 2026-07-01")
    _check_year(day.year, text)
    return day


def _no_time(text: str) -> LocalTimeError:
    if _DAY.fullmatch(text):
        return LocalTimeError(f"{text} has no time of day", f"write it as {text}T06:00")
    return LocalTimeError(f"{text[:40]!r} is no time", _FORM)


def _check_year(year: int, text: str) -> None:
    if year not in _YEARS:
        message = f"{text} lies outside the years {_YEARS[0]} to {_YEARS[-1]}"
        raise LocalTimeError(message)


@lru_cache(maxsize=2**16)
def _offsets(zone: str, local: datetime) -> tuple[int, int]:
    """Return minutes ahead of UTC before and after a change at this local time; else one twice."""
    place = ZoneInfo(zone)
    both = (place.utcoffset(local.replace(fold=fold)) or timedelta(0) for fold in (0, 1))
    early, late = (int(offset.total_seconds() // 60) for offset in both)
    return early, late


def _time(local: datetime, offset: int, zone: str, oddity: Oddity) -> LocalTime:
    minutes = (local.toordinal() - EPOCH_DAY) * 24 * 60 + local.hour * 60 + local.minute - offset
    return LocalTime(at(minutes, zone), minutes, oddity)


def _offset(written: str) -> int:
    if written in "Zz":
        return 0
    digits = written[1:].replace(":", "")
    size = int(digits[:2]) * 60 + int(digits[2:])
    return -size if written[0] == "-" else size


def _shown(offset: int) -> str:
    hours, minutes = divmod(abs(offset), 60)
    return f"{'-' if offset < 0 else '+'}{hours:02}:{minutes:02}"
