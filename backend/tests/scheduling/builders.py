"""Small programmes, problems and grids for tests, written as one looks at them."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import product
from typing import Any

import numpy as np

from app.scheduling.domain.calendar import Calendar
from app.scheduling.domain.compile import compile_problem
from app.scheduling.domain.people import Person
from app.scheduling.domain.problem import ABSENT, Grid, Problem
from app.scheduling.domain.program import Program
from app.scheduling.domain.rotations import RotationType
from app.scheduling.domain.rule import Rule

START = date(2026, 7, 6)


def day(period: int) -> date:
    """Return the first day of a period of the weekly calendar that `program` makes."""
    return START + timedelta(weeks=period - 1)


def program(
    rows: int | Sequence[str] = 2,
    slots: int = 4,
    codes: str = "ABC",
    rules: Sequence[Rule] = (),
    **overrides: dict[str, Any],
) -> Program:
    """Return a programme of weekly periods with one rotation type per letter.

    Parameters
    ----------
    rows
        People: their ids, or how many (``p1``, ``p2``, …).
    overrides
        Other arguments of `Person`, by person id: ``p1={"pgy": 2, "start": day(2)}``.
    """
    ids = [f"p{number}" for number in range(1, rows + 1)] if isinstance(rows, int) else rows
    return Program(
        name="Test",
        calendar=Calendar(start=START, end=day(slots + 1) - timedelta(1), period="1 week"),
        rotation_types=tuple(RotationType(code=code) for code in codes),
        people=tuple(Person(**{"id": name, "pgy": 1, **overrides.get(name, {})}) for name in ids),
        rules=tuple(rules),
    )


def problem(program: Program) -> Problem:
    """Return the programme as arrays."""
    return compile_problem(program)


def grid(problem: Problem, *rows: str) -> Grid:
    """Return a grid from one string per person: a rotation's letter per slot, ``.`` for absent."""
    index = {kind.code: number for number, kind in enumerate(problem.rotations)} | {".": ABSENT}
    cells = [[index[letter] for letter in row.replace(" ", "")] for row in rows]
    result: Grid = np.array(cells, dtype=np.int16)
    return result


def found(
    rule: Rule, *rows: str, codes: str = "ABC", **overrides: dict[str, Any]
) -> list[tuple[int | None, int | None, int]]:
    """Return person, slot and amount of everything that a rule finds in a grid."""
    made = problem(program(len(rows), len(rows[0].replace(" ", "")), codes, [rule], **overrides))
    breaches = rule.measure(made, grid(made, *rows))
    return [(breach.person, breach.slot, breach.amount) for breach in breaches]


def best_amount(rule: Rule, problem: Problem) -> int:
    """Return by trying every grid what `rule.ideal` must be."""
    present = problem.present.ravel()
    cells = [range(len(problem.rotations)) if there else (ABSENT,) for there in present]
    amounts = [
        sum(breach.amount for breach in rule.measure(problem, _shaped(values, problem)))
        for values in product(*cells)
    ]
    return max(amounts) if rule.mode == "reward" else min(amounts)


def _shaped(values: tuple[int, ...], problem: Problem) -> Grid:
    return np.array(values, dtype=np.int16).reshape(problem.present.shape)
