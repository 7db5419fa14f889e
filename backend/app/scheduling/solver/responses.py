"""Best responses: people answer, few at a time, what the rest of the schedule lacks.

A move lets one person choose the whole year anew, or everybody of a linking row a few weeks, while
all else stays; the broken linking rows have prices, and those that stay broken grow dearer until
somebody gives way (the breakout method, P. Morris, AAAI 1993).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ortools.sat.python import cp_model

from app.scheduling.domain.problem import Bools, Floats, Grid, Ints
from app.scheduling.solver.decomposition import (
    NO_SLOT,
    NO_TIE,
    Decomposition,
    Tie,
    grid_of,
    usual_cost,
)
from app.scheduling.solver.model import RotationModel
from app.scheduling.solver.parts import OwnRows, Part, Ranges

_GRAIN = 4
"""Units of price in one step of the shortfall."""

_FIRST_PRICE, _DEARER = 2 * _GRAIN, _GRAIN // 2
"""What a step of a broken linking row costs at first, and by how much it grows."""

_HARD_STEPS = 10
"""A unit of a broken hard row costs this many times the dearest unit of a soft one."""

_LEAST_SHARE, _MEMORY = 0.15, 0.98
"""Least share of the effort for a kind of move, and what of its record is kept at each move."""

_WINDOWS = (5, 6, 6, 7, 8)
"""Slots beside the row's own in a window."""

_MOST_PEOPLE = 24
"""In a window."""

_PART_UNITS, _FIRST_UNITS = 0.4, 4.0
"""Deterministic units for one move, and for somebody's first year."""

_PATIENCE, _WINDOW_COUNTS = 10, 10
"""Moves in vain after which a broken row grows dearer; a window counts for more than one."""

_NOISE, _NOISY = 0.05, 0.3
"""Share of columns made a little more attractive, in this share of responses."""


@dataclass(frozen=True, slots=True)
class Move:
    """Who may change, from which slot to which (None for the whole year), for which broken row."""

    people: tuple[int, ...]
    window: tuple[int, int] | None
    row: int
    noisy: bool
    seed: int


@dataclass(frozen=True, slots=True)
class Question:
    """A move as a model: which columns of whom are free, and the values that are given."""

    move: Move
    part: Part
    solver: cp_model.CpSolver
    free: dict[int, Bools]
    given: dict[int, Ints]


@dataclass(frozen=True, slots=True)
class Answer:
    """New values by person and level."""

    values: dict[int, Ints]
    levels: dict[int, int]


class Responses:
    """A schedule that gets better by moves.

    Parameters
    ----------
    apart
        The model.
    rng
        Draws all choices.
    """

    def __init__(self, apart: Decomposition, rng: np.random.Generator) -> None:
        self._apart = apart
        self._rng = rng
        links = apart.links
        count = len(apart.people)
        dearest = max(
            [1, *links.cost.tolist(), *(int(p.cost.max(initial=0)) for p in apart.people)]
        )
        self._hard = links.cost == 0
        self._cost = np.where(self._hard, _HARD_STEPS * dearest, links.cost)
        self._price = np.full(len(links.cost), _FIRST_PRICE, dtype=np.int64)
        # By kind of move, a year or a window; the first figures stand for what is not known yet.
        self._gained, self._units = np.array([1.0, 1.0]), np.array([0.01, 0.1])
        self._moves = np.ones(2)
        self._vain = np.zeros(len(links.cost), dtype=np.int64)
        self._clock = 0
        self._stamps = np.zeros(len(links.cost), dtype=np.int64)
        self._asked = np.full(count, -1, dtype=np.int64)
        self._noise = usual_cost(apart)
        self._rows = [OwnRows(person) for person in apart.people]
        self._ties = [
            np.array([row.tie for row in person.rows], dtype=np.int64) for person in apart.people
        ]
        self._yearly: dict[int, tuple[Part, cp_model.CpSolver]] = {}
        self.values: dict[int, Ints] = {}
        self.levels: dict[int, int] = {}
        self._sums = np.zeros(len(links.cost), dtype=np.int64)
        self._given = np.zeros((count, len(links.cost)), dtype=np.int64)
        self._widest = np.array([_widest(apart, tie) for tie in apart.ties], np.int64).reshape(
            -1, 2
        )
        self._tie_low = np.tile(self._widest[:, 0], (count, 1))
        self._tie_high = np.tile(self._widest[:, 1], (count, 1))

    @property
    def people(self) -> int:
        """Return how many people there are."""
        return len(self._apart.people)

    @property
    def broken(self) -> Ints:
        """Return the linking rows that do not hold: indices."""
        links = self._apart.links
        return ((self._sums < links.low) | (self._sums > links.high)).nonzero()[0]

    @property
    def linked(self) -> bool:
        """Whether anything ties people together: if not, everybody's first choice is the best."""
        return len(self._sums) > 0

    @property
    def legal(self) -> bool:
        """Whether all hard rows hold."""
        return not self._hard[self.broken].any()

    @property
    def shortfall(self) -> int:
        """Return the shortfall of a legal schedule, or more where a slack has several rows."""
        return self._charged(self._apart.links.cost)

    @property
    def priced(self) -> int:
        """Return the shortfall with hard rows that are broken charged as very dear ones."""
        return self._charged(self._cost)

    def _charged(self, cost: Ints) -> int:
        levels = sum(level.cost * self.levels[i] for i, level in self._apart.levels.items())
        own = sum(int(p.cost @ self.values[p.person]) for p in self._apart.people)
        return self._apart.constant + levels + own + int(self._outside(self._sums) @ cost)

    def _outside(self, sums: Ints, rows: Ints | slice = slice(None)) -> Ints:
        links = self._apart.links
        outside: Ints = np.maximum(0, links.low[rows] - sums) + np.maximum(
            0, sums - links.high[rows]
        )
        return outside

    def _priced(self, sums: Ints, rows: Ints | slice = slice(None)) -> Ints:
        return self._outside(sums, rows) * self._cost[rows] * self._price[rows]

    def ranges(self, people: Sequence[int]) -> Ranges:
        """Return what all others leave the ties."""
        others = np.ones(len(self._apart.people), dtype=np.bool_)
        others[list(people)] = False
        if not others.any():
            return Ranges(self._widest[:, 0], self._widest[:, 1])
        return Ranges(self._tie_low[others].max(axis=0), self._tie_high[others].min(axis=0))

    def begin_at(self, model: RotationModel, grid: Grid) -> bool:
        """Take over a schedule that keeps all hard rules: int16 array (P, S).

        Everybody chooses what the cells leave open: the auxiliary variables.

        Returns
        -------
        bool
            Whether everybody could.
        """
        holding = {literal.index for literal, holds in model.cells_in(grid) if holds}
        for subproblem in self._apart.people:
            person = subproblem.person
            held = [index in holding for index in subproblem.variables]
            self.values[person] = np.array(held, dtype=np.int64)
            question = self._auxiliary(person)
            answer = self.answer(question, question.solver.solve(question.part.cp))
            if answer is None:
                return False
            self.accept(answer)
        return True

    def _auxiliary(self, person: int) -> Question:
        """Return what a person chooses when all cells are given, as a model."""
        subproblem = self._apart.people[person]
        part = Part(self._apart, _GRAIN)
        part.add_levels()
        part.limit_ties(self.ranges([person]))
        free = subproblem.slots == NO_SLOT
        part.add_person(subproblem, self._rows[person], self.values[person], free)
        part.minimize({person: _GRAIN * subproblem.cost})
        move = Move((person,), None, 0, noisy=False, seed=1)
        return self._question(move, part, cp_model.CpSolver(), {person: free})

    def ask(self, move: Move) -> Question:
        """Return how those people would choose, as a model."""
        if move.window is None:
            return self._year_of(move)
        return self._window_of(move, move.window)

    def _year_of(self, move: Move) -> Question:
        [person] = move.people
        if person not in self._yearly:
            self._yearly[person] = self._year(person), cp_model.CpSolver()
        part, solver = self._yearly[person]
        part.limit_ties(self.ranges(move.people))
        part.minimize({person: self._prices(person, move)})
        if person in self.values:
            part.hint(self.values)
        solver.parameters.cp_model_presolve = False  # it costs more than it saves on one person
        everything = np.ones(len(self._apart.people[person].cost), dtype=np.bool_)
        return self._question(move, part, solver, {person: everything})

    def _year(self, person: int) -> Part:
        subproblem = self._apart.people[person]
        part = Part(self._apart, _GRAIN)
        part.add_levels()
        nothing = np.zeros(len(subproblem.cost), dtype=np.int64)
        part.add_person(subproblem, self._rows[person], nothing, nothing == 0)
        return part

    def _prices(self, person: int, move: Move) -> Ints:
        """Return what each column costs: its own steps, and what it does to linking rows."""
        subproblem = self._apart.people[person]
        rows = subproblem.link_rows
        others = self._sums[rows] - self._given[person, rows]
        change = self._priced(others + subproblem.link_weights, rows) - self._priced(others, rows)
        prices: Ints = _GRAIN * subproblem.cost
        np.add.at(prices, subproblem.link_columns, change)
        if move.noisy:
            rng = np.random.default_rng(move.seed)
            lucky = rng.random(len(prices)) < _NOISE
            prices = prices - lucky * rng.integers(0, _GRAIN * self._noise, len(prices))
        return prices

    def _window_of(self, move: Move, window: tuple[int, int]) -> Question:
        part = Part(self._apart, _GRAIN)
        part.add_levels()
        part.limit_ties(self.ranges(move.people))
        sums, terms = self._sums.copy(), dict[int, list[tuple[int, cp_model.IntVar]]]()
        free: dict[int, Bools] = {}
        prices: dict[int, Ints] = {}
        low, high = window
        for person in move.people:
            subproblem, values = self._apart.people[person], self.values[person]
            slots = subproblem.slots
            free[person] = (slots == NO_SLOT) | ((slots >= low) & (slots <= high))
            part.add_person(subproblem, self._rows[person], values, free[person])
            prices[person] = _GRAIN * subproblem.cost
            columns = part.columns[person]
            mine = free[person][subproblem.link_columns]
            rows, places = subproblem.link_rows[mine], subproblem.link_columns[mine]
            weights = subproblem.link_weights[mine]
            np.subtract.at(sums, rows, weights * values[places])
            for row, place, weight in zip(
                rows.tolist(), places.tolist(), weights.tolist(), strict=True
            ):
                terms.setdefault(row, []).append((weight, columns[place]))
        links = self._apart.links
        for row, members in terms.items():
            given = int(sums[row])
            part.add_link(
                members,
                int(links.low[row]) - given,
                int(links.high[row]) - given,
                int(self._cost[row] * self._price[row]),
            )
        part.minimize(prices)
        part.hint(self.values)
        return self._question(move, part, cp_model.CpSolver(), free)

    def _question(
        self, move: Move, part: Part, solver: cp_model.CpSolver, free: dict[int, Bools]
    ) -> Question:
        given = {person: self.values[person] for person in free if person in self.values}
        settings = solver.parameters
        settings.num_workers = 1
        settings.random_seed = move.seed
        settings.max_deterministic_time = _PART_UNITS if len(given) == len(free) else _FIRST_UNITS
        settings.catch_sigint_signal = False
        return Question(move, part, solver, free, given)

    def answer(self, question: Question, status: cp_model.CpSolverStatus) -> Answer | None:
        """Return what those people choose; None when time ran out or nothing is possible.

        None as well when one of them changed since, whose values would no longer go together.
        """
        if status not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
            return None
        if any(self.values[person] is not values for person, values in question.given.items()):
            return None
        part, solver = question.part, question.solver
        values: dict[int, Ints] = {}
        for person, free in question.free.items():
            columns = part.columns[person]
            new = (
                self.values[person].copy()
                if person in self.values
                else np.zeros(len(free), np.int64)
            )
            for column, variable in columns.items():
                new[column] = solver.value(variable)
            values[person] = new
        levels = {index: solver.value(variable) for index, variable in part.levels.items()}
        return Answer(values, levels)

    def gain(self, answer: Answer) -> int | None:
        """Return by how much an answer betters the priced schedule; None where it does not fit.

        It may not fit when another one was accepted since it was asked for.
        """
        ranges = self.ranges(list(answer.values))
        for number, tie in enumerate(self._apart.ties):
            total = sum(weight * answer.levels[index] for index, weight in tie)
            if not ranges.low[number] <= total <= ranges.high[number]:
                return None
        sums, own = self._sums.copy(), 0
        for person, values in answer.values.items():
            subproblem = self._apart.people[person]
            sums += self._contribution(person, values) - self._given[person]
            own += int(subproblem.cost @ (values - self.values[person]))
        for index, value in answer.levels.items():
            own += self._apart.levels[index].cost * (value - self.levels[index])
        return int((self._priced(self._sums) - self._priced(sums)).sum()) - _GRAIN * own

    def _contribution(self, person: int, values: Ints) -> Ints:
        subproblem = self._apart.people[person]
        sums: Ints = np.zeros(len(self._sums), dtype=np.int64)
        np.add.at(
            sums, subproblem.link_rows, subproblem.link_weights * values[subproblem.link_columns]
        )
        return sums

    def accept(self, answer: Answer) -> None:
        """Change the schedule."""
        self.take(answer.values)
        self.levels = answer.levels

    def take(self, years: dict[int, Ints]) -> None:
        """Give people these years, whatever that costs; `settle` then chooses the levels anew."""
        for person, values in years.items():
            given = self._contribution(person, values)
            change = given - self._given[person]
            self._sums += change
            self._clock += 1
            self._stamps[change != 0] = self._clock
            self._given[person] = given
            self.values[person] = values
            self._note_ties(person)

    def settle(self) -> bool:
        """Choose the levels that go best with everybody's year; return whether there are any."""
        part = Part(self._apart, _GRAIN)
        part.add_levels()
        part.limit_ties(self.ranges(()))
        part.minimize({})
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        if solver.solve(part.cp) != cp_model.OPTIMAL:
            return False
        self.levels = {index: solver.value(variable) for index, variable in part.levels.items()}
        return True

    def left_for(self, people: Sequence[int]) -> Ints:
        """Return what everybody else puts into the linking rows: int array (L,)."""
        left: Ints = self._sums - self._given[list(people)].sum(axis=0)
        return left

    @property
    def link_costs(self) -> Floats:
        """Return the steps that a unit outside each linking row costs, hard ones dear: (L,).

        What a slack costs is divided among its rows, so that all of them cost no more than it.
        """
        costs: Floats = self._cost / self._apart.links.sharing
        return costs

    def _note_ties(self, person: int) -> None:
        tied = self._ties[person] != NO_TIE
        if not tied.any():
            return
        sums = self._rows[person].at(self.values[person])[tied]
        ties = self._ties[person][tied]
        rows = [row for row in self._apart.people[person].rows if row.tie != NO_TIE]
        low = np.array([row.low for row in rows]) - sums
        high = np.array([row.high for row in rows]) - sums
        self._tie_low[person], self._tie_high[person] = self._widest.T
        np.maximum.at(self._tie_low[person], ties, low)
        np.minimum.at(self._tie_high[person], ties, high)

    def next_move(self, busy: set[int]) -> Move:
        """Return what to try next about a broken row, or about any where none is broken.

        Parameters
        ----------
        busy
            People who are being asked already.
        """
        broken = self.broken
        rows = broken if len(broken) else np.arange(len(self._sums))
        row = int(self._rng.choice(rows))
        people = [p for p in self._apart.links.people[row] if p not in busy]
        if len(people) >= 2 and self._rng.random() >= self._share_of_years():
            return self._window(row, people)
        if not people:
            people = [p for p in range(len(self._apart.people)) if p not in busy]
        curious = [p for p in people if self._has_news(p)]
        noisy = not curious or bool(self._rng.random() < _NOISY)
        person = int(self._rng.choice(people if noisy else curious))
        if not noisy:
            self._asked[person] = self._clock
        return Move((person,), None, row, noisy, self._seed())

    def _has_news(self, person: int) -> bool:
        """Return whether any of a person's linking rows changed since the person was asked."""
        rows = self._apart.people[person].link_rows
        return bool(self._stamps[rows].max(initial=0) > self._asked[person])

    def _share_of_years(self) -> float:
        """Return the share of moves that are a person's year: more of the kind that gains more."""
        rates = self._gained / self._units
        rates = np.maximum(rates, _LEAST_SHARE * rates.max())
        often = rates * self._moves / self._units
        return float(often[0] / often.sum())

    def judge(self, move: Move, gain: int, units: float) -> None:
        """Note what a move gained."""
        kind = int(move.window is not None)
        for noted, new in ((self._gained, gain), (self._units, units), (self._moves, 1)):
            noted[kind] = _MEMORY * noted[kind] + new
        row = move.row
        if gain > 0:
            self._vain[row] = 0
            return
        self._vain[row] += 1 if move.window is None else _WINDOW_COUNTS
        if self._vain[row] >= _PATIENCE:
            self._vain[row] = 0
            if row in self.broken:
                self._price[row] += _DEARER
                self._clock += 1
                self._stamps[row] = self._clock

    def _window(self, row: int, people: list[int]) -> Move:
        if len(people) > _MOST_PEOPLE:
            people = self._rng.permutation(people)[:_MOST_PEOPLE].tolist()
        slots = self._slots_of(row, people[0])
        length = int(self._rng.choice(_WINDOWS))
        first = max(0, int(self._rng.choice(slots)) - int(self._rng.integers(0, length + 1)))
        return Move(tuple(people), (first, first + length), row, noisy=False, seed=self._seed())

    def _slots_of(self, row: int, person: int) -> Ints:
        subproblem = self._apart.people[person]
        columns = subproblem.link_columns[subproblem.link_rows == row]
        slots = subproblem.slots[columns]
        cells = slots[slots != NO_SLOT]
        return cells if len(cells) else np.zeros(1, dtype=np.int64)

    def _seed(self) -> int:
        return int(self._rng.integers(1, 2**31 - 1))

    def grid(self, model: RotationModel) -> Grid:
        """Return the schedule."""
        years = [self.values[person.person] for person in self._apart.people]
        return grid_of(model, self._apart, years)


def _widest(apart: Decomposition, tie: Tie) -> tuple[int, int]:
    """Return the limits that the levels of a tie have by themselves."""
    ends = [
        (weight * apart.levels[index].lower, weight * apart.levels[index].upper)
        for index, weight in tie
    ]
    return sum(min(pair) for pair in ends), sum(max(pair) for pair in ends)
