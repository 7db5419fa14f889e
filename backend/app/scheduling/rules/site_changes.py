"""Site changes: how often people go from one site to another."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from app.scheduling.domain.problem import Bools, Grid, Ints, Problem, true_cells
from app.scheduling.domain.rule import Breach, Concern, Rule, once

NO_SITE = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteChanges(Rule):
    """Each person changes sites at most `at_most` times.

    A change is a slot at another site than the last slot before it that had a site: what lies
    between on rotations without a site (vacation, unassigned time) is no site, and neither is time
    without an appointment. A change counts when the slot that it leads to is in scope.

    Parameters
    ----------
    at_most
        Changes per person that are free, from 0.
    """

    title: ClassVar[str] = "Site changes"
    unit: ClassVar[str] = "changes of site"
    concern: ClassVar[Concern] = "person"

    kind: Literal["site_changes"] = "site_changes"
    at_most: int = 0

    def __post_init__(self) -> None:
        """Refuse a negative limit."""
        Rule.__post_init__(self)
        if self.at_most < 0:
            raise ValueError(f"at most {self.at_most} changes of site: expected at least 0")

    @once
    def sites(self, problem: Problem) -> Ints:
        """Return each rotation type's site: int array (V + 1,), the last entry being `ABSENT`.

        Sites are numbered; `NO_SITE` stands for none.
        """
        names = sorted({kind.site for kind in problem.rotations if kind.site})
        numbers = {name: number for number, name in enumerate(names)}
        found = [numbers.get(kind.site, NO_SITE) for kind in problem.rotations]
        return np.array([*found, NO_SITE], dtype=np.int64)

    def changes(self, problem: Problem, grid: Grid) -> Bools:
        """Return the slots to which counted changes lead: bool array (P, S)."""
        sites = self.sites(problem)[grid]
        slots = np.arange(grid.shape[1])
        last = np.maximum.accumulate(np.where(sites == NO_SITE, -1, slots), axis=1)
        before = np.full_like(last, -1)
        before[:, 1:] = last[:, :-1]
        former = np.take_along_axis(sites, np.maximum(before, 0), axis=1)
        elsewhere = (sites != NO_SITE) & (before >= 0) & (sites != former)
        result: Bools = elsewhere & problem.scope(self.who, self.when)
        return result

    def measure(self, problem: Problem, grid: Grid) -> Iterator[Breach]:
        """Return one breach per change beyond those that are free."""
        changes = self.changes(problem, grid)
        counts = np.cumsum(changes, axis=1)
        too_many: Bools = changes & (counts > self.at_most)
        for p, s in true_cells(too_many):
            count = int(counts[p, s])
            what = f"changes site to {problem.rotations[grid[p, s]].site}"
            what += f" (change {count} of at most {self.at_most})" if self.at_most else ""
            yield Breach(1, p, s, count, self.at_most, what)

    def describe(self) -> str:
        """Return the limit in words."""
        if not self.at_most:
            return "Nobody changes from one site to another."
        times = "once" if self.at_most == 1 else f"{self.at_most} times"
        return f"Each person changes from one site to another at most {times}."
