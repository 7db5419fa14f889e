"""Search person by person: the questions of best responses, several at once, and when to end."""

from collections import deque
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

import numpy as np
from ortools.sat.python import cp_model

from app.scheduling.domain.rule import Rule
from app.scheduling.solver.decomposition import FAR, Decomposition
from app.scheduling.solver.model import RotationModel
from app.scheduling.solver.relax_and_fix import enough_peers, plan
from app.scheduling.solver.responses import Move, Question, Responses
from app.scheduling.solver.search import Search

_RECENT, _ENOUGH, _ENOUGH_WHILE_BROKEN = 0.5, 0.05, 0.02
"""In the most recent share of its time the method must have bettered its schedule by this share.

Less is enough while rows are broken, which CP-SAT mends more slowly.
"""

_IN_VAIN = 20
"""Moves for each person after which the method ends when none of them led to anything better."""

_LEAST_MOVES = 8
"""Moves for each person before the method is judged, from a schedule that was given: where that
fits its neighbours well, prices must rise first.
"""

_MANY_BROKEN = 0.1
"""Linking rows for each person, of which first choices break more where coverage is tight."""

_LEAST_TIME, _MOST_TIME = 0.03, 0.9
"""Shares of the time that is left for the method, at least and at most."""

_Asked = tuple[Question, Future[cp_model.CpSolverStatus]]


def _next_answered(search: Search, asked: deque[_Asked]) -> _Asked:
    """Take the first question that is answered; the oldest, where that must not hang on time."""
    if search.deterministic:
        return asked.popleft()
    wait([future for _, future in asked], return_when=FIRST_COMPLETED)
    done = next(pair for pair in asked if pair[1].done())
    asked.remove(done)
    return done


@dataclass(frozen=True, slots=True)
class Responded:
    """How best responses ended.

    Parameters
    ----------
    short
        Whether every schedule that was found leaves some linking row broken.
    alike
        Whether people have peers enough, who are alike enough, to be planned by head counts.
    """

    short: bool
    alike: bool


def respond(
    search: Search,
    model: RotationModel,
    rules: tuple[Rule, ...],
    apart: Decomposition,
    pool: ThreadPoolExecutor,
) -> Responded:
    """Improve a schedule by best responses while that is worthwhile; the search keeps the best.

    It begins with the best schedule, or with everybody's first choice.
    """
    alike = enough_peers(model, rules, apart)
    early = Responded(short=False, alike=alike)
    search.phase = "best responses"
    rng = np.random.default_rng(search.seed)
    schedule = Responses(apart, rng)
    given = search.best is not None
    if search.best is not None and not schedule.begin_at(model, search.best[0]):
        return early
    if not _first_years(search, schedule, rng) or not schedule.linked:
        return early
    _offer(search, model, schedule)
    planned = not given and alike and len(schedule.broken) > _MANY_BROKEN * schedule.people
    if planned:
        plan(search, model, rules, apart, schedule)
        search.phase = "best responses"
        _offer(search, model, schedule)
    asked: deque[_Asked] = deque()
    progress = _Progress(search.left, schedule.people, given=given or planned)
    while not search.over and progress.goes_on(search.left):
        for _ in range(search.workers + 1 - len(asked)):
            busy = {person for question, _ in asked for person in question.move.people}
            if len(busy) == schedule.people:
                break
            question = schedule.ask(schedule.next_move(busy))
            asked.append((question, pool.submit(question.solver.solve, question.part.cp)))
        question, future = _next_answered(search, asked)
        answer = schedule.answer(question, future.result())
        units = question.solver.response_proto.deterministic_time
        search.spend(units)
        gain = None if answer is None else schedule.gain(answer)
        if answer is not None and gain is not None and gain >= 0:
            schedule.accept(answer)
            schedule.judge(question.move, gain, units)
        else:
            schedule.judge(question.move, 0, units)
        if progress.is_best(search.left, schedule):
            search.offer(schedule.grid(model), schedule.shortfall)
        search.report()
    return Responded(short=progress.fewest_broken > 0, alike=alike)


def _first_years(search: Search, schedule: Responses, rng: np.random.Generator) -> bool:
    """Let everybody without a year choose one in turn; return whether all could, in time."""
    without = [person for person in range(schedule.people) if person not in schedule.values]
    for person in rng.permutation(without).tolist():
        question = schedule.ask(Move((person,), None, 0, noisy=False, seed=1))
        status = question.solver.solve(question.part.cp)
        search.spend(question.solver.response_proto.deterministic_time)
        answer = schedule.answer(question, status)
        if answer is None or search.over:
            return False
        schedule.accept(answer)
        search.report()
    return True


def _offer(search: Search, model: RotationModel, schedule: Responses) -> None:
    """Let the search know the schedule if it keeps all hard rules."""
    if schedule.legal:
        search.offer(schedule.grid(model), schedule.shortfall)


class _Progress:
    """What the moves brought, to tell when to let another method go on.

    Parameters
    ----------
    left
        Time that is left at the beginning, in the search's unit.
    people
        How many there are.
    given
        Whether it began at a schedule that was given or planned.

    Attributes
    ----------
    fewest_broken
        Linking rows that did not hold at the best of times.
    """

    def __init__(self, left: float, people: int, *, given: bool) -> None:
        self._began = left
        self._most_in_vain = _IN_VAIN * people
        self._least_moves = _LEAST_MOVES * people if given else 0
        self._moves = self._in_vain = 0
        self.fewest_broken = FAR
        self._bests: list[tuple[float, int]] = []

    def is_best(self, left: float, schedule: Responses) -> bool:
        """Note a move; return whether it led to the best schedule that keeps all hard rules."""
        self._moves += 1
        broken = len(schedule.broken)
        self._in_vain = 0 if broken < self.fewest_broken else self._in_vain + 1
        self.fewest_broken = min(broken, self.fewest_broken)
        if not schedule.legal:
            return False
        shortfall = schedule.shortfall
        if self._bests and self._bests[-1][1] <= shortfall:
            return False
        self._in_vain = 0
        self._bests.append((self._began - left, shortfall))
        return True

    def goes_on(self, left: float) -> bool:
        """Return whether the most recent part of the time brought enough."""
        spent = self._began - left
        if self._in_vain > self._most_in_vain or spent > _MOST_TIME * self._began:
            return False
        begins = self._moves < self._least_moves or spent < _LEAST_TIME * self._began
        if begins or not self._bests:
            return True
        earlier = [shortfall for at, shortfall in self._bests if at <= (1 - _RECENT) * spent]
        now = self._bests[-1][1]
        enough = _ENOUGH_WHILE_BROKEN if self.fewest_broken else _ENOUGH
        return not earlier or earlier[-1] - now >= enough * now
