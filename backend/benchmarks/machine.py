"""Where and under what load something was measured."""

import os
import platform
from dataclasses import dataclass
from importlib.metadata import version

from app import __version__
from benchmarks.synthetic import VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A machine at one moment; `load` is the average over 1, 5 and 15 minutes."""

    cores: int
    load: tuple[float, float, float]
    system: str
    python: str
    versions: dict[str, str]

    def __str__(self) -> str:
        load = " ".join(f"{value:.1f}" for value in self.load)
        versions = ", ".join(f"{name} {number}" for name, number in self.versions.items())
        return f"{self.cores} cores, load {load}, {self.system}, Python {self.python}, {versions}"


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def machine() -> Machine:
    """Return what is true of this machine now."""
    return Machine(
        cores=cores(),
        load=os.getloadavg(),
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        versions={
            "housestaff": __version__,
            "ortools": version("ortools"),
            "generator": str(VERSION),
        },
    )
