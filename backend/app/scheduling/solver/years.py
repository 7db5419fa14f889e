"""A schedule as everybody's year, what it costs, and parts of it as questions.

A question lets some people choose some of their slots anew, together, while all else stays: the
linking rows that they leave broken cost what they cost in the whole problem, hard ones very much.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ortools.sat.python import cp_model

from app.scheduling.domain.problem import Bools, Grid, Ints
from app.scheduling.solver.decomposition import FAR, NO_SLOT, NO_TIE, Decomposition, Tie, grid_of
from app.scheduling.solver.model import RotationModel
from app.scheduling.solver.parts import OwnRows, Part, Ranges, alone, one_thread

_HARD_STEPS = 10
"""A unit of a broken hard row costs this many times the dearest unit of a soft one."""

_URGENCY = 2
"""How many times its cost a linking row costs those who choose first, one after the other."""

_AUXILIARY_UNITS = 4.0
"""Deterministic units for what somebody chooses when all cells are given."""


@dataclass(frozen=True, slots=True)
class Question:
    """Which columns of whom are free, the values that are given, and all of it as a model."""

    part: Part
    solver: cp_model.CpSolver
    free: dict[int, Bools]
    given: dict[int, Ints]

    def solve(self) -> cp_model.CpSolverStatus:
        """Look for the answer; any thread may."""
        return self.solver.solve(self.part.cp)

    @property
    def units(self) -> float:
        """Deterministic units that were spent."""
        return self.solver.response_proto.deterministic_time


@dataclass(frozen=True, slots=True)
class Answer:
    """New values by person and level."""

    values: dict[int, Ints]
    levels: dict[int, int]


class Years:
    """A schedule, which changes by answers.

    Parameters
    ----------
    apart
        The model.
    held
        Whether levels that cost something stay where they cost least; may be changed.

    Attributes
    ----------
    values
        By person: a value for every column, int array (C,).
    levels
        By index in the model.
    """

    def __init__(self, apart: Decomposition, *, held: bool = False) -> None:
        self._apart = apart
        self.held = held
        links = apart.links
        count = len(apart.people)
        dearest = max(
            [1, *links.cost.tolist(), *(int(p.cost.max(initial=0)) for p in apart.people)]
        )
        self._hard = links.cost == 0
        self._dearest = _HARD_STEPS * dearest
        self._cost = np.where(self._hard, self._dearest, links.cost)
        self._rows = [OwnRows(person) for person in apart.people]
        self._ties = [
            np.array([row.tie for row in person.rows], dtype=np.int64) for person in apart.people
        ]
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
        return not len(self.hard_broken)

    @property
    def hard_broken(self) -> Ints:
        """Return the hard ones among the linking rows that do not hold: indices."""
        broken = self.broken
        hard: Ints = broken[self._hard[broken]]
        return hard

    @property
    def shortfall(self) -> int:
        """Return the shortfall of a legal schedule.

        Or more, where a slack has several rows or an answer was not brought to its end.
        """
        return self._charged(self._apart.links.cost)

    @property
    def priced(self) -> int:
        """Return the shortfall with hard rows that are broken charged as very dear ones."""
        return self._charged(self._cost)

    @property
    def broken_cost(self) -> int:
        """Return what broken linking rows cost, hard ones as in `priced`."""
        return int(self._priced(self._sums).sum())

    def _charged(self, cost: Ints) -> int:
        levels = sum(level.cost * self.levels[i] for i, level in self._apart.levels.items())
        own = sum(int(p.cost @ self.values[p.person]) for p in self._apart.people)
        return self._apart.constant + levels + own + int(self._outside(self._sums) @ cost)

    def spare(self, rows: Ints) -> Ints:
        """Return by how much these linking rows exceed their minimum: 0 where they have none."""
        low = self._apart.links.low[rows]
        spare: Ints = np.where(low > -FAR // 2, np.maximum(0, self._sums[rows] - low), 0)
        return spare

    def _outside(self, sums: Ints, rows: Ints | slice = slice(None)) -> Ints:
        links = self._apart.links
        outside: Ints = np.maximum(0, links.low[rows] - sums) + np.maximum(
            0, sums - links.high[rows]
        )
        return outside

    def _priced(self, sums: Ints, rows: Ints | slice = slice(None)) -> Ints:
        return self._outside(sums, rows) * self._cost[rows]

    def _ranges(self, people: Sequence[int]) -> Ranges:
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
        cells = cells_of(model, grid)
        for subproblem in self._apart.people:
            person = subproblem.person
            self.values[person] = np.isin(subproblem.variables, cells).astype(np.int64)
            question = self._auxiliary(person)
            answer = self.answer(question, question.solve())
            if answer is None:
                return False
            self.accept(answer)
        return True

    def _auxiliary(self, person: int) -> Question:
        """Return what a person chooses when all cells are given, as a model."""
        subproblem = self._apart.people[person]
        free = {person: subproblem.slots == NO_SLOT}
        part = self._part(free)
        part.minimize({person: subproblem.cost})
        return self._question(part, free, alone(_AUXILIARY_UNITS))

    def first_year(self, person: int, units: float, near: Ints) -> Question:
        """Return what somebody without a year chooses, given those who have one, as a model.

        Parameters
        ----------
        units
            Deterministic units to spend at most.
        near : int array (N,)
            Variables of cells that had better hold.
        """
        subproblem = self._apart.people[person]
        free = {person: np.ones(len(subproblem.cost), dtype=np.bool_)}
        self.values[person] = np.zeros(len(subproblem.cost), dtype=np.int64)
        part = self._part(free)
        rows = subproblem.link_rows
        sums = self._sums[rows]
        change = self._priced(sums + subproblem.link_weights, rows) - self._priced(sums, rows)
        prices = subproblem.cost.copy()
        np.add.at(prices, subproblem.link_columns, _URGENCY * change)
        prices[np.isin(subproblem.variables, near)] -= self._dearest
        part.minimize({person: prices})
        return self._question(part, free, alone(units))

    def ask(self, free: dict[int, Bools], units: float, seed: int) -> Question:
        """Return how people would choose together what is free, as a model.

        Parameters
        ----------
        free
            By person: whether a column is free, bool array (C,).
        units
            Deterministic units to spend at most.
        seed
            Of what the solver draws.
        """
        part = self._part(free)
        sums, terms = self._sums.copy(), dict[int, list[tuple[int, cp_model.IntVar]]]()
        for person, open_ in free.items():
            subproblem, values = self._apart.people[person], self.values[person]
            columns = part.columns[person]
            mine = open_[subproblem.link_columns]
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
            low, high = int(links.low[row]) - given, int(links.high[row]) - given
            part.add_link(members, low, high, int(self._cost[row]))
        part.minimize({person: self._apart.people[person].cost for person in free})
        part.hint(self.values)
        solver = one_thread(units)
        # Head counts of people who are much alike say most in the linear relaxation: see ADR 27.
        solver.parameters.linearization_level = 2
        solver.parameters.random_seed = seed
        return self._question(part, free, solver)

    def _part(self, free: dict[int, Bools]) -> Part:
        part = Part(self._apart, 1)
        part.add_levels(held=self.held)
        part.limit_ties(self._ranges(list(free)))
        for person, open_ in free.items():
            part.add_person(
                self._apart.people[person], self._rows[person], self.values[person], open_
            )
        return part

    def _question(self, part: Part, free: dict[int, Bools], solver: cp_model.CpSolver) -> Question:
        return Question(part, solver, free, {person: self.values[person] for person in free})

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
        for person in question.free:
            new = self.values[person].copy()
            for column, variable in part.columns[person].items():
                new[column] = solver.value(variable)
            values[person] = new
        levels = {index: solver.value(variable) for index, variable in part.levels.items()}
        return Answer(values, levels)

    def fits(self, answer: Answer) -> bool:
        """Return whether all ties hold with an answer; others may have changed meanwhile."""
        ranges = self._ranges(list(answer.values))
        for number, tie in enumerate(self._apart.ties):
            total = sum(weight * answer.levels[index] for index, weight in tie)
            if not ranges.low[number] <= total <= ranges.high[number]:
                return False
        return True

    def gain(self, answer: Answer) -> int | None:
        """Return by how much an answer betters the priced schedule; None where it does not fit."""
        if not self.fits(answer):
            return None
        sums, own = self._sums.copy(), 0
        for person, values in answer.values.items():
            subproblem = self._apart.people[person]
            sums += self._contribution(person, values) - self._given[person]
            own += int(subproblem.cost @ (values - self.values[person]))
        for index, value in answer.levels.items():
            own += self._apart.levels[index].cost * (value - self.levels[index])
        return int((self._priced(self._sums) - self._priced(sums)).sum()) - own

    def _contribution(self, person: int, values: Ints) -> Ints:
        subproblem = self._apart.people[person]
        sums: Ints = np.zeros(len(self._sums), dtype=np.int64)
        np.add.at(
            sums, subproblem.link_rows, subproblem.link_weights * values[subproblem.link_columns]
        )
        return sums

    def accept(self, answer: Answer) -> None:
        """Change the schedule."""
        for person, values in answer.values.items():
            given = self._contribution(person, values)
            self._sums += given - self._given[person]
            self._given[person] = given
            self.values[person] = values
            self._note_ties(person)
        self.levels = answer.levels

    def _note_ties(self, person: int) -> None:
        tied = self._ties[person] != NO_TIE
        if not tied.any():
            return
        sums = self._rows[person].at(self.values[person])[tied]
        ties = self._ties[person][tied]
        rows = self._apart.people[person].tied
        low = np.array([row.low for row in rows]) - sums
        high = np.array([row.high for row in rows]) - sums
        self._tie_low[person], self._tie_high[person] = self._widest.T
        np.maximum.at(self._tie_low[person], ties, low)
        np.minimum.at(self._tie_high[person], ties, high)

    @property
    def by_variable(self) -> dict[int, int]:
        """Return the values of everybody's variables and of levels, by index in the model."""
        values = dict(self.levels)
        for person in self._apart.people:
            values |= zip(person.variables, self.values[person.person].tolist(), strict=True)
        return values

    def grid(self, model: RotationModel) -> Grid:
        """Return the schedule."""
        years = [self.values[person.person] for person in self._apart.people]
        return grid_of(model, self._apart, years)


def cells_of(model: RotationModel, grid: Grid) -> Ints:
    """Return the variables of cells that hold in a schedule, int16 array (P, S): int array (N,)."""
    return np.array([one.index for one, holds in model.cells_in(grid) if holds], dtype=np.int64)


def _widest(apart: Decomposition, tie: Tie) -> tuple[int, int]:
    """Return the limits that the levels of a tie have by themselves."""
    ends = [
        (weight * apart.levels[index].lower, weight * apart.levels[index].upper)
        for index, weight in tie
    ]
    return sum(min(pair) for pair in ends), sum(max(pair) for pair in ends)
