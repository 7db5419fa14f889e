"""Medical student scheduling: rotations in several hospitals, with the worst student's value.

The instances, what is published of them and their scorer stay outside; `--data` names the folder
that holds ``mss``.
"""

import csv
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from math import inf
from pathlib import Path
from statistics import median
from typing import Any

from app.scheduling.api import check, evaluate
from benchmarks.engine import run_engine
from benchmarks.figures import time_to
from benchmarks.medical_students import Stay, program_of, read_instance, stays_of
from benchmarks.suites.common import Options, Report, in_child, over_seeds
from benchmarks.tables import Table, shown
from benchmarks.trace import Limits, Run


@dataclass(frozen=True, slots=True)
class Case:
    """One instance and the limits of its solve."""

    folder: Path
    name: str
    limits: Limits

    @property
    def path(self) -> Path:
        """The instance's file."""
        return self.folder / f"{self.name}.dzn"


@dataclass(frozen=True, slots=True)
class Published:
    """What is known of an instance; larger is better, infinite where nothing is.

    Parameters
    ----------
    best, bound
        Best known value; upper bound of a mixed-integer programme.
    annealing, annealing_s
        Value and seconds of simulated annealing.
    """

    best: float = -inf
    bound: float = inf
    annealing: float = inf
    annealing_s: float = inf


@dataclass(frozen=True, slots=True)
class Measured:
    """A run, and what is wrong with its schedule; `run` is stated as if minimised.

    `read_s` comes before the run.
    """

    read_s: float
    size: str
    run: Run
    scored: dict[str, Any] | None
    faults: tuple[str, ...]


def measure(case: Case) -> Measured:
    """Read an instance, solve it and have its schedule scored."""
    started = time.perf_counter()
    instance = read_instance(case.path.read_text(encoding="utf-8"))
    program = program_of(instance, case.name)
    read_s = time.perf_counter() - started
    run = run_engine(program, case.limits)
    size = " x ".join(
        str(instance.sizes[name]) for name in ("Students", "Disciplines", "Hospitals", "Horizon")
    )
    if run.grid is None:
        return Measured(read_s, size, run, None, ())
    scored = scorer_says(case, stays_of(instance, program, run.grid))
    value = evaluate(program, run.grid).objective
    errors = [f.message for f in check(program, run.grid) if f.severity == "error"][:3]
    if scored["hard_violations"]:
        errors.append("the scorer finds hard violations")
    if not scored["objective"] == value == -run.objective:
        errors.append(
            f"the scorer says {scored['objective']}, the engine {value}, its run {-run.objective}"
        )
    return Measured(read_s, size, run, scored, tuple(errors))


def scorer_says(case: Case, stays: list[Stay]) -> dict[str, Any]:
    """Return what the scorer that comes with the data prints for a schedule."""
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "schedule.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["student", "discipline", "hospital", "start"])
            writer.writerows(
                [stay.student, stay.discipline, stay.hospital, stay.start] for stay in stays
            )
        command = [sys.executable, str(case.folder / "score.py"), str(case.path), str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if not done.stdout:
        raise RuntimeError(f"the scorer fails: {done.stderr}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def published(folder: Path) -> dict[str, Published]:
    """Return the instances of a folder, by name, with what is published of them."""
    told = json.loads((folder / "best_known.json").read_text(encoding="utf-8"))["instances"]
    return {name: _published(values) for name, values in told.items()}


def _published(values: dict[str, Any]) -> Published:
    keys = {
        "best": "best_known",
        "bound": "published_upper_bound",
        "annealing": "annealing_value",
        "annealing_s": "annealing_seconds",
    }
    known = {name: values.get(key) for name, key in keys.items()}
    return Published(**{name: value for name, value in known.items() if value is not None})


def chosen(folder: Path, instances: tuple[str, ...]) -> dict[str, Published]:
    """Return the instances to solve: those named, with or without their folder, or all.

    Raises
    ------
    ValueError
        When a name is none of an instance.
    """
    every = published(folder)
    if not instances:
        return every
    unknown = [name for name in instances if not any(_is(known, name) for known in every)]
    if unknown:
        raise ValueError(f"unknown instances {', '.join(unknown)}; known: {', '.join(every)}")
    wanted = (known for name in instances for known in every if _is(known, name))
    return {name: every[name] for name in wanted}


def _is(known: str, name: str) -> bool:
    return name in {known, known.rpartition("/")[2]}


def longest_s(options: Options) -> float:
    """Return the time that the suite takes at most, about."""
    if options.data is None:
        return 0
    cases = len(chosen(options.data / "mss", options.instances))
    return cases * options.seeds * (options.time_s + 10)


def run(options: Options) -> Report:
    """Measure the chosen instances."""
    if options.data is None:
        title = "Medical students: skipped, because no --data folder was named"
        return Report((Table(title, ("instance",), ()),), [])
    folder = options.data / "mss"
    lines: list[tuple[str, ...]] = []
    rows: list[dict[str, Any]] = []
    faults: list[str] = []
    for name, known in chosen(folder, options.instances).items():
        several = []
        for seed in range(1, options.seeds + 1):
            case = Case(folder, name, Limits(options.time_s, options.workers, seed))
            one = in_child(measure, case)
            several.append(one)
            title = f"{name}, seed {seed}"
            value, bound = -one.run.objective, -one.run.bound
            print(
                f"  {title}: {one.run.status}, {shown(value, 0)} of at most {shown(bound, 0)} "
                f"after {one.run.wall_s:.1f} s",
                file=sys.stderr,
            )
            faults += [f"{title}: {fault}" for fault in (*one.faults, *doubts(one.run, known))]
            rows.append(_row(case, one, known))
        lines.append(_line(name, several, known))
    table = Table(
        f"Medical students, {options.workers} workers, {options.time_s:.0f} s",
        (
            "instance", "size", "read s", "first s", "annealed s", "best s", "value", "bound",
            "gap %", "known", "bound known", "annealing", "its s", "peak MB",
        ),
        tuple(lines),
        (
            f"{over_seeds(options)}. Size: students x disciplines x hospitals x periods.",
            "“annealed s”: until the value of the published annealing. “gap”: bound over value.",
            "“its s”: of the annealing, on another machine. Values and bounds: larger is better.",
        ),
    )  # fmt: skip
    return Report((table,), rows, tuple(faults))


def doubts(run: Run, known: Published) -> Iterator[str]:
    """Yield how a run contradicts what is published."""
    if -run.objective > known.bound:
        yield f"the value {-run.objective} is above the published bound {known.bound}"
    if -run.bound < known.best:
        yield f"the bound {-run.bound} is below the published value {known.best}"


def _line(name: str, several: list[Measured], known: Published) -> tuple[str, ...]:
    runs = [one.run for one in several]
    value, bound = (-median(run.objective for run in runs), -median(run.bound for run in runs))
    return (
        name,
        several[0].size,
        shown(median(one.read_s for one in several), 2),
        shown(median(time_to(run.points, sys.float_info.max) for run in runs)),
        shown(median(time_to(run.points, -known.annealing) for run in runs)),
        shown(median(time_to(run.points, run.objective) for run in runs)),
        shown(value, 0),
        shown(bound, 0),
        shown(100 * (bound - value) / value if value > 0 else inf, 2),
        shown(known.best, 0),
        shown(known.bound, 0),
        shown(known.annealing, 0),
        shown(known.annealing_s),
        shown(max(run.peak_mb for run in runs), 0),
    )


def _row(case: Case, one: Measured, known: Published) -> dict[str, Any]:
    return {
        "instance": case.name,
        "limits": asdict(case.limits),
        "published": asdict(known),
        "status": one.run.status,
        "scorer": one.scored,
        "read_s": one.read_s,
        "wall_s": one.run.wall_s,
        "peak_mb": one.run.peak_mb,
        "points": [asdict(point) for point in one.run.points],
    }
