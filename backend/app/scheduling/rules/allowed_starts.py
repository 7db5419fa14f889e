"""Allowed starts: in which periods one may begin a rotation."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from app.scheduling.domain.problem import Bools, Grid, Problem
from app.scheduling.domain.rule import Breach, Concern, Rule, once
from app.scheduling.domain.scope import Periods, RotationCodes, expand_periods
from app.scheduling.rules.runs import covers_all, first_present, run_words, runs_on
from app.scheduling.rules.words import listed


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowedStarts(Rule):
    """A run on these rotations begins with the first slot of one of these periods.

    A run counts when its first slot is in scope.

    Parameters
    ----------
    rotations
        At least one.
    periods
        Where a run may begin; at least one.
    each
        Every rotation by itself; otherwise going from one to another begins nothing.
    cut_by_year
        A run from the first slot of the year or of the person's appointment may begin there
        whatever the period: it may have begun before.
    """

    title: ClassVar[str] = "Allowed starts"
    unit: ClassVar[str] = "starts"
    concern: ClassVar[Concern] = "person"

    kind: Literal["allowed_starts"] = "allowed_starts"
    rotations: RotationCodes
    periods: Periods
    each: bool = True
    cut_by_year: bool = False

    def __post_init__(self) -> None:
        """Refuse empty lists and malformed periods."""
        Rule.__post_init__(self)
        if not self.rotations or not expand_periods(self.periods):
            raise ValueError("allowed starts need at least one rotation and one period")

    @once
    def forbidden(self, problem: Problem) -> Bools:
        """Return where no run may begin: bool array (P, S)."""
        allowed = set(expand_periods(self.periods))
        elsewhere = np.array(
            [slot.part > 0 or slot.period not in allowed for slot in problem.slots]
        )
        result: Bools = problem.scope(self.who, self.when) & elsewhere
        if self.cut_by_year:
            result &= ~first_present(problem.present)
        return result

    def measure(self, problem: Problem, grid: Grid) -> Iterator[Breach]:
        """Return one breach per run that begins elsewhere."""
        forbidden = self.forbidden(problem)
        for names, runs in runs_on(problem, grid, self.rotations, each=self.each):
            for p, first, _ in runs:
                if forbidden[p, first]:
                    yield Breach(1, p, first, None, None, f"begins {listed(names)}")

    def ideal(self, problem: Problem) -> int:
        """Return 0 or, when there is nothing else to be on, what appointments begin with."""
        if not covers_all(problem, self.rotations):
            return 0
        return int((self.forbidden(problem) & first_present(problem.present)).sum())

    def describe(self) -> str:
        """Return the starts in words."""
        starts = listed(tuple(str(period) for period in self.periods))
        text = f"{run_words(self.rotations, each=self.each)} begins only in period {starts}"
        if self.cut_by_year:
            text += ", or with the person's appointment"
        return text + "."
