"""A posted model taken apart: a subproblem for every person, and the rows that link people.

What people share is of two kinds. The *slack* of a linking row is how far the row is broken, at a
cost; it needs no variable, because the cost of any sum is known. *Levels* are all other variables
of nobody in particular, such as the lowest level of a fairness rule: everybody's rows leave each
combination of levels that occurs (a *tie*) an interval, and all intervals must meet.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.scheduling.domain.problem import Bools, Grid, Ints
from app.scheduling.solver.model import RotationModel
from app.scheduling.solver.posted import NO_HIGH, NO_LOW
from app.scheduling.solver.rows import NOBODY, Rows, Sums

FAR = 2**40
"""Stands for no limit."""

NO_TIE = -1
NO_SLOT = -1
_NO_SLACK = -1
NO_COLUMN = -1

Tie = tuple[tuple[int, int], ...]
"""A combination of levels: (variable, coefficient), in order of variables."""


@dataclass(frozen=True, slots=True)
class OwnRow:
    """``low <= sum(weights * columns) + tie <= high``: a row of one person; `FAR` is no limit.

    `number` is the row's as it was posted.
    """

    number: int
    columns: tuple[int, ...]
    weights: tuple[int, ...]
    low: int
    high: int
    tie: int


@dataclass(frozen=True, slots=True)
class Subproblem:
    """One person's variables (columns) and rows.

    Parameters
    ----------
    person
        Whose.
    variables
        Index in the model, by column.
    slots : int array (C,)
        The slot of a cell's column; `NO_SLOT` for auxiliary ones.
    lower, upper, cost : int arrays (C,)
        Bounds, and steps of the shortfall for each unit.
    rows
        The rows in which only this person occurs.
    link_rows, link_columns, link_weights : int arrays (E,)
        What the person contributes to linking rows.
    """

    person: int
    variables: list[int]
    slots: Ints
    lower: Ints
    upper: Ints
    cost: Ints
    rows: list[OwnRow]
    link_rows: Ints
    link_columns: Ints
    link_weights: Ints

    @property
    def tied(self) -> list[OwnRow]:
        """Return the rows with levels."""
        return [row for row in self.rows if row.tie != NO_TIE]


@dataclass(frozen=True, slots=True)
class Links:
    """The linking rows: ``low <= sum <= high``.

    Parameters
    ----------
    low, high : int arrays (L,)
        `FAR` is no limit.
    cost : int array (L,)
        Steps of the shortfall for each unit outside; 0 where the row must hold.
    sharing : int array (L,)
        In how many linking rows the row's slack occurs, whose cost holds for all of them together;
        `FAR` where it is a level, which has its own cost.
    people
        Who occurs in each row.
    """

    low: Ints
    high: Ints
    cost: Ints
    sharing: Ints
    people: list[list[int]]


@dataclass(frozen=True, slots=True)
class Level:
    """A variable of nobody in particular that is no slack."""

    lower: int
    upper: int
    cost: int


@dataclass(frozen=True, slots=True)
class Decomposition:
    """A model as subproblems, links and levels.

    Parameters
    ----------
    people
        Everybody's subproblem.
    links
        Rows across people.
    levels
        By index in the model.
    ties
        The combinations of levels in somebody's rows.
    constant
        Steps of the shortfall that nothing changes.
    """

    people: list[Subproblem]
    links: Links
    levels: dict[int, Level]
    ties: list[Tie]
    constant: int


def usual_cost(apart: Decomposition) -> int:
    """Return the median of what a person's columns cost, where they cost anything; at least 1."""
    costs = np.concatenate([np.abs(person.cost[person.cost != 0]) for person in apart.people])
    return max(1, int(np.median(costs))) if len(costs) else 1


def decompose(model: RotationModel, rows: Rows) -> Decomposition | None:
    """Return a model taken apart; None where a linking row depends on levels.

    Parameters
    ----------
    rows
        All rows of the model.
    """
    return _Taking(model, rows).apart()


def grid_of(model: RotationModel, apart: Decomposition, years: list[Ints]) -> Grid:
    """Return everybody's year, values by column, as a schedule."""
    held = {
        index
        for person, values in zip(apart.people, years, strict=True)
        for index, value in zip(person.variables, values.tolist(), strict=True)
        if value
    }
    return model.grid(lambda literal: literal.index in held)


class _Taking:
    """The taking apart of one model."""

    def __init__(self, model: RotationModel, rows: Rows) -> None:
        self._model = model
        self._rows = rows
        self._lower, self._upper = np.array(rows.lower), np.array(rows.upper)
        self._sums = _without(rows.sums, self._lower, self._constants)
        self._starts = self._sums.starts
        self._ties: dict[Tie, int] = {}

    @property
    def _constants(self) -> Bools:
        """Which variables are constants: bool array (variables,)."""
        constants: Bools = (self._rows.people == NOBODY) & (self._lower == self._upper)
        return constants

    def apart(self) -> Decomposition | None:
        """Return all parts."""
        first, last = self._rows.sums.ends_among(self._rows.people)
        shared = np.zeros(len(first), dtype=np.bool_)
        shared[self._sums.row[self._rows.people[self._sums.variable] == NOBODY]] = True
        if (shared & (first == NOBODY)).any():
            return None
        linking = (first < last).nonzero()[0]
        found = [
            self._slack(row) if soft else _NO_SLACK
            for row, soft in zip(linking.tolist(), shared[linking].tolist(), strict=True)
        ]
        if None in found:
            return None
        slacks = np.array(found, dtype=np.int64)
        low, high = _limits(self._sums)
        people = self._subproblems(np.where(first == last, first, NOBODY), linking)
        levels = {index for tie in self._ties for index, _ in tie}
        constants = self._constants
        return Decomposition(
            people=people,
            links=Links(
                low=low[linking],
                high=high[linking],
                cost=np.where(slacks == _NO_SLACK, 0, self._rows.cost[slacks]),
                sharing=_sharing(slacks, levels),
                people=[self._people_of(row) for row in linking.tolist()],
            ),
            levels={
                index: Level(self._rows.lower[index], self._rows.upper[index], self._cost_of(index))
                for index in sorted(levels)
            },
            ties=list(self._ties),
            constant=self._rows.constant + int(self._lower[constants] @ self._rows.cost[constants]),
        )

    def _terms(self, row: int) -> tuple[Ints, Ints]:
        """Return the variables and weights of a row: two int arrays."""
        stop = self._starts[row + 1] if row + 1 < len(self._starts) else len(self._sums.row)
        entries = slice(self._starts[row], stop)
        return self._sums.variable[entries], self._sums.weight[entries]

    def _people_of(self, row: int) -> list[int]:
        people: list[int] = np.unique(self._rows.people[self._terms(row)[0]]).tolist()
        return [person for person in people if person != NOBODY]

    def _cost_of(self, index: int) -> int:
        return int(self._rows.cost[index])

    def _slack(self, row: int) -> int | None:
        """Return the slack of a row with shared variables; None where what is shared is none."""
        variables, weights = self._terms(row)
        shared = self._rows.people[variables] == NOBODY
        if np.count_nonzero(shared) != 1:
            return None
        [index], [weight] = variables[shared].tolist(), weights[shared].tolist()
        softens = (weight == 1 and self._sums.high[row] == NO_HIGH) or (
            weight == -1 and self._sums.low[row] == NO_LOW
        )
        if not softens or self._cost_of(index) <= 0 or self._rows.lower[index] != 0:
            return None
        slack: int = index
        return slack

    def _subproblems(self, owner: Ints, linking: Ints) -> list[Subproblem]:
        """Return everybody's subproblem.

        Parameters
        ----------
        owner : int array (R,)
            The person of every row that is one person's; `NOBODY`.
        linking : int array (L,)
            The rows across people.
        """
        count = len(self._model.problem.people)
        owned = np.array(
            [index for index in self._rows.owners if index not in self._model.sets], dtype=np.int64
        )
        variables = _by_person(owned, self._rows.people[owned], count)
        column: Ints = np.full(len(self._lower), NO_COLUMN)
        for own in variables:
            column[own] = np.arange(len(own))
        number: Ints = np.full(len(owner), NOBODY)
        number[linking] = np.arange(len(linking))
        sums = self._sums
        linked = ((number[sums.row] != NOBODY) & (column[sums.variable] != NO_COLUMN)).nonzero()[0]
        entries = _by_person(linked, self._rows.people[sums.variable[linked]], count)
        own_rows = (owner != NOBODY).nonzero()[0]
        rows = self._own_rows(_by_person(own_rows, owner[own_rows], count), column)
        slots = self._slots()
        return [
            Subproblem(
                person=person,
                variables=own.tolist(),
                slots=slots[own],
                lower=self._lower[own],
                upper=self._upper[own],
                cost=self._rows.cost[own],
                rows=rows[person],
                link_rows=number[sums.row[entries[person]]],
                link_columns=column[sums.variable[entries[person]]],
                link_weights=sums.weight[entries[person]],
            )
            for person, own in enumerate(variables)
        ]

    def _slots(self) -> Ints:
        """Return the slot of every cell's variable, else `NO_SLOT`: int array (variables,)."""
        slots: Ints = np.full(len(self._lower), NO_SLOT)
        for index, (_, slot, _) in self._model.meanings.items():
            slots[index] = slot
        return slots

    def _own_rows(self, rows: Sequence[Ints], column: Ints) -> list[list[OwnRow]]:
        """Return everybody's own rows, whose numbers are given."""
        columns = column[self._sums.variable].tolist()
        variables, weights = self._sums.variable.tolist(), self._sums.weight.tolist()
        starts = [*self._starts.tolist(), len(columns)]
        low, high = (limits.tolist() for limits in _limits(self._sums))
        numbers = self._sums.numbers.tolist()

        def own_row(row: int) -> OwnRow:
            entries = slice(starts[row], starts[row + 1])
            mine, terms, tie = columns[entries], weights[entries], NO_TIE
            if NO_COLUMN in mine:
                pairs = list(zip(variables[entries], mine, terms, strict=True))
                shared = tuple(sorted((v, w) for v, place, w in pairs if place == NO_COLUMN))
                tie = self._ties.setdefault(shared, len(self._ties))
                mine = [place for _, place, _ in pairs if place != NO_COLUMN]
                terms = [w for _, place, w in pairs if place != NO_COLUMN]
            return OwnRow(numbers[row], tuple(mine), tuple(terms), low[row], high[row], tie)

        return [[own_row(row) for row in own.tolist()] for own in rows]


def _sharing(slacks: Ints, levels: set[int]) -> Ints:
    """Return in how many rows each row's slack occurs, `FAR` where it is a level: int array (L,).

    Parameters
    ----------
    slacks : int array (L,)
        The slack of every linking row, or `_NO_SLACK`.
    levels
        Which variables are levels.
    """
    _, which, counts = np.unique(slacks, return_inverse=True, return_counts=True)
    sharing: Ints = counts[which]
    sharing[np.isin(slacks, list(levels))] = FAR
    sharing[slacks == _NO_SLACK] = 1
    return sharing


def _without(sums: Sums, lower: Ints, constants: Bools) -> Sums:
    """Return sums without constants; their limits are what the rest must keep."""
    gone = constants[sums.variable]
    moved: Ints = np.zeros(len(sums.low), dtype=np.int64)
    np.add.at(moved, sums.row[gone], sums.weight[gone] * lower[sums.variable[gone]])
    return Sums(
        numbers=sums.numbers,
        row=sums.row[~gone],
        variable=sums.variable[~gone],
        weight=sums.weight[~gone],
        low=np.where(sums.low == NO_LOW, NO_LOW, sums.low - moved),
        high=np.where(sums.high == NO_HIGH, NO_HIGH, sums.high - moved),
    )


def _limits(sums: Sums) -> tuple[Ints, Ints]:
    """Return the limits of all rows with `FAR` for none: two int arrays (R,)."""
    low = np.where(sums.low == NO_LOW, -FAR, sums.low)
    return low, np.where(sums.high == NO_HIGH, FAR, sums.high)


def _by_person(items: Ints, people: Ints, count: int) -> list[Ints]:
    """Return the items of everybody, in their order."""
    order = np.argsort(people, kind="stable")
    return np.split(items[order], np.searchsorted(people[order], np.arange(1, count)))
