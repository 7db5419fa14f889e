"""The only door to the engine."""

from collections.abc import Sequence

from app.scheduling.acgme.pack import RulePack
from app.scheduling.acgme.validator import ACGMEValidator, Audit
from app.scheduling.domain.compile import compile_problem
from app.scheduling.domain.params import SolveParams, Watch
from app.scheduling.domain.problem import Grid, Problem
from app.scheduling.domain.program import Program
from app.scheduling.domain.result import Finding, Result, Score
from app.scheduling.domain.score import score
from app.scheduling.rules.checking import check_grid
from app.scheduling.timetable import expand


def compile_program(program: Program, base: Grid | None = None) -> Problem:
    """Return a programme as arrays: the meaning of a grid's rows, columns and values."""
    return compile_problem(program, base)


def check(program: Program, grid: Grid, base: Grid | None = None) -> tuple[Finding, ...]:
    """Check a schedule against the programme's rules.

    Parameters
    ----------
    grid : int16 array (P, S)
        Rotation indices; `ABSENT` where there is no placement.
    base : int16 array (P, S)
        The schedule that stability rules compare with.

    Returns
    -------
    tuple of Finding
        Errors for hard rules, then warnings for penalties; empty when all is kept.
    """
    return check_grid(compile_problem(program, base), program.rules, grid)


def evaluate(program: Program, grid: Grid, base: Grid | None = None) -> Score:
    """Return a schedule's objective, ideal and terms, from the schedule alone."""
    return score(compile_problem(program, base), program.rules, grid, program.objective)


def verify(program: Program, packs: Sequence[RulePack], grid: Grid) -> Audit:
    """Verify a schedule's duty hours: what its placements and assignments mean on the clock.

    Parameters
    ----------
    packs
        What is law; the programme's policy says how it is applied.
    grid : int16 array (P, S)
        Rotation indices; `ABSENT` where there is no placement.

    Raises
    ------
    InvalidPolicyError
        When the programme's policy names rules that no pack has, or loosens one.
    """
    return ACGMEValidator(packs, program.policy).audit(expand(program, grid))


def solve(program: Program, params: SolveParams, watch: Watch, base: Grid | None = None) -> Result:
    """Fill the annual grid.

    Parameters
    ----------
    program
        What is wanted.
    params
        Limits and seed.
    watch
        Clock, stop signal and progress.
    base : int16 array (P, S)
        A schedule to start from and, where the programme has a stability rule, to stay close to.

    Returns
    -------
    Result
        Infeasible is a result, with the findings that show it.

    Raises
    ------
    InvalidProgram
        When the numbers of the soft rules are too far apart in size to be added up exactly.
    RuntimeError
        When a schedule that the search found breaks a hard rule, or its value is not what the
        search claims: a defect of the engine.
    """
    # OR-Tools costs about a second to import, which checks and exports should not pay.
    from app.scheduling.solver.rotations import solve_rotations  # noqa: PLC0415

    return solve_rotations(program, params, watch, base)
