"""Mixed-integer linear programmes for HiGHS, which has more to say of head counts than CP-SAT."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from ortools.math_opt import model_pb2
from ortools.math_opt.python import mathopt

from app.scheduling.domain.problem import Floats, Ints
from app.scheduling.solver.decomposition import FAR


@dataclass(frozen=True, slots=True)
class Optimum:
    """What HiGHS found: a value for every column, its cost, a lower bound of any, and the effort.

    `iterations` are those of the simplex method: an effort that does not hang on the clock.
    """

    values: Ints
    cost: float
    bound: float
    iterations: int


class MixedInteger:
    """Minimise the cost of whole-number columns; rows are ``low <= sum(weight * column) <= high``.

    `FAR` stands for no limit.
    """

    def __init__(self) -> None:
        self._lower: list[Ints] = []
        self._upper: list[Ints] = []
        self._cost: list[Ints | Floats] = []
        self._low: list[Ints] = []
        self._high: list[Ints] = []
        self._entries: list[tuple[Ints, Ints, Ints]] = []
        self._columns = 0
        self._whole: list[bool] = []
        self._rows = 0

    def add_columns(
        self, lower: Ints, upper: Ints, cost: Ints | Floats, *, whole: bool = True
    ) -> int:
        """Add columns; return the number of the first."""
        first = self._columns
        self._columns += len(lower)
        self._lower.append(lower)
        self._upper.append(upper)
        self._cost.append(cost)
        self._whole += [whole] * len(cost)
        return first

    def add_rows(self, entries: tuple[Ints, Ints, Ints], low: Ints, high: Ints) -> None:
        """Add rows.

        Parameters
        ----------
        entries
            Row (counted from 0 in this call), column and weight; no pair occurs twice.
        """
        row, column, weight = entries
        self._entries.append((row + self._rows, column, weight))
        self._rows += len(low)
        self._low.append(low)
        self._high.append(high)

    def minimize(
        self, *, gap: float, seconds: float | None = None, nodes: int | None = None, seed: int = 0
    ) -> Optimum | None:
        """Solve; None where nothing was found.

        Parameters
        ----------
        gap
            How far from the optimum is near enough, in units of cost.
        seconds, nodes
            Limits of time and of the search tree.
        seed
            Of what HiGHS draws.
        """
        model = mathopt.Model.from_model_proto(self._proto())
        result = mathopt.solve(
            model,
            mathopt.SolverType.HIGHS,
            params=mathopt.SolveParameters(
                time_limit=None if seconds is None else timedelta(seconds=seconds),
                node_limit=nodes,
                absolute_gap_tolerance=gap,
                random_seed=seed,
            ),
        )
        if not result.has_primal_feasible_solution():
            return None
        values = np.rint(np.array(result.variable_values(list(model.variables()))))
        bounds = result.termination.objective_bounds
        return Optimum(
            values.astype(np.int64),
            bounds.primal_bound,
            bounds.dual_bound,
            result.solve_stats.simplex_iterations,
        )

    def _proto(self) -> model_pb2.ModelProto:
        proto = model_pb2.ModelProto()
        columns, cost = np.arange(self._columns), np.concatenate(self._cost)
        proto.variables.ids.extend(columns.tolist())
        proto.variables.lower_bounds.extend(_unlimited(self._lower))
        proto.variables.upper_bounds.extend(_unlimited(self._upper))
        proto.variables.integers.extend(self._whole)
        proto.objective.linear_coefficients.ids.extend(columns[cost != 0].tolist())
        proto.objective.linear_coefficients.values.extend(cost[cost != 0].astype(float).tolist())
        rows = proto.linear_constraints
        rows.ids.extend(range(self._rows))
        rows.lower_bounds.extend(_unlimited(self._low))
        rows.upper_bounds.extend(_unlimited(self._high))
        row, column, weight = (np.concatenate(part) for part in zip(*self._entries, strict=True))
        order = np.lexsort((column, row))
        matrix = proto.linear_constraint_matrix
        matrix.row_ids.extend(row[order].tolist())
        matrix.column_ids.extend(column[order].tolist())
        matrix.coefficients.extend(weight[order].astype(float).tolist())
        return proto


def _unlimited(limits: list[Ints]) -> list[float]:
    """Return limits as HiGHS takes them."""
    joined = np.concatenate(limits).astype(float)
    joined[np.abs(joined) >= FAR // 2] *= np.inf
    result: list[float] = joined.tolist()
    return result
