"""The local times of sites as points of time, for any number of them at once."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from app.scheduling.acgme.zones import DAY, Minutes, midnights, minute


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class SiteClocks:
    """Clocks of Z zones over W days. Minutes are since 1970 (UTC) unless they are of a day.

    Parameters
    ----------
    begins : int64 array (Z * W,)
        When each local day begins.
    change : int64 array (Z * W,)
        The local minute of the day from which another offset holds; `DAY` where none does.
    shift : int64 array (Z * W,)
        By how many minutes the clock then runs ahead.
    days
        W.
    """

    begins: Minutes
    change: Minutes
    shift: Minutes
    days: int

    def at(
        self, zone: NDArray[np.integer], day: NDArray[np.integer], minute_of_day: Minutes
    ) -> Minutes:
        """Return when the clock of a zone shows a minute of a day; all of one length.

        Of two times of one name it is the earlier; a time that the clock skips is read with the
        offset before the change.
        """
        place = zone * self.days + day
        ahead = np.where(minute_of_day >= self.change[place], self.shift[place], 0)
        result: Minutes = self.begins[place] + minute_of_day - ahead
        return result


def site_clocks(zones: Sequence[str], first: date, days: int) -> SiteClocks:
    """Return the clocks of these IANA zones from `first` on."""
    begins = np.stack([midnights(zone, first, days) for zone in zones])
    change = np.full((len(zones), days), DAY, dtype=np.int64)
    shift = np.zeros((len(zones), days), dtype=np.int64)
    for row, day in zip(*np.nonzero(np.diff(begins) != DAY), strict=True):
        change[row, day], shift[row, day] = _change(zones[row], first + timedelta(int(day)))
    return SiteClocks(
        begins=begins[:, :days].ravel(), change=change.ravel(), shift=shift.ravel(), days=days
    )


def _change(zone: str, day: date) -> tuple[int, int]:
    """Return from which minute of a day the clock runs ahead, and by how much."""
    place = ZoneInfo(zone)
    begin = minute(datetime.combine(day, time(), place))

    def ahead(now: int) -> int:
        return begin + now - minute(datetime.combine(day, time(now // 60, now % 60), place))

    first = bisect_left(range(DAY), True, key=lambda now: ahead(now) != 0)  # noqa: FBT003 - wanted
    return first, ahead(DAY - 1)
