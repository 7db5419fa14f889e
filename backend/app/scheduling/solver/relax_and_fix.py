"""Relax and fix: a handful of people exactly, those who are still to come as head counts.

Where coverage takes all that a class of people can give, whoever chooses first must leave the
others a year that can be staffed. How many of them are where says nearly as much about that as who
is, and is a far smaller problem: so a handful of peers chooses while their class stands by as sums,
then the next handful, until nobody is left.
"""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from math import inf
from threading import Thread

import numpy as np

from app.scheduling.domain.problem import Ints, Problem
from app.scheduling.domain.rule import Rule
from app.scheduling.solver.decomposition import FAR, Decomposition
from app.scheduling.solver.mixed_integer import MixedInteger, Optimum
from app.scheduling.solver.model import RotationModel
from app.scheduling.solver.parts import Ranges
from app.scheduling.solver.peers import find_peers, in_handfuls
from app.scheduling.solver.responses import Responses
from app.scheduling.solver.search import POLL_S, Search
from app.scheduling.solver.summed import Block, Entries, Peers, single

_LEAST_HANDFUL, _MOST_HANDFUL, _HANDFUL_ROWS = 4, 8, 2500
"""How many peers choose together: as many as have about so many rows of their own."""

_LEAST_ADDED = 3
"""So many columns of peers must become one on average for sums to say something."""

_NEAR, _TOO_FAR = 0.25, 5
"""A step ends so near its optimum, and is not trusted so far from it: in dearest slacks."""

_SHARE = 0.75
"""Share of the time that is left for planning at most."""

_NODES, _TRIES = 1, 2
"""What the root of the search tree does not find, another seed finds sooner than its branches."""

_STEP_S = 20.0
"""Seconds for one step at most, and for the interpreter to wait when a search was stopped."""

_UNITS_PER_ITERATION = 2e-4
"""Deterministic units of an iteration of HiGHS."""

Handful = tuple[int, ...]


@dataclass(slots=True)
class Class:
    """People who staff the same services.

    Parameters
    ----------
    groups
        Its peers.
    peers
        The same people, ready to be added up.
    to_come
        Who has not chosen yet, in the order in which they will.
    size
        How many people a handful has.
    tries
        How often a handful's choice came to nothing.
    """

    groups: list[list[int]]
    peers: Peers
    to_come: deque[Handful]
    size: int
    tries: Counter[Handful] = field(default_factory=Counter)

    def next_handful(self) -> Handful:
        """Return who chooses next: the first, or all when few are left and none failed."""
        left = [person for handful in self.to_come for person in handful]
        if len(left) <= self.size and not self.tries:
            self.to_come = deque([tuple(left)])
        return self.to_come.popleft()

    def waiting(self) -> list[list[int]]:
        """Return who is still to come, by group of peers."""
        left = {person for handful in self.to_come for person in handful}
        waiting = ([person for person in group if person in left] for group in self.groups)
        return [group for group in waiting if group]

    def asks_again(self, handful: Handful) -> bool:
        """Let a handful try again, or half of it; return False when it has tried enough."""
        self.tries[handful] += 1
        if self.tries[handful] < _TRIES:
            self.to_come.appendleft(handful)
            return True
        half = len(handful) // 2
        if half:
            self.to_come.extendleft((handful[half:], handful[:half]))
        return half > 0


def _peers(problem: Problem, rules: tuple[Rule, ...]) -> list[list[int]]:
    """Return everybody in groups of peers; what only makes somebody's year dearer is no matter."""
    return find_peers(
        problem, tuple(rule for rule in rules if rule.hard or rule.concern != "person")
    )


def enough_peers(model: RotationModel, rules: tuple[Rule, ...], apart: Decomposition) -> bool:
    """Return whether sums of peers are so much smaller than their parts that they say something.

    Peers whose years differ in what each choice costs have little to add up.
    """
    columns = summed = 0
    for group in _peers(model.problem, rules):
        people = [apart.people[person] for person in group]
        columns += sum(len(person.cost) for person in people)
        summed += len(
            {
                (model.roles.get(index, index), cost)
                for person in people
                for index, cost in zip(person.variables, person.cost.tolist(), strict=True)
            }
        )
    return columns >= _LEAST_ADDED * summed


def plan(
    search: Search,
    model: RotationModel,
    rules: tuple[Rule, ...],
    apart: Decomposition,
    schedule: Responses,
) -> None:
    """Let everybody choose a year anew, handful after handful; `schedule` changes.

    Classes are taken side by side, as many as there are workers. A step cannot be stopped: when the
    search is over, its thread is left to end by itself. What turns out worse is undone.
    """
    classes = deque(_classes(model, rules, apart))
    search.phase = "relax and fix"
    before = dict(schedule.values)
    end = (1 - _SHARE) * search.left
    undecided = {person for ours in classes for group in ours.groups for person in group}
    asked: deque[tuple[Step, Future[Optimum | None]]] = deque()
    while (classes or asked) and search.left > end and not search.over:
        while classes and len(asked) < search.workers:
            ours = classes.popleft()
            step = Step(apart, schedule, ours, ours.next_handful(), undecided)
            asked.append((step, _in_background(step.solver(search, search.left - end))))
        search.report()
        done = _first_done(asked, in_order=search.deterministic)
        if done is None:
            continue
        step, optimum = done
        if optimum is not None:
            search.spend(_UNITS_PER_ITERATION * optimum.iterations)
        if optimum is not None and step.trusts(optimum):
            schedule.take(step.years(optimum))
            undecided.difference_update(step.handful)
        elif not step.ours.asks_again(step.handful):
            undecided.difference_update(step.handful)
        if step.ours.to_come:
            classes.append(step.ours)
    unfinished = [*classes, *(step.ours for step, _ in asked)]
    people = [person for ours in unfinished for group in ours.groups for person in group]
    planned = dict(schedule.values)
    complete = planned | {person: before[person] for person in people}
    _take_best(schedule, (before, complete, planned))


def _take_best(schedule: Responses, plans: Sequence[dict[int, Ints]]) -> None:
    """Take the plan that is worth most; levels can be chosen for one of them at least."""
    worth = []
    for years in plans:
        schedule.take(years)
        worth.append(schedule.priced if schedule.settle() else inf)
    schedule.take(plans[worth.index(min(worth))])
    schedule.settle()


def _first_done(
    asked: deque[tuple["Step", Future[Optimum | None]]], *, in_order: bool
) -> tuple["Step", Optimum | None] | None:
    """Take a step that is done, or only the oldest; None when there is none in a moment."""
    candidates = list(asked)[:1] if in_order else list(asked)
    wait([future for _, future in candidates], POLL_S, FIRST_COMPLETED)
    for pair in candidates:
        step, future = pair
        if future.done():
            asked.remove(pair)
            return step, future.result()
    return None


def _in_background(work: Callable[[], Optimum | None]) -> Future[Optimum | None]:
    """Run work in a thread of its own.

    The interpreter waits for it when it ends: HiGHS does not survive being torn down at work.
    """
    future: Future[Optimum | None] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as failure:  # noqa: BLE001 - raised again by whoever asks
            future.set_exception(failure)

    Thread(target=run, name="highs").start()
    return future


def _classes(model: RotationModel, rules: tuple[Rule, ...], apart: Decomposition) -> list[Class]:
    """Return the classes of people."""
    shared = [model.problem.who(rule.who) for rule in rules if rule.concern != "person"]
    classes: dict[tuple[bytes, ...], list[list[int]]] = {}
    for group in _peers(model.problem, rules):
        services = tuple(scope[group[0]].tobytes() for scope in shared)
        classes.setdefault(services, []).append(group)
    return [_class(model, apart, own) for own in classes.values()]


def _class(model: RotationModel, apart: Decomposition, groups: list[list[int]]) -> Class:
    people = [apart.people[person] for group in groups for person in group]
    rows = max(len(person.rows) for person in people)
    size = min(_MOST_HANDFUL, max(_LEAST_HANDFUL, _HANDFUL_ROWS // rows))
    return Class(groups, Peers(model, people), deque(_in_turn(groups, size)), size)


def _in_turn(groups: list[list[int]], size: int) -> list[Handful]:
    """Return handfuls of peers, one of each group after the other."""
    dealt = [in_handfuls([group], size) for group in groups]
    rounds = max(len(hands) for hands in dealt)
    return [tuple(hands[n]) for n in range(rounds) for hands in dealt if n < len(hands)]


class Step:
    """A handful's choice, with the rest of the class as sums and all others as they are."""

    def __init__(
        self,
        apart: Decomposition,
        schedule: Responses,
        ours: Class,
        handful: Handful,
        undecided: AbstractSet[int],
    ) -> None:
        self.ours = ours
        self.handful = handful
        self.program = MixedInteger()
        self._firsts: dict[int, tuple[int, int]] = {}
        self._links: list[Entries] = []
        waiting = ours.waiting()
        free = [*self.handful, *(person for group in waiting for person in group)]
        self._ties = self._add_ties(apart, schedule.ranges(sorted(undecided)))
        for person in self.handful:
            block = single(apart.people[person])
            first = self._add(block)
            self._firsts[person] = first, first + len(block.cost)
        for group in waiting:
            self._add(ours.peers.summed(group))
        self._add_links(apart, schedule, free)
        self._dearest = int(apart.links.cost.max(initial=1))

    def solver(self, search: Search, left: float) -> Callable[[], Optimum | None]:
        """Return what solves the step in the time that is left, apart from the search's state."""
        seconds = None if search.deterministic else min(left, _STEP_S)
        gap, seed = _NEAR * self._dearest, self.ours.tries[self.handful]
        return lambda: self.program.minimize(gap=gap, seconds=seconds, nodes=_NODES, seed=seed)

    def trusts(self, optimum: Optimum) -> bool:
        """Return whether a solution is near enough to the best there may be."""
        return optimum.cost - optimum.bound <= _TOO_FAR * self._dearest

    def years(self, optimum: Optimum) -> dict[int, Ints]:
        """Return what everybody of the handful chose."""
        return {
            person: optimum.values[first:last] for person, (first, last) in self._firsts.items()
        }

    def _add_ties(self, apart: Decomposition, ranges: Ranges) -> int:
        """Add levels and ties; return the column of the first tie.

        A tie that others leave no room is free: whether all levels agree is seen in the end.
        """
        levels = list(apart.levels.values())
        first = self.program.add_columns(
            *(
                np.array(part, dtype=np.int64)
                for part in (
                    [level.lower for level in levels],
                    [level.upper for level in levels],
                    [level.cost for level in levels],
                )
            )
        )
        room = ranges.low <= ranges.high
        low, high = np.where(room, ranges.low, -FAR), np.where(room, ranges.high, FAR)
        ties = self.program.add_columns(low, high, np.zeros_like(low))
        place = {index: first + number for number, index in enumerate(apart.levels)}
        entries = [
            (number, place[index], weight)
            for number, tie in enumerate(apart.ties)
            for index, weight in tie
        ] + [(number, ties + number, -1) for number in range(len(apart.ties))]
        row, column, weight = np.array(entries, dtype=np.int64).reshape(-1, 3).T
        nothing = np.zeros(len(apart.ties), dtype=np.int64)
        self.program.add_rows((row, column, weight), nothing, nothing)
        return ties

    def _add(self, block: Block) -> int:
        """Add a block; return its first column."""
        first = self.program.add_columns(block.lower, block.upper, block.cost)
        row, column, weight = block.rows
        tied, tie, times = block.tied
        self.program.add_rows(
            (
                np.concatenate([row, tied]),
                np.concatenate([first + column, self._ties + tie]),
                np.concatenate([weight, times]),
            ),
            block.low,
            block.high,
        )
        link, column, weight = block.links
        self._links.append((link, first + column, weight))
        return first

    def _add_links(self, apart: Decomposition, schedule: Responses, free: Sequence[int]) -> None:
        """Add the linking rows of those who are free; a unit outside has its price."""
        link, column, weight = (np.concatenate(part) for part in zip(*self._links, strict=True))
        numbers, row = np.unique(link, return_inverse=True)
        left = schedule.left_for(free)[numbers]
        cost = schedule.link_costs[numbers]
        for sign, limits in ((1, apart.links.low), (-1, apart.links.high)):
            limit = limits[numbers] - left
            asked = (np.abs(limits[numbers]) < FAR // 2).nonzero()[0]
            renumbered: Ints = np.full(len(numbers), -1)
            renumbered[asked] = np.arange(len(asked))
            kept = renumbered[row] >= 0
            nothing, far = np.zeros(len(asked), dtype=np.int64), np.full(len(asked), FAR)
            slack = self.program.add_columns(nothing, far, cost[asked], whole=False)
            self.program.add_rows(
                (
                    np.concatenate([renumbered[row[kept]], np.arange(len(asked))]),
                    np.concatenate([column[kept], slack + np.arange(len(asked))]),
                    np.concatenate([weight[kept], np.full(len(asked), sign)]),
                ),
                limit[asked] if sign > 0 else -far,
                far if sign > 0 else limit[asked],
            )
