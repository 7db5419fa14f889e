"""Parts of a decomposed model as CP-SAT models: some columns of some people, all else as it is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from ortools.sat.python import cp_model

from app.scheduling.domain.problem import Bools, Ints
from app.scheduling.solver.decomposition import FAR, NO_TIE, Decomposition, Subproblem
from app.scheduling.solver.posted import NO_HIGH, NO_LOW, Constraints

Free = dict[int, cp_model.IntVar]
"""The variables of a person's free columns."""

_SUM, _AT_LEAST_ONE, _AT_MOST_ONE, _EXACTLY_ONE = range(4)
"""The kinds of constraint that CP-SAT has for rows; it likes those of literals best."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A row as a part must state it: ``low <= sum(weights * indices) + tie <= high``.

    `indices` are those of variables in the part; those of literals in rows of another kind than
    a sum.
    """

    kind: int
    indices: list[int]
    weights: list[int]
    low: int
    high: int
    tie: int


class OwnRows:
    """One person's rows as arrays, so that those a part can leave out are found at once."""

    def __init__(self, subproblem: Subproblem) -> None:
        rows = subproblem.rows
        self._count = len(rows)
        self._number = np.repeat(np.arange(len(rows)), [len(row.columns) for row in rows])
        self._column = np.array([c for row in rows for c in row.columns], dtype=np.int64)
        self._weight = np.array([w for row in rows for w in row.weights], dtype=np.int64)
        self._low = np.array([row.low for row in rows], dtype=np.int64)
        self._high = np.array([row.high for row in rows], dtype=np.int64)
        self._tie = np.array([row.tie for row in rows], dtype=np.int64)
        binary = (subproblem.lower == 0) & (subproblem.upper == 1)
        self._literal = (np.abs(self._weight) == 1) & binary[self._column]
        ends = (
            self._weight * subproblem.lower[self._column],
            (self._weight * subproblem.upper[self._column]),
        )
        self._least, self._most = np.minimum(*ends), np.maximum(*ends)

    def at(self, values: Ints) -> Ints:
        """Return the sums of all rows, without their ties: int array (R,)."""
        return self._sum(self._weight * values[self._column])

    def remaining(self, values: Ints, free: Bools, index: Ints) -> Iterator[Statement]:
        """Yield the rows that say something of the free columns or of levels.

        Parameters
        ----------
        values, free, index
            By column: the value, whether it is free instead, and what index it has then.
        """
        open_ = free[self._column]
        given = self._sum(np.where(open_, 0, self._weight * values[self._column]))
        least = given + self._sum(np.where(open_, self._least, 0))
        most = given + self._sum(np.where(open_, self._most, 0))
        held = (self._low <= least) & (most <= self._high) & (self._tie == NO_TIE)
        size = self._sum(open_.astype(np.int64))
        # A row without a free column still limits the levels that all choose together.
        asked = ((size > 0) | (self._tie != NO_TIE)) & ~held
        negative = open_ & (self._weight < 0)
        low, high = self._low - given, self._high - given
        kind = self._kinds(open_, self._sum(negative.astype(np.int64)), low, high)
        entry = (open_ & asked[self._number]).nonzero()[0]
        row, indices = self._number[entry], index[self._column[entry]]
        mirrored = negative[entry] & (kind[row] != _SUM)
        literals = np.where(mirrored, -indices - 1, indices).tolist()
        weights = self._weight[entry].tolist()
        chosen = asked.nonzero()[0]
        ends = [*np.searchsorted(row, chosen).tolist(), len(entry)]
        of_rows = (of[chosen].tolist() for of in (kind, low, high, self._tie))
        for (start, end), kind_, low_, high_, tie in zip(pairwise(ends), *of_rows, strict=True):
            yield Statement(kind_, literals[start:end], weights[start:end], low_, high_, tie)

    def _kinds(self, open_: Bools, negative: Ints, low: Ints, high: Ints) -> Ints:
        """Return as what kind of constraint CP-SAT likes each row best: int array (R,)."""
        size = self._sum(open_.astype(np.int64))
        clause = (self._sum((open_ & ~self._literal).astype(np.int64)) == 0) & (self._tie == NO_TIE)
        low, high = low + negative, high + negative
        kind: Ints = np.select(
            [
                clause & (low == 1) & (high == 1),
                clause & (low == 1) & (high >= size),
                clause & (high == 1) & (low <= 0),
            ],
            [_EXACTLY_ONE, _AT_LEAST_ONE, _AT_MOST_ONE],
            _SUM,
        )
        return kind

    def _sum(self, amounts: Ints) -> Ints:
        sums: Ints = np.zeros(self._count, dtype=np.int64)
        np.add.at(sums, self._number, amounts)
        return sums


@dataclass(frozen=True, slots=True)
class Ranges:
    """What people leave each tie: int arrays (K,)."""

    low: Ints
    high: Ints


class Part:
    """A CP-SAT model of some columns of some people.

    Parameters
    ----------
    apart
        The whole.
    grain
        Units of the objective in one step of the shortfall.
    """

    def __init__(self, apart: Decomposition, grain: int) -> None:
        self._apart = apart
        self._grain = grain
        self.cp = empty_model()
        self._constraints = Constraints(self.cp)
        self.columns: dict[int, Free] = {}
        self.levels: dict[int, cp_model.IntVar] = {}
        self.ties: list[cp_model.IntVar] = []
        self._costs: list[tuple[int, cp_model.IntVar]] = []

    def add_levels(self, *, held: bool = False) -> None:
        """Add all levels and ties; `held`: levels that cost something are where they cost least."""
        for index, level in self._apart.levels.items():
            lower = level.upper if held and level.cost < 0 else level.lower
            upper = level.lower if held and level.cost > 0 else level.upper
            variable = self.cp.new_int_var(lower, upper, "")
            self.levels[index] = variable
            if level.cost:
                self._costs.append((self._grain * level.cost, variable))
        for tie in self._apart.ties:
            total = sum(weight * self.levels[index] for index, weight in tie)
            self.ties.append(self.cp.new_int_var(-FAR, FAR, ""))
            self.cp.add(self.ties[-1] == total)

    def limit_ties(self, ranges: Ranges) -> None:
        """Keep the ties within what everybody else leaves them."""
        for variable, low, high in zip(
            self.ties, ranges.low.tolist(), ranges.high.tolist(), strict=True
        ):
            domain = self.cp.proto.variables[variable.index].domain
            domain.clear()
            domain.extend([low, high])

    def add_person(self, subproblem: Subproblem, rows: OwnRows, values: Ints, free: Bools) -> None:
        """Add a person's free columns and the rows that speak of them.

        Parameters
        ----------
        values, free
            Values of all columns, and which of them are free instead.
        """
        lower, upper = subproblem.lower.tolist(), subproblem.upper.tolist()
        columns = {
            column: self.cp.new_int_var(lower[column], upper[column], "")
            for column in free.nonzero()[0].tolist()
        }
        self.columns[subproblem.person] = columns
        index: Ints = np.zeros(len(free), dtype=np.int64)
        index[free] = [variable.index for variable in columns.values()]
        for row in rows.remaining(values, free, index):
            self._add_row(row)

    def _add_row(self, row: Statement) -> None:
        if row.kind == _AT_LEAST_ONE:
            self._constraints.at_least_one(row.indices)
        elif row.kind == _AT_MOST_ONE:
            self._constraints.at_most_one(row.indices)
        elif row.kind == _EXACTLY_ONE:
            self._constraints.exactly_one(row.indices)
        else:
            terms = list(zip(row.indices, row.weights, strict=True))
            if row.tie != NO_TIE:
                terms.append((self.ties[row.tie].index, 1))
            self._add_between(terms, row.low, row.high)

    def add_sum(self, terms: Sequence[tuple[int, cp_model.IntVar]], low: int, high: int) -> None:
        """Add ``low <= sum <= high``; each variable occurs once."""
        self._add_between([(variable.index, weight) for weight, variable in terms], low, high)

    def _add_between(self, terms: list[tuple[int, int]], low: int, high: int) -> None:
        terms.sort()
        variables, weights = [index for index, _ in terms], [weight for _, weight in terms]
        if low > -FAR // 2:
            self._constraints.between(variables, weights, low, NO_HIGH)
        if high < FAR // 2:
            self._constraints.between(variables, weights, NO_LOW, high)

    def add_link(
        self, terms: Sequence[tuple[int, cp_model.IntVar]], low: int, high: int, price: int
    ) -> None:
        """Add a linking row whose breach costs `price` a unit."""
        least = sum(min(0, weight) for weight, _ in terms)
        most = sum(max(0, weight) for weight, _ in terms)
        if low > least:
            slack = self.cp.new_int_var(0, low - least, "")
            self.add_sum([*terms, (1, slack)], low, FAR)
            self._costs.append((price, slack))
        if high < most:
            slack = self.cp.new_int_var(0, most - high, "")
            self.add_sum([*terms, (-1, slack)], -FAR, high)
            self._costs.append((price, slack))

    def minimize(self, prices: dict[int, Ints]) -> None:
        """Set the objective: prices by person and column, beside slacks and levels."""
        terms = list(self._costs)
        for person, columns in self.columns.items():
            price = prices[person]
            terms += [
                (int(price[column]), columns[column])
                for column in price.nonzero()[0].tolist()
                if column in columns
            ]
        self.cp.minimize(
            cp_model.LinearExpr.weighted_sum([v for _, v in terms], [w for w, _ in terms])
        )

    def hint(self, values: dict[int, Ints]) -> None:
        """Suggest values by person."""
        self.cp.clear_hints()  # type: ignore[no-untyped-call]  # missing in its stubs
        hint = self.cp.proto.solution_hint
        for person, columns in self.columns.items():
            hint.vars.extend([variable.index for variable in columns.values()])
            hint.values.extend(values[person][list(columns)].tolist())


def empty_model() -> cp_model.CpModel:
    """Return a model that is gone as soon as nobody needs it.

    The old names of its methods, which refer back to it, would keep it until Python looks for
    cycles: seldom, where so much is kept.
    """
    model = cp_model.CpModel()
    vars(model).clear()
    return model


def one_thread(units: float) -> cp_model.CpSolver:
    """Return a solver for a thread of its own.

    Parameters
    ----------
    units
        Deterministic units to spend at most.
    """
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_deterministic_time = units
    solver.parameters.catch_sigint_signal = False
    return solver


def alone(units: float) -> cp_model.CpSolver:
    """Return a solver that is quick on one person: anything that it does beforehand costs more.

    Parameters
    ----------
    units
        Deterministic units to spend at most.
    """
    solver = one_thread(units)
    solver.parameters.cp_model_presolve = False
    solver.parameters.cp_model_probing_level = 0
    solver.parameters.symmetry_level = 0
    solver.parameters.add_lp_constraints_lazily = False
    return solver
