"""A posted model read back as linear rows, each variable with the person it belongs to."""

from collections.abc import Iterator
from dataclasses import dataclass

from ortools.sat.python import cp_model_helper

from app.scheduling.solver.model import Key, RotationModel

Terms = dict[int, int]
"""Coefficients by variable index."""

_INFINITE = 2**62


@dataclass(frozen=True, slots=True)
class Row:
    """``low <= sum(coefficient * variable) <= high``; None where there is no limit.

    `number` is that of the constraint in the model; `people` are those whose variables occur.
    """

    number: int
    terms: Terms
    low: int | None
    high: int | None
    people: frozenset[int]


@dataclass(frozen=True, slots=True)
class Rows:
    """A model as rows.

    Parameters
    ----------
    rows
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
        Whether a row without variables does not hold: the model is infeasible.
    """

    rows: list[Row]
    owners: dict[int, int]
    lower: list[int]
    upper: list[int]
    costs: dict[int, tuple[str, int]]
    constant: int
    contradiction: bool


def read_rows(model: RotationModel) -> Rows:
    """Return a posted model as rows, over cell variables and auxiliary ones."""
    proto = model.cp.proto
    raw = list(_raw_rows(model))
    owners = {index: person for index, (person, _, _) in model.meanings.items()}
    _find_owners(owners, [terms for _, terms, _, _ in raw])
    rows = []
    contradiction = False
    for number, terms, low, high in raw:
        if not terms:
            contradiction = contradiction or not _within(0, low, high)
            continue
        people = frozenset(owners[index] for index in terms if index in owners)
        rows.append(Row(number, terms, low, high, people))
    domains = [list(variable.domain) for variable in proto.variables]
    costs, constant = model.costs()
    expanded: dict[int, tuple[str, int]] = {}
    for index, (name, cost) in costs.items():
        for member in model.sets.get(index, [index]):
            already = expanded.get(member, (name, 0))[1]
            expanded[member] = (name, already + cost)
    return Rows(
        rows=rows,
        owners=owners,
        lower=[domain[0] for domain in domains],
        upper=[domain[-1] for domain in domains],
        costs=expanded,
        constant=constant,
        contradiction=contradiction,
    )


def _within(value: int, low: int | None, high: int | None) -> bool:
    return (low is None or low <= value) and (high is None or value <= high)


def _raw_rows(model: RotationModel) -> Iterator[tuple[int, Terms, int | None, int | None]]:
    for number, constraint in enumerate(model.cp.proto.constraints):
        for terms, low, high in _linear(constraint):
            expanded, constant = _expand(model, terms)
            low_ = None if low is None else low - constant
            high_ = None if high is None else high - constant
            yield number, expanded, low_, high_


def _linear(
    constraint: cp_model_helper.ConstraintProto,
) -> Iterator[tuple[list[tuple[int, int]], int | None, int | None]]:
    """Yield a constraint as sums over literals (negative ones are negations)."""
    if constraint.has_linear():
        linear = constraint.linear
        low, *_, high = linear.domain
        terms = list(zip(list(linear.vars), list(linear.coeffs), strict=True))
        yield terms, None if low < -_INFINITE else low, None if high > _INFINITE else high
    elif constraint.has_bool_or():
        yield [(literal, 1) for literal in list(constraint.bool_or.literals)], 1, None
    elif constraint.has_bool_and():
        (condition,) = list(constraint.enforcement_literal)
        for literal in list(constraint.bool_and.literals):
            yield [(literal, 1), (condition, -1)], 0, None
    elif constraint.has_exactly_one():
        yield [(literal, 1) for literal in list(constraint.exactly_one.literals)], 1, 1
    elif constraint.has_at_most_one():
        yield [(literal, 1) for literal in list(constraint.at_most_one.literals)], None, 1
    else:
        raise TypeError("a posting uses a constraint that has no linear form")


def _expand(model: RotationModel, terms: list[tuple[int, int]]) -> tuple[Terms, int]:
    """Return a sum over variables, those of sets replaced by their members, and its constant."""
    constant, result = 0, Terms()
    for literal, coefficient in terms:
        index, weight = literal, coefficient
        if literal < 0:
            index, weight = -literal - 1, -coefficient
            constant += coefficient
        for member in model.sets.get(index, [index]):
            result[member] = result.get(member, 0) + weight
    return {index: weight for index, weight in result.items() if weight}, constant


def key_of(model: RotationModel, row: Row) -> Key:
    """Return what is the same for the same row of other people."""
    if row.number in model.row_keys:
        return model.row_keys[row.number]
    roles = [(model.roles.get(index, (index,)), weight) for index, weight in row.terms.items()]
    slots = {role[1] for role, weight in roles if role[0] == "cell" and weight == 1}
    if len(slots) == 1 and model.is_cell_row(row.number):
        return ("cell", slots.pop())
    return ("row", frozenset(roles))


def _find_owners(owners: dict[int, int], rows: list[Terms]) -> None:
    """Add the auxiliary variables that occur in rows of one person only."""
    while True:
        candidates: dict[int, set[int]] = {}
        for terms in rows:
            unknown = [index for index in terms if index not in owners]
            if unknown:
                people = {owners[index] for index in terms if index in owners}
                for index in unknown:
                    candidates.setdefault(index, set()).update(people)
        found = {index: people.pop() for index, people in candidates.items() if len(people) == 1}
        if not found:
            return
        owners.update(found)
