"""The Lagrangian: rows across people get prices, and everybody chooses for themselves.

The first prices are the dual values of the linear relaxation, found by a first-order method (PDLP,
doi:10.48550/arXiv.2106.04756). At any prices the sum of everybody's cheapest year is a bound of
the shortfall, because all rows of a single person hold exactly; the better the prices, the higher.
Rows of every rule kind are either one person's or have a price, so that nothing else is needed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ortools.linear_solver.python import model_builder_helper

from app.scheduling.domain.problem import Floats, Ints
from app.scheduling.solver.decomposition import FAR, Decomposition, Subproblem
from app.scheduling.solver.model import RotationModel
from app.scheduling.solver.posted import NO_HIGH, NO_LOW
from app.scheduling.solver.pricing import Pricer
from app.scheduling.solver.rows import Rows
from app.scheduling.solver.search import Search

SOURCE = "Lagrangian of rows across people"

GRAIN = 1000
"""Units of price in one step of the shortfall: prices are whole numbers, sums are exact."""

_PDLP = (
    "termination_criteria {{ iteration_limit: 20000 simple_optimality_criteria {{"
    " eps_optimal_relative: {0} eps_optimal_absolute: {0} }} }} num_threads: 1"
)

_SHARE = 1 / 4
"""Share of the time that is left for the linear relaxation."""

_UNITS_PER_TERM = 5e-6
"""Deterministic units that the linear relaxation is taken to cost for each term of its rows."""


@dataclass(frozen=True, slots=True)
class Duals:
    """Dual values: of linking rows (L,), and of everybody's tied rows."""

    links: Floats
    ties: list[Floats]


class LinearRelaxation:
    """The rows as a linear programme, for its dual values.

    Parameters
    ----------
    model, rows, apart
        The model, its rows, and the same taken apart.
    tolerance
        Relative error.
    """

    def __init__(
        self, model: RotationModel, rows: Rows, apart: Decomposition, tolerance: float
    ) -> None:
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
        self._rows = rows
        self._apart = apart
        self._tolerance = tolerance
        self._solver = model_builder_helper.ModelSolverHelper("pdlp")

    def duals(self, search: Search, share: float = _SHARE) -> Duals | None:
        """Return the dual values of what people share; None without a solution.

        Parameters
        ----------
        search
            Whose time it takes.
        share
            Of the time that is left: the most it may take.
        """
        self._solver.set_solver_specific_parameters(_PDLP.format(self._tolerance))
        if not search.deterministic:
            self._solver.set_time_limit_in_seconds(max(1.0, share * search.left))
        self._solver.solve(self._lp)
        if search.deterministic:
            search.spend(_UNITS_PER_TERM * len(self._rows.sums.row))
        if not self._solver.has_solution():
            return None
        return self._of_shared_rows(np.array(self._solver.dual_values()))

    def _of_shared_rows(self, duals: Floats) -> Duals:
        sums = self._rows.sums
        first, last = sums.ends_among(self._rows.people)
        by_number = dict(zip(sums.numbers.tolist(), duals.tolist(), strict=True))
        return Duals(
            links=duals[first < last],
            ties=[
                np.array([by_number[row.number] for row in person.tied])
                for person in self._apart.people
            ],
        )

    def interrupt(self) -> None:
        """End `duals`, which another thread runs."""
        self._solver.interrupt_solve()


class Lagrangian:
    """What everybody's columns cost at some prices, and what these are paid for.

    Parameters
    ----------
    apart
        The model.
    duals
        The prices before they are made whole, of the right sign, and no dearer than slacks.

    Attributes
    ----------
    links : int array (L,)
        Prices of linking rows.
    ties : list of int arrays (T,)
        By person: prices of tied rows.
    costs : list of int arrays (C,)
        By person: what a column costs, less what its rows are paid for it.
    """

    def __init__(self, apart: Decomposition, duals: Duals) -> None:
        self._apart = apart
        links = apart.links
        dearest = np.where(links.cost == 0, FAR, GRAIN * links.cost // links.sharing)
        self.links = _whole(duals.links, links.low, links.high, dearest)
        self.ties = [self._of_ties(*one) for one in zip(apart.people, duals.ties, strict=True)]
        self.costs = [self._costs(*one) for one in zip(apart.people, self.ties, strict=True)]

    def _of_ties(self, person: Subproblem, duals: Floats) -> Ints:
        low = np.array([row.low for row in person.tied], dtype=np.int64)
        high = np.array([row.high for row in person.tied], dtype=np.int64)
        return _whole(duals, low, high, np.full(len(low), FAR))

    def _costs(self, person: Subproblem, ties: Ints) -> Ints:
        costs: Ints = GRAIN * person.cost
        paid = self.links[person.link_rows] * person.link_weights
        np.subtract.at(costs, person.link_columns, paid)
        for row, price in zip(person.tied, ties.tolist(), strict=True):
            if price:
                costs[list(row.columns)] -= price * np.array(row.weights)
        return costs

    def bound(self, least: Sequence[int]) -> float:
        """Return the bound of the shortfall, in steps.

        Parameters
        ----------
        least
            By person: what no year costs less than, in units of price.
        """
        return (self._paid() + sum(least)) / GRAIN

    def _paid(self) -> int:
        """Return what the prices are paid for: the limits of all rows, and the levels."""
        apart = self._apart
        limits = np.where(self.links > 0, apart.links.low, apart.links.high)
        total = GRAIN * apart.constant + int(self.links @ np.where(self.links, limits, 0))
        costs = {index: GRAIN * level.cost for index, level in apart.levels.items()}
        for person, prices in zip(apart.people, self.ties, strict=True):
            for row, price in zip(person.tied, prices.tolist(), strict=True):
                if price:
                    total += price * (row.low if price > 0 else row.high)
                    for index, weight in apart.ties[row.tie]:
                        costs[index] -= price * weight
        for index, cost in costs.items():
            level = apart.levels[index]
            total += min(cost * level.lower, cost * level.upper)
        return total


def _whole(duals: Floats, low: Ints, high: Ints, dearest: Ints) -> Ints:
    """Return whole prices of rows; a limit that is not there is not paid for."""
    least, most = np.where(high < FAR, -dearest, 0), np.where(low > -FAR, dearest, 0)
    prices: Ints = np.clip(np.rint(GRAIN * duals).astype(np.int64), least, most)
    return prices


@dataclass(frozen=True, slots=True)
class Bounded:
    """What people say one by one at some prices.

    Parameters
    ----------
    lagrangian
        The prices, and what columns cost at them.
    bound
        Steps of the shortfall: the sum of everybody's cheapest year and of what the prices pay for.
    least : int array (P,)
        What everybody's cheapest year costs at least.
    """

    lagrangian: Lagrangian
    bound: float
    least: Ints

    def regret(self, values: dict[int, Ints], people: Sequence[int]) -> Floats:
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
        spent = [self.lagrangian.costs[person] @ values[person] for person in people]
        regret: Floats = np.maximum(0.0, np.array(spent) - self.least[list(people)])
        return regret


def lagrangian_bound(
    search: Search, relaxation: LinearRelaxation, apart: Decomposition
) -> Bounded | None:
    """Let the search know the bound at the linear relaxation's prices; None when it is over."""
    duals = relaxation.duals(search)
    if duals is None:
        return None
    lagrangian = Lagrangian(apart, duals)
    least: list[int] = []
    for person, costs in zip(apart.people, lagrangian.costs, strict=True):
        choice = Pricer(apart, person).choose(costs, None, search.seed)
        search.spend(choice.units)
        search.infeasible = search.infeasible or choice.impossible
        if search.ended or choice.bound is None:
            return None
        least.append(choice.bound)
    bound = lagrangian.bound(least)
    search.raise_bound(bound, SOURCE)
    return Bounded(lagrangian, bound, np.array(least, dtype=np.int64))
