"""How long the command line takes to start, and how long and how large an installation is."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.suites.common import Options, Report
from benchmarks.tables import Table, shown

ROOT = Path(__file__).parents[3]
_REPEATS = 15
_INSTALL_S = 120


def longest_s(options: Options) -> float:  # noqa: ARG001 - every suite has this signature
    """Return the time that the suite takes at most, about."""
    return 2 * _INSTALL_S + 20


def run(options: Options) -> Report:  # noqa: ARG001 - as above
    """Measure starts here, and installations from a fresh clone in a temporary folder."""
    starts = {
        "python, doing nothing": [sys.executable, "-P", "-c", "pass"],
        "version, without the launcher": [sys.executable, "-P", "-m", "app.cli", "version"],
        "./housestaff version": [str(ROOT / "housestaff"), "version"],
    }
    times = {name: [_seconds(command) for _ in range(_REPEATS)] for name, command in starts.items()}
    rows: list[dict[str, Any]] = [{"start": name, "seconds": took} for name, took in times.items()]
    lines = [(name, shown(median(took), 3), shown(max(took), 3)) for name, took in times.items()]
    installs = []
    for tool in ("uv", "pip"):
        if tool == "uv" and _uv() is None:
            installs.append(("uv: skipped, because there is none", "", ""))
            continue
        seconds, megabytes = _install(tool)
        installs.append((f"with {tool}", shown(seconds), shown(megabytes, 0)))
        rows.append({"install": tool, "seconds": seconds, "megabytes": megabytes})
    return Report(
        (
            Table(
                f"Start of the command line, {_REPEATS} warm starts",
                ("command", "median s", "slowest s"),
                tuple(lines),
            ),
            Table(
                "First start in a fresh clone, with empty package caches",
                ("installation", "s", ".venv MB"),
                tuple(installs),
                ("Downloads are part of the time. MB are 10⁶ bytes of files.",),
            ),
        ),
        rows,
    )


def _seconds(command: list[str], environment: dict[str, str] | None = None) -> float:
    started = time.perf_counter()
    subprocess.run(
        command,
        check=True,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "backend"), **(environment or {})},
    )
    return time.perf_counter() - started


def _install(tool: str) -> tuple[float, float]:
    """Return seconds to the first answer of a fresh clone, and the size of its environment."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        clone = folder / "housestaff"
        _seconds(["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(clone)])
        took = _seconds(
            [str(clone / "housestaff"), "version"],
            {
                "PATH": _path(tool, folder),
                "UV_CACHE_DIR": str(folder / "cache"),
                "PIP_NO_CACHE_DIR": "1",
            },
        )
        files = (f for f in (clone / ".venv").rglob("*") if f.is_file() and not f.is_symlink())
        return took, sum(file.stat().st_size for file in files) / 1e6


def _uv() -> str | None:
    beside = Path(sys.executable).parent / "uv"
    return str(beside) if beside.exists() else shutil.which("uv")


def _path(tool: str, folder: Path) -> str:
    """Return a search path on which uv is found, or is not."""
    own = str(Path(sys.executable).parent)
    parts = [part for part in os.environ["PATH"].split(os.pathsep) if part != own]
    uv = _uv()
    if tool == "uv" and uv is not None:
        tools = folder / "tools"
        tools.mkdir()
        (tools / "uv").symlink_to(uv)
        return os.pathsep.join([str(tools), *parts])
    return os.pathsep.join(part for part in parts if not (Path(part) / "uv").exists())
