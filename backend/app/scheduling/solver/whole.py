"""The whole problem, by CP-SAT."""

from ortools.sat.python import cp_model

from app.scheduling.solver.model import RotationModel
from app.scheduling.solver.search import Search

WHOLE = "CP-SAT, whole problem"
"""Bound source of the whole problem."""


def search_whole(search: Search, model: RotationModel, limit: float, *, first_only: bool) -> None:
    """Let CP-SAT work on the whole problem, from the best schedule known."""
    search.phase = "search"

    def keep(solution: cp_model.CpSolverSolutionCallback) -> None:
        search.offer(model.grid(solution.boolean_value), round(solution.objective_value))

    run = search.run(model.cp, limit, first_only=first_only, on_solution=keep, bound_source=WHOLE)
    search.infeasible = search.infeasible or run.infeasible
