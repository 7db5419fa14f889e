"""A real programme: internal medicine at Hamad Medical Corporation, from its own workbooks.

The workbooks and their scorer stay outside; `--data` names the folder that holds ``hmc-im``.
"""

import csv
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from math import inf
from pathlib import Path
from statistics import median
from typing import Any, Final

from app.files.programme_file import load_programme
from app.scheduling.api import check, compile_program, evaluate
from app.scheduling.domain.people import Leave
from app.scheduling.domain.problem import Grid
from app.scheduling.domain.program import Program
from app.scheduling.domain.scope import When, Who
from app.scheduling.rules.coverage import Coverage
from app.scheduling.rules.forbidden_sequence import ForbiddenSequence
from benchmarks.engine import run_engine
from benchmarks.figures import gap_of, time_to
from benchmarks.suites.common import Options, Report, in_child, over_seeds
from benchmarks.tables import NEVER, Table, shown
from benchmarks.trace import Limits, Run

PROGRAMME = Path(__file__).parents[3] / "examples" / "hmc-im" / "programme.yaml"
PUBLISHED = "hmc_im_residency_sample_input.xlsx"
OPTIMUM: Final = 294
"""Of the published input, by counting; it is only compared with, never told to the engine."""
INFEASIBLE = ("hmc_im_equal_distribution_sample.xlsx", "hmc_im_preassignment_sample.xlsx")


def _as_published(program: Program) -> Program:
    return program


def _one_r2_fewer(program: Program) -> Program:
    """Leave out the first R2."""
    leaver = next(person for person in program.people if person.track == "R2")
    return replace(program, people=tuple(p for p in program.people if p is not leaver))


def _two_r4_on_leave(program: Program) -> Program:
    """Give the first two R4 who have none in block 5 a whole block of leave there."""
    there = [
        person.id
        for person in program.people
        if person.track == "R4" and all(leave.period != 5 for leave in person.leave)
    ][:2]
    people = tuple(
        replace(p, leave=(*p.leave, Leave(period=5))) if p.id in there else p
        for p in program.people
    )
    return replace(program, people=people)


def _eight_on_micu(program: Program) -> Program:
    """Ask for eight instead of seven on the MICU in the first three blocks."""
    rule = Coverage(
        name="MICU is strengthened",
        rotations=("MICU",),
        min=8,
        when=When(periods=("1-3",)),
    )
    return replace(program, rules=(*program.rules, rule))


def _gap_penalty(program: Program) -> Program:
    """Charge every Senior Rotation of an R3 that follows another with one block between."""
    rule = ForbiddenSequence(
        name="Senior Rotation with one block between",
        who=Who(groups=("R3",)),
        pattern=(("SEN",), ("SEN",)),
        lag=2,
        penalty=1,
    )
    return replace(program, rules=(*program.rules, rule))


VARIANTS: dict[str, Callable[[Program], Program]] = {
    "as published": _as_published,
    "perturbed: one R2 fewer": _one_r2_fewer,
    "perturbed: two R4 on leave": _two_r4_on_leave,
    "perturbed: eight on MICU in blocks 1-3": _eight_on_micu,
    "with the gap penalty": _gap_penalty,
}


@dataclass(frozen=True, slots=True)
class Case:
    """One workbook, changed or not."""

    folder: Path
    workbook: str
    variant: str
    limits: Limits


@dataclass(frozen=True, slots=True)
class Measured:
    """A run, and what the engine's check and the data's own scorer say of its schedule.

    `run` is stated as if minimised; `ideal` likewise. `read_s` comes before the run.
    """

    read_s: float
    run: Run
    ideal: float
    scored: dict[str, Any] | None
    faults: tuple[str, ...]


def measure(case: Case) -> Measured:
    """Read the files and solve one case."""
    started = time.perf_counter()
    loaded = load_programme(PROGRAMME, people=case.folder / case.workbook)
    read_s = time.perf_counter() - started
    program = VARIANTS[case.variant](loaded.program)
    run = run_engine(program, case.limits)
    if run.grid is None:
        return Measured(read_s, run, inf, None, ())
    value = evaluate(program, run.grid)
    errors = [f.message for f in check(program, run.grid) if f.severity == "error"][:3]
    scored = None
    if not case.variant.startswith("perturbed"):
        scored = scorer_says(case.folder, case.workbook, program, run.grid)
        key = "objective" if case.variant == "as published" else "objective_with_gap_penalty"
        if scored["hard_violations"]:
            errors.append("the scorer finds hard violations")
        if scored[key] != value.objective:
            errors.append(f"the scorer says {scored[key]}, the engine {value.objective}")
    return Measured(read_s, run, -value.ideal, scored, tuple(errors))


def scorer_says(folder: Path, workbook: str, program: Program, grid: Grid) -> dict[str, Any]:
    """Return what the data's own scorer prints for a schedule."""
    problem = compile_program(program)
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "schedule.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["resident", "block", "rotation"])
            for person, row in zip(problem.people, grid.tolist(), strict=True):
                for slot, value in zip(problem.slots, row, strict=True):
                    writer.writerow([person.id, slot.period, problem.rotations[value].label])
        command = [sys.executable, str(folder / "score.py"), str(folder / workbook), str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def longest_s(options: Options) -> float:
    """Return the time that the suite takes at most, about."""
    if options.data is None:
        return 0
    return (len(VARIANTS) + len(INFEASIBLE)) * options.seeds * (options.time_s + 5)


def run(options: Options) -> Report:
    """Measure the published input, its variants and the two infeasible workbooks."""
    if options.data is None:
        title = "HMC internal medicine: skipped, because no --data folder was named"
        return Report((Table(title, ("input",), ()),), [])
    folder = options.data / "hmc-im"
    cases = [(PUBLISHED, variant) for variant in VARIANTS]
    cases += [(workbook, "as published") for workbook in INFEASIBLE]
    solved: list[tuple[str, ...]] = []
    refused: list[tuple[str, ...]] = []
    rows: list[dict[str, Any]] = []
    faults: list[str] = []
    for workbook, variant in cases:
        several = []
        for seed in range(1, options.seeds + 1):
            limits = Limits(options.time_s, options.workers, seed)
            case = Case(folder, workbook, variant, limits)
            one = in_child(measure, case)
            several.append(one)
            title = f"{workbook}, {variant}, seed {seed}"
            print(f"  {title}: {one.run.status} after {one.run.wall_s:.1f} s", file=sys.stderr)
            faults += [f"{title}: {fault}" for fault in one.faults]
            rows.append(_row(case, one))
        if workbook == PUBLISHED:
            solved.append(_solved_line(variant, several))
        else:
            refused.append(_refused_line(workbook, several))
    heading = f"{options.workers} workers, {options.time_s:.0f} s"
    note = f"{over_seeds(options)}; the input is the same. Reading the files comes first."
    tables = (
        Table(
            f"HMC internal medicine, 183 residents x 13 blocks, {heading}",
            (
                "input", "read s", "first s", f"{OPTIMUM} s", "best s", "proved s", "objective",
                "bound", "gap %", "scorer", "peak MB",
            ),
            tuple(solved),
            (note, "“best s”: the run's last improvement. “scorer”: what the data's own says."),
        ),
        Table(
            f"HMC internal medicine, the infeasible workbooks, {heading}",
            ("input", "status", "read s", "explained s", "explanation"),
            tuple(refused),
            (note,),
        ),
    )  # fmt: skip
    return Report(tables, rows, tuple(faults))


def _solved_line(variant: str, several: list[Measured]) -> tuple[str, ...]:
    runs = [one.run for one in several]
    best = [time_to(run.points, run.objective) for run in runs]
    proved = [
        next((p.elapsed_s for p in run.points if p.objective <= p.bound), inf) for run in runs
    ]
    gaps = [gap_of(one.run.objective, one.run.bound, one.ideal) for one in several]
    reached = median(time_to(run.points, -OPTIMUM) for run in runs)
    key = "objective_with_gap_penalty" if variant == "with the gap penalty" else "objective"
    said = {str(one.scored[key]) for one in several if one.scored is not None}
    return (
        variant,
        shown(median(one.read_s for one in several)),
        shown(median(time_to(run.points, sys.float_info.max) for run in runs)),
        shown(reached) if variant == "as published" else NEVER,
        shown(median(best)),
        shown(median(proved)),
        shown(-median(run.objective for run in runs), 0),
        shown(-median(run.bound for run in runs), 0),
        shown(100 * median(gaps)),
        ", ".join(sorted(said)) or NEVER,
        shown(max(run.peak_mb for run in runs), 0),
    )


def _refused_line(workbook: str, several: list[Measured]) -> tuple[str, ...]:
    runs = [one.run for one in several]
    return (
        workbook,
        ", ".join(sorted({run.status for run in runs})),
        shown(median(one.read_s for one in several), 2),
        shown(median(run.wall_s for run in runs), 2),
        runs[0].explanation or NEVER,
    )


def _row(case: Case, one: Measured) -> dict[str, Any]:
    return {
        "workbook": case.workbook,
        "variant": case.variant,
        "limits": asdict(case.limits),
        "status": one.run.status,
        "explanation": one.run.explanation,
        "ideal": one.ideal,
        "scorer": one.scored,
        "read_s": one.read_s,
        "wall_s": one.run.wall_s,
        "peak_mb": one.run.peak_mb,
        "points": [asdict(point) for point in one.run.points],
    }
