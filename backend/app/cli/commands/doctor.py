import argparse
import importlib.metadata
import os
import platform
import re
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from app.cli.output import Report, Severity, finding
from app.core.machine import cores

_REQUIREMENTS = Path(__file__).parents[3] / "requirements.txt"
_PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>\S+)(?P<marker> *;)?")
_PACKAGES_MEND = "remove .venv and start ./housestaff again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked at; `wanted` says what would be right when it is not."""

    area: str
    name: str
    value: object
    unit: str | None = None
    wanted: str | None = None
    severity: Severity = "warning"

    def __str__(self) -> str:
        """Return the line that people read."""
        mark = "ok" if self.wanted is None else "!!"
        line = f"{mark}  {self.area:<9} {self.name:<20} {self.value}"
        line += f" {self.unit}" if self.unit else ""
        return line if self.wanted is None else f"{line}; {self.wanted}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: the doctor looks at everything."""


def run(arguments: argparse.Namespace) -> Report:  # noqa: ARG001 -- every command has this signature
    checks = [*_machine(), *_terminal(), *_packages(pins(_REQUIREMENTS)), _solver()]
    findings = [
        finding(
            f"{check.name} is {check.value}; {check.wanted}",
            severity=check.severity,
            rule=check.area,
            name=check.name,
            measured=check.value,
            unit=check.unit,
        )
        for check in checks
        if check.wanted is not None
    ]
    values: dict[str, dict[str, object]] = {}
    for check in checks:
        values.setdefault(check.area, {})[check.name] = check.value
    return Report(
        status="PROBLEMS" if findings else "OK",
        findings=findings,
        fields=values,
        show=lambda: print(*checks, sep="\n"),
    )


def pins(requirements: Path) -> dict[str, str]:
    """Read package versions from a requirements file, without those for other platforms."""
    if not requirements.exists():
        return {}
    lines = requirements.read_text(encoding="utf-8").splitlines()
    found = [match for line in lines if (match := _PIN.match(line))]
    return {match["name"]: match["version"] for match in found if not match["marker"]}


def _machine() -> Iterator[Check]:
    yield Check(
        area="machine",
        name="python",
        value=platform.python_version(),
        wanted=None if sys.version_info >= (3, 11) else "3.11 or newer is needed",
        severity="error",
    )
    yield Check(area="machine", name="executable", value=sys.executable)
    yield Check(area="machine", name="platform", value=platform.platform())
    yield Check(area="machine", name="cores", value=cores())
    for name, size, least in (
        ("memory", _memory_bytes(), 4),
        ("disk_free", shutil.disk_usage(Path.cwd()).free, 1),
    ):
        gib = round(size / 2**30, 1)
        wanted = None if gib >= least else f"{least} GiB or more is advised"
        yield Check(area="machine", name=name, value=gib, unit="GiB", wanted=wanted)


def _memory_bytes() -> int:
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    container = Path("/sys/fs/cgroup/memory.max")
    limit = container.read_text(encoding="ascii").strip() if container.exists() else "max"
    return physical if limit == "max" else min(physical, int(limit))


def _terminal() -> Iterator[Check]:
    # With --json the stream in sys.stdout is another one.
    output = sys.__stdout__
    is_terminal = output is not None and output.isatty()
    has_colour = (
        is_terminal and "NO_COLOR" not in os.environ and os.environ.get("TERM", "dumb") != "dumb"
    )
    encoding = "none" if output is None else output.encoding.lower()
    columns = shutil.get_terminal_size().columns
    yield Check(area="terminal", name="is_terminal", value=is_terminal)
    yield Check(area="terminal", name="colour", value=has_colour)
    yield Check(
        area="terminal",
        name="columns",
        value=columns,
        wanted=None if columns >= 80 else "grids need 80 or more",
    )
    yield Check(
        area="terminal",
        name="encoding",
        value=encoding,
        wanted=None if encoding == "utf-8" else "set PYTHONUTF8=1, or names may print wrongly",
    )


def _packages(pinned: dict[str, str]) -> Iterator[Check]:
    for name, version in pinned.items():
        installed = _installed(name)
        right = installed == version
        yield Check(
            area="packages",
            name=name,
            value=installed,
            wanted=None if right else f"{version} is pinned: {_PACKAGES_MEND}",
            severity="error",
        )


def _installed(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _solver() -> Check:
    try:
        status = _solve_two_weeks()
    except Exception as error:  # noqa: BLE001 -- whatever is broken is what the doctor reports
        status = f"{type(error).__name__} ({error})"
    return Check(
        area="solver",
        name="two_weeks",
        value=status,
        wanted=None if status == "OPTIMAL" else f"OPTIMAL was expected: {_PACKAGES_MEND}",
        severity="error",
    )


def _solve_two_weeks() -> str:
    # The doctor must be able to speak of an engine whose packages cannot be imported.
    from app.scheduling.api import solve  # noqa: PLC0415
    from app.scheduling.domain.calendar import Calendar  # noqa: PLC0415
    from app.scheduling.domain.params import SolveParams, Watch  # noqa: PLC0415
    from app.scheduling.domain.people import Person  # noqa: PLC0415
    from app.scheduling.domain.program import Program  # noqa: PLC0415
    from app.scheduling.domain.rotations import RotationType  # noqa: PLC0415
    from app.scheduling.rules.coverage import Coverage  # noqa: PLC0415

    first_day = date(2026, 7, 1)
    program = Program(
        name="two weeks",
        calendar=Calendar(start=first_day, end=first_day + timedelta(days=13), period="1 week"),
        rotation_types=(RotationType(code="A"), RotationType(code="B")),
        people=(Person(id="1", pgy=1), Person(id="2", pgy=1)),
        rules=(Coverage(name="one on A", rotations=("A",), exactly=1),),
    )
    params = SolveParams(time_s=10.0, workers=1)
    return solve(program, params, Watch(clock=time.monotonic)).status
