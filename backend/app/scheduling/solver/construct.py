"""Relax and fix: one group of peers after the other, with those to come as head counts."""

from dataclasses import dataclass

from app.scheduling.solver.head_counts import HeadCounts, Mixed
from app.scheduling.solver.model import RotationModel
from app.scheduling.solver.search import Search

SOURCE = "head counts of peers"


@dataclass(frozen=True, slots=True)
class Relaxed:
    """What the head-count relaxation promises: a shortfall, and each part's share of it."""

    cost: int
    shares: dict[tuple[int, str], int]


def relax(search: Search, heads: HeadCounts, limit: float) -> Relaxed | None:
    """Solve the relaxation; its bound is the problem's.

    Returns
    -------
    Relaxed or None
        None without an optimum, whose promise alone is worth following; the search keeps the
        bound, and that nothing is feasible.
    """
    mixed = heads.build()
    mixed.cp.minimize(mixed.cost)
    run = search.run(mixed.cp, limit, subsolver="max_lp", bound_source=SOURCE)
    search.infeasible = search.infeasible or run.infeasible
    if not run.optimal:
        return None
    shares = {share: run.solver.value(cost) for share, cost in mixed.shares.items()}
    return Relaxed(run.solver.value(mixed.cost), shares)


def construct(
    search: Search, model: RotationModel, heads: HeadCounts, relaxed: Relaxed, limit: float
) -> dict[int, int] | None:
    """Look for a schedule that keeps what the relaxation promises.

    The most rigid peers come first, as single people, while the others remain head counts that
    must still be able to keep the promise; then they are fixed and the next come. Where that
    fails, the peers fixed last are freed and join in.

    Returns
    -------
    dict or None
        Values of all variables but those of sets, by index.
    """
    order = _most_rigid_first(model, heads)
    end = search.left - limit
    fixed: dict[int, int] = {}
    done: list[int] = []
    apart, attempts, by_share = [order[0]], 0, True
    while not search.stopped and search.left > end:
        mixed = heads.build(apart, fixed)
        _keep_promise(mixed, relaxed, by_share=by_share)
        units = _STEP_UNITS * 2**attempts
        run = search.run(mixed.cp, search.left - end, units=units, presolve=False)
        if run.solved:
            values = {index: run.value(variable) for index, variable in mixed.apart.items()}
            done += apart
            rest = [number for number in order if number not in done]
            if not rest:
                return fixed | values
            owned = heads.rows.owners.keys()
            fixed |= {index: value for index, value in values.items() if index in owned}
            apart, attempts = [rest[0]], 0
        elif done:
            attempts += 1
            freed = done.pop()
            apart.append(freed)
            for index in heads.variables(freed):
                del fixed[index]
        elif attempts < _ATTEMPTS and not run.infeasible:
            attempts += 1
        elif by_share:
            by_share, attempts = False, 0
        else:
            return None
    return None


_ATTEMPTS = 4
"""How often the first step is tried again, with more time, before less is asked of it."""

_STEP_UNITS = 2.0
"""Deterministic units for the first attempt at a step; each further one may take twice as long."""


def _most_rigid_first(model: RotationModel, heads: HeadCounts) -> list[int]:
    """Return the numbers of the peers by how little room the limits on their sums leave."""
    room = [0] * len(model.problem.people)
    for row, low, high in model.limits:
        terms = model.posted.row(row)
        meanings = [model.meaning_of(index) for index, _ in terms]
        people = {-1 if meaning is None else meaning[0] for meaning in meanings}
        if len(people) == 1 and people != {-1}:
            most = sum(weight for _, weight in terms) if high is None else high
            room[people.pop()] += most - max(0, low or 0)
    mean = [sum(room[p] for p in group) / len(group) for group in heads.peers]
    return sorted(range(len(mean)), key=lambda number: (mean[number], number))


def _keep_promise(mixed: Mixed, relaxed: Relaxed, *, by_share: bool) -> None:
    if not by_share:
        mixed.cp.add(mixed.cost <= relaxed.cost)
        return
    for share, cost in mixed.shares.items():
        if share in relaxed.shares:
            mixed.cp.add(cost <= relaxed.shares[share])
