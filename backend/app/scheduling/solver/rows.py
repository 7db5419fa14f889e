"""A posted model as linear rows over cells and auxiliary variables, each with its person."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, pairwise

import numpy as np

from app.scheduling.domain.problem import Ints
from app.scheduling.solver.model import Key, RotationModel
from app.scheduling.solver.posted import NO_HIGH, NO_LOW

Terms = dict[int, int]
"""Coefficients by variable index."""

NOBODY = -1
"""Stands for the person of a variable that belongs to nobody in particular."""

_MANY = 2**31


@dataclass(frozen=True, slots=True)
class Row:
    """``low <= sum(coefficient * variable) <= high``; None where there is no limit.

    `number` is the row's as it was posted; `people` are those whose variables occur.
    """

    number: int
    terms: Terms
    low: int | None
    high: int | None
    people: frozenset[int]


@dataclass(frozen=True, slots=True)
class Sums:
    """Rows as arrays: R rows with N entries.

    Parameters
    ----------
    numbers : int array (R,)
        What the rows' numbers were when they were posted.
    row, variable, weight : int arrays (N,)
        The entries, in order of rows; no weight is 0.
    low, high : int arrays (R,)
        Limits; `NO_LOW` and `NO_HIGH` where there is none.
    """

    numbers: Ints
    row: Ints
    variable: Ints
    weight: Ints
    low: Ints
    high: Ints

    @property
    def starts(self) -> Ints:
        """Return the first entry of every row: int array (R,)."""
        return np.searchsorted(self.row, np.arange(len(self.low)))

    def ends_among(self, people: Ints) -> tuple[Ints, Ints]:
        """Return the first and the last person in every row: two int arrays (R,).

        Both are `NOBODY` in a row of nobody.

        Parameters
        ----------
        people : int array (variables,)
            Person by variable, or `NOBODY`.
        """
        person = people[self.variable]
        first: Ints = np.full(len(self.low), _MANY)
        last: Ints = np.full(len(self.low), NOBODY)
        np.minimum.at(first, self.row, np.where(person == NOBODY, _MANY, person))
        np.maximum.at(last, self.row, person)
        return np.minimum(first, last), last


@dataclass(frozen=True)
class Rows:
    """A model as rows.

    Parameters
    ----------
    sums
        All rows, without those that only define the variable of a set of rotations.
    owners
        Person by variable; variables of nobody in particular are missing.
    lower, upper
        Bounds by variable.
    costs
        Rule name and steps of the shortfall by variable.
    constant
        Steps of the shortfall that no variable changes.
    contradiction
        Whether some row, which may have no variables left, cannot hold: the model is infeasible.
    """

    sums: Sums
    owners: dict[int, int]
    lower: list[int]
    upper: list[int]
    costs: dict[int, tuple[str, int]]
    constant: int
    contradiction: bool

    @cached_property
    def people(self) -> Ints:
        """Person by variable, or `NOBODY`: int array (variables,)."""
        return _by_variable(self.owners, len(self.lower))

    @cached_property
    def cost(self) -> Ints:
        """Steps of the shortfall for each unit: int array (variables,)."""
        cost: Ints = np.zeros(len(self.lower), dtype=np.int64)
        for index, (_, steps) in self.costs.items():
            cost[index] = steps
        return cost

    @cached_property
    def rows(self) -> list[Row]:
        """All rows, one by one."""
        sums = self.sums
        entries = list(zip(sums.variable.tolist(), sums.weight.tolist(), strict=True))
        owners = self.people[sums.variable].tolist()
        ends = [*sums.starts.tolist(), len(entries)]
        return [
            Row(
                number,
                dict(entries[start:end]),
                None if low == NO_LOW else low,
                None if high == NO_HIGH else high,
                frozenset(owners[start:end]) - {NOBODY},
            )
            for number, low, high, (start, end) in zip(
                sums.numbers.tolist(),
                sums.low.tolist(),
                sums.high.tolist(),
                pairwise(ends),
                strict=True,
            )
        ]


def read_rows(model: RotationModel) -> Rows:
    """Return a posted model as rows, over cell variables and auxiliary ones.

    Raises
    ------
    RuntimeError
        When something was added to the model without its knowledge: a defect of this package.
    """
    if not model.posted.complete:
        raise RuntimeError("a posting bypasses the model")
    every = _expand(model, _positive(model))
    sums = _without_empty(every)
    costs, constant = model.costs()
    expanded: dict[int, tuple[str, int]] = {}
    for index, (name, cost) in costs.items():
        for member in model.sets.get(index, [index]):
            already = expanded.get(member, (name, 0))[1]
            expanded[member] = (name, already + cost)
    return Rows(
        sums=sums,
        owners=_find_owners(model, sums),
        lower=model.posted.lower.tolist(),
        upper=model.posted.upper.tolist(),
        costs=expanded,
        constant=constant,
        contradiction=_contradicts(every, model.posted.lower, model.posted.upper),
    )


def _positive(model: RotationModel) -> Sums:
    """Return what was posted over variables instead of literals."""
    posted = model.posted
    literal, weight = np.array(posted.literals, dtype=np.int64), np.array(posted.weights)
    row = np.repeat(np.arange(len(posted.low)), np.diff(np.array(posted.ends)))
    negative = literal < 0
    constant: Ints = np.zeros(len(posted.low), dtype=np.int64)
    np.add.at(constant, row[negative], weight[negative])
    low, high = np.array(posted.low), np.array(posted.high)
    return Sums(
        numbers=np.arange(len(low)),
        row=row,
        variable=np.where(negative, -literal - 1, literal),
        weight=np.where(negative, -weight, weight),
        low=np.where(low == NO_LOW, low, low - constant),
        high=np.where(high == NO_HIGH, high, high - constant),
    )


def _expand(model: RotationModel, sums: Sums) -> Sums:
    """Return sums in which variables of sets are replaced by their members."""
    sizes: Ints = np.ones(len(model.posted.lower), dtype=np.int64)
    sets = np.fromiter(model.sets, np.int64)
    sizes[sets] = [len(members) for members in model.sets.values()]
    before = np.cumsum(sizes) - sizes
    members = np.repeat(np.arange(len(sizes)), sizes)
    members[_spread(before[sets], sizes[sets])] = np.fromiter(
        chain.from_iterable(model.sets.values()), np.int64
    )
    counts = sizes[sums.variable]
    variable = members[_spread(before[sums.variable], counts)]
    row, weight = np.repeat(sums.row, counts), np.repeat(sums.weight, counts)
    # The same variable may be in a row twice, or in two sets of it.
    _, first, entry = np.unique(row * len(sizes) + variable, return_index=True, return_inverse=True)
    if len(first) < len(entry):
        total: Ints = np.zeros(len(first), dtype=np.int64)
        np.add.at(total, entry, weight)
        order = np.argsort(first)
        row, variable, weight = row[first[order]], variable[first[order]], total[order]
    return Sums(sums.numbers, row, variable, weight, sums.low, sums.high)


def _spread(starts: Ints, counts: Ints) -> Ints:
    """Return `counts` whole numbers from each of `starts`, one after the other."""
    skipped = np.repeat(starts - (np.cumsum(counts) - counts), counts)
    result: Ints = skipped + np.arange(len(skipped))
    return result


def _without_empty(sums: Sums) -> Sums:
    """Return sums without weights of 0 and without the rows that nothing is left of."""
    some = sums.weight != 0
    kept, row = np.unique(sums.row[some], return_inverse=True)
    return Sums(
        numbers=sums.numbers[kept],
        row=row,
        variable=sums.variable[some],
        weight=sums.weight[some],
        low=sums.low[kept],
        high=sums.high[kept],
    )


def _contradicts(sums: Sums, lower: Sequence[int], upper: Sequence[int]) -> bool:
    """Return whether some sum is outside its limits at all values between bounds, by variable."""
    ends = [sums.weight * np.array(side)[sums.variable] for side in (lower, upper)]
    least, most = (np.zeros_like(sums.low) for _ in ends)
    np.add.at(least, sums.row, np.minimum(*ends))
    np.add.at(most, sums.row, np.maximum(*ends))
    return bool(((most < sums.low) | (least > sums.high)).any())


def _find_owners(model: RotationModel, sums: Sums) -> dict[int, int]:
    """Return the people of cells, and of auxiliary variables in rows of one person only."""
    owners = {index: person for index, (person, _, _) in model.meanings.items()}
    variables = len(model.posted.lower)
    people = _by_variable(owners, variables)
    while True:
        unknown = people[sums.variable] == NOBODY
        if not unknown.any():
            return owners
        row, variable = sums.row[unknown], sums.variable[unknown]
        low, high = sums.ends_among(people)
        first: Ints = np.full(variables, _MANY)
        last: Ints = np.full(variables, NOBODY)
        np.minimum.at(first, variable, np.where(low == NOBODY, _MANY, low)[row])
        np.maximum.at(last, variable, high[row])
        _, seen = np.unique(variable, return_index=True)
        asked = variable[np.sort(seen)]
        found = asked[first[asked] == last[asked]]
        if not len(found):
            return owners
        people[found] = first[found]
        owners.update(zip(found.tolist(), people[found].tolist(), strict=True))


def _by_variable(owners: dict[int, int], variables: int) -> Ints:
    people: Ints = np.full(variables, NOBODY)
    people[np.fromiter(owners, np.int64)] = np.fromiter(owners.values(), np.int64)
    return people


def key_of(model: RotationModel, row: Row) -> Key:
    """Return what is the same for the same row of other people."""
    if row.number in model.row_keys:
        return model.row_keys[row.number]
    roles = [(model.roles.get(index, (index,)), weight) for index, weight in row.terms.items()]
    slots = {role[1] for role, weight in roles if role[0] == "cell" and weight == 1}
    if len(slots) == 1 and model.is_cell_row(row.number):
        return ("cell", slots.pop())
    return ("row", frozenset(roles))
