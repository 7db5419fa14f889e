"""Kinds that look at what hard rules say: tighter rows, and the same schedules."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import pytest
from ortools.sat.python import cp_model

from app.scheduling.domain.rule import Rule
from app.scheduling.domain.score import scales
from app.scheduling.rules.prerequisite import Prerequisite
from app.scheduling.rules.requirement import Requirement
from app.scheduling.rules.run_length import RunLength
from app.scheduling.rules.waiting import Waiting
from app.scheduling.solver.model import RotationModel
from app.scheduling.solver.posting import post_rules
from app.scheduling.solver.rows import read_rows
from tests.scheduling.builders import grid, problem, program

ONE_B = Requirement(name="one B", rotations=("B",), max=1)
A_FIRST = Prerequisite(name="A first", before=("A",), after=("B",))
WHOLE = RunLength(name="stays", rotations=("A", "B"), min=2, max=2, cut_by_year=False)
TWO_A = Requirement(name="two A", rotations=("A",), min=2)
NO_GAPS = Waiting(name="no gaps", rotations=("B",), penalty=1)


def posted(rules: Sequence[Rule], slots: int = 4, codes: str = "ABC") -> RotationModel:
    year = problem(program(1, slots, codes, rules))
    model = RotationModel(year, rules, scales(year, rules, "minimize"))
    post_rules(model, rules)
    model.minimize_shortfall()
    return model


@pytest.mark.parametrize(
    "rules",
    [
        (A_FIRST, ONE_B),
        (WHOLE,),
        (WHOLE, replace(A_FIRST, amount=2), replace(ONE_B, max=2)),
        (WHOLE, replace(A_FIRST, before=("C",), after=("A",)), replace(ONE_B, rotations=("A",))),
        (replace(WHOLE, rotations=("A", "B"), each=False), A_FIRST, ONE_B),
        (Prerequisite(name="A twice first", before=("A",), after=("B",), amount=2), ONE_B),
        (NO_GAPS, TWO_A),
        (Waiting(name="one gap", rotations=("B", "C"), at_most=1), TWO_A),
    ],
)
def test_every_schedule_is_worth_what_the_check_says(rules: tuple[Rule, ...]) -> None:
    for letters in product("ABC", repeat=5):
        model = posted(rules, slots=5)
        row = grid(model.problem, "".join(letters))
        for slot, code in enumerate(row[0].tolist()):
            model.cp.add(model.cell[0][slot][code] == 1)
        solver = cp_model.CpSolver()
        possible = solver.solve(model.cp) == cp_model.OPTIMAL
        amounts = {
            rule: sum(breach.amount for breach in rule.measure(model.problem, row))
            for rule in rules
        }
        assert possible == (not any(amounts[rule] for rule in rules if rule.hard))
        if possible:
            assert solver.objective_value == sum(amounts.values())


def test_what_comes_once_comes_in_one_row_after_what_comes_before() -> None:
    model = posted((A_FIRST, ONE_B))
    late_b = {model.cell[0][slot][1].index for slot in (1, 2, 3)}  # type: ignore[union-attr]
    ordered = [row for row in read_rows(model).rows if late_b <= row.terms.keys()]
    assert [row.terms[min(late_b)] for row in ordered] == [1, -1]  # at most once; not before A


def test_more_work_than_fits_before_is_surely_still_to_come() -> None:
    """Whoever has two A to do waits in each of the first two slots or is on A."""
    model = posted((NO_GAPS, TWO_A), slots=3, codes="AB")
    waits = {index: steps for index, (_, steps) in model.costs()[0].items()}
    first = [model.cell[0][slot][0].index for slot in (0, 1)]  # type: ignore[union-attr]
    assert [waits[index] for index in first] == [-1, -1]
    assert len(waits) == 2


def test_stays_of_one_length_are_compared_as_wholes() -> None:
    rules = WHOLE, replace(A_FIRST, amount=2), replace(ONE_B, max=2)
    model = posted(rules, slots=6)
    starts = {code: model.stays[0, code][1] for code in (0, 1)}
    assert [[start is not False for start in starts[code]] for code in (0, 1)] == [
        [True] * 5 + [False]
    ] * 2
    last_b, first_a = starts[1][4], starts[0][0]
    rows = [row.terms for row in read_rows(model).rows]
    ordered = [
        terms
        for terms in rows
        if {last_b.index, first_a.index} <= terms.keys()  # type: ignore[union-attr]
    ]
    # Five starts of B at most as often as A, begun by the third slot.
    assert [sorted(terms.values()) for terms in ordered] == [[-1] * 5 + [1] * 3]
