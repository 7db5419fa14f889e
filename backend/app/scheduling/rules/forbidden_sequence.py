"""Forbidden sequence: what must not follow what."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Annotated, ClassVar, Literal

from app.scheduling.domain.problem import Grid, Problem, true_cells
from app.scheduling.domain.rule import Breach, Concern, Rule
from app.scheduling.domain.scope import Refers
from app.scheduling.rules.patterns import (
    Pattern,
    check_pattern,
    occurrences,
    pattern_words,
    variants,
    window_starts,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForbiddenSequence(Rule):
    """Nobody in scope has this pattern in consecutive periods (or `lag` periods apart).

    Parameters
    ----------
    pattern
        One list of rotations per step, at least two steps; a step matches any of its list.
    lag
        Periods from one step to the next, at least 1.
    either_order
        Forbid the reversed pattern too.
    """

    title: ClassVar[str] = "Forbidden sequence"
    unit: ClassVar[str] = "occurrences"
    concern: ClassVar[Concern] = "person"

    kind: Literal["forbidden_sequence"] = "forbidden_sequence"
    pattern: Annotated[Pattern, Refers("rotation type")]
    lag: int = 1
    either_order: bool = False

    def __post_init__(self) -> None:
        """Refuse patterns that are none."""
        Rule.__post_init__(self)
        check_pattern(self.pattern, self.lag)

    def measure(self, problem: Problem, grid: Grid) -> Iterator[Breach]:
        """Return one breach per occurrence; one place counts once for both orders."""
        scope = problem.scope(self.who, self.when)
        both = variants(self.pattern, either_order=self.either_order)
        found = (occurrences(problem, grid, scope, pattern, self.lag) for pattern in both)
        what = pattern_words(self.pattern, self.lag)
        for p, s in true_cells(reduce(or_, found)):
            yield Breach(1, p, s, None, None, what)

    def ideal(self, problem: Problem) -> int:
        """Return 0 or, when every rotation matches every step, the number of places for it."""
        everywhere = frozenset.intersection(*(problem.codes(step) for step in self.pattern))
        if len(everywhere) < len(problem.rotations):
            return 0
        scope = problem.scope(self.who, self.when)
        return int(window_starts(problem, scope, len(self.pattern), self.lag).sum())

    def describe(self) -> str:
        """Return the pattern in words."""
        text = f"Nobody has {pattern_words(self.pattern, self.lag)}"
        return text + (", in either order." if self.either_order else ".")
