"""What the suites share: options, reports and measuring in a process of its own."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

from benchmarks.synthetic import Level
from benchmarks.tables import Table

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
    instances
        Of the medical students; empty: all.
    """

    data: Path | None
    seeds: int
    time_s: float
    workers: int
    residents: tuple[int, ...]
    levels: tuple[Level, ...]
    instances: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A suite's outcome.

    Parameters
    ----------
    tables
        For people.
    rows
        Every single measurement, as JSON values.
    faults
        What must not happen: methods that contradict each other, schedules that break a rule.
    """

    tables: tuple[Table, ...]
    rows: list[dict[str, Any]]
    faults: tuple[str, ...] = ()


def in_child(function: Callable[[Argument], Result], argument: Argument) -> Result:
    """Call a module's function in a fresh process, so that memory and caches are its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, argument).result()


def over_seeds(options: Options) -> str:
    """Return what a row is, in words."""
    return "One seed" if options.seeds == 1 else f"Medians over seeds 1 to {options.seeds}"
