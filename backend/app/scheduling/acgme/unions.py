"""Sets of points of time as sorted, separate intervals; everybody's at once.

Each person has an own stretch of one long axis, so that one pass serves all people.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.scheduling.acgme.zones import Minutes

Positions = NDArray[np.intp]


_LONG_AGO = np.iinfo(np.int64).min // 2


@dataclass(frozen=True)
class Union:
    """Separate intervals in rising order; `first` is the position of each one's first part."""

    start: Minutes
    end: Minutes
    first: Positions

    @cached_property
    def _until(self) -> tuple[Minutes, Minutes]:
        """The end of the interval before each one, and the minutes of it up to there."""
        total = np.concatenate([[0], (self.end - self.start).cumsum()])
        return np.concatenate([[_LONG_AGO], self.end]), total

    def before(self, moments: Minutes) -> Minutes:
        """Return how many minutes of it lie before each moment; any shape."""
        end, total = self._until
        place = self.start.searchsorted(moments, side="right")
        result: Minutes = total[place] - np.maximum(0, end[place] - moments)
        return result

    def holds(self, moments: Minutes) -> NDArray[np.bool_]:
        """Return whether each moment lies in it (its end does not)."""
        end, _ = self._until
        result: NDArray[np.bool_] = moments < end[self.start.searchsorted(moments, side="right")]
        return result


def counting(count: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return 0, 1, … `count` - 1 for each count, one after the other."""
    before = count.cumsum() - count
    return np.arange(int(count.sum())) - np.repeat(before, count)


def rows_of(person: NDArray[np.integer[Any]], one: int) -> slice:
    """Return which rows of a rising column of people are one person's."""
    # Of another type than the column, the numbers would cost a copy of the whole column.
    low, high = person.searchsorted(np.array([one, one + 1], dtype=person.dtype))
    return slice(int(low), int(high))


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
    (first,) = opens.nonzero()
    if len(first) == len(start):
        return Union(start, end, first)
    return Union(start[first], np.concatenate([reach[first[1:] - 1], reach[-1:]]), first)
