"""What one measured solve leaves behind."""

import resource
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import accumulate
from math import ceil, inf
from pathlib import Path
from threading import Lock

from app.scheduling.domain.problem import Grid


@dataclass(frozen=True, slots=True)
class Limits:
    """Time in seconds, workers and seed of a solve."""

    time_s: float
    workers: int
    seed: int


@dataclass(frozen=True, slots=True)
class Point:
    """Best objective and bound (to be minimised) from some moment on; infinite while unknown."""

    elapsed_s: float
    objective: float
    bound: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A finished solve.

    Parameters
    ----------
    points
        How objective and bound went; never getting worse.
    wall_s
        From the call, model building included.
    peak_mb
        Highest resident memory of the process.
    explanation
        First finding of an infeasible programme.
    """

    status: str
    points: tuple[Point, ...]
    grid: Grid | None
    wall_s: float
    peak_mb: float
    explanation: str = ""

    @property
    def objective(self) -> float:
        """The last objective; infinite without a schedule."""
        return self.points[-1].objective if self.points else inf

    @property
    def bound(self) -> float:
        """The last bound; minus infinity without one."""
        return self.points[-1].bound if self.points else -inf


@dataclass(slots=True)
class Trace:
    """Notes objectives and bounds with their time, from any thread."""

    clock: Callable[[], float]
    started_s: float = field(init=False)
    _points: list[Point] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        """Start the clock."""
        self.started_s = self.clock()

    def elapsed_s(self) -> float:
        """Return the seconds since the start."""
        return self.clock() - self.started_s

    def note(self, *, objective: float = inf, bound: float = -inf) -> None:
        """Note what is known now. Objectives are whole numbers, so bounds are rounded up."""
        whole = bound if bound in {inf, -inf} else ceil(bound - 1e-6)
        with self._lock:
            self._points.append(Point(self.elapsed_s(), objective, whole))

    def run(self, status: str, grid: Grid | None, explanation: str = "") -> Run:
        """Return the finished run."""
        return Run(
            status=status,
            points=tuple(accumulate(self._points, _better)),
            grid=grid,
            wall_s=self.elapsed_s(),
            peak_mb=peak_mb(),
            explanation=explanation,
        )


def _better(before: Point, now: Point) -> Point:
    return Point(now.elapsed_s, min(before.objective, now.objective), max(before.bound, now.bound))


def peak_mb() -> float:
    """Return the highest resident memory of this process in MB (10**6 bytes).

    Linux keeps the parent's peak in ``ru_maxrss`` of a started process, so VmHWM is read there.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024 / 1e6
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
