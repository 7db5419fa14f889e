"""The engine as a measured method."""

import time

# Loaded before the clock starts, as for the baselines: what a cold start costs is the suite
# `startup`'s to say.
import app.scheduling.solver.rotations  # noqa: F401
from app.scheduling.api import solve
from app.scheduling.domain.params import Progress, SolveParams, Watch
from app.scheduling.domain.program import Program
from benchmarks.trace import Limits, Run, Trace


def run_engine(program: Program, limits: Limits) -> Run:
    """Solve with the engine; objective and bound are noted as if minimised."""
    sign = 1 if program.objective == "minimize" else -1
    trace = Trace(time.monotonic)

    def note(objective: float | None, bound: float | None) -> None:
        known = {"objective": objective, "bound": bound}
        trace.note(**{name: sign * value for name, value in known.items() if value is not None})

    def on_progress(progress: Progress) -> None:
        note(progress.objective, progress.bound)

    params = SolveParams(time_s=limits.time_s, workers=limits.workers, seed=limits.seed)
    result = solve(program, params, Watch(clock=time.monotonic, progress=on_progress))
    note(result.objective, result.bound)
    explanation = result.findings[0].message if result.grid is None and result.findings else ""
    return trace.run(result.status, result.grid, explanation)
