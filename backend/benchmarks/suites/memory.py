"""Peak memory of the largest programme that is promised: 200 residents, 52 weeks, 30 rotations."""

import sys
from dataclasses import dataclass
from typing import Any

from benchmarks.engine import run_engine
from benchmarks.suites.common import Options, Report, in_child
from benchmarks.synthetic import Level, generate
from benchmarks.tables import Table, shown
from benchmarks.trace import Limits, Run

RESIDENTS, ROTATIONS = 200, 30


@dataclass(frozen=True, slots=True)
class Case:
    """One level of the large programme."""

    level: Level
    limits: Limits


def measure(case: Case) -> Run:
    """Solve one case."""
    program = generate(RESIDENTS, case.level, case.limits.seed, rotations=ROTATIONS).program()
    return run_engine(program, case.limits)


def longest_s(options: Options) -> float:
    """Return the time that the suite takes at most, about."""
    return len(options.levels) * (options.time_s + 40)


def run(options: Options) -> Report:
    """Measure every level once."""
    lines: list[tuple[str, ...]] = []
    rows: list[dict[str, Any]] = []
    for level in options.levels:
        one = in_child(measure, Case(level, Limits(options.time_s, options.workers, 1)))
        print(f"  {level}: {one.status}, peak {one.peak_mb:.0f} MB", file=sys.stderr)
        lines.append(
            (
                level,
                one.status,
                shown(one.objective, 0),
                shown(one.bound, 0),
                shown(one.wall_s),
                shown(one.peak_mb, 0),
            )
        )
        rows.append({"level": level, "status": one.status, "peak_mb": one.peak_mb})
    return Report(
        (
            Table(
                f"Memory, {RESIDENTS} residents x 52 weeks x {ROTATIONS} rotations, "
                f"{options.workers} workers, {options.time_s:.0f} s",
                ("level", "status", "objective", "bound", "wall s", "peak MB"),
                tuple(lines),
                ("MB are 10⁶ bytes; the promise is under 4 GB.",),
            ),
        ),
        rows,
    )
