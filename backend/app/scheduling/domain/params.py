"""How to solve."""

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import Any, ClassVar

from app.scheduling.domain.scope import STRICT

LONGEST_S = 7 * 24 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SolveParams:
    """Limits and seed of a solve.

    Parameters
    ----------
    time_s
        Seconds of wall time, or deterministic units with `deterministic`; above 0, at most a week.
    gap
        Stop when the gap on the shortfall is at most this fraction, 0-1.
    workers
        Threads of the search, 1-64.
    seed
        Any non-negative integer below 2**31.
    deterministic
        Same seed and same workers give the same schedule, whatever the machine's speed.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    time_s: float = 60.0
    gap: float = 0.0
    workers: int = 2
    seed: int = 0
    deterministic: bool = False

    def __post_init__(self) -> None:
        """Refuse limits that mean nothing."""
        if not (isfinite(self.time_s) and 0 < self.time_s <= LONGEST_S):
            raise ValueError(f"time {self.time_s}: expected above 0 and at most {LONGEST_S:.0f} s")
        if not (isfinite(self.gap) and 0 <= self.gap <= 1):
            raise ValueError(f"gap {self.gap}: expected a fraction from 0 to 1")
        if not 1 <= self.workers <= 64:
            raise ValueError(f"{self.workers} workers: expected 1 to 64")
        if not 0 <= self.seed < 2**31:
            raise ValueError(f"seed {self.seed}: expected 0 to 2147483647")


@dataclass(frozen=True, slots=True)
class Progress:
    """What is known while a solve runs.

    `phase` is ``"arithmetic"`` or ``"model"`` before the search, then what it does: ``"search"``
    (CP-SAT on the whole problem), ``"head counts"``, ``"construction"``, ``"first choices"``,
    ``"neighbourhoods"`` or ``"column generation"``. `objective` and `bound` are in the programme's
    sense; None while there is none.
    """

    elapsed_s: float
    phase: str
    objective: float | None = None
    bound: float | None = None
    gap: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """How the world looks in and stops a solve.

    Parameters
    ----------
    clock
        Monotonic seconds.
    stop
        Asked several times a second; true ends the search and keeps the best.
    progress
        Called at least once a second and at every improvement.
    """

    clock: Callable[[], float]
    stop: Callable[[], bool] = lambda: False
    progress: Callable[[Progress], None] = lambda _: None
