"""A posted model taken apart: a subproblem for every person, and the rows that link people.

What people share is of two kinds. The *slack* of a linking row is how far the row is broken, at a
cost; it needs no variable, because the cost of any sum is known. *Levels* are all other variables
of nobody in particular, such as the lowest level of a fairness rule: everybody's rows leave each
combination of levels that occurs (a *tie*) an interval, and all intervals must meet.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.scheduling.domain.problem import Ints
from app.scheduling.solver.model import RotationModel
from app.scheduling.solver.rows import Row, Rows, Terms

FAR = 2**40
"""Stands for no limit."""

NO_TIE = -1
NO_SLOT = -1
_NO_SLACK = -1

Tie = tuple[tuple[int, int], ...]
"""A combination of levels: (variable, coefficient), in order of variables."""


@dataclass(frozen=True, slots=True)
class OwnRow:
    """``low <= sum(weights * columns) + tie <= high``: a row of one person; `FAR` is no limit."""

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
        In how many linking rows the row's slack occurs, whose cost holds for all of them together.
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


class _Taking:
    """The taking apart of one model."""

    def __init__(self, model: RotationModel, rows: Rows) -> None:
        self._model = model
        self._rows = rows
        self._constants = {
            index: rows.lower[index]
            for index in range(len(rows.lower))
            if index not in rows.owners and rows.lower[index] == rows.upper[index]
        }
        self._ties: dict[Tie, int] = {}

    def apart(self) -> Decomposition | None:
        """Return all parts."""
        people = len(self._model.problem.people)
        own: list[list[Row]] = [[] for _ in range(people)]
        linking: list[tuple[Row, int]] = []
        slacks: list[int] = []
        for row in map(self._without_constants, self._rows.rows):
            shared = {i: w for i, w in row.terms.items() if i not in self._rows.owners}
            if len(row.people) == 1:
                own[min(row.people)].append(row)
            elif not row.people and shared:
                return None
            elif row.people and shared:
                slack = self._slack_cost(row, shared)
                if slack is None:
                    return None
                linking.append((row, slack))
                slacks += shared
            elif row.people:
                linking.append((row, 0))
                slacks.append(_NO_SLACK)
        subproblems = self._subproblems(own, linking)
        levels = {index for tie in self._ties for index, _ in tie}
        return Decomposition(
            people=subproblems,
            links=Links(
                low=_array([_or(row.low, -FAR) for row, _ in linking]),
                high=_array([_or(row.high, FAR) for row, _ in linking]),
                cost=_array([cost for _, cost in linking]),
                sharing=_array(_sharing(slacks, levels)),
                people=[sorted(row.people) for row, _ in linking],
            ),
            levels={
                index: Level(self._rows.lower[index], self._rows.upper[index], self._cost_of(index))
                for index in sorted(levels)
            },
            ties=list(self._ties),
            constant=self._rows.constant
            + sum(value * self._cost_of(index) for index, value in self._constants.items()),
        )

    def _without_constants(self, row: Row) -> Row:
        fixed = [index for index in row.terms if index in self._constants]
        if not fixed:
            return row
        moved = sum(row.terms[index] * self._constants[index] for index in fixed)
        terms = {index: weight for index, weight in row.terms.items() if index not in fixed}
        low = None if row.low is None else row.low - moved
        high = None if row.high is None else row.high - moved
        return Row(row.number, terms, low, high, row.people)

    def _cost_of(self, index: int) -> int:
        return self._rows.costs.get(index, ("", 0))[1]

    def _slack_cost(self, row: Row, shared: Terms) -> int | None:
        """Return what a unit outside the row costs; None where what is shared is no slack.

        A slack that occurs in several rows is charged in each of them: dearer than it is.
        """
        if len(shared) != 1:
            return None
        [(index, weight)] = shared.items()
        softens = (weight == 1 and row.high is None) or (weight == -1 and row.low is None)
        cost = self._cost_of(index)
        if not softens or cost <= 0 or self._rows.lower[index] != 0:
            return None
        return cost

    def _subproblems(
        self, own: Sequence[Sequence[Row]], linking: Sequence[tuple[Row, int]]
    ) -> list[Subproblem]:
        variables: list[list[int]] = [[] for _ in own]
        for index, person in self._rows.owners.items():
            if index not in self._model.sets:
                variables[person].append(index)
        column = {index: n for indices in variables for n, index in enumerate(indices)}
        entries: list[list[tuple[int, int, int]]] = [[] for _ in own]
        for number, (row, _) in enumerate(linking):
            for index, weight in row.terms.items():
                if index in column:
                    entries[self._rows.owners[index]].append((number, column[index], weight))
        return [
            Subproblem(
                person=person,
                variables=indices,
                slots=_array([self._slot(index) for index in indices]),
                lower=_array([self._rows.lower[index] for index in indices]),
                upper=_array([self._rows.upper[index] for index in indices]),
                cost=_array([self._cost_of(index) for index in indices]),
                rows=[self._own_row(row, column) for row in own[person]],
                link_rows=_array([number for number, _, _ in entries[person]]),
                link_columns=_array([place for _, place, _ in entries[person]]),
                link_weights=_array([weight for _, _, weight in entries[person]]),
            )
            for person, indices in enumerate(variables)
        ]

    def _slot(self, index: int) -> int:
        meaning = self._model.meanings.get(index)
        return NO_SLOT if meaning is None else meaning[1]

    def _own_row(self, row: Row, column: dict[int, int]) -> OwnRow:
        tie = tuple(sorted((i, w) for i, w in row.terms.items() if i not in column))
        number = self._ties.setdefault(tie, len(self._ties)) if tie else NO_TIE
        own = {column[index]: weight for index, weight in row.terms.items() if index in column}
        low, high = _or(row.low, -FAR), _or(row.high, FAR)
        return OwnRow(tuple(own), tuple(own.values()), low, high, number)


def _sharing(slacks: list[int], levels: set[int]) -> list[int]:
    """Return among how many rows each slack's cost is shared; one that is a level costs there."""
    counts = Counter(slacks)
    return [
        1 if slack == _NO_SLACK else FAR if slack in levels else counts[slack] for slack in slacks
    ]


def _or(limit: int | None, otherwise: int) -> int:
    return otherwise if limit is None else limit


def _array(values: Sequence[int]) -> Ints:
    return np.array(values, dtype=np.int64)
