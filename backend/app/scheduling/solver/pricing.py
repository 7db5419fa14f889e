"""One person's cheapest year at given prices, asked again and again.

Prices are whole numbers, so that sums of costs are exact. What a person chose at other prices is a
year at these, too: only a cheaper one is asked for, and that there is none is an answer.
"""

from dataclasses import dataclass
from functools import cached_property
from math import floor, inf, isfinite

import numpy as np
from ortools.sat.python import cp_model

from app.scheduling.domain.problem import Ints
from app.scheduling.solver.decomposition import Decomposition, Subproblem
from app.scheduling.solver.parts import OwnRows, Part, alone

_ROUNDING = 1e-6

_YEAR_UNITS = 16.0
"""Deterministic units for one person's year; whatever is proved by then counts."""

_KEPT = 4
"""Of the years that CP-SAT passes on its way to the cheapest, so many are kept."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person answers.

    Parameters
    ----------
    bound
        No year costs less; None when nothing was proved in time.
    years
        Years that were found, the cheapest last: int arrays (C,).
    units
        Deterministic units that the answer took.
    impossible
        Whether the person has no year at all.
    """

    bound: int | None
    years: list[Ints]
    units: float
    impossible: bool = False


class Pricer:
    """One person's rows as a model that is made at the first question and kept.

    Levels are free within their limits: everybody has a copy of them.

    Parameters
    ----------
    apart
        The whole.
    subproblem
        The person's part of it.
    """

    def __init__(self, apart: Decomposition, subproblem: Subproblem) -> None:
        self._apart = apart
        self._subproblem = subproblem
        self._solver: cp_model.CpSolver | None = None
        self._proved = -inf

    @cached_property
    def _part(self) -> Part:
        subproblem = self._subproblem
        part = Part(self._apart, 0)
        part.add_levels()
        nothing = np.zeros(len(subproblem.cost), dtype=np.int64)
        part.add_person(subproblem, OwnRows(subproblem), nothing, nothing == 0)
        return part

    def choose(self, prices: Ints, known: tuple[int, Ints] | None, seed: int) -> Choice:
        """Return the cheapest year, or that none is cheaper than the one known.

        Parameters
        ----------
        prices : int array (C,)
            What each column costs.
        known
            The cheapest year known and its cost.
        """
        part, person = self._part, self._subproblem.person
        part.minimize({person: prices})
        if known is not None:
            part.hint({person: known[1]})
            part.cp.proto.objective.domain.extend([-(2**62), known[0] - 1])
        passed = _Passed(list(part.columns[person].values()))
        solver, status = self._solve(seed, passed)
        units = solver.response_proto.deterministic_time
        if status == cp_model.INFEASIBLE:
            bound = None if known is None else known[0]
            return Choice(bound, [], units, impossible=known is None)
        if status == cp_model.OPTIMAL:
            self._proved = solver.best_objective_bound
        bound = floor(self._proved + _ROUNDING) if isfinite(self._proved) else None
        return Choice(bound, passed.years[-_KEPT:], units)

    def _solve(
        self, seed: int, passed: "_Passed"
    ) -> tuple[cp_model.CpSolver, cp_model.CpSolverStatus]:
        solver = self._solver = alone(_YEAR_UNITS)
        solver.parameters.random_seed = seed
        # Where it ended before anything was proved, the solver says 0: which may not be true.
        self._proved = -inf
        solver.best_bound_callback = self._prove
        status = solver.solve(self._part.cp, passed)
        self._solver = None
        return solver, status

    def _prove(self, bound: float) -> None:
        self._proved = bound

    def interrupt(self) -> None:
        """End `choose`, which another thread runs."""
        solver = self._solver
        if solver is not None:
            solver.stop_search()


class _Passed(cp_model.CpSolverSolutionCallback):
    """Notes all years on the way to the cheapest."""

    def __init__(self, columns: list[cp_model.IntVar]) -> None:
        super().__init__()
        self._columns = columns
        self.years: list[Ints] = []

    def on_solution_callback(self) -> None:
        self.years.append(np.array([self.value(column) for column in self._columns], np.int64))
