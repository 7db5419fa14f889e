"""How the engine scales: time to 1 % and memory over residents, slots and rotation types."""

import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from app.scheduling.api import evaluate
from benchmarks.engine import run_engine
from benchmarks.figures import Figures, figures, medians
from benchmarks.suites.common import Options, Report, in_child, over_seeds
from benchmarks.synthetic import Level, generate
from benchmarks.tables import Chart, Table, shown
from benchmarks.trace import Limits

RESIDENTS = (24, 60, 120, 180, 200)
ROTATIONS = (10, 14, 20, 30)
SLOTS: tuple[Literal[26, 52], ...] = (26, 52)
_USUAL_RESIDENTS, _USUAL_ROTATIONS = 60, 14


@dataclass(frozen=True, slots=True)
class Size:
    """What is varied."""

    residents: int
    slots: Literal[26, 52]
    rotations: int


@dataclass(frozen=True, slots=True)
class Case:
    """One instance and its limits; the seed makes the programme and steers the search."""

    size: Size
    level: Level
    limits: Limits


def sizes() -> Iterator[tuple[str, tuple[tuple[str, Size], ...]]]:
    """Yield each axis with its places; all but one measure are as usual."""
    yield (
        "residents",
        tuple((str(n), Size(n, 52, _USUAL_ROTATIONS)) for n in RESIDENTS),
    )
    yield (
        "slots",
        tuple((str(n), Size(_USUAL_RESIDENTS, n, _USUAL_ROTATIONS)) for n in SLOTS),
    )
    yield (
        "rotation types",
        tuple((str(n), Size(_USUAL_RESIDENTS, 52, n)) for n in ROTATIONS),
    )


def measure(case: Case) -> Figures:
    """Solve one case; generating and importing are outside the clock."""
    size = case.size
    made = generate(
        size.residents, case.level, case.limits.seed, slots=size.slots, rotations=size.rotations
    )
    program = made.program()
    ideal = evaluate(program, made.planted_grid()).ideal
    run = run_engine(program, case.limits)
    return figures(run, ideal, run.bound)


def longest_s(options: Options) -> float:
    """Return the time that the suite takes at most, about."""
    cases = len({size for _, places in sizes() for _, size in places})
    return cases * len(options.levels) * options.seeds * (options.time_s + 8)


def run(options: Options) -> Report:
    """Measure every size once, though it may lie on several axes."""
    known: dict[tuple[Size, Level], Figures] = {}
    rows: list[dict[str, Any]] = []
    for level in options.levels:
        for size in dict.fromkeys(size for _, places in sizes() for _, size in places):
            several = []
            for seed in range(1, options.seeds + 1):
                limits = Limits(options.time_s, options.workers, seed)
                one = in_child(measure, Case(size, level, limits))
                several.append(one)
                rows.append({**asdict(size), "level": level, "seed": seed, **asdict(one)})
                print(f"  {_title(size)} {level}, seed {seed}: {_state(one)}", file=sys.stderr)
            known[size, level] = medians(several)
    lines = [_line(size, level, found) for (size, level), found in known.items()]
    charts = [
        chart
        for level in options.levels
        for axis, places in sizes()
        for chart in charts_of(level, axis, [(at, known[size, level]) for at, size in places])
    ]
    return Report((_table(options, lines),), rows, charts=tuple(charts))


def charts_of(level: Level, axis: str, places: list[tuple[str, Figures]]) -> Iterator[Chart]:
    """Yield the charts over an axis: none of times to what was reached nowhere."""
    times = tuple((at, found.within_1_s) for at, found in places)
    chart = Chart(f"Time to 1 %, {level}", axis, "s", times)
    if chart.known:
        yield chart
    yield Chart(f"Memory, {level}", axis, "MB", tuple((at, found.peak_mb) for at, found in places))


def _title(size: Size) -> str:
    return f"{size.residents} x {size.slots} x {size.rotations}"


def _state(found: Figures) -> str:
    return f"gap {shown(100 * found.gap)} %, 1 % after {shown(found.within_1_s)} s"


def _line(size: Size, level: Level, found: Figures) -> tuple[str, ...]:
    return (
        f"{_title(size)} {level}",
        shown(found.first_s),
        shown(found.within_5_s),
        shown(found.within_1_s),
        shown(found.optimal_s),
        shown(100 * found.gap),
        shown(found.peak_mb, 0),
    )


def _table(options: Options, lines: list[tuple[str, ...]]) -> Table:
    return Table(
        f"Growth of the search, {options.workers} workers, {options.time_s:.0f} s",
        ("residents x slots x rotation types", "first s", "5 % s", "1 % s", "optimal s", "gap %",
         "peak MB"),
        tuple(lines),
        (f"{over_seeds(options)}; gaps are to the bound at the end of the same run.",),
    )  # fmt: skip
