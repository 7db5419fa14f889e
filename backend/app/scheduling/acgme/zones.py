"""Local days on the world's clock, in whole minutes since 1970 (UTC)."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Minutes = NDArray[np.int64]

EPOCH_DAY = date(1970, 1, 1).toordinal()
DAY = 24 * 60


def minute(moment: datetime) -> int:
    """Return an aware time as minutes; `fold` chooses between two times of the same name.

    A local time that the clock skips is read with the offset before the change, which is later.
    """
    return int(moment.timestamp() // 60)


def exists(moment: datetime) -> bool:
    """Return whether the clock of its zone ever shows this local time."""
    back = moment.astimezone(UTC).astimezone(moment.tzinfo)
    return back.replace(tzinfo=None) == moment.replace(tzinfo=None)


def at(minutes: int, zone: str) -> datetime:
    """Return a point of time as the clock of a zone shows it."""
    return datetime.fromtimestamp(minutes * 60, ZoneInfo(zone))


def offset(minutes: int, zone: str) -> int:
    """Return how many minutes a zone's clock is ahead of UTC."""
    ahead = at(minutes, zone).utcoffset() or timedelta()
    return int(ahead.total_seconds() // 60)


def months_later(day: date, months: int) -> date:
    """Return the date so many months later; after the last day of a shorter one it goes on."""
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, 1) + timedelta(day.day - 1)


def midnight(zone: str, day: date) -> int:
    """Return the minute at which a local day begins."""
    return minute(datetime.combine(day, time(), ZoneInfo(zone)))


@lru_cache(maxsize=64)
def midnights(zone: str, first: date, days: int) -> Minutes:
    """Return the minute at which each of `days` + 1 local days begins, from `first` on."""
    begins = [midnight(zone, first + timedelta(number)) for number in range(days + 1)]
    result = np.array(begins, dtype=np.int64)
    result.setflags(write=False)
    return result
