"""Leave cap: how many people may be away at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from typing import ClassVar, Literal

import numpy as np

from app.scheduling.domain.problem import FULL_LEAVE, HALF_LEAVE, Grid, Ints, Problem
from app.scheduling.domain.rule import Breach, Concern, Rule, once
from app.scheduling.rules.words import number

AWAY, HALF_AWAY = 2, 1
"""What a person who is away, or away for half of a slot, counts in steps of half a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveCap(Rule):
    """In every slot at most `max` people in scope are away.

    A person on full leave or on a leave rotation counts 1, one on half leave 1/2.

    Parameters
    ----------
    max
        Highest number of people, from 0, in halves.
    """

    title: ClassVar[str] = "Leave cap"
    unit: ClassVar[str] = "people"
    concern: ClassVar[Concern] = "slot"

    kind: Literal["leave_cap"] = "leave_cap"
    max: float

    def __post_init__(self) -> None:
        """Refuse limits that are no number of halves."""
        Rule.__post_init__(self)
        if not (isfinite(self.max) and self.max >= 0 and self.max * 2 == int(self.max * 2)):
            raise ValueError(f"max {self.max}: expected whole or half people, at least 0")

    def step(self, problem: Problem) -> Fraction:  # noqa: ARG002
        """Return half a person."""
        return Fraction(1, 2)

    @property
    def limit(self) -> int:
        """The highest number in steps."""
        return int(self.max * 2)

    @once
    def certain(self, problem: Problem) -> Ints:
        """Return what approved leave alone counts in steps: int array (P, S), 0 out of scope."""
        count = np.select(
            [problem.leave == FULL_LEAVE, problem.leave == HALF_LEAVE], [AWAY, HALF_AWAY], 0
        )
        result: Ints = np.where(problem.scope(self.who, self.when), count, 0).astype(np.int64)
        return result

    def measure(self, problem: Problem, grid: Grid) -> Iterator[Breach]:
        """Return one breach per slot in which too many are away."""
        lookup = np.zeros(len(problem.rotations) + 1, dtype=np.bool_)  # the last entry is ABSENT
        lookup[list(problem.leave_rotations)] = True
        on_leave = lookup[grid] & problem.scope(self.who, self.when)
        away = np.where(on_leave, AWAY, self.certain(problem)).sum(axis=0)
        for s in (away > self.limit).nonzero()[0].tolist():
            measured = away[s] / 2
            what = f"{number(measured)} away of at most {number(self.max)}"
            yield Breach(int(away[s] - self.limit), None, s, measured, self.max, what)

    def ideal(self, problem: Problem) -> int:
        """Return the excess that approved leave alone makes."""
        least = self.certain(problem)
        if len(problem.leave_rotations) == len(problem.rotations):
            least = np.where(problem.scope(self.who, self.when), AWAY, 0)
        return int(np.maximum(0, least.sum(axis=0) - self.limit).sum())

    def describe(self) -> str:
        """Return the limit in words."""
        return f"At most {number(self.max)} away at once; half a period of leave counts one half."
