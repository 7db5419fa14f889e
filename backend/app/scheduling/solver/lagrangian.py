"""The Lagrangian bound: rows across people get prices, and everybody chooses for themselves.

The prices are the dual values of the linear relaxation, found by a first-order method (PDLP,
doi:10.48550/arXiv.2106.04756). At any prices the sum of everybody's cheapest year is a bound of
the shortfall, because all rows of a single person hold exactly; the better the prices, the higher.
Rows of every rule kind are either one person's or have a price, so that nothing else is needed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor

import numpy as np
from ortools.linear_solver.python import model_builder_helper
from ortools.sat.python import cp_model

from app.scheduling.domain.problem import Floats, Ints
from app.scheduling.solver.decomposition import Decomposition
from app.scheduling.solver.model import RotationModel
from app.scheduling.solver.parts import OwnRows, Part, alone
from app.scheduling.solver.posted import NO_HIGH, NO_LOW
from app.scheduling.solver.rows import NOBODY, Rows, Sums
from app.scheduling.solver.search import Search

SOURCE = "Lagrangian of rows across people"

_GRAIN = 1000
"""Units of price in one step of the shortfall: prices are whole numbers, sums are exact."""

_PDLP = (
    "termination_criteria {{ iteration_limit: 20000 simple_optimality_criteria {{"
    " eps_optimal_relative: {0} eps_optimal_absolute: {0} }} }} num_threads: 1"
)

_UNITS_PER_TERM = 5e-6
"""Deterministic units that the linear relaxation is taken to cost for each term of its rows."""

_ROUNDING = 1e-6

_YEAR_UNITS, _HARD_YEAR_UNITS = 2.0, 16.0
"""Deterministic units for one person's cheapest year; more where these lead to none.

Whatever is proved by then counts.
"""


class LinearRelaxation:
    """The rows as a linear programme, for its dual values.

    Parameters
    ----------
    model, rows
        The model and its rows.
    tolerance
        Relative error.
    """

    def __init__(self, model: RotationModel, rows: Rows, tolerance: float) -> None:
        some = np.ones(len(rows.lower), dtype=np.bool_)
        some[list(model.sets)] = False
        columns = some.nonzero()[0]
        lp = model_builder_helper.ModelBuilderHelper()
        for number, index in enumerate(columns.tolist()):
            lp.add_var()
            lp.set_var_lower_bound(number, rows.lower[index])
            lp.set_var_upper_bound(number, rows.upper[index])
        lp.set_objective_coefficients(list(range(len(columns))), rows.cost[columns].tolist())
        sums, place = rows.sums, np.cumsum(some) - 1
        low = np.where(sums.low == NO_LOW, -np.inf, sums.low)
        high = np.where(sums.high == NO_HIGH, np.inf, sums.high)
        for number, limits in enumerate(zip(low.tolist(), high.tolist(), strict=True)):
            lp.add_linear_constraint()
            lp.set_constraint_lower_bound(number, limits[0])
            lp.set_constraint_upper_bound(number, limits[1])
        terms = sums.row.tolist(), place[sums.variable].tolist(), sums.weight.tolist()
        for number, index, weight in zip(*terms, strict=True):
            lp.add_term_to_constraint(number, index, weight)
        self._lp = lp
        self._tolerance = tolerance
        self._solver = model_builder_helper.ModelSolverHelper("pdlp")

    def duals(self, seconds: float | None) -> list[float] | None:
        """Return a dual value for every row; None without a solution.

        Parameters
        ----------
        seconds
            Time limit; None for iterations alone.
        """
        self._solver.set_solver_specific_parameters(_PDLP.format(self._tolerance))
        if seconds is not None:
            self._solver.set_time_limit_in_seconds(seconds)
        self._solver.solve(self._lp)
        if not self._solver.has_solution():
            return None
        return list(self._solver.dual_values())

    def interrupt(self) -> None:
        """End `duals`, which another thread runs."""
        self._solver.interrupt_solve()


class Lagrangian:
    """Everybody's choice at given prices.

    Parameters
    ----------
    apart
        The model taken apart.
    rows
        The same as rows.
    duals
        A dual value for every row.

    Attributes
    ----------
    cost : int array (V,)
        What each variable costs, with what its linking rows are paid for it, in units of price.
    """

    def __init__(self, apart: Decomposition, rows: Rows, duals: list[float]) -> None:
        self._apart = apart
        sums, people = rows.sums, rows.people
        price, limit = _prices(sums, np.array(duals))
        shared = np.zeros(len(price), dtype=np.bool_)
        shared[sums.row[people[sums.variable] == NOBODY]] = True
        first, last = sums.ends_among(people)
        price[(first == last) & ~shared] = 0  # everybody's own rows hold anyway
        cost = _GRAIN * rows.cost
        np.subtract.at(cost, sums.variable, price[sums.row] * sums.weight)
        nobody = people == NOBODY
        ends = (cost * np.array(side) for side in (rows.lower, rows.upper))
        self._nobody = (
            _GRAIN * rows.constant
            + int((price * limit).sum())
            + int(np.minimum(*ends)[nobody].sum())
        )
        self.cost = cost

    def cheapest(self, search: Search) -> list[int] | None:
        """Return what everybody's cheapest year costs at least, in units of price.

        None when it is over before everybody has chosen. That somebody has no year at all is
        noted: the problem is infeasible.
        """
        least: list[int] = []
        for subproblem in self._apart.people:
            part = Part(self._apart, 1)
            nothing = np.zeros(len(subproblem.cost), dtype=np.int64)
            part.add_person(subproblem, OwnRows(subproblem), nothing, nothing == 0, tied=False)
            part.minimize({subproblem.person: self.cost[subproblem.variables]})
            solver = alone(_YEAR_UNITS)
            status = solver.solve(part.cp)
            search.spend(solver.response_proto.deterministic_time)
            if status == cp_model.UNKNOWN:
                solver = alone(_HARD_YEAR_UNITS)
                status = solver.solve(part.cp)
                search.spend(solver.response_proto.deterministic_time)
            search.infeasible = search.infeasible or status == cp_model.INFEASIBLE
            if search.ended or status not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
                return None
            least.append(floor(solver.best_objective_bound + _ROUNDING))
        return least

    def bound(self, least: list[int]) -> float:
        """Return the bound of the shortfall that follows."""
        return (self._nobody + sum(least)) / _GRAIN


def _prices(sums: Sums, duals: Floats) -> tuple[Ints, Ints]:
    """Return the rows' prices as whole numbers, and the limits that they are paid for.

    A dual value that pays for a limit which is not there is none.
    """
    price: Ints = np.rint(duals * _GRAIN).astype(np.int64)
    limit = np.where(price > 0, sums.low, sums.high)
    none = (limit == NO_LOW) | (limit == NO_HIGH)
    return np.where(none, 0, price), np.where(none, 0, limit)


@dataclass(frozen=True, slots=True)
class Bounded:
    """What the linear relaxation says, and people one by one at its prices.

    Parameters
    ----------
    duals
        A dual value for every row.
    bound
        Steps of the shortfall: the sum of everybody's cheapest year and of what the prices pay for.
    cost : int array (V,)
        What each variable costs at these prices.
    least : int array (P,)
        What everybody's cheapest year costs at least.
    """

    duals: list[float]
    bound: float
    cost: Ints
    least: Ints

    def regret(
        self, apart: Decomposition, values: dict[int, Ints], people: Sequence[int]
    ) -> Floats:
        """Return by how much somebody's year costs more than the cheapest: float array.

        In units of price; the regrets of all, and what linking rows that are not at their limits
        are paid, are what a schedule is worse than the bound.

        Parameters
        ----------
        values
            By person: a value for every column.
        people
            Whose regret.
        """
        spent = [self.cost[apart.people[person].variables] @ values[person] for person in people]
        regret: Floats = np.maximum(0.0, np.array(spent) - self.least[list(people)])
        return regret


def lagrangian_bound(
    search: Search, relaxation: LinearRelaxation, apart: Decomposition, rows: Rows
) -> Bounded | None:
    """Let the search know the bound at the linear relaxation's prices; None when it is over."""
    seconds = None if search.deterministic else max(1.0, search.left / 4)
    duals = relaxation.duals(seconds)
    if search.deterministic:
        search.spend(_UNITS_PER_TERM * len(rows.sums.row))
    if duals is None:
        return None
    lagrangian = Lagrangian(apart, rows, duals)
    least = lagrangian.cheapest(search)
    if least is None:
        return None
    bound = lagrangian.bound(least)
    search.raise_bound(bound, SOURCE)
    return Bounded(duals, bound, lagrangian.cost, np.array(least, dtype=np.int64))
