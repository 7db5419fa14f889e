"""Stage 1: filling the annual grid of people x slots with rotation types."""

from app import __version__
from app.scheduling.domain.compile import compile_problem
from app.scheduling.domain.fingerprint import fingerprint
from app.scheduling.domain.params import Progress, SolveParams, Watch
from app.scheduling.domain.problem import Grid, Problem
from app.scheduling.domain.program import Program
from app.scheduling.domain.result import Finding, Result, Term
from app.scheduling.domain.score import Scales, scales, score, shortfall_gap
from app.scheduling.rules.checking import check_grid
from app.scheduling.solver.explain import why_infeasible
from app.scheduling.solver.methods import search_rotations
from app.scheduling.solver.model import RotationModel
from app.scheduling.solver.posting import post_rules
from app.scheduling.solver.search import Outcome, Search


def solve_rotations(
    program: Program, params: SolveParams, watch: Watch, base: Grid | None
) -> Result:
    """Solve stage 1; see `app.scheduling.api.solve`."""
    started = watch.clock()
    problem = compile_problem(program, base)
    weights = scales(problem, program.rules, program.objective)
    watch.progress(Progress(watch.clock() - started, "arithmetic"))
    causes = why_infeasible(problem, program.rules)
    if causes:
        outcome = Outcome("INFEASIBLE", None, None, None, None, stopped=False)
    else:
        watch.progress(Progress(watch.clock() - started, "model"))
        model = RotationModel(problem, program.rules, weights)
        post_rules(model, program.rules)
        model.minimize_shortfall()
        search = Search(params, watch, weights, started)
        if base is not None:
            model.hint(base)
            _offer(search, problem, program, weights, base)
        search_rotations(search, model, program.rules)
        outcome = search.outcome()
        if outcome.status == "INFEASIBLE":
            causes = (_PROVED_BY_SEARCH,)
    status, objective, bound, gap, findings = outcome.status, None, None, None, causes
    terms: tuple[Term, ...] = ()
    if outcome.bound is not None:
        bound = weights.stated(outcome.bound)
    if outcome.grid is not None and outcome.bound is not None:
        value = score(problem, program.rules, outcome.grid, program.objective)
        findings = check_grid(problem, program.rules, outcome.grid)
        shortfall = weights.shortfall(value.objective)
        _trust(outcome, weights, shortfall, findings)
        objective, terms = weights.stated(shortfall), value.terms
        status = "OPTIMAL" if shortfall == outcome.bound else "FEASIBLE"
        gap = shortfall_gap(shortfall, outcome.bound)
    return Result(
        status=status,
        grid=outcome.grid,
        objective=objective,
        bound=bound,
        bound_source=outcome.bound_source,
        gap=gap,
        ideal=weights.ideal,
        terms=terms,
        findings=findings,
        seed=params.seed,
        workers=params.workers,
        input_hash=fingerprint(program, base),
        engine_version=__version__,
        wall_s=watch.clock() - started,
        stopped=outcome.stopped,
    )


_PROVED_BY_SEARCH = Finding(
    rule="search",
    name="No schedule keeps all hard rules",
    severity="error",
    message=(
        "No schedule keeps all hard rules: the search proved it, and no count of supply and "
        "demand alone shows why. Turn the rules that may give way into ones with a penalty: "
        "the solution then shows which must."
    ),
)


def _offer(search: Search, problem: Problem, program: Program, weights: Scales, grid: Grid) -> None:
    """Let the search start from a schedule, if that keeps all hard rules."""
    findings = check_grid(problem, program.rules, grid)
    if not any(finding.severity == "error" for finding in findings):
        value = score(problem, program.rules, grid, program.objective)
        search.offer(grid, weights.shortfall(value.objective))


def _trust(
    outcome: Outcome, weights: Scales, shortfall: int, findings: tuple[Finding, ...]
) -> None:
    """Refuse a schedule that breaks a hard rule, or is not worth what the search says.

    It may be worth more than claimed, where an auxiliary variable was slack, but never more than
    the bound.
    """
    broken = [finding.message for finding in findings if finding.severity == "error"]
    if broken:
        raise RuntimeError(f"the search returned a schedule that breaks hard rules: {broken[:3]}")
    if outcome.shortfall is None or outcome.bound is None:
        raise RuntimeError("the search returned a schedule without its value")
    if not outcome.bound <= shortfall <= outcome.shortfall:
        claimed, bound = weights.stated(outcome.shortfall), weights.stated(outcome.bound)
        raise RuntimeError(
            f"the search claims {claimed} and the bound {bound}, "
            f"the schedule is worth {weights.stated(shortfall)}"
        )
