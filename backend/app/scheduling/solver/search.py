"""Running CP-SAT on a model: any-time, stoppable, with progress."""

from dataclasses import dataclass
from math import ceil
from threading import Event, Lock, Thread

from ortools.sat.python import cp_model

from app.scheduling.domain.params import Progress, SolveParams, Watch
from app.scheduling.domain.problem import Grid
from app.scheduling.domain.result import Status
from app.scheduling.domain.score import Scales
from app.scheduling.solver.model import RotationModel

_POLL_S = 0.1
_REPORT_S = 0.5
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a search found; shortfalls in steps of the scale."""

    status: Status
    grid: Grid | None
    shortfall: int | None
    bound: int | None
    stopped: bool


class _Incumbents(cp_model.CpSolverSolutionCallback):
    """Keeps the best schedule while the search goes on."""

    def __init__(self, model: RotationModel) -> None:
        super().__init__()
        self._model = model
        self._lock = Lock()
        self._best: tuple[Grid, int] | None = None

    def on_solution_callback(self) -> None:
        found = self._model.grid(self), round(self.objective_value)
        with self._lock:
            self._best = found

    @property
    def best(self) -> tuple[Grid, int] | None:
        with self._lock:
            return self._best


class _Bound:
    """The best bound reported so far."""

    def __init__(self) -> None:
        self.value: float | None = None

    def __call__(self, bound: float) -> None:
        self.value = bound


def search(model: RotationModel, params: SolveParams, watch: Watch, started_s: float) -> Outcome:
    """Search until optimal, within the gap, out of time or stopped.

    Parameters
    ----------
    started_s
        The clock when the solve began: building the model counts against the time.

    Raises
    ------
    RuntimeError
        When CP-SAT refuses the model: a defect of this package.
    """
    solver = cp_model.CpSolver()
    configure(solver, params, params.time_s - (watch.clock() - started_s))
    incumbents, bound, done = _Incumbents(model), _Bound(), Event()
    solver.best_bound_callback = bound
    codes: list[cp_model.CpSolverStatus] = []

    def run() -> None:
        try:
            codes.append(solver.solve(model.cp, incumbents))
        finally:
            done.set()

    thread = Thread(target=run, name="cp-sat", daemon=True)
    thread.start()
    stopped = False
    reported: tuple[float, object] = (started_s, None)
    while not done.wait(_POLL_S):
        if not stopped and watch.stop():
            stopped = True
        if stopped:
            solver.stop_search()
        now, best = watch.clock(), incumbents.best
        current = (None if best is None else best[1], bound.value)
        if now - reported[0] >= _REPORT_S or current != reported[1]:
            reported = (now, current)
            watch.progress(_progress(model.scales, now - started_s, *current))
    thread.join()
    if not codes or codes[0] == cp_model.MODEL_INVALID:
        raise RuntimeError(f"CP-SAT refused the model: {model.cp.validate()}")
    return _outcome(solver, codes[0], incumbents.best, stopped=stopped)


def configure(solver: cp_model.CpSolver, params: SolveParams, left_s: float) -> None:
    """Set limits, seed and workers."""
    settings = solver.parameters
    settings.num_workers = params.workers
    settings.random_seed = params.seed
    settings.relative_gap_limit = params.gap
    settings.catch_sigint_signal = False  # stopping is the caller's business, through the watch
    if params.deterministic:
        settings.max_deterministic_time = params.time_s
        settings.interleave_search = True
    else:
        settings.max_time_in_seconds = max(0.1, left_s)


def _progress(
    scales: Scales, elapsed_s: float, shortfall: int | None, bound: float | None
) -> Progress:
    reached = None if bound is None else max(0, ceil(bound - _ROUNDING))
    gap = None
    if shortfall is not None and reached is not None:
        gap = 0.0 if shortfall <= reached else (shortfall - reached) / shortfall
    return Progress(
        elapsed_s=elapsed_s,
        phase="search",
        objective=None if shortfall is None else scales.stated(shortfall),
        bound=None if reached is None else scales.stated(reached),
        gap=gap,
    )


def _outcome(
    solver: cp_model.CpSolver,
    code: cp_model.CpSolverStatus,
    best: tuple[Grid, int] | None,
    *,
    stopped: bool,
) -> Outcome:
    if code == cp_model.INFEASIBLE:
        return Outcome("INFEASIBLE", None, None, None, stopped)
    bound = max(0, ceil(solver.best_objective_bound - _ROUNDING))
    if best is None:
        return Outcome("UNKNOWN", None, None, bound, stopped)
    grid, shortfall = best
    status: Status = "OPTIMAL" if bound >= shortfall else "FEASIBLE"
    return Outcome(status, grid, shortfall, min(bound, shortfall), stopped)
