"""Run benchmarks: ``python -m benchmarks --help``."""

import argparse
import json
import sys
from dataclasses import asdict
from importlib import import_module
from math import isfinite
from pathlib import Path
from types import ModuleType
from typing import Any

from benchmarks.machine import cores, machine
from benchmarks.suites.common import METHODS, Options, Report
from benchmarks.synthetic import LEVELS

SUITES = (
    "synthetic",
    "hmc",
    "mss",
    "startup",
    "memory",
    "duty_hours",
    "binding",
    "api",
    "service",
    "growth",
    "scale",
    "fairness",
)


def main(arguments: list[str] | None = None) -> int:
    """Run the chosen suites; 1 when methods contradict each other or a schedule is wrong."""
    given = _parser().parse_args(arguments)
    options = Options(
        data=given.data,
        seeds=given.seeds,
        time_s=given.time,
        workers=given.workers,
        residents=tuple(given.residents),
        levels=tuple(given.levels),
        methods=tuple(given.methods),
        instances=tuple(given.instances),
    )
    chosen = {name: _suite(name) for name in given.suites or SUITES}
    longest = sum(suite.longest_s(options) for suite in chosen.values())
    before = machine()
    print(f"{before}\n{', '.join(chosen)}: at most {longest / 60:.0f} minutes", file=sys.stderr)
    reports: dict[str, Report] = {}
    for name, suite in chosen.items():
        print(name, file=sys.stderr)
        reports[name] = report = suite.run(options)
        for table in report.tables:
            print(f"\n{table.markdown() if given.markdown else table.text()}\n", flush=True)
        for chart in report.charts:
            print(f"\n{chart.markdown() if given.markdown else chart.text()}\n", flush=True)
    after = machine()
    print(f"Before: {before}\n\nAfter: load {' '.join(f'{value:.1f}' for value in after.load)}")
    if given.json is not None:
        document = {
            "options": {**asdict(options), "data": options.data is not None},
            "before": asdict(before),
            "after": asdict(after),
            "suites": {name: asdict(report) for name, report in reports.items()},
        }
        given.json.write_text(json.dumps(finite(document), indent=1) + "\n", encoding="utf-8")
    faults = [fault for report in reports.values() for fault in report.faults]
    for fault in faults:
        print(f"FAULT {fault}", file=sys.stderr)
    return 1 if faults else 0


def _suite(name: str) -> ModuleType:
    """Return a suite: its `run` and `longest_s`.

    Only what is run is imported, so that the memory measured holds no other suite's packages.
    """
    return import_module(f"benchmarks.suites.{name}")


def finite(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a JSON value with null for what is infinite, which JSON cannot say."""
    if isinstance(value, dict):
        return {name: finite(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [finite(inner) for inner in value]
    return None if isinstance(value, float) and not isfinite(value) else value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument(
        "suites", nargs="*", choices=[*SUITES, []], metavar="suite", help=", ".join(SUITES)
    )
    parser.add_argument("--data", type=Path, help="folder with the data (hmc-im, mss)")
    parser.add_argument("--seeds", type=_positive, default=3)
    parser.add_argument("--time", type=float, default=60.0, help="seconds for every solve")
    parser.add_argument("--workers", type=_positive, default=cores(), help="threads; default all")
    parser.add_argument("--residents", type=int, nargs="+", default=[24, 60, 120])
    parser.add_argument("--levels", nargs="+", choices=LEVELS, default=["loose", "tight97"])
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=METHODS)
    parser.add_argument("--instances", nargs="+", default=[], help="of mss; default all")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every measurement")
    parser.add_argument("--markdown", action="store_true", help="print the tables in Markdown")
    return parser


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text}: expected at least 1")
    return value


if __name__ == "__main__":
    sys.exit(main())
