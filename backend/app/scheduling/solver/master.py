"""The linear programme that mixes everybody's known years (the restricted master problem).

G. B. Dantzig and P. Wolfe, doi:10.1287/opre.8.1.101. Slacks of linking rows cost what they cost in
the model, those of rows that must hold more than anything else: it always has a solution.
"""

from dataclasses import dataclass

import numpy as np
from ortools.linear_solver import pywraplp  # type: ignore[attr-defined]  # it is no package

from app.scheduling.domain.problem import Floats, Ints
from app.scheduling.solver.decomposition import FAR, Decomposition, OwnRow
from app.scheduling.solver.lagrangian import Duals

_HARD_STEPS = 10
"""A unit of a broken hard row costs this many times the dearest unit of anything else."""


_USED = 1e-6
_WIDER = 1.5
"""By how much slacks that are used grow dearer."""


@dataclass(frozen=True, slots=True)
class Year:
    """A known year of one person.

    Parameters
    ----------
    values : int array (C,)
        By column.
    cost
        Steps of the shortfall.
    given : int array (L,)
        What it adds to linking rows.
    tied : int array (T,)
        Sums of the person's tied rows, without their ties.
    """

    values: Ints
    cost: int
    given: Ints
    tied: Ints

    def priced(self, links: Ints, ties: Ints, grain: int) -> int:
        """Return what the year costs when links and ties have prices."""
        return grain * self.cost - int(links @ self.given) - int(ties @ self.tied)


class Master:
    """All years that are known.

    Parameters
    ----------
    apart
        The model.

    Attributes
    ----------
    years
        By person.
    duals
        Of the last `solve`.
    """

    def __init__(self, apart: Decomposition) -> None:
        self._apart = apart
        self._lp = pywraplp.Solver.CreateSolver("GLOP")
        self._lp.SetSolverSpecificParametersAsString("use_preprocessing: false")
        self._warm = pywraplp.MPSolverParameters()
        self._warm.SetIntegerParam(self._warm.INCREMENTALITY, self._warm.INCREMENTALITY_ON)
        self._warm.SetIntegerParam(self._warm.PRESOLVE, self._warm.PRESOLVE_OFF)
        self._cost = self._lp.Objective()
        self._cost.SetMinimization()
        self._people = [self._lp.Constraint(1.0, 1.0) for _ in apart.people]
        self.years: list[list[Year]] = [[] for _ in apart.people]
        self.duals = Duals(np.zeros(0), [])
        self._used = np.zeros(0, dtype=np.bool_)
        self._seen: set[tuple[int, bytes]] = set()
        self._dearest = _HARD_STEPS * max(
            [
                1,
                *apart.links.cost.tolist(),
                *(int(np.abs(p.cost).max(initial=0)) for p in apart.people),
            ]
        )
        self._add_links()
        self._levels = {
            index: self._variable(level.lower, level.upper, level.cost)
            for index, level in apart.levels.items()
        }
        self._tied = [[self._tied_row(row) for row in person.tied] for person in apart.people]

    def _variable(self, low: float, high: float, cost: float) -> pywraplp.Variable:
        variable = self._lp.NumVar(low, high, "")
        self._cost.SetCoefficient(variable, float(cost))
        return variable

    def _add_links(self) -> None:
        links = self._apart.links
        self._most = np.where(links.cost == 0, self._dearest, links.cost / links.sharing)
        self._links = []
        self._slacks: list[list[pywraplp.Variable]] = []
        for low, high, cost in zip(
            links.low.tolist(), links.high.tolist(), self._most.tolist(), strict=True
        ):
            row, slacks = self._soft_row(low, high, cost)
            self._links.append(row)
            self._slacks.append(slacks)
        self._paid = self._most

    def _soft_row(
        self, low: int, high: int, cost: float
    ) -> tuple[pywraplp.Constraint, list[pywraplp.Variable]]:
        """Add an empty row and its slacks, which cost that much a unit."""
        limits = -np.inf if low <= -FAR else low, np.inf if high >= FAR else high
        row = self._lp.Constraint(*limits)
        sides = [1.0] * (low > -FAR) + [-1.0] * (high < FAR)
        slacks = [self._variable(0, np.inf, cost) for _ in sides]
        for slack, side in zip(slacks, sides, strict=True):
            row.SetCoefficient(slack, side)
        return row, slacks

    def _tied_row(self, row: OwnRow) -> pywraplp.Constraint:
        added, _ = self._soft_row(row.low, row.high, self._dearest)
        for index, weight in self._apart.ties[row.tie]:
            added.SetCoefficient(self._levels[index], float(weight))
        return added

    def add(self, person: int, values: Ints) -> bool:
        """Add a person's year; return whether it was not known."""
        key = person, values.tobytes()
        if key in self._seen:
            return False
        self._seen.add(key)
        subproblem = self._apart.people[person]
        given: Ints = np.zeros(len(self._links), dtype=np.int64)
        np.add.at(
            given, subproblem.link_rows, subproblem.link_weights * values[subproblem.link_columns]
        )
        tied = [
            sum(weight * int(values[c]) for c, weight in zip(row.columns, row.weights, strict=True))
            for row in subproblem.tied
        ]
        year = Year(values, int(subproblem.cost @ values), given, np.array(tied, dtype=np.int64))
        variable = self._variable(0, np.inf, year.cost)
        self._people[person].SetCoefficient(variable, 1.0)
        for row in given.nonzero()[0].tolist():
            self._links[row].SetCoefficient(variable, float(given[row]))
        for added, amount in zip(self._tied[person], tied, strict=True):
            added.SetCoefficient(variable, float(amount))
        self.years[person].append(year)
        return True

    @property
    def count(self) -> int:
        """Return how many years are known."""
        return len(self._seen)

    def solve(self) -> float | None:
        """Return the steps of the shortfall that the best mixture costs; None when interrupted."""
        status = self._lp.Solve(self._warm)
        if status != self._lp.OPTIMAL:
            return None
        self._used = np.array(
            [any(slack.solution_value() > _USED for slack in slacks) for slacks in self._slacks],
            dtype=np.bool_,
        )
        self.duals = Duals(
            links=np.array([row.dual_value() for row in self._links], dtype=np.float64),
            ties=[np.array([row.dual_value() for row in rows]) for rows in self._tied],
        )
        return float(self._cost.Value()) + self._apart.constant

    def steady(self, links: Floats, width: float) -> None:
        """Let slacks cost little more than prices that are about right, until `widen`.

        Dual values stay near those prices meanwhile (O. du Merle et al.,
        doi:10.1016/S0012-365X(98)00213-1).

        Parameters
        ----------
        links
            The prices.
        width
            How much more.
        """
        self._pay(np.minimum(self._most, np.abs(links) + width))

    def widen(self) -> bool:
        """Let the slacks that the last `solve` used cost more; return whether that is possible."""
        dearer = np.where(self._used, np.minimum(self._most, _WIDER * self._paid), self._paid)
        changed = bool((dearer > self._paid).any())
        self._pay(dearer)
        return changed

    def _pay(self, costs: Floats) -> None:
        for row in (costs != self._paid).nonzero()[0].tolist():
            for slack in self._slacks[row]:
                self._cost.SetCoefficient(slack, float(costs[row]))
        self._paid = costs

    @property
    def iterations(self) -> int:
        """Return the simplex iterations of the last `solve`."""
        return int(self._lp.iterations())

    def interrupt(self) -> None:
        """End `solve`, which another thread runs."""
        self._lp.InterruptSolve()
