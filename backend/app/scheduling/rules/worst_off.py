"""Worst off: how the person with the lowest total fares."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Annotated, ClassVar, Literal

import numpy as np

from app.scheduling.domain.limits import HIGHEST, has_decimals
from app.scheduling.domain.problem import Bools, Grid, Ints, Problem
from app.scheduling.domain.rule import Breach, Concern, Rule, once
from app.scheduling.domain.scope import Refers
from app.scheduling.rules.points import DECIMALS
from app.scheduling.rules.words import listed, number


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstOff(Rule):
    """Nobody in scope in at least one slot has a total below `at_least`.

    A person's total is what soft rules about single people earn with them, less what they cost.
    With a reward every point of the lowest total earns it; a total below 0 costs as much.

    Parameters
    ----------
    rules
        Names of the rules that count: soft, and about single people; empty: all of these.
    at_least
        Points, -10,000 to 10,000; needed without a reward, and only then.
    """

    title: ClassVar[str] = "Worst off"
    unit: ClassVar[str] = "points"
    concern: ClassVar[Concern] = "all"
    rewardable: ClassVar[bool] = True

    kind: Literal["worst_off"] = "worst_off"
    rules: Annotated[tuple[str, ...], Refers("personal soft rule")] = ()
    at_least: float | None = None

    def __post_init__(self) -> None:
        """Refuse a number that a reward does not ask for, and a rule that asks for nothing."""
        Rule.__post_init__(self)
        if (self.reward is None) == (self.at_least is None):
            raise ValueError("worst off needs either a reward or at_least")
        least = self.at_least or 0
        if not (-HIGHEST <= least <= HIGHEST and has_decimals(least, DECIMALS)):
            raise ValueError(
                f"at_least {least}: expected -{HIGHEST} to {HIGHEST} "
                f"with at most {DECIMALS} decimals"
            )

    @once
    def counted(self, problem: Problem) -> tuple[Rule, ...]:
        """Return the rules that count, in the order of the programme."""
        return tuple(
            rule
            for rule in problem.rules
            if rule.scores_people and (not self.rules or rule.name in self.rules)
        )

    @once
    def step(self, problem: Problem) -> Fraction:
        """Return the part of a point that all totals and `at_least` are multiples of."""
        worths = [rule.weight * rule.step(problem) for rule in self.counted(problem)]
        floor = Fraction(str(self.at_least or 0))
        return Fraction(1, lcm(*(worth.denominator for worth in (*worths, floor))))

    def worth(self, problem: Problem, rule: Rule) -> int:
        """Return the steps by which a step of a counted rule changes a total."""
        steps = int(rule.weight * rule.step(problem) / self.step(problem))
        return steps if rule.mode == "reward" else -steps

    def floor(self, problem: Problem) -> int:
        """Return `at_least` in steps; 0 without one."""
        return int(Fraction(str(self.at_least or 0)) / self.step(problem))

    @once
    def group(self, problem: Problem) -> list[int]:
        """Return the people of whom the lowest total is looked for, by index."""
        inside: Bools = np.logical_or.reduce(problem.scope(self.who, self.when), axis=1)
        result: list[int] = inside.nonzero()[0].tolist()
        return result

    def totals(self, problem: Problem, grid: Grid) -> Ints:
        """Return everybody's total in steps: int array (P,)."""
        totals = np.zeros(len(problem.people), dtype=np.int64)
        for rule in self.counted(problem):
            worth = self.worth(problem, rule)
            for breach in rule.measure(problem, grid):
                totals[breach.person] += worth * breach.amount
        return totals

    def measure(self, problem: Problem, grid: Grid) -> Iterator[Breach]:
        """Return the lowest total (reward), else by how much it is too low."""
        group = self.group(problem)
        if not group:
            return
        totals = self.totals(problem, grid)[group]
        lowest = int(totals.argmin())
        total, floor = int(totals[lowest]), self.floor(problem)
        points = float(total * self.step(problem))
        if self.mode == "reward":
            if total:
                what = f"the lowest total, {number(points)} points"
                yield Breach(total, group[lowest], None, points, None, what)
        elif total < floor:
            what = f"the lowest total, {number(points)} of at least {number(self.at_least or 0)}"
            yield Breach(floor - total, group[lowest], None, points, self.at_least, what)

    def ideal(self, problem: Problem) -> int:
        """Return the lowest total, or what it lacks, when each rule does its best for everybody.

        Two rules that cannot both do so are taken as if they could: no schedule is better.
        """
        best = [self._best(problem, person) for person in self.group(problem)]
        if self.mode == "reward":
            return min(best, default=0)
        return max(0, self.floor(problem) - min(best, default=self.floor(problem)))

    def _best(self, problem: Problem, person: int) -> int:
        """Return the total of a person with whom each rule does its best."""
        alone = problem.part(slice(person, person + 1), slice(None))
        return sum(self.worth(problem, rule) * rule.ideal(alone) for rule in self.counted(problem))

    def describe(self) -> str:
        """Return what is compared, in words."""
        of = listed(self.rules, "and") if self.rules else "all soft rules about single people"
        if self.mode == "reward":
            return f"The higher the lowest total of a person, the better; totals of {of}."
        return f"Nobody has less than {number(self.at_least or 0)} points in total of {of}."
