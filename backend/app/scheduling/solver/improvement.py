"""Improve a schedule neighbourhood by neighbourhood: several moves at once, and when to end."""

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

import numpy as np
from ortools.sat.python import cp_model

from app.scheduling.domain.problem import Ints
from app.scheduling.domain.rule import Rule
from app.scheduling.domain.score import shortfall_gap
from app.scheduling.solver.decomposition import Decomposition
from app.scheduling.solver.lagrangian import Bounded
from app.scheduling.solver.model import RotationModel
from app.scheduling.solver.neighbourhoods import MOVE_UNITS, Move, Neighbourhoods, classes_of
from app.scheduling.solver.search import POLL_S, Search
from app.scheduling.solver.whole import search_whole
from app.scheduling.solver.years import Question, Years, cells_of

_RECENT, _ENOUGH, _ENOUGH_WHILE_BROKEN = 0.5, 0.1, 0.05
"""In the most recent share of its time the method must have closed this share of the gap.

Less is enough while rows are broken, which CP-SAT mends more slowly.
"""

_FIRST_UNITS = 0.5, 16.0
"""Deterministic units for somebody's first year: as a rule, and where these lead to none."""

_MANY_BROKEN = 0.25
"""First choices that break more hard rows than this for each person are far from a schedule."""

_WHOLE_AT_MOST, _WHOLE_SHARE = 10.0, 1 / 3
"""Seconds or deterministic units, and share of what is left, for CP-SAT to find one then."""

_LEAST_MOVES, _IN_VAIN = 1, 4
"""Moves for each person before the method may end for having brought little, and in vain."""


@dataclass(frozen=True, slots=True)
class _Asked:
    move: Move
    question: Question
    status: Future[cp_model.CpSolverStatus]


class Improvement:
    """Betters the search's schedule, or everybody's first choice where there is none.

    First choices are near the schedule that was given (the base), which may break rules.

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
        self._rng = np.random.default_rng(search.seed)
        self._schedule: Years | None = None
        base = model.problem.base
        self._near = np.zeros(0, dtype=np.int64) if base is None else cells_of(model, base)

    def run(
        self,
        bounded: Future[Bounded | None],
        close: float = 0.0,
        *,
        until: Future[Any] | None = None,
    ) -> None:
        """Go on while it is worthwhile, and until the bound is there.

        Parameters
        ----------
        bounded
            The bound, which others look for.
        close
            Gap at which to end where it was easy to keep all rows.
        until
            When this is there, to end at once.
        """
        search = self._search
        first = bounded if until is None else until

        def idle() -> int:
            return search.workers if first.done() else max(1, search.workers - 1)

        schedule = None if search.over else self._begin(idle)
        if schedule is None or not schedule.linked:
            return
        search.phase = "neighbourhoods"
        choosing = Neighbourhoods(
            self._model, self._apart, self._classes, search.workers, self._rng
        )
        moves = _Moves(schedule, choosing, search, self._pool)
        progress = _Progress(search.left, schedule)
        while not search.over and not (until is not None and until.done()):
            if bounded.done():
                choosing.heed(bounded.result())
                if not progress.goes_on(search, close):
                    if not schedule.held:
                        break
                    schedule.held = False
                    progress = _Progress(search.left, schedule)
            moves.ask(idle())
            if moves.take() and progress.is_best(search.left, schedule):
                search.offer(schedule.grid(self._model), schedule.shortfall)
            search.report()
        moves.end()

    @property
    def years(self) -> list[Ints]:
        """Return everybody's year where this left off, values by column; none without."""
        schedule = self._schedule
        return [] if schedule is None else [schedule.values[p] for p in range(schedule.people)]

    def _begin(self, idle: Callable[[], int]) -> Years | None:
        """Return the best schedule, or first choices at which this left off or begins.

        Where first choices break much that must hold, moves would be long in mending it: CP-SAT
        then looks for a schedule. None if somebody has no year.

        Parameters
        ----------
        idle
            How many may choose at the same time.
        """
        search = self._search
        if self._schedule is None and search.best is None:
            dear = any(level.cost for level in self._apart.levels.values())
            found = self._first(idle, held=True) if dear else None
            self._schedule = found or self._first(idle, held=False)
            if self._schedule is not None and _far_from_legal(self._schedule):
                self._search_near(self._schedule)
        best, own = search.best, self._schedule
        if best is not None and (own is None or not own.legal or own.shortfall > best[1]):
            given = Years(self._apart)
            self._schedule = given if given.begin_at(self._model, best[0]) else None
        return self._schedule

    def _search_near(self, schedule: Years) -> None:
        """Let CP-SAT look for a schedule for a while, beginning near one that breaks rules."""
        self._model.hint_values(schedule.by_variable)
        most = min(_WHOLE_AT_MOST, _WHOLE_SHARE * self._search.left)
        search_whole(self._search, self._model, most, first_only=False)

    def _first(self, idle: Callable[[], int], *, held: bool) -> Years | None:
        """Return everybody's first choices; None if somebody has none."""
        search, schedule = self._search, Years(self._apart, held=held)
        search.phase = "first choices"
        waiting = self._rng.permutation(schedule.people).tolist()
        while waiting:
            count = idle()
            several, waiting = waiting[:count], waiting[count:]
            if search.over or not self._choose(schedule, several):
                return None
            search.report()
        if schedule.legal:
            search.offer(schedule.grid(self._model), schedule.shortfall)
        return schedule

    def _choose(self, schedule: Years, people: list[int]) -> bool:
        """Let some choose first years at the same time; return whether everybody has one."""
        without = people
        for units in _FIRST_UNITS:
            if without:
                without = self._choosing(schedule, without, units)
        return all(len(people) > 1 and self._choose(schedule, [person]) for person in without)

    def _choosing(self, schedule: Years, people: list[int], units: float) -> list[int]:
        """Let some choose first years at the same time; return who has none.

        In time, or none that goes together with what the others chose meanwhile.
        """
        questions = [schedule.first_year(person, units, self._near) for person in people]
        asked = [self._pool.submit(question.solve) for question in questions[1:]]
        # One by this thread: where the pool has one only, the linear relaxation may have it.
        statuses = [questions[0].solve(), *(one.result() for one in asked)]
        without = []
        for person, question, status in zip(people, questions, statuses, strict=True):
            answer = schedule.answer(question, status)
            self._search.spend(question.units)
            if answer is None or not schedule.fits(answer):
                without.append(person)
            else:
                schedule.accept(answer)
        return without


def _far_from_legal(schedule: Years) -> bool:
    return len(schedule.hard_broken) > _MANY_BROKEN * schedule.people


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

    def ask(self, count: int) -> None:
        """Ask for moves, each of other people, so that as many are asked for as given."""
        while len(self._asked) < count:
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
    easy
        Whether that was so by the time a move for everybody had been made.
    """

    def __init__(self, left: float, schedule: Years) -> None:
        self._began = left
        self._least = _LEAST_MOVES * schedule.people
        self._most_in_vain = _IN_VAIN * schedule.people
        self._moves, self._in_vain = 0, 0
        self.whole = self.easy = not len(schedule.broken)
        self._bests: list[tuple[float, int]] = [(0.0, schedule.priced)]

    def is_best(self, left: float, schedule: Years) -> bool:
        """Note a move; return whether it led to the best schedule that keeps all hard rules."""
        self._moves += 1
        self._in_vain += 1
        self.whole = self.whole or not len(schedule.broken)
        self.easy = self.easy or (self.whole and self._moves <= self._least)
        priced = schedule.priced
        if priced >= self._bests[-1][1]:
            return False
        self._in_vain = 0
        self._bests.append((self._began - left, priced))
        return schedule.legal

    def goes_on(self, search: Search, close: float) -> bool:
        """Return whether the most recent part of the time brought enough, and the gap is wider."""
        spent = self._began - search.left
        now = self._bests[-1][1]
        if self._in_vain > self._most_in_vain:
            return False
        if shortfall_gap(now, search.bound) <= (close if self.easy else 0):
            return False
        if self._moves < self._least:
            return True
        earlier = [priced for at, priced in self._bests if at <= (1 - _RECENT) * spent]
        enough = _ENOUGH if self.whole else _ENOUGH_WHILE_BROKEN
        return earlier[-1] - now >= enough * (earlier[-1] - search.bound)
