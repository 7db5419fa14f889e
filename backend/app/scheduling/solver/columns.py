"""Column generation: a linear programme mixes everybody's years, and prices what more it needs.

The programme's dual values are prices of all rows across people; everybody answers with the year
that is cheapest at them, CP-SAT keeping the own rows exactly. At any prices the sum of the answers
bounds the shortfall, and where nobody has a cheaper year the programme itself does: no bound that
takes people one by one is higher. The years it knows are a choice that CP-SAT makes well.

Prices between the best so far and the programme's own converge sooner (P. Wentges,
doi:10.1016/S0969-6016(97)00001-4).
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from math import ceil, isfinite
from typing import TypeVar

import numpy as np

from app.scheduling.domain.problem import Grid, Ints
from app.scheduling.solver.decomposition import Decomposition, usual_cost
from app.scheduling.solver.lagrangian import GRAIN, Bounded, Duals, Lagrangian
from app.scheduling.solver.master import Master
from app.scheduling.solver.pooled import Pool
from app.scheduling.solver.pricing import Choice, Pricer
from app.scheduling.solver.search import POLL_S, Search

SOURCE = "Column generation over people's years"

_CENTRE = 0.5
"""Weight of the best prices so far against those of the linear programme."""

_CLOSER = 0.3
"""By how much that weight falls when such prices bring nothing new."""

_NOISE = 4
"""The usual cost of a column is that many times the noise that leads to other good years."""

_VAIN = 8
"""Rounds with noise that end it when none of them led to a better schedule."""

_CHOICE_SHARE = 0.25
"""Share of the time of pricing that choosing among the known years may take."""

_TRIALS = (2, 0.05), (1, 0.15)
"""It ends after so many rounds in this share of the time if they closed too little of the gap.

Both from the bound at the first prices on.
"""

_CLOSED = 0.1
"""Share of the gap that is enough."""

_UNITS_PER_ITERATION = 1e-7
"""Deterministic units that a simplex iteration is taken to cost for each row of the programme."""

_ROUNDING = 1e-6

Answer = TypeVar("Answer")


class Columns:
    """Everybody's known years, and the bound that they prove.

    Parameters
    ----------
    search
        Whose time it takes, and who is told of bounds and schedules.
    apart
        The model.
    pool
        Runs the answers.
    grid
        Makes a schedule of everybody's year.
    """

    def __init__(
        self,
        search: Search,
        apart: Decomposition,
        pool: ThreadPoolExecutor,
        grid: Callable[[list[Ints]], Grid],
    ) -> None:
        self._search = search
        self._apart = apart
        self._pool = pool
        self._grid = grid
        self._master = Master(apart)
        self._pricers = [Pricer(apart, person) for person in apart.people]
        self._bounded: Bounded | None = None
        self._value = np.inf
        self._best: list[Ints] | None = None
        self._chosen_at = 0
        self._priced, self._chose = 0.0, 0.0
        self._rounds = 0
        self._began, self._first_gap = search.left, np.inf

    def generate(self, start: Duals | None, years: list[Ints]) -> Bounded | None:
        """Go on until bound and linear programme meet, it is over, or no schedule comes of it.

        Parameters
        ----------
        start
            The first prices; None: those at which everybody's given year is the best mixture.
        years
            A year of everybody, values by column, to begin with; or none.

        Returns
        -------
        Bounded or None
            The highest bound; None when it is over before there is one, or nothing to begin with.
        """
        if not self._search.over and (start is not None or years):
            self._search.phase = "column generation"
            self._generate(start, years)
        return self._bounded

    def _generate(self, start: Duals | None, years: list[Ints]) -> None:
        if start is None:
            self._know(years)
            if not self._solve():
                return
            start = self._master.duals
        centre = Lagrangian(self._apart, start)
        self._master.steady(centre.links / GRAIN, usual_cost(self._apart))
        found = self._round(centre)
        self._know(years)
        self._rounds = 0
        self._began, self._first_gap = self._search.left, self._gap
        weight = _CENTRE
        while found is not None and self._hopeful:
            if not self._solve():
                break
            wider = self._master.widen()
            if self._met:
                if not wider:
                    break
                weight = _CENTRE
                continue
            self._choose(_CHOICE_SHARE * self._priced - self._chose)
            prices = Lagrangian(self._apart, _between(centre, self._master.duals, weight))
            before = self._bound
            found = self._round(prices)
            if self._bound > before:
                centre, weight = prices, _CENTRE
            elif found == 0:
                if weight == 0:
                    break
                weight = max(0.0, weight - _CLOSER)
        if found is not None and self._hopeful:
            self._choose(self._priced)
            self._vary(centre)

    def _know(self, years: list[Ints]) -> None:
        for person, year in enumerate(years):
            self._master.add(person, year)

    def _vary(self, prices: Lagrangian) -> None:
        """Ask for other years that are about as good, and choose again, while that may help."""
        rng = np.random.default_rng(self._search.seed)
        most = GRAIN * usual_cost(self._apart) // _NOISE
        vain = 0
        while vain < _VAIN and self._hopeful:
            noise = [
                rng.integers(-most, most + 1, len(person.cost)) for person in self._apart.people
            ]
            if not self._round(prices, noise):
                return
            before = self._search.best
            self._choose(self._priced)
            vain = vain + 1 if before is self._search.best else 0

    @property
    def _hopeful(self) -> bool:
        """Whether to go on: it is not over, and schedules or the bound were bettered or may be."""
        search = self._search
        tried = any(
            self._rounds >= rounds and search.left <= (1 - share) * self._began
            for rounds, share in _TRIALS
        )
        closed = isfinite(self._gap) and self._gap <= (1 - _CLOSED) * self._first_gap
        return not search.over and (closed or not tried)

    @property
    def _gap(self) -> float:
        """Steps between the best schedule and the bound; infinite without a schedule."""
        best = self._search.best
        return np.inf if best is None else best[1] - self._search.bound

    @property
    def _bound(self) -> float:
        """Return the highest bound, in steps; without one, less than any."""
        return -np.inf if self._bounded is None else self._bounded.bound

    @property
    def _met(self) -> bool:
        """Whether no better prices can raise the bound by a whole step."""
        if self._bounded is None:
            return False
        return ceil(self._bound - _ROUNDING) >= ceil(self._value - _ROUNDING)

    def _round(self, prices: Lagrangian, noise: list[Ints] | None = None) -> int | None:
        """Ask everybody; return how many years are new, None when it is over.

        Parameters
        ----------
        noise
            What is added to everybody's costs: the answers are no bound then.
        """
        people = self._apart.people
        costs = prices.costs
        known = [self._known(person.person, prices) for person in people]
        if noise is not None:
            costs = [cost + more for cost, more in zip(costs, noise, strict=True)]
            known = [self._cheapest(p.person, costs[p.person]) for p in people]
        futures = [
            self._pool.submit(pricer.choose, cost, year, self._search.seed)
            for pricer, cost, year in zip(self._pricers, costs, known, strict=True)
        ]
        before = self._search.left
        choices = self._await(futures, self._interrupt_pricers)
        if choices is None:
            return None
        self._search.spend(sum(choice.units for choice in choices))
        self._priced += before - self._search.left
        self._rounds += 1
        return self._note(None if noise is not None else prices, choices)

    def _cheapest(self, person: int, costs: Ints) -> tuple[int, Ints]:
        """Return the cheapest of a person's known years when columns cost this."""
        years = [year.values for year in self._master.years[person]]
        totals = np.array(years) @ costs
        cheapest = int(totals.argmin())
        return int(totals[cheapest]), years[cheapest]

    def _note(self, prices: Lagrangian | None, choices: list[Choice]) -> int | None:
        if any(choice.impossible for choice in choices):
            self._search.infeasible = True
            return None
        new = 0
        for person, choice in enumerate(choices):
            new += sum(self._master.add(person, year) for year in choice.years)
            if not self._master.years[person]:
                return None
        least = [choice.bound for choice in choices if choice.bound is not None]
        if prices is not None and len(least) == len(choices):
            self._keep(Bounded(prices, prices.bound(least), np.array(least, dtype=np.int64)))
        return new

    def _keep(self, bounded: Bounded) -> None:
        """Keep a bound if it is the highest."""
        if bounded.bound > self._bound:
            self._bounded = bounded
            self._search.raise_bound(bounded.bound, SOURCE)

    def _known(self, person: int, prices: Lagrangian) -> tuple[int, Ints] | None:
        """Return the cheapest of a person's known years."""
        years = self._master.years[person]
        if not years:
            return None
        costs = [year.priced(prices.links, prices.ties[person], GRAIN) for year in years]
        cheapest = int(np.argmin(costs))
        return costs[cheapest], years[cheapest].values

    def _solve(self) -> bool:
        """Mix the known years; return whether that ended."""
        answer = self._await([self._pool.submit(self._master.solve)], self._master.interrupt)
        self._search.spend(
            _UNITS_PER_ITERATION * self._master.iterations * len(self._apart.links.low)
        )
        if answer is None or answer[0] is None:
            return False
        self._value = answer[0]
        return True

    def _choose(self, limit: float) -> None:
        """Let CP-SAT choose among the known years, where there may be something new in that."""
        if limit <= 0 or self._search.over or self._chosen_at == self._master.count:
            return
        choice = Pool(self._apart, self._master)
        if self._best is not None:
            choice.hint(self._best)
        before = self._search.left
        run = self._search.run(choice.cp, limit)
        self._chose += before - self._search.left
        if run.optimal or run.infeasible:
            self._chosen_at = self._master.count
        if run.solved:
            self._best = choice.chosen(run)
            self._search.offer(self._grid(self._best), round(run.solver.objective_value))

    def _await(
        self, futures: list[Future[Answer]], interrupt: Callable[[], None]
    ) -> list[Answer] | None:
        """Return all answers; None when it is over before."""
        waiting = set(futures)
        over = False
        while waiting:
            over = over or self._search.over
            if over:
                for future in waiting:
                    future.cancel()
                interrupt()
            _, waiting = wait(waiting, timeout=POLL_S)
            self._search.report()
        return None if over else [future.result() for future in futures]

    def _interrupt_pricers(self) -> None:
        for pricer in self._pricers:
            pricer.interrupt()


def _between(centre: Lagrangian, duals: Duals, weight: float) -> Duals:
    """Return a mixture of whole prices and dual values."""
    links = weight * centre.links / GRAIN + (1 - weight) * duals.links
    ties = [
        weight * whole / GRAIN + (1 - weight) * values
        for whole, values in zip(centre.ties, duals.ties, strict=True)
    ]
    return Duals(links, ties)
