"""How the parts of the search are put together."""

from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from typing import Generic, TypeVar

import numpy as np

from app.scheduling.domain.problem import Problem
from app.scheduling.domain.rule import Rule
from app.scheduling.domain.score import shortfall_gap
from app.scheduling.rules.stability import Stability
from app.scheduling.solver.columns import Columns
from app.scheduling.solver.construct import construct, relax
from app.scheduling.solver.decomposition import Decomposition, decompose, grid_of
from app.scheduling.solver.head_counts import HeadCounts
from app.scheduling.solver.improvement import Improvement
from app.scheduling.solver.lagrangian import Bounded, Duals, LinearRelaxation, lagrangian_bound
from app.scheduling.solver.model import RotationModel
from app.scheduling.solver.peers import find_peers, in_handfuls
from app.scheduling.solver.rows import read_rows
from app.scheduling.solver.search import POLL_S, Search
from app.scheduling.solver.whole import search_whole

Found = TypeVar("Found")


def search_rotations(search: Search, model: RotationModel, rules: tuple[Rule, ...]) -> None:
    """Search until done: by peers or part by part where that helps, then everything."""
    if search.over:
        return
    peers = find_peers(model.problem, rules)
    with ThreadPoolExecutor(search.workers) as pool:
        bounding: _Beside[Bounded] | None = None
        if worthwhile(peers) and model.rows <= _MOST_ROWS:
            search_whole(search, model, min(_FIRST_AT_MOST, search.left / 10), first_only=True)
            if not search.over:
                _search_by_peers(search, model, peers)
        elif crowded(model.problem):
            bounding = _search_by_parts(search, model, rules, pool)
        if not search.over:
            search_whole(search, model, search.left, first_only=False)
        if bounding is not None:
            bounding.wait()


_FIRST_AT_MOST, _RELAX_AT_MOST, _CONSTRUCT_AT_MOST = 3.0, 5.0, 15.0
"""Seconds or deterministic units for the steps before the whole problem gets the rest."""

_NEAR = 0.02
"""Gap up to which CP-SAT is not told a schedule that others found."""

_SMALL, _STEEP = 7_000, 3
"""Columns of a model that CP-SAT does best from first choices on, and the power (ADR 27)."""

_MUCH = 0.25
"""Share of everybody's variables."""

_MOST_ROWS = 100_000
"""A model with more rows takes longer to sum than the sums are worth."""

_HANDFUL = 12
"""Peers who are decided together: fewer leave head counts too little room, more take too long."""

_FINE, _ROUGH = 1e-5, 1e-4
"""Relative errors of the linear relaxation; column generation betters rough prices."""

_SHORT = 1 / 10
"""Share of the time for the linear relaxation where column generation can do without it."""


def worthwhile(peers: list[list[int]]) -> bool:
    """Return whether there are peers enough for their head counts to say something.

    A 4+1 programme of sixty has groups of four: there the relaxation promises what no schedule
    keeps, and the whole problem is better off with the time.
    """
    people = sum(len(group) for group in peers)
    return people >= 24 and people >= 8 * len(peers)


def crowded(problem: Problem) -> bool:
    """Return whether there are people enough for CP-SAT alone to have a hard time."""
    return len(problem.people) >= 24


class _Beside(Generic[Found]):
    """What a thread of the pool looks for, with the linear relaxation first.

    Parameters
    ----------
    search
        Whose time it takes.
    relaxation
        Is interrupted when the search is over.
    done
        What is looked for.
    """

    def __init__(
        self, search: Search, relaxation: LinearRelaxation, done: Future[Found | None]
    ) -> None:
        self._search = search
        self._relaxation = relaxation
        self.done = done

    def wait(self) -> Found | None:
        """Tell where the search stands until it is there, or no longer asked for: None."""
        while not self.done.done():
            if self._search.over:
                self._relaxation.interrupt()
            wait([self.done], timeout=POLL_S)
            self._search.report()
        return self.done.result()


def _to_keep(rules: tuple[Rule, ...]) -> bool:
    """Return whether a schedule that is given shall change little."""
    return any(isinstance(rule, Stability) for rule in rules)


def _search_by_parts(
    search: Search, model: RotationModel, rules: tuple[Rule, ...], pool: ThreadPoolExecutor
) -> _Beside[Bounded] | None:
    """Bound, and improve a schedule part by part; mix whole years where people have preferences.

    Returns
    -------
    _Beside or None
        The bound, where it need not be waited for: CP-SAT goes on meanwhile.
    """
    rows = read_rows(model)
    search.infeasible = search.infeasible or rows.contradiction
    apart = decompose(model, rows)
    if apart is None or search.over:
        return None
    given = search.best is not None
    kept = given and _to_keep(rules)
    particular = have_preferences(apart)
    relaxation = LinearRelaxation(model, rows, apart, _ROUGH if particular else _FINE)
    improvement = Improvement(search, model, rules, apart, pool)
    if particular and not kept:
        pricing = _Beside(search, relaxation, pool.submit(relaxation.duals, search, _SHORT))
        columns = Columns(search, apart, pool, partial(grid_of, model, apart))
        _search_by_columns(search, pricing, columns, improvement)
    else:
        bounding = _Beside(
            search, relaxation, pool.submit(lagrangian_bound, search, relaxation, apart)
        )
        if search.deterministic:
            bounding.wait()
        if kept:
            return bounding
        improvement.run(bounding.done, gap_for_cp_sat(apart))
        bounding.wait()
    # A schedule near its bound CP-SAT betters, and proves, sooner when it is not told; where it has
    # been told one, it had better be this.
    if search.best is not None:
        grid, shortfall = search.best
        if given or shortfall_gap(shortfall, search.bound) > _NEAR:
            model.hint(grid)
        else:
            model.clear_hints()
    return None


def _search_by_columns(
    search: Search, pricing: _Beside[Duals], columns: Columns, improvement: Improvement
) -> None:
    """Generate columns as soon as there are prices; improve a schedule before and afterwards."""
    if search.deterministic:
        pricing.wait()
    bounded: Future[Bounded | None] = Future()
    improvement.run(bounded, until=pricing.done)
    duals = pricing.wait()
    bounded.set_result(columns.generate(duals, improvement.years))
    improvement.run(bounded)


def have_preferences(apart: Decomposition) -> bool:
    """Return whether people care about much of what they choose.

    If not, years that differ in much cost the same and can stand for each other: the prices by
    which column generation finds good ones then say little.
    """
    costs = np.concatenate([person.cost for person in apart.people])
    return int(np.count_nonzero(costs)) >= _MUCH * len(costs)


def gap_for_cp_sat(apart: Decomposition) -> float:
    """Return the gap at which CP-SAT does best: at once where it is small, hardly ever else."""
    columns = sum(len(person.cost) for person in apart.people)
    return float((_SMALL / max(columns, _SMALL)) ** _STEEP)


def _search_by_peers(search: Search, model: RotationModel, peers: list[list[int]]) -> None:
    search.phase = "head counts"
    search.report()
    heads = HeadCounts(model, in_handfuls(peers, _HANDFUL))
    relaxed = relax(search, heads, min(_RELAX_AT_MOST, search.left / 5))
    if search.bound:
        model.bound_below(search.bound)
    if relaxed is None or search.over:
        return
    search.phase = "construction"
    values = construct(search, model, heads, relaxed, min(_CONSTRUCT_AT_MOST, search.left / 3))
    if values is None:
        return
    search.offer(model.grid(lambda literal: bool(values[literal.index])), heads.cost(values))
    model.hint_values(values)
