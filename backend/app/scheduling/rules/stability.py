"""Stability: how far a new schedule may depart from the one it starts from."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Literal

import numpy as np

from app.scheduling.domain.limits import limited
from app.scheduling.domain.problem import ABSENT, Grid, Ints, Problem, true_cells
from app.scheduling.domain.rule import Breach, Concern, Rule, once
from app.scheduling.domain.scope import STRICT

_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Changes with at most `days` days of notice count `times` as much."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    days: int
    times: int

    def __post_init__(self) -> None:
        """Refuse notice in the past and changes that count nothing."""
        if self.days < 0 or self.times < 1:
            raise ValueError(
                f"{self.days} days of notice count {self.times} times: "
                "expected at least 0 days and at least 1 time"
            )
        limited("days", self.days)
        limited("times", self.times)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stability(Rule):
    """Placements stay as they are in the schedule that the solve starts from.

    Without such a schedule the rule says nothing, nor does it where that schedule is empty.

    Parameters
    ----------
    at_most
        Changes that are free, from 0, counted with their notice.
    as_of
        The day from which notice is counted; needed with `notice`.
    notice
        The entry with the fewest days that still cover a slot's notice tells what a change there
        counts; slots that began before `as_of` count as the entry with the fewest days, slots
        beyond all entries count 1.
    """

    title: ClassVar[str] = "Stability"
    unit: ClassVar[str] = "changes"
    concern: ClassVar[Concern] = "all"

    kind: Literal["stability"] = "stability"
    at_most: int = 0
    as_of: date | None = None
    notice: tuple[Notice, ...] = ()

    def __post_init__(self) -> None:
        """Refuse limits and notice that mean nothing."""
        Rule.__post_init__(self)
        if self.at_most < 0:
            raise ValueError(f"at most {self.at_most} changes: expected at least 0")
        if self.notice and self.as_of is None:
            raise ValueError("notice needs as_of, the day from which it is counted")
        if len({entry.days for entry in self.notice}) < len(self.notice):
            raise ValueError("two entries of notice have the same number of days")

    @once
    def weights(self, problem: Problem) -> Ints:
        """Return what a change counts: int array (P, S), 0 where it is free."""
        if problem.base is None:
            return np.zeros(problem.present.shape, dtype=np.int64)
        entries = sorted(self.notice, key=lambda entry: entry.days)
        counts = np.ones(len(problem.slots), dtype=np.int64)
        if self.as_of is not None:
            for s, slot in enumerate(problem.slots):
                days = (slot.start - self.as_of).days
                counts[s] = next((entry.times for entry in entries if days <= entry.days), 1)
        bound = problem.scope(self.who, self.when) & (problem.base != ABSENT)
        result: Ints = np.where(bound, counts, 0)
        return result

    def measure(self, problem: Problem, grid: Grid) -> Iterator[Breach]:
        """Return one breach when there are too many changes in all."""
        if problem.base is None:
            return
        changed = np.where(grid != problem.base, self.weights(problem), 0)
        total = int(changed.sum())
        if total > self.at_most:
            cells = list(true_cells(changed > 0))
            shown = "; ".join(_change(problem, grid, p, s) for p, s in cells[:_SHOWN])
            more = f" and {len(cells) - _SHOWN} more" if len(cells) > _SHOWN else ""
            what = f"{total} changes of at most {self.at_most}: {shown}{more}"
            yield Breach(total - self.at_most, None, None, total, self.at_most, what)

    def describe(self) -> str:
        """Return the limit in words."""
        free = "Nothing changes" if not self.at_most else f"At most {self.at_most} changes"
        text = f"{free} against the schedule that the solve starts from"
        for entry in sorted(self.notice, key=lambda entry: entry.days):
            text += f"; with up to {entry.days} days of notice a change counts {entry.times} times"
        if self.notice:
            text += f" (as of {self.as_of})"
        return text + "."


def _change(problem: Problem, grid: Grid, person: int, slot: int) -> str:
    """Return one change in words: "Ann in period 3 to NF"."""
    now = grid[person, slot]
    code = "nothing" if now == ABSENT else problem.rotations[now].code
    return f"{problem.people[person].label} in {problem.slot_label(slot)} to {code}"
