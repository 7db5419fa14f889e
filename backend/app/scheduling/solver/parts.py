"""Parts of a decomposed model as CP-SAT models: some columns of some people, all else as it is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from ortools.sat.python import cp_model

from app.scheduling.domain.problem import Bools, Ints
from app.scheduling.solver.decomposition import FAR, NO_TIE, Decomposition, OwnRow, Subproblem

Free = dict[int, cp_model.IntVar]
"""The variables of a person's free columns."""


class OwnRows:
    """One person's rows as arrays, so that those a part can leave out are found at once."""

    def __init__(self, subproblem: Subproblem) -> None:
        rows = subproblem.rows
        self._rows = rows
        self._number = np.repeat(np.arange(len(rows)), [len(row.columns) for row in rows])
        self._column = np.array([c for row in rows for c in row.columns], dtype=np.int64)
        self._weight = np.array([w for row in rows for w in row.weights], dtype=np.int64)
        self._low = np.array([row.low for row in rows], dtype=np.int64)
        self._high = np.array([row.high for row in rows], dtype=np.int64)
        self._tied = np.array([row.tie != NO_TIE for row in rows], dtype=np.bool_)
        ends = (
            self._weight * subproblem.lower[self._column],
            (self._weight * subproblem.upper[self._column]),
        )
        self._least, self._most = np.minimum(*ends), np.maximum(*ends)

    def at(self, values: Ints) -> Ints:
        """Return the sums of all rows, without their ties: int array (R,)."""
        return self._sum(self._weight * values[self._column])

    def remaining(self, values: Ints, free: Bools) -> Iterable[tuple[OwnRow, int]]:
        """Yield the rows that say something of the free columns, and what the others add."""
        open_ = free[self._column]
        given = self._sum(np.where(open_, 0, self._weight * values[self._column]))
        least = given + self._sum(np.where(open_, self._least, 0))
        most = given + self._sum(np.where(open_, self._most, 0))
        held = (self._low <= least) & (most <= self._high) & ~self._tied
        asked = self._sum(open_.astype(np.int64)) > 0
        for number in (asked & ~held).nonzero()[0].tolist():
            yield self._rows[number], int(given[number])

    def _sum(self, amounts: Ints) -> Ints:
        sums: Ints = np.zeros(len(self._rows), dtype=np.int64)
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
        self.cp = cp_model.CpModel()
        self.columns: dict[int, Free] = {}
        self.levels: dict[int, cp_model.IntVar] = {}
        self.ties: list[cp_model.IntVar] = []
        self._costs: list[tuple[int, cp_model.IntVar]] = []

    def add_levels(self) -> None:
        """Add all levels and ties."""
        for index, level in self._apart.levels.items():
            variable = self.cp.new_int_var(level.lower, level.upper, "")
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

    def add_person(
        self,
        subproblem: Subproblem,
        rows: OwnRows,
        values: Ints,
        free: Bools,
        *,
        tied: bool = True,
    ) -> None:
        """Add a person's free columns and the rows that speak of them.

        Parameters
        ----------
        values, free
            Values of all columns, and which of them are free instead.
        tied
            Whether to add rows with levels as well.
        """
        lower, upper = subproblem.lower.tolist(), subproblem.upper.tolist()
        columns = {
            column: self.cp.new_int_var(lower[column], upper[column], "")
            for column in free.nonzero()[0].tolist()
        }
        self.columns[subproblem.person] = columns
        binary = (subproblem.lower == 0) & (subproblem.upper == 1)
        for row, given in rows.remaining(values, free):
            if tied or row.tie == NO_TIE:
                self._add_row(row, given, columns, binary)

    def _add_row(self, row: OwnRow, given: int, columns: Free, binary: Bools) -> None:
        terms: list[tuple[int, cp_model.IntVar]] = []
        clause = row.tie == NO_TIE
        for column, weight in zip(row.columns, row.weights, strict=True):
            if column in columns:
                terms.append((weight, columns[column]))
                clause = clause and weight in {1, -1} and bool(binary[column])
        low, high = row.low - given, row.high - given
        if row.tie != NO_TIE:
            terms.append((1, self.ties[row.tie]))
        negative = sum(weight < 0 for weight, _ in terms)
        if clause and self._add_clause(terms, low + negative, high + negative):
            return
        self.add_sum(terms, low, high)

    def _add_clause(self, terms: list[tuple[int, cp_model.IntVar]], low: int, high: int) -> bool:
        """Add a row of literals as CP-SAT likes it best; return whether it is one it likes."""
        literals = [v if weight > 0 else v.negated() for weight, v in terms]
        if low == high == 1:
            self.cp.add_exactly_one(literals)
        elif low == 1 and high >= len(literals):
            self.cp.add_bool_or(literals)
        elif high == 1 and low <= 0:
            self.cp.add_at_most_one(literals)
        else:
            return False
        return True

    def add_sum(self, terms: Sequence[tuple[int, cp_model.IntVar]], low: int, high: int) -> None:
        """Add ``low <= sum <= high``."""
        total = cp_model.LinearExpr.weighted_sum([v for _, v in terms], [w for w, _ in terms])
        if low > -FAR // 2:
            self.cp.add(total >= low)
        if high < FAR // 2:
            self.cp.add(total <= high)

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
        for person, columns in self.columns.items():
            for column, variable in columns.items():
                self.cp.add_hint(variable, int(values[person][column]))
