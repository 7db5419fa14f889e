"""Fairness in three forms: a hard band, the tightest one, and a min-max term."""

import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from math import inf
from statistics import median
from typing import Any

from app.scheduling.api import compile_program, evaluate
from app.scheduling.domain.problem import Grid
from app.scheduling.domain.program import Program
from app.scheduling.rules.fairness import Fairness
from benchmarks.engine import run_engine
from benchmarks.suites.common import Options, Report, in_child, over_seeds
from benchmarks.synthetic import Level, generate
from benchmarks.tables import Table, shown
from benchmarks.trace import Limits, Run

PENALTY = 10
"""Of a week by which somebody's level is above the lowest, in the min-max form."""


@dataclass(frozen=True, slots=True)
class Case:
    """One instance and how fairness is asked for; the seed makes the programme."""

    residents: int
    level: Level
    form: str
    limits: Limits


@dataclass(frozen=True, slots=True)
class Measured:
    """What a form came to.

    Parameters
    ----------
    shortfall
        Of everything but fairness, in points.
    spreads
        Weeks between the highest and the lowest level of each fairness rule, added up.
    """

    shortfall: float
    spreads: float


def with_band(program: Program, band: float, penalty: float | None = None) -> Program:
    """Return a programme whose fairness rules have another band."""
    rules = (
        replace(rule, band=band, penalty=penalty) if isinstance(rule, Fairness) else rule
        for rule in program.rules
    )
    return replace(program, rules=tuple(rules))


def _hard(program: Program, limits: Limits) -> Run:
    return run_engine(program, limits)


def _tightest(program: Program, limits: Limits) -> Run:
    """Search with the tightest band that leads to a schedule; what failed before is not counted."""
    for band in (0, 1):
        run = run_engine(with_band(program, band), limits)
        if run.grid is not None:
            return run
    return _hard(program, limits)


def _min_max(program: Program, limits: Limits) -> Run:
    return run_engine(with_band(program, 0, PENALTY), limits)


FORMS: dict[str, Callable[[Program, Limits], Run]] = {
    "hard band of two weeks": _hard,
    "tightest hard band": _tightest,
    "min-max term": _min_max,
}


def spread(program: Program, grid: Grid) -> float:
    """Return the weeks between highest and lowest level, over all fairness rules."""
    problem = compile_program(program)
    total = 0.0
    for rule in program.rules:
        if isinstance(rule, Fairness):
            levels = rule.levels(problem, grid)[rule.group(problem)]
            total += float((levels.max() - levels.min()) * rule.step(problem))
    return total


def measure(case: Case) -> Measured:
    """Solve one case and value its schedule without fairness."""
    program = generate(case.residents, case.level, case.limits.seed).program()
    run = FORMS[case.form](program, case.limits)
    if run.grid is None:
        return Measured(inf, inf)
    value = evaluate(program, run.grid)
    return Measured(value.objective - value.ideal, spread(program, run.grid))


def longest_s(options: Options) -> float:
    """Return the time that the suite takes at most, about."""
    cases = len(options.residents) * len(options.levels) * options.seeds * len(FORMS)
    return cases * (options.time_s + 8)


def run(options: Options) -> Report:
    """Measure every form on the same programmes."""
    lines: list[tuple[str, ...]] = []
    rows: list[dict[str, Any]] = []
    for residents in options.residents:
        for level in options.levels:
            for form in FORMS:
                title = f"{residents} x 52 {level}, {form}"
                several: list[Measured] = []
                for seed in range(1, options.seeds + 1):
                    limits = Limits(options.time_s, options.workers, seed)
                    one = in_child(measure, Case(residents, level, form, limits))
                    several.append(one)
                    rows.append({"programme": title, "seed": seed, **asdict(one)})
                    print(f"  {title}, seed {seed}: {one}", file=sys.stderr)
                lines.append(
                    (
                        title,
                        shown(median(one.shortfall for one in several), 0),
                        shown(median(one.spreads for one in several), 0),
                    )
                )
    return Report(
        (
            Table(
                f"Fairness, {options.workers} workers, {options.time_s:.0f} s",
                ("programme, form", "shortfall", "weeks of spread"),
                tuple(lines),
                (
                    f"{over_seeds(options)}. The shortfall is that of all other rules.",
                    "The spread is added up over nights and hard weeks of three PGYs.",
                ),
            ),
        ),
        rows,
    )
