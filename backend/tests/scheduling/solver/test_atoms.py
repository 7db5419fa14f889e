"""Which slots run lengths force together."""

import numpy as np

from app.scheduling.domain.compile import compile_problem
from app.scheduling.domain.program import Program
from app.scheduling.rules.cohorts import Cohorts
from app.scheduling.rules.run_length import RunLength
from app.scheduling.solver.atoms import forced_together
from app.scheduling.solver.cells import open_cells
from tests.scheduling.builders import program


def kept(made: Program) -> list[int]:
    """Return the slots of the first person that keep the rotation of the slot before."""
    problem = compile_problem(made)
    cells = forced_together(problem, made.rules, open_cells(problem, made.rules))
    return np.flatnonzero(cells[0]).tolist()


def four_plus_one(**run: object) -> Program:
    """Return one person with clinic in slots 0, 5 and 10 of thirteen."""
    clinic = Cohorts(name="clinic", cycle=5, clinic=("C",), first={"a": 1})
    runs = RunLength(name="runs", rotations=("A", "B"), **run)  # type: ignore[arg-type]
    return program(rows=1, slots=13, codes="ABC", rules=[clinic, runs], p1={"cohort": "a"})


def test_four_weeks_between_clinics_are_two_atoms() -> None:
    assert kept(four_plus_one(min=2)) == [2, 4, 7, 9]


def test_runs_of_three_leave_no_room_to_change() -> None:
    assert kept(four_plus_one(min=3)) == [2, 3, 4, 7, 8, 9]


def test_a_stretch_at_the_end_of_the_year_may_be_cut() -> None:
    assert 12 not in kept(four_plus_one(min=2))


def test_soft_runs_force_nothing() -> None:
    assert kept(four_plus_one(min=2, penalty=1)) == []


def test_a_rotation_without_shortest_run_frees_its_stretches() -> None:
    made = four_plus_one(min=2)
    runs = RunLength(name="runs", rotations=("A",), min=2)
    free = program(rows=1, slots=13, codes="ABC", rules=[made.rules[0], runs], p1={"cohort": "a"})
    assert kept(free) == []
