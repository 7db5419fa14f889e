"""The rows that a model keeps against those that CP-SAT has been given."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from app.scheduling.domain.compile import compile_problem
from app.scheduling.domain.score import scales
from app.scheduling.solver.model import RotationModel
from app.scheduling.solver.posting import post_rules
from app.scheduling.solver.rows import Row, read_rows
from tests.scheduling.brute_force import to_array
from tests.scheduling.builders import problem, program
from tests.scheduling.random_programs import MODES, Case, draw_case

Told = tuple[frozenset[tuple[int, int]], int | None, int | None]
"""A row: (variable, weight) pairs, and its limits."""

INFINITE = 2**62


def posted(case: Case) -> RotationModel:
    base = None if case.base is None else to_array(case.program, case.base)
    year = compile_problem(case.program, base)
    model = RotationModel(year, case.program.rules, scales(year, case.program.rules, "minimize"))
    post_rules(model, case.program.rules)
    return model


def told(model: RotationModel) -> Iterator[Told]:
    """Yield what CP-SAT has been told, with the members of sets instead of sets."""
    for constraint in model.cp.proto.constraints:
        literals, low, high = as_sum(constraint)
        terms = Counter[int]()
        constant = 0
        for literal, weight in literals:
            index, sign = (literal, 1) if literal >= 0 else (-literal - 1, -1)
            constant += weight if sign < 0 else 0
            for member in model.sets.get(index, [index]):
                terms[member] += sign * weight
        pairs = frozenset((index, weight) for index, weight in terms.items() if weight)
        if pairs:
            yield (
                pairs,
                None if low is None else low - constant,
                None if high is None else high - constant,
            )


def as_sum(constraint: Any) -> tuple[list[tuple[int, int]], int | None, int | None]:
    """Return a constraint as a sum of literals between limits."""
    if constraint.has_linear():
        linear = constraint.linear
        low, high = linear.domain
        terms = list(zip(linear.vars, linear.coeffs, strict=True))
        return terms, low if low > -INFINITE else None, high if high < INFINITE else None
    if constraint.has_bool_and():
        [condition], [then] = constraint.enforcement_literal, constraint.bool_and.literals
        return [(then, 1), (condition, -1)], 0, None
    if constraint.has_bool_or():
        return [(literal, 1) for literal in constraint.bool_or.literals], 1, None
    if constraint.has_exactly_one():
        return [(literal, 1) for literal in constraint.exactly_one.literals], 1, 1
    return [(literal, 1) for literal in constraint.at_most_one.literals], None, 1


def owners(model: RotationModel, rows: list[Row]) -> dict[int, int]:
    """Return the people of variables by saying the definition again until nothing changes."""
    known = {index: person for index, (person, _, _) in model.meanings.items()}
    while True:
        people: dict[int, set[int]] = {}
        for row in rows:
            here = {known[index] for index in row.terms if index in known}
            for index in row.terms.keys() - known.keys():
                people.setdefault(index, set()).update(here)
        found = {index: those.pop() for index, those in people.items() if len(those) == 1}
        if not found:
            return known
        known |= found


@pytest.mark.parametrize(("kind", "mode"), MODES)
def test_rows_are_what_cp_sat_has_been_given(kind: str, mode: str) -> None:
    for number in range(4):
        model = posted(draw_case(kind, mode, number))
        rows = read_rows(model)
        kept = [(frozenset(row.terms.items()), row.low, row.high) for row in rows.rows]
        assert Counter(kept) == Counter(told(model))
        domains = [list(variable.domain) for variable in model.cp.proto.variables]
        assert [[a, b] for a, b in zip(rows.lower, rows.upper, strict=True)] == domains
        assert rows.owners == owners(model, rows.rows)
        for row in rows.rows:
            assert row.people == {rows.owners[i] for i in row.terms if i in rows.owners}


def unposted() -> RotationModel:
    """Return a model of one person without rules."""
    year = problem(program(1))
    return RotationModel(year, (), scales(year, (), "minimize"))


@pytest.mark.parametrize("limits", [(1, 2), (1, None), (-2, -1), (None, -1)])
def test_a_sum_of_nothing_that_must_be_something_is_a_contradiction(
    limits: tuple[int | None, int | None],
) -> None:
    model = unposted()
    model.add_between([], 0, 0)
    assert not read_rows(model).contradiction
    model.add_between([], *limits)
    rows = read_rows(model)
    assert rows.contradiction
    assert all(row.terms for row in rows.rows)


def test_a_clause_that_nothing_can_make_true_is_a_contradiction() -> None:
    model = unposted()
    model.add_clause([True, False])
    assert not read_rows(model).contradiction
    model.add_clause([False])
    assert read_rows(model).contradiction


def test_a_posting_that_bypasses_the_model_is_an_error() -> None:
    model = unposted()
    read_rows(model)
    model.cp.add_bool_or(model.cell[0][0].values())
    with pytest.raises(RuntimeError, match="bypasses"):
        read_rows(model)
