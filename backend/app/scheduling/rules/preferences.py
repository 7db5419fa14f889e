"""Preferences: what time on each rotation is worth to people."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Literal

import numpy as np

from app.scheduling.domain.problem import Bools, Grid, Ints, Problem
from app.scheduling.domain.rule import Breach, Concern, Rule, once
from app.scheduling.domain.scope import STRICT, Refers, Who
from app.scheduling.rules.points import check_points, common_step, in_steps
from app.scheduling.rules.words import listed, number, people

_MOST_SHOWN = 3
_NEVER = np.iinfo(np.int64).max // 4
"""Points that nobody has, to be lost where something cannot be."""

Points = Annotated[dict[str, float], Refers("rotation type")]
"""Points by rotation code or group; groups that overlap add up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """What time on the rotations is worth to some people."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    who: Who
    points: Points

    def __post_init__(self) -> None:
        """Refuse points that are negative, huge or too fine."""
        check_points("points", self.points.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences(Rule):
    """Each period, or each stay, on a rotation counts the points that it is worth to the person.

    With a reward every point earns it. Otherwise each person with a slot in scope has `at_least`
    points over the slots in scope.

    Parameters
    ----------
    points
        0 to 10,000 per slot or stay, by rotation code or group; groups that overlap add up, and
        rotations that are not named are worth nothing.
    personal
        What it is worth to some people instead; the first that fits counts.
    counted_in
        Periods (every slot counts) or stays (the first slot of each run on a rotation counts,
        however long the run is).
    at_least
        Points per person, above 0 to 10,000; needed without a reward, and only then.
    """

    title: ClassVar[str] = "Preferences"
    unit: ClassVar[str] = "points"
    concern: ClassVar[Concern] = "person"
    rewardable: ClassVar[bool] = True

    kind: Literal["preferences"] = "preferences"
    points: Points = field(default_factory=dict)
    personal: tuple[Preference, ...] = ()
    counted_in: Literal["periods", "stays"] = "periods"
    at_least: float | None = None

    def __post_init__(self) -> None:
        """Refuse points that say nothing, and a number that a reward does not ask for."""
        Rule.__post_init__(self)
        check_points("points", self.points.values())
        if not any(any(points.values()) for points in self._every_points()):
            raise ValueError("preferences need points for at least one rotation")
        if self.reward is not None and self.at_least is not None:
            raise ValueError("at_least has no meaning with a reward, which counts every point")
        if self.reward is None:
            if not self.at_least:
                raise ValueError("preferences need a reward, or the points to reach at_least")
            check_points("at_least", [self.at_least])

    def _every_points(self) -> Iterator[dict[str, float]]:
        yield self.points
        for entry in self.personal:
            yield entry.points

    @once
    def step(self, problem: Problem) -> Fraction:  # noqa: ARG002
        """Return the part of a point that all points and `at_least` are multiples of."""
        worths = {worth for points in self._every_points() for worth in points.values()}
        return common_step({*worths, self.at_least or 0})

    def asked(self, problem: Problem) -> Bools:
        """Return whose points count: bool array (P,)."""
        asked: Bools = np.logical_or.reduce(problem.scope(self.who, self.when), axis=1)
        return asked

    def limit(self, problem: Problem) -> int:
        """Return `at_least` in steps; 0 without one."""
        return in_steps([self.at_least or 0], self.step(problem))[0]

    @once
    def tables(self, problem: Problem) -> tuple[Ints, Ints]:
        """Return what a slot on each rotation is worth, as tables and who has which.

        Returns
        -------
        int array (T, V + 1), int array (P, S)
            Steps by table and rotation type, the last entry being `ABSENT`; the table of each
            cell, that of cells out of scope being all zeros.
        """
        left = problem.scope(self.who, self.when).copy()
        chosen = np.zeros(left.shape, dtype=np.int64)
        tables = [np.zeros(len(problem.rotations) + 1, dtype=np.int64)]
        for entry in self.personal:
            if not left.any():
                break
            theirs = left & problem.who(entry.who)
            if theirs.any():
                chosen[theirs] = len(tables)
                tables.append(self._table(problem, entry.points))
                left &= ~theirs
        chosen[left] = len(tables)
        tables.append(self._table(problem, self.points))
        return np.stack(tables), chosen

    def _table(self, problem: Problem, points: dict[str, float]) -> Ints:
        table = np.zeros(len(problem.rotations) + 1, dtype=np.int64)
        steps = in_steps(points.values(), self.step(problem))
        for name, worth in zip(points, steps, strict=True):
            table[list(problem.codes((name,)))] += worth
        return table

    def measure(self, problem: Problem, grid: Grid) -> Iterator[Breach]:
        """Return each person's points (reward), else a breach per person with too few."""
        tables, chosen = self.tables(problem)
        worths = tables[chosen, grid]
        if self.counted_in == "stays":
            worths[:, 1:][grid[:, 1:] == grid[:, :-1]] = 0
        totals = worths.sum(axis=1)
        step, limit = self.step(problem), self.limit(problem)
        wrong = totals > 0 if self.mode == "reward" else self.asked(problem) & (totals < limit)
        for p in wrong.nonzero()[0].tolist():
            total = int(totals[p])
            points = float(total * step)
            if self.mode == "reward":
                yield Breach(total, p, None, points, None, f"{number(points)} points")
            else:
                what = f"{number(points)} of at least {number(self.at_least or 0)} points"
                yield Breach(limit - total, p, None, points, self.at_least, what)

    def ideal(self, problem: Problem) -> int:
        """Return the most points, or what is missing when each person has the most points."""
        most = self._most(problem)
        if self.mode == "reward":
            return int(most.sum())
        missing = np.maximum(0, self.limit(problem) - most)
        return int(missing[self.asked(problem)].sum())

    def _most(self, problem: Problem) -> Ints:
        """Return the most points that each person can have: int array (P,)."""
        tables, chosen = self.tables(problem)
        if self.counted_in == "periods":
            most: Ints = tables.max(axis=1)[chosen].sum(axis=1)
            return most
        worths = tables[chosen][:, :, :-1]
        people, slots, rotations = worths.shape
        # By rotation: the most points of who is on it now; beside it, of who is on none.
        on, none = np.full((people, rotations), -_NEVER), np.zeros(people, dtype=np.int64)
        for slot in range(slots):
            there = problem.present[:, slot]
            elsewhere = np.maximum(_best_of_others(on), none[:, None])
            stays = np.maximum(on, elsewhere + worths[:, slot])
            none = np.where(there, -_NEVER, np.maximum(none, on.max(axis=1)))
            on = np.where(there[:, None], stays, -_NEVER)
        result: Ints = np.maximum(none, on.max(axis=1))
        return result

    def describe(self) -> str:
        """Return the points in words."""
        worths = [_worths(self.points)] if self.points else []
        if len(self.personal) > _MOST_SHOWN:
            worths.append(f"{len(self.personal)} groups or people have points of their own")
        else:
            worths += [
                f"for {people(entry.who) or 'everybody'} {_worths(entry.points)}"
                for entry in self.personal
            ]
        counted = self.counted_in.removesuffix("s")
        text = f"Each {counted} counts points: {'; '.join(worths)}"
        if self.at_least is not None:
            text += f". Each person has at least {number(self.at_least)}"
        return text + "."


def _best_of_others(values: Ints) -> Ints:
    """Return the highest value in each row beside each entry itself: int array (P, V)."""
    if values.shape[1] == 1:
        return np.full_like(values, -_NEVER)
    second, first = np.sort(values, axis=1)[:, -2:].T
    best = np.arange(values.shape[1]) == values.argmax(axis=1)[:, None]
    others: Ints = np.where(best, second[:, None], first[:, None])
    return others


def _worths(points: dict[str, float]) -> str:
    """Return points in words: "3 on MICU and 1 on CLINIC"."""
    return listed(tuple(f"{number(worth)} on {name}" for name, worth in points.items()), "and")
