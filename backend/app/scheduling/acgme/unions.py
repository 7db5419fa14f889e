"""Sets of points of time as sorted, separate intervals; everybody's at once.

Each person has an own stretch of one long axis, so that one pass serves all people.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.scheduling.acgme.zones import Minutes

Positions = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Union:
    """Separate intervals in rising order; `first` is the position of each one's first part."""

    start: Minutes
    end: Minutes
    first: Positions

    def before(self, moments: Minutes) -> Minutes:
        """Return how many minutes of it lie before each moment; any shape."""
        if not len(self.start):
            return np.zeros(moments.shape, dtype=np.int64)
        lengths = self.end - self.start
        earlier = np.cumsum(lengths) - lengths
        place = self.start.searchsorted(moments, side="right") - 1
        inside = np.minimum(moments - self.start[place], lengths[place])
        return np.where(place < 0, 0, earlier[place] + inside)

    def holds(self, moments: Minutes) -> NDArray[np.bool_]:
        """Return whether each moment lies in it (its end does not)."""
        if not len(self.start):
            return np.zeros(moments.shape, dtype=np.bool_)
        place = self.start.searchsorted(moments, side="right") - 1
        result: NDArray[np.bool_] = (place >= 0) & (moments < self.end[place])
        return result


def counting(count: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return 0, 1, … `count` - 1 for each count, one after the other."""
    before = np.cumsum(count) - count
    return np.arange(int(count.sum())) - np.repeat(before, count)


def union(start: Minutes, end: Minutes, gap: int = 0) -> Union:
    """Return the union of intervals that are sorted by start.

    Gaps of at most `gap` minutes are bridged; intervals that touch are one.
    """
    if not len(start):
        return Union(start, end, np.zeros(0, dtype=np.intp))
    reach = np.maximum.accumulate(end)
    opens = np.empty(len(start), dtype=np.bool_)
    opens[0] = True
    np.greater(start[1:], reach[:-1] + gap, out=opens[1:])
    first = np.flatnonzero(opens)
    closes = np.append(first[1:], len(start)) - 1
    return Union(start[first], reach[closes], first)
