"""What the suites share: options, reports and measuring in a process of its own."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

from benchmarks.synthetic import Level
from benchmarks.tables import Chart, Table

Method = Literal["engine", "plain", "tricks"]
METHODS: tuple[Method, ...] = get_args(Method)

Argument = TypeVar("Argument")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What to measure.

    Parameters
    ----------
    data
        Folder of the benchmark data; None skips what needs it.
    time_s
        Limit of every solve.
    residents, levels
        Of the synthetic programmes.
    methods
        Of the synthetic suite: the engine and its baselines.
    instances
        Of the medical students; empty: all.
    """

    data: Path | None
    seeds: int
    time_s: float
    workers: int
    residents: tuple[int, ...]
    levels: tuple[Level, ...]
    methods: tuple[Method, ...] = METHODS
    instances: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A suite's outcome.

    Parameters
    ----------
    tables, charts
        For people.
    rows
        Every single measurement, as JSON values.
    faults
        What must not happen: methods that contradict each other, schedules that break a rule.
    """

    tables: tuple[Table, ...]
    rows: list[dict[str, Any]]
    faults: tuple[str, ...] = ()
    charts: tuple[Chart, ...] = ()


def in_child(function: Callable[[Argument], Result], argument: Argument) -> Result:
    """Call a module's function in a fresh process, so that memory and caches are its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, argument).result()


def over_seeds(options: Options) -> str:
    """Return what a row is, in words."""
    return "One seed" if options.seeds == 1 else f"Medians over seeds 1 to {options.seeds}"
