"""Improve a schedule neighbourhood by neighbourhood: several moves at once, and when to end."""

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

import numpy as np
from ortools.sat.python import cp_model

from app.scheduling.domain.rule import Rule
from app.scheduling.domain.score import shortfall_gap
from app.scheduling.solver.decomposition import Decomposition
from app.scheduling.solver.lagrangian import Bounded
from app.scheduling.solver.model import RotationModel
from app.scheduling.solver.neighbourhoods import MOVE_UNITS, Move, Neighbourhoods, classes_of
from app.scheduling.solver.search import POLL_S, Search
from app.scheduling.solver.years import Question, Years

_RECENT, _ENOUGH, _ENOUGH_WHILE_BROKEN = 0.5, 0.1, 0.05
"""In the most recent share of its time the method must have closed this share of the gap.

Less is enough while rows are broken, which CP-SAT mends more slowly.
"""

_CLOSE = 0.01
"""Gap at which it remains to prove, which CP-SAT does best."""

_LEAST_TIME = 0.03
"""Share of the time that is left for the method at least."""

_IN_VAIN = 4
"""Moves for each person after which the method ends when none of them led to anything better."""


@dataclass(frozen=True, slots=True)
class _Asked:
    move: Move
    question: Question
    status: Future[cp_model.CpSolverStatus]


class Improvement:
    """Betters the search's schedule, or everybody's first choice where there is none.

    Parameters
    ----------
    search
        Keeps the best schedule.
    model, rules, apart
        The model, what it says, and the same taken apart.
    pool
        Threads, at least as many as the search has workers.
    """

    def __init__(
        self,
        search: Search,
        model: RotationModel,
        rules: tuple[Rule, ...],
        apart: Decomposition,
        pool: ThreadPoolExecutor,
    ) -> None:
        self._search = search
        self._model = model
        self._apart = apart
        self._classes = classes_of(model.problem, rules)
        self._pool = pool

    def run(self, bounded: Callable[[], Bounded | None], *, until_whole: bool = False) -> None:
        """Go on while it is worthwhile.

        Parameters
        ----------
        bounded
            Says what is known of the bound by now.
        until_whole
            Whether to end as soon as every linking row holds.
        """
        search = self._search
        rng = np.random.default_rng(search.seed)
        schedule = self._begin(rng)
        if schedule is None or not schedule.linked:
            return
        search.phase = "neighbourhoods"
        choosing = Neighbourhoods(self._model, self._apart, self._classes, search.workers, rng)
        moves = _Moves(schedule, choosing, search, self._pool)
        progress = _Progress(search.left, schedule)
        prices: Bounded | None = None
        while not (search.over or (until_whole and progress.whole)) and progress.goes_on(search):
            if prices is None:
                prices = bounded()
                if prices is not None:
                    choosing.heed(prices)
            moves.ask()
            if moves.take() and progress.is_best(search.left, schedule):
                search.offer(schedule.grid(self._model), schedule.shortfall)
            search.report()
        moves.end()

    def _begin(self, rng: np.random.Generator) -> Years | None:
        """Return the best schedule, or everybody's first choices; None if somebody has none."""
        search, schedule = self._search, Years(self._apart)
        if search.best is not None:
            return schedule if schedule.begin_at(self._model, search.best[0]) else None
        search.phase = "first choices"
        for person in rng.permutation(schedule.people).tolist():
            question = schedule.first_year(person)
            answer = schedule.answer(question, question.solve())
            search.spend(question.units)
            if answer is None or search.over:
                return None
            schedule.accept(answer)
            search.report()
        if schedule.legal:
            search.offer(schedule.grid(self._model), schedule.shortfall)
        return schedule


class _Moves:
    """Several moves at once, by threads of a pool."""

    def __init__(
        self,
        schedule: Years,
        choosing: Neighbourhoods,
        search: Search,
        pool: ThreadPoolExecutor,
    ) -> None:
        self._schedule = schedule
        self._choosing = choosing
        self._search = search
        self._pool = pool
        self._asked: list[_Asked] = []

    def ask(self) -> None:
        """Ask for as many moves as there are workers, each of other people."""
        while len(self._asked) < self._search.workers:
            busy = {person for one in self._asked for person in one.move.free}
            if len(busy) == self._schedule.people:
                return
            move = self._choosing.next_move(self._schedule, busy)
            question = self._schedule.ask(move.free, MOVE_UNITS, move.seed)
            self._asked.append(_Asked(move, question, self._pool.submit(question.solve)))

    def take(self) -> bool:
        """Take the first answer that comes within a moment; return whether there was one.

        It is the oldest's where that must not hang on time.
        """
        candidates = self._asked[:1] if self._search.deterministic else self._asked
        done, _ = wait([one.status for one in candidates], POLL_S, FIRST_COMPLETED)
        for one in candidates:
            if one.status in done:
                self._asked.remove(one)
                self._judge(one, one.status.result())
                return True
        return False

    def _judge(self, one: _Asked, status: cp_model.CpSolverStatus) -> None:
        """Change the schedule if that betters it, or leaves it as good."""
        answer = self._schedule.answer(one.question, status)
        self._search.spend(one.question.units)
        gain = None if answer is None else self._schedule.gain(answer)
        if answer is not None and gain is not None and gain >= 0:
            self._schedule.accept(answer)
        ended = status in {cp_model.OPTIMAL, cp_model.INFEASIBLE}
        one.move.kind.judge(max(0, gain or 0), one.question.units, ended=ended)

    def end(self) -> None:
        """Let nothing go on."""
        for one in self._asked:
            if not one.status.cancel():
                one.question.solver.stop_search()


class _Progress:
    """What the moves brought, to tell when to let another method go on.

    Parameters
    ----------
    left
        Time that is left at the beginning, in the search's unit.
    schedule
        Where it begins.

    Attributes
    ----------
    whole
        Whether all linking rows held at some time.
    """

    def __init__(self, left: float, schedule: Years) -> None:
        self._began = left
        self._most_in_vain = _IN_VAIN * schedule.people
        self._in_vain = 0
        self.whole = not len(schedule.broken)
        self._bests: list[tuple[float, int]] = [(0.0, schedule.priced)]

    def is_best(self, left: float, schedule: Years) -> bool:
        """Note a move; return whether it led to the best schedule that keeps all hard rules."""
        self._in_vain += 1
        self.whole = self.whole or not len(schedule.broken)
        priced = schedule.priced
        if priced >= self._bests[-1][1]:
            return False
        self._in_vain = 0
        self._bests.append((self._began - left, priced))
        return schedule.legal

    def goes_on(self, search: Search) -> bool:
        """Return whether the most recent part of the time brought enough."""
        spent = self._began - search.left
        now = self._bests[-1][1]
        if self._in_vain > self._most_in_vain or shortfall_gap(now, search.bound) <= _CLOSE:
            return False
        if spent < _LEAST_TIME * self._began:
            return True
        earlier = [priced for at, priced in self._bests if at <= (1 - _RECENT) * spent]
        enough = _ENOUGH if self.whole else _ENOUGH_WHILE_BROKEN
        return earlier[-1] - now >= enough * (earlier[-1] - search.bound)
