"""Preferred sequence: what is wanted after what."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Annotated, ClassVar, Literal

from app.scheduling.domain.problem import Bools, Grid, Problem, true_cells, true_rows
from app.scheduling.domain.rule import Breach, Concern, Rule, once
from app.scheduling.domain.scope import Refers
from app.scheduling.rules.patterns import (
    Pattern,
    check_pattern,
    most_occurrences,
    occurrences,
    pattern_words,
    variants,
    window_starts,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferredSequence(Rule):
    """People have this pattern in consecutive periods (or `lag` periods apart).

    With a reward every occurrence counts. Otherwise each person with room for one occurrence in
    scope has `at_least` many.

    Parameters
    ----------
    pattern
        One list of rotations per step, at least two steps; a step matches any of its list.
    lag
        Periods from one step to the next, at least 1.
    either_order
        Take the reversed pattern too; one place counts once for both orders.
    at_least
        Occurrences per person, at least 1; not with a reward.
    """

    title: ClassVar[str] = "Preferred sequence"
    unit: ClassVar[str] = "occurrences"
    concern: ClassVar[Concern] = "person"
    rewardable: ClassVar[bool] = True

    kind: Literal["preferred_sequence"] = "preferred_sequence"
    pattern: Annotated[Pattern, Refers("rotation type")]
    lag: int = 1
    either_order: bool = False
    at_least: int = 1

    def __post_init__(self) -> None:
        """Refuse patterns that are none, and a number that a reward does not ask for."""
        Rule.__post_init__(self)
        check_pattern(self.pattern, self.lag)
        if self.at_least < 1:
            raise ValueError(f"at_least {self.at_least}: expected at least 1")
        if self.reward is not None and self.at_least != 1:
            raise ValueError("at_least has no meaning with a reward, which counts every occurrence")

    @once
    def starts(self, problem: Problem) -> Bools:
        """Return where the pattern can begin: bool array (P, S)."""
        scope = problem.scope(self.who, self.when)
        return window_starts(problem, scope, len(self.pattern), self.lag)

    def measure(self, problem: Problem, grid: Grid) -> Iterator[Breach]:
        """Return one entry per occurrence (reward), else a breach per person with too few."""
        both = variants(self.pattern, either_order=self.either_order)
        starts, what = self.starts(problem), pattern_words(self.pattern, self.lag)
        found = reduce(or_, (occurrences(problem, grid, starts, each, self.lag) for each in both))
        if self.mode == "reward":
            for p, s in true_cells(found):
                yield Breach(1, p, s, None, None, what)
            return
        for p in true_rows(starts):
            count = int(found[p].sum())
            if count < self.at_least:
                words = f"{count} of at least {self.at_least} times {what}"
                yield Breach(self.at_least - count, p, None, count, self.at_least, words)

    def ideal(self, problem: Problem) -> int:
        """Return the most occurrences that fit (reward), else those for which there is no room."""
        starts = self.starts(problem)
        both = variants(self.pattern, either_order=self.either_order)
        most = most_occurrences(problem, starts, both, self.lag)
        if self.mode == "reward":
            return sum(most)
        return sum(max(0, self.at_least - most[person]) for person in true_rows(starts))

    def describe(self) -> str:
        """Return the pattern in words."""
        words = pattern_words(self.pattern, self.lag)
        order = ", in either order" if self.either_order else ""
        if self.mode == "reward":
            return f"Wanted: {words}{order}."
        times = "once" if self.at_least == 1 else f"{self.at_least} times"
        return f"Each person has at least {times} {words}{order}."
