"""The subproblems of peers added up: how many of them are where, instead of who."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.scheduling.domain.problem import Ints
from app.scheduling.solver.decomposition import FAR, NO_TIE, OwnRow, Subproblem
from app.scheduling.solver.model import Key, RotationModel

Entries = tuple[Ints, Ints, Ints]
"""Row, column and weight."""


@dataclass(frozen=True, slots=True)
class Block:
    """Columns with their rows, links and ties, as arrays.

    Parameters
    ----------
    lower, upper, cost : int arrays (C,)
        Of each column.
    rows
        Entries of the rows of these columns alone.
    low, high : int arrays (R,)
        Their limits.
    tied : int arrays (T,), (T,), (T,)
        Row, tie and weight for every row in which a tie occurs.
    links
        Entries in linking rows.
    """

    lower: Ints
    upper: Ints
    cost: Ints
    rows: Entries
    low: Ints
    high: Ints
    tied: Entries
    links: Entries


def single(subproblem: Subproblem) -> Block:
    """Return one person's subproblem as a block."""
    rows = subproblem.rows
    ties = _ints([row.tie for row in rows])
    with_tie = (ties != NO_TIE).nonzero()[0]
    return Block(
        lower=subproblem.lower,
        upper=subproblem.upper,
        cost=subproblem.cost,
        rows=(
            np.repeat(np.arange(len(rows)), [len(row.columns) for row in rows]),
            _ints([column for row in rows for column in row.columns]),
            _ints([weight for row in rows for weight in row.weights]),
        ),
        low=_ints([row.low for row in rows]),
        high=_ints([row.high for row in rows]),
        tied=(with_tie, ties[with_tie], np.ones(len(with_tie), dtype=np.int64)),
        links=(subproblem.link_rows, subproblem.link_columns, subproblem.link_weights),
    )


@dataclass(frozen=True, slots=True)
class _Profile:
    """One person's columns and rows by the numbers that peers share.

    Parameters
    ----------
    columns, lower, upper : int arrays (C,)
        Number and bounds of each column.
    numbers, low, high : int arrays (R,)
        Number and limits of each row.
    entries
        By these numbers.
    """

    columns: Ints
    lower: Ints
    upper: Ints
    numbers: Ints
    low: Ints
    high: Ints
    entries: Entries


class Peers:
    """People who are much alike, ready to be added up.

    Columns that play the same role, occur alike in linking rows and cost the same become one, and
    so do rows with the same key; where a peer lacks a term, it gets the coefficient that keeps the
    sum valid. Rows with a column that plays no known role are left out. No column is negative.

    Parameters
    ----------
    model
        Knows the roles of variables and rows.
    people
        Everybody's subproblem.
    """

    def __init__(self, model: RotationModel, people: Sequence[Subproblem]) -> None:
        self._model = model
        self._columns: dict[Key, int] = {}
        self._rows: dict[Key, int] = {}
        self._links: list[list[tuple[int, int]]] = []
        self._costs: list[int] = []
        self._ties: list[int] = []
        self._people = {subproblem.person: self._profile(subproblem) for subproblem in people}

    def _profile(self, subproblem: Subproblem) -> _Profile:
        links: list[list[tuple[int, int]]] = [[] for _ in subproblem.variables]
        for row, column, weight in zip(
            subproblem.link_rows.tolist(),
            subproblem.link_columns.tolist(),
            subproblem.link_weights.tolist(),
            strict=True,
        ):
            links[column].append((row, weight))
        roles = [self._model.roles.get(index) for index in subproblem.variables]
        known = np.array([role is not None for role in roles], dtype=np.bool_)
        numbers = [
            -1 if role is None else self._column(role, use, cost)
            for role, use, cost in zip(roles, links, subproblem.cost.tolist(), strict=True)
        ]
        rows: dict[int, OwnRow] = {}
        for own in subproblem.rows:
            if known[list(own.columns)].all():
                rows.setdefault(self._row(own, roles), own)
        return _Profile(
            columns=_ints(numbers)[known],
            lower=subproblem.lower[known],
            upper=subproblem.upper[known],
            numbers=_ints(list(rows)),
            low=_ints([own.low for own in rows.values()]),
            high=_ints([own.high for own in rows.values()]),
            entries=(
                np.repeat(_ints(list(rows)), [len(own.columns) for own in rows.values()]),
                _ints([numbers[column] for own in rows.values() for column in own.columns]),
                _ints([weight for own in rows.values() for weight in own.weights]),
            ),
        )

    def _column(self, role: Key, links: list[tuple[int, int]], cost: int) -> int:
        number = self._columns.setdefault((role, tuple(links), cost), len(self._columns))
        if number == len(self._costs):
            self._links.append(links)
            self._costs.append(cost)
        return number

    def _row(self, row: OwnRow, roles: list[Key | None]) -> int:
        key = self._model.row_keys.get(row.number)
        if key is None:
            terms = zip(row.columns, row.weights, strict=True)
            key = ("row", frozenset((roles[column], weight) for column, weight in terms))
        number = self._rows.setdefault((key, row.tie), len(self._rows))
        if number == len(self._ties):
            self._ties.append(row.tie)
        return number

    def summed(self, people: Sequence[int]) -> Block:
        """Return the sum of these people, at least one."""
        profiles = [self._people[person] for person in people]
        columns, place, members = np.unique(
            np.concatenate([profile.columns for profile in profiles]),
            return_inverse=True,
            return_counts=True,
        )
        numbers, row, times = np.unique(
            np.concatenate([profile.numbers for profile in profiles]),
            return_inverse=True,
            return_counts=True,
        )
        (cell_row, cell_column), least, most = self._evened(profiles, columns, members, numbers)
        low = _added(row, [profile.low for profile in profiles], len(numbers))
        high = _added(row, [profile.high for profile in profiles], len(numbers))
        above, below = (high < FAR // 2).nonzero()[0], (low > -FAR // 2).nonzero()[0]
        ties = _ints(self._ties)[numbers]
        links = [self._links[column] for column in columns.tolist()]
        return Block(
            lower=_added(place, [profile.lower for profile in profiles], len(columns)),
            upper=_added(place, [profile.upper for profile in profiles], len(columns)),
            cost=_ints(self._costs)[columns],
            rows=_stacked(
                _kept((cell_row, cell_column, least), above, len(numbers)),
                _kept((cell_row, cell_column, most), below, len(numbers)),
                len(above),
            ),
            low=np.concatenate([np.full(len(above), -FAR), low[below]]),
            high=np.concatenate([high[above], np.full(len(below), FAR)]),
            tied=_stacked(
                _tied(ties[above], times[above]), _tied(ties[below], times[below]), len(above)
            ),
            links=(
                _ints([number for own in links for number, _ in own]),
                np.repeat(np.arange(len(columns)), [len(own) for own in links]),
                _ints([weight for own in links for _, weight in own]),
            ),
        )

    def _evened(
        self, profiles: Sequence[_Profile], columns: Ints, members: Ints, numbers: Ints
    ) -> tuple[tuple[Ints, Ints], Ints, Ints]:
        """Return row and column of each entry of the sum, and its least and its most weight."""
        row, column, weight = (
            np.concatenate(parts)
            for parts in zip(*(profile.entries for profile in profiles), strict=True)
        )
        size = len(self._costs)
        cells, which, times = np.unique(
            row * size + column, return_inverse=True, return_counts=True
        )
        place = np.searchsorted(columns, cells % size)
        lacking = times < members[place]
        least, most = np.full(len(cells), FAR), np.full(len(cells), -FAR)
        np.minimum.at(least, which, weight)
        np.maximum.at(most, which, weight)
        least = np.where(lacking, np.minimum(least, 0), least)
        most = np.where(lacking, np.maximum(most, 0), most)
        return (np.searchsorted(numbers, cells // size), place), least, most


def _ints(values: Sequence[int]) -> Ints:
    return np.array(values, dtype=np.int64)


def _added(place: Ints, amounts: Sequence[Ints], size: int) -> Ints:
    result: Ints = np.zeros(size, dtype=np.int64)
    np.add.at(result, place, np.concatenate(amounts))
    return result


def _kept(entries: Entries, rows: Ints, size: int) -> Entries:
    """Return the entries of some rows, which are numbered anew."""
    renumbered: Ints = np.full(size, -1)
    renumbered[rows] = np.arange(len(rows))
    row, column, weight = entries
    chosen = (renumbered[row] >= 0) & (weight != 0)
    return renumbered[row[chosen]], column[chosen], weight[chosen]


def _tied(ties: Ints, times: Ints) -> Entries:
    rows = (ties != NO_TIE).nonzero()[0]
    return rows, ties[rows], times[rows]


def _stacked(first: Entries, second: Entries, rows: int) -> Entries:
    """Return entries of rows one after the other; there are so many rows in the first."""
    row, column, weight = (np.concatenate(pair) for pair in zip(first, second, strict=True))
    row[len(first[0]) :] += rows
    return row, column, weight
