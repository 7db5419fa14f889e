"""Synthetic programmes: the engine beside both baselines, on the same instance in the same run."""

import sys
from dataclasses import asdict, dataclass
from math import inf
from typing import Any

import numpy as np

from app.scheduling.api import check, compile_program, evaluate
from app.scheduling.domain.problem import Grid
from app.scheduling.domain.program import Program
from app.scheduling.rules.coverage import Coverage
from benchmarks.baselines import run_baseline
from benchmarks.engine import run_engine
from benchmarks.figures import Figures, figures, medians
from benchmarks.suites.common import Method, Options, Report, in_child, over_seeds
from benchmarks.synthetic import Level, generate
from benchmarks.tables import Table, shown
from benchmarks.trace import Limits, Run

_LABELS: dict[Method, str] = {
    "engine": "Housestaff",
    "plain": "baseline a (a Boolean per cell)",
    "tricks": "baseline b (with tricks)",
}


@dataclass(frozen=True, slots=True)
class Case:
    """One instance and how to solve it; the seed makes the programme and steers the search."""

    residents: int
    level: Level
    seed: int
    method: Method
    limits: Limits


@dataclass(frozen=True, slots=True)
class Measured:
    """A run and what the engine's check says of its schedule.

    Parameters
    ----------
    unfilled
        Person-weeks short of the minima.
    binding
        Share of the coverage minima (rule and slot) that the schedule just meets or misses.
    """

    run: Run
    ideal: float
    unfilled: float
    binding: float
    faults: tuple[str, ...]


def measure(case: Case) -> Measured:
    """Solve one case; generating and importing are outside the clock."""
    made = generate(case.residents, case.level, case.seed)
    program = made.program()
    if case.method == "engine":
        run = run_engine(program, case.limits)
    else:
        run = run_baseline(made.document, case.method, case.limits)
    value = evaluate(program, made.planted_grid() if run.grid is None else run.grid)
    if run.grid is None:
        return Measured(run, value.ideal, inf, inf, ())
    found = check(program, run.grid)
    faults = [finding.message for finding in found if finding.severity == "error"][:3]
    # Auxiliary variables may have been slack when time was up: worth more is no fault.
    if value.objective > run.objective:
        faults.append(f"claimed {run.objective}, worth {value.objective}")
    short = sum(term.amount for term in value.terms if term.rule == "coverage")
    return Measured(run, value.ideal, short, binding(program, run.grid), tuple(faults))


def binding(program: Program, grid: Grid) -> float:
    """Return the share of coverage minima that a schedule does not exceed."""
    problem = compile_program(program)
    rows = at_limit = 0
    for rule in program.rules:
        if isinstance(rule, Coverage):
            low, _ = rule.limits(problem)
            on = problem.on(grid, rule.rotations)
            there = np.where(on, rule.brought(problem), 0).sum(axis=0)
            rows += int((low > 0).sum())
            at_limit += int(((low > 0) & (there <= low)).sum())
    return at_limit / rows if rows else 0.0


def longest_s(options: Options) -> float:
    """Return the time that the suite takes at most, about."""
    cases = len(options.residents) * len(options.levels) * options.seeds * len(options.methods)
    return cases * (options.time_s + 8)


def run(options: Options) -> Report:
    """Measure every size and level."""
    lines: list[tuple[str, ...]] = []
    rows: list[dict[str, Any]] = []
    faults: list[str] = []
    for residents in options.residents:
        for level in options.levels:
            measured: dict[Method, list[Measured]] = {method: [] for method in options.methods}
            for seed in range(1, options.seeds + 1):
                for method in options.methods:
                    limits = Limits(options.time_s, options.workers, seed)
                    case = Case(residents, level, seed, method, limits)
                    one = in_child(measure, case)
                    measured[method].append(one)
                    rows.append(_row(case, one))
                    print(f"  {_title(case)}: {_state(one.run)}", file=sys.stderr)
                    faults += [f"{_title(case)}: {fault}" for fault in one.faults]
                latest = {method: own[-1] for method, own in measured.items()}
                faults += contradictions(f"{residents} x 52 {level}, seed {seed}", latest)
            summary = summarise(measured)
            lines += [
                _line(residents, level, method, summary[method], measured[method])
                for method in options.methods
            ]
    return Report((_table(options, lines),), rows, tuple(faults))


def summarise(measured: dict[Method, list[Measured]]) -> dict[Method, Figures]:
    """Return each method's medians, judged by the best bound that any method reached."""
    best = [max(one.run.bound for one in same) for same in zip(*measured.values(), strict=True)]
    return {
        method: medians([figures(one.run, one.ideal, best[n]) for n, one in enumerate(own)])
        for method, own in measured.items()
    }


def contradictions(title: str, measured: dict[Method, Measured]) -> list[str]:
    """Return where one method's schedule is better than another method's bound allows."""
    return [
        f"{title}: {one} has {a.run.objective}, below the bound {b.run.bound} of {other}"
        for one, a in measured.items()
        for other, b in measured.items()
        if a.run.objective < b.run.bound
    ]


def _title(case: Case) -> str:
    return f"{case.residents} x 52 {case.level}, seed {case.seed}, {case.method}"


def _state(run: Run) -> str:
    return (
        f"{run.status} {shown(run.objective, 0)} (bound {shown(run.bound, 0)}) "
        f"after {run.wall_s:.1f} s"
    )


def _line(
    residents: int, level: str, method: Method, summary: Figures, measured: list[Measured]
) -> tuple[str, ...]:
    unfilled = sorted(one.unfilled for one in measured)[len(measured) // 2]
    bound_rows = sorted(one.binding for one in measured)[len(measured) // 2]
    return (
        f"{residents} x 52 {level}, {_LABELS[method]}",
        shown(summary.first_s),
        shown(summary.within_5_s),
        shown(summary.within_1_s),
        shown(summary.proved_5_s),
        shown(summary.proved_1_s),
        shown(summary.optimal_s),
        shown(summary.objective, 0),
        shown(summary.bound, 0),
        shown(100 * summary.gap),
        shown(unfilled, 0),
        shown(100 * bound_rows, 0),
        shown(summary.peak_mb, 0),
    )


def _table(options: Options, lines: list[tuple[str, ...]]) -> Table:
    return Table(
        f"Synthetic 4+1 programmes, {options.workers} workers, {options.time_s:.0f} s",
        (
            "programme, method", "first s", "5 % s", "1 % s", "5 % proved s", "1 % proved s",
            "optimal s", "objective", "bound", "gap %", "unfilled", "binding %", "peak MB",
        ),
        tuple(lines),
        (f"{over_seeds(options)}; a seed makes the programme and steers the search.",),
    )  # fmt: skip


def _row(case: Case, one: Measured) -> dict[str, Any]:
    return {
        **asdict(case),
        "status": one.run.status,
        "ideal": one.ideal,
        "unfilled": one.unfilled,
        "binding": one.binding,
        "wall_s": one.run.wall_s,
        "peak_mb": one.run.peak_mb,
        "points": [asdict(point) for point in one.run.points],
    }
