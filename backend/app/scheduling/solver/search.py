"""One search: what is left of its time, its best schedule, its bound, and running CP-SAT."""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, nextafter
from threading import Event, Lock, Thread

from ortools.sat.python import cp_model

from app.scheduling.domain.params import Progress, SolveParams, Watch
from app.scheduling.domain.problem import Grid
from app.scheduling.domain.result import Status
from app.scheduling.domain.score import Scales, shortfall_gap

POLL_S = 0.1
"""How often to look whether to stop."""

_REPORT_S = 0.5
_ROUNDING = 1e-6

IDEAL = "the ideal"
"""Bound source before anything is known: no shortfall is negative."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a search found; shortfalls in steps of the scale."""

    status: Status
    grid: Grid | None
    shortfall: int | None
    bound: int | None
    bound_source: str | None
    stopped: bool


@dataclass(frozen=True, slots=True)
class Run:
    """The end of one run of CP-SAT."""

    solver: cp_model.CpSolver
    infeasible: bool
    solved: bool
    optimal: bool

    def value(self, variable: cp_model.IntVar) -> int:
        """Return a variable's value in the best solution of the run."""
        return self.solver.value(variable)


class Search:
    """The state that all methods of one solve share.

    Parameters
    ----------
    params, watch, scales
        Limits; the outside world; what shortfalls mean.
    started_s
        The clock when the solve began: building the model counts against the time.

    Attributes
    ----------
    best
        The best schedule and its shortfall.
    bound
        The highest proved lower bound of the shortfall.
    infeasible
        Whether it is proved that there is no schedule.
    stopped
        Whether the watch asked to stop.
    phase
        What is being done, for the progress report.
    """

    def __init__(self, params: SolveParams, watch: Watch, scales: Scales, started_s: float) -> None:
        self._params = params
        self._watch = watch
        self._scales = scales
        self._started_s = started_s
        self._spent_units = 0.0
        self._runs = 0
        self._reported: tuple[float, object] = (started_s, None)
        self.phase = "search"
        self.best: tuple[Grid, int] | None = None
        self.bound = 0
        self._bound_source = IDEAL
        self._raising = Lock()
        self.infeasible = False
        self.stopped = False

    @property
    def left(self) -> float:
        """Time that is left: seconds, or deterministic units."""
        if self._params.deterministic:
            return self._params.time_s - self._spent_units
        return self._params.time_s - (self._watch.clock() - self._started_s)

    @property
    def over(self) -> bool:
        """Whether to end: stopped, out of time, infeasible, or within the gap asked for."""
        self.stopped = self.stopped or self._watch.stop()
        return self.ended

    @property
    def ended(self) -> bool:
        """Whether to end by what is known already, without asking the watch."""
        if self.stopped or self.infeasible or self.left <= 0:
            return True
        if self.best is None:
            return False
        shortfall = self.best[1]
        return shortfall - self.bound <= self._params.gap * shortfall

    @property
    def seed(self) -> int:
        """Seed of everything that is drawn."""
        return self._params.seed

    @property
    def workers(self) -> int:
        """Threads to use."""
        return self._params.workers

    @property
    def deterministic(self) -> bool:
        """Whether nothing may hang on the clock."""
        return self._params.deterministic

    def spend(self, units: float) -> None:
        """Count deterministic units that were not spent in `run`."""
        self._spent_units += units

    def offer(self, grid: Grid, shortfall: int) -> None:
        """Keep a schedule if it is the best."""
        if self.best is None or shortfall < self.best[1]:
            self.best = grid, shortfall

    def raise_bound(self, bound: float, source: str) -> None:
        """Keep a proved bound if it is the highest."""
        whole = max(0, ceil(bound - _ROUNDING))
        with self._raising:
            if self._bound_source == IDEAL or whole > self.bound:
                self.bound, self._bound_source = whole, source

    def run(  # noqa: PLR0913 - each is one switch of the solver
        self,
        cp: cp_model.CpModel,
        limit: float,
        *,
        units: float | None = None,
        subsolver: str | None = None,
        first_only: bool = False,
        presolve: bool = True,
        on_solution: Callable[[cp_model.CpSolverSolutionCallback], None] | None = None,
        bound_source: str | None = None,
    ) -> Run:
        """Run CP-SAT until it is done, out of time or stopped.

        Parameters
        ----------
        limit
            Seconds or deterministic units, cut to what is left.
        units
            Deterministic units after which to give up, whatever the clock says.
        subsolver
            Full worker to use instead of the default one.
        first_only
            Stop at the first solution.
        presolve
            Whether to let CP-SAT rewrite the model first.
        on_solution
            Called in the solver's thread at every solution.
        bound_source
            Given when the model's objective is the whole problem's shortfall: its bound is kept.

        Raises
        ------
        RuntimeError
            When CP-SAT refuses the model: a defect of this package.
        """
        solver = cp_model.CpSolver()
        self._configure(solver, limit, units)
        if subsolver is not None:
            solver.parameters.subsolvers.append(subsolver)
        solver.parameters.stop_after_first_solution = first_only
        solver.parameters.cp_model_presolve = presolve
        callback = None if on_solution is None else _Callback(on_solution)
        if bound_source is not None:
            solver.best_bound_callback = lambda bound: self.raise_bound(bound, bound_source)
        codes: list[cp_model.CpSolverStatus] = []
        done = Event()

        def solve() -> None:
            try:
                codes.append(solver.solve(cp, callback))
            finally:
                done.set()

        thread = Thread(target=solve, name="cp-sat", daemon=True)
        thread.start()
        # What another method proves meanwhile may end the search, but never at a certain moment.
        heeds_others = on_solution is not None and not self.deterministic
        while not done.wait(POLL_S):
            if self.over and (self.stopped or heeds_others):
                solver.stop_search()
            self.report()
        thread.join()
        if not codes or codes[0] == cp_model.MODEL_INVALID:
            raise RuntimeError(f"CP-SAT refused the model: {cp.validate()}")
        if callback is not None and callback.failure is not None:
            raise callback.failure
        self._spent_units += solver.response_proto.deterministic_time
        infeasible = codes[0] == cp_model.INFEASIBLE
        if bound_source is not None and not infeasible:
            self.raise_bound(solver.best_objective_bound, bound_source)
        solved = codes[0] in {cp_model.OPTIMAL, cp_model.FEASIBLE}
        return Run(solver, infeasible, solved, codes[0] == cp_model.OPTIMAL)

    def _configure(self, solver: cp_model.CpSolver, limit: float, units: float | None) -> None:
        """Set limits, seed and workers."""
        settings = solver.parameters
        settings.num_workers = self._params.workers
        settings.random_seed = self._params.seed + self._runs
        self._runs += 1
        # CP-SAT goes on at exactly the limit.
        settings.relative_gap_limit = nextafter(self._params.gap, 2) if self._params.gap else 0
        settings.catch_sigint_signal = False  # stopping is the watch's business
        allowed = max(0.05, min(limit, self.left))
        if self._params.deterministic:
            settings.max_deterministic_time = min(allowed, units or allowed)
            settings.interleave_search = True
            return
        settings.max_time_in_seconds = allowed
        if units is not None:
            settings.max_deterministic_time = units

    def report(self) -> None:
        """Tell the watch where the search stands, at improvements and twice a second."""
        now = self._watch.clock()
        shortfall = None if self.best is None else self.best[1]
        current = (shortfall, self._bound_source, self.bound, self.phase)
        if now - self._reported[0] < _REPORT_S and current == self._reported[1]:
            return
        self._reported = (now, current)
        self._watch.progress(
            Progress(
                elapsed_s=now - self._started_s,
                phase=self.phase,
                objective=None if shortfall is None else self._scales.stated(shortfall),
                bound=self._scales.stated(self.bound),
                gap=None if shortfall is None else shortfall_gap(shortfall, self.bound),
            )
        )

    def outcome(self) -> Outcome:
        """Return where the search ended."""
        if self.infeasible:
            return Outcome("INFEASIBLE", None, None, None, None, self.stopped)
        source = self._bound_source
        if self.best is None:
            return Outcome("UNKNOWN", None, None, self.bound, source, self.stopped)
        grid, shortfall = self.best
        status: Status = "OPTIMAL" if self.bound >= shortfall else "FEASIBLE"
        return Outcome(status, grid, shortfall, self.bound, source, self.stopped)


class _Callback(cp_model.CpSolverSolutionCallback):
    """Passes solutions on; a failure ends the search and is raised by the caller's thread."""

    def __init__(self, on_solution: Callable[[cp_model.CpSolverSolutionCallback], None]) -> None:
        super().__init__()
        self._on_solution = on_solution
        self.failure: Exception | None = None

    def on_solution_callback(self) -> None:
        try:
            self._on_solution(self)
        except Exception as failure:  # noqa: BLE001 - raised again in the caller's thread
            self.failure = failure
            self.stop_search()
