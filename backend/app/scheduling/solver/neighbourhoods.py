"""Neighbourhoods of a schedule: who may choose what anew, together, while all else stays.

Large neighbourhood search (P. Shaw, doi:10.1007/3-540-49481-2_30) with two kinds of move that reach
what makes coverage hard to mend. One person too few in one week and one too many in another are
joined through stays that overlap and through everybody's totals: in *windows* a class of people
choose two stretches of slots, so that stays move from one to the other and back; in *years* a few
choose everything.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

import numpy as np

from app.scheduling.domain.problem import Bools, Floats, Ints, Problem
from app.scheduling.domain.rule import Rule
from app.scheduling.solver.decomposition import NO_SLOT, Decomposition
from app.scheduling.solver.lagrangian import Bounded
from app.scheduling.solver.model import RotationModel
from app.scheduling.solver.years import Years

_WIDTH, _COMPANY = 6, 4
"""Slots of a window and people of a year at first."""

_MOST_PEOPLE, _MOST_IN_COMPANY = 40, 16
"""In windows, and in years."""

_SMALLER, _LARGER = -0.1, 0.1
"""By how much a size changes after a move that brought something dearly, and after others."""

_TOO_LARGE = -1.0
"""By how much a size changes where the solver did not come to an end."""

MOVE_UNITS = 3.0
"""Deterministic units for a move at most."""

_CHEAP = 0.1
"""Deterministic units of a move that may as well be larger although it brought something."""

_BUILD_UNITS = 0.02
"""What building a move is taken to cost."""

_LEAST_SHARE, _MEMORY = 0.2, 0.97
"""Least share of the effort for a kind of move, and what of its record is kept at each move."""

_LEAST_OFTEN = 0.1
"""Least share of moves about broken linking rows, where there are any, and of moves about none."""

_TO_SPARE = 0.5
"""Share of windows of which one is where the service has people to spare."""

_MIXED = 0.5
"""Share of moves with people of all classes among those about no broken row."""

_LEAST_REGRET = 0.1
"""Of the mean: what somebody without any is taken to have."""


def classes_of(problem: Problem, rules: tuple[Rule, ...]) -> list[list[int]]:
    """Return everybody in classes: those whom the same rules across people concern."""
    shared = [problem.who(rule.who) for rule in rules if rule.concern != "person"]
    classes: dict[tuple[bytes, ...], list[int]] = {}
    for person in range(len(problem.people)):
        concerned = tuple(scope[person].tobytes() for scope in shared)
        classes.setdefault(concerned, []).append(person)
    return list(classes.values())


@dataclass(slots=True)
class Kind:
    """A kind of move and its record.

    Parameters
    ----------
    size, most
        Of the next move, from 1 to `most`: slots of a window, or people.
    gained, units, moves
        Steps of the shortfall, effort and number of the moves, older ones counting less. The first
        figures stand for what is not known yet.
    """

    size: float
    most: int
    gained: float = 1.0
    units: float = 0.1
    moves: float = 1.0

    def judge(self, gain: int, units: float, *, ended: bool) -> None:
        """Note what a move brought, and whether it was solved to its end."""
        change = _TOO_LARGE if not ended else _SMALLER if gain > 0 and units > _CHEAP else _LARGER
        self.size = min(self.most, max(1, self.size + change))
        self.gained = _MEMORY * self.gained + gain
        self.units = _MEMORY * self.units + units + _BUILD_UNITS
        self.moves = _MEMORY * self.moves + 1


@dataclass(frozen=True, slots=True)
class Move:
    """Which columns of whom are free: bool arrays (C,); `kind` is told what came of it."""

    kind: Kind
    free: dict[int, Bools] = field(repr=False)
    seed: int


class Neighbourhoods:
    """Chooses moves: more of the kind that brings more, larger ones where smaller bring nothing.

    Parameters
    ----------
    model, apart
        The model, and the same taken apart.
    classes
        Everybody, in classes.
    workers
        How many moves are asked for at once.
    rng
        Draws all choices.
    """

    def __init__(
        self,
        model: RotationModel,
        apart: Decomposition,
        classes: list[list[int]],
        workers: int,
        rng: np.random.Generator,
    ) -> None:
        self._apart = apart
        self._classes = classes
        self._class_of = {person: own for own in classes for person in own}
        self._services = _services(model, apart, self._class_of)
        self._workers = workers
        self._rng = rng
        self._slots = model.problem.shape[1]
        largest = max(len(own) for own in classes)
        self._windows = Kind(min(_WIDTH, max(1, self._slots // 4)), max(1, self._slots // 2))
        self._years = Kind(min(_COMPANY, largest), min(_MOST_IN_COMPANY, largest))
        self._bounded: Bounded | None = None

    def heed(self, bounded: Bounded | None) -> None:
        """Prefer from now on people whose years cost more than the bound's prices say they must."""
        self._bounded = bounded

    def next_move(self, schedule: Years, busy: AbstractSet[int]) -> Move:
        """Return what to try next: about a broken linking row as often as these are of the gap.

        Parameters
        ----------
        busy
            People who are asked already; not everybody.
        """
        idle = [own for own in self._classes if busy.isdisjoint(own)] or self._classes
        some = {person for own in idle for person in own} - busy
        broken = [
            row
            for row in schedule.broken.tolist()
            if not some.isdisjoint(self._apart.links.people[row])
        ]
        begins = self._anywhere(), self._anywhere()
        about_broken = bool(broken) and self._rng.random() < self._share_of_broken(schedule)
        if about_broken:
            row = int(self._rng.choice(broken))
            person = int(self._rng.choice(sorted(some.intersection(self._apart.links.people[row]))))
            begins = self._slot_of(row, person), self._slot_to_spare(schedule, row)
        else:
            [person] = self._regretful(schedule, sorted(some), 1)
        mixed = not about_broken and self._rng.random() < _MIXED
        people = sorted(some) if mixed else [p for p in self._class_of[person] if p in some]
        if len(self._classes) < self._workers:
            most = max(2, len(self._class_of[person]) // self._workers)
            people = self._rng.permutation(people)[:most].tolist()
        kind = self._next_kind()
        if kind is self._windows:
            free = self._in_windows(self._regretful(schedule, people, _MOST_PEOPLE), begins)
        else:
            chosen = self._regretful(schedule, people, round(kind.size))
            free = {p: np.ones(len(self._apart.people[p].cost), dtype=np.bool_) for p in chosen}
        return Move(kind, free, int(self._rng.integers(1, 2**31 - 1)))

    def _share_of_broken(self, schedule: Years) -> float:
        """Return what share of the gap broken linking rows are."""
        total = schedule.priced - (0 if self._bounded is None else self._bounded.bound)
        return float(np.clip(schedule.broken_cost / max(total, 1), _LEAST_OFTEN, 1 - _LEAST_OFTEN))

    def _next_kind(self) -> Kind:
        """Draw a kind, so that the effort goes where it brings most."""
        kinds = (self._windows, self._years)
        rates = np.array([max(kind.gained, 1e-6) / kind.units for kind in kinds])
        rates = np.maximum(rates, _LEAST_SHARE * rates.max())
        often = rates * np.array([kind.moves / kind.units for kind in kinds])
        return kinds[int(self._rng.choice(len(kinds), p=often / often.sum()))]

    def _anywhere(self) -> int:
        return int(self._rng.integers(self._slots))

    def _slot_of(self, row: int, person: int) -> int:
        """Return a slot in which somebody can do something for a linking row."""
        subproblem = self._apart.people[person]
        slots = subproblem.slots[subproblem.link_columns[subproblem.link_rows == row]]
        cells = slots[slots != NO_SLOT]
        return int(self._rng.choice(cells)) if len(cells) else self._anywhere()

    def _slot_to_spare(self, schedule: Years, row: int) -> int:
        """Return a slot in which a linking row's service may have people to spare."""
        same = (self._services == self._services[row]).nonzero()[0]
        spare = schedule.spare(same)
        if not spare.any() or self._rng.random() >= _TO_SPARE:
            return self._anywhere()
        other = int(self._rng.choice(same, p=spare / spare.sum()))
        return self._slot_of(other, self._apart.links.people[other][0])

    def _in_windows(self, people: Sequence[int], slots: Sequence[int]) -> dict[int, Bools]:
        """Free everybody's columns in a window around each slot, and the auxiliary ones."""
        width = round(self._windows.size)
        begins = [slot - int(self._rng.integers(width)) for slot in slots]
        free: dict[int, Bools] = {}
        for person in people:
            own: Ints = self._apart.people[person].slots
            free[person] = own == NO_SLOT
            for begin in begins:
                free[person] |= (own >= begin) & (own < begin + width)
        return free

    def _regretful(self, schedule: Years, people: Sequence[int], count: int) -> list[int]:
        """Draw people, rather those whose year costs more than at the bound's prices it must."""
        count = min(count, len(people))
        likely: Floats = np.ones(len(people))
        if self._bounded is not None:
            regret = self._bounded.regret(schedule.values, people)
            if regret.any():
                likely = regret + _LEAST_REGRET * regret.mean()
        chosen: list[int] = self._rng.choice(
            people, count, replace=False, p=likely / likely.sum()
        ).tolist()
        return chosen


def _services(model: RotationModel, apart: Decomposition, class_of: dict[int, list[int]]) -> Ints:
    """Return a number for every linking row, the same for those of a service: int array (L,).

    A service is the same rotations for the same classes.
    """
    masks: dict[int, int] = {}
    pairs: list[Ints] = [np.zeros((0, 2), dtype=np.int64)]
    for subproblem in apart.people:
        rotations = (_rotations(model, index) for index in subproblem.variables)
        kind = np.array([masks.setdefault(mask, len(masks)) for mask in rotations], np.int64)
        pairs.append(np.column_stack([subproblem.link_rows, kind[subproblem.link_columns]]))
    row, kind = np.unique(np.concatenate(pairs), axis=0).T
    ends = np.searchsorted(row, np.arange(1, len(apart.links.low)))
    numbers: dict[tuple[bytes, frozenset[int]], int] = {}
    services = [
        (kinds.tobytes(), frozenset(class_of[person][0] for person in those))
        for kinds, those in zip(np.split(kind, ends), apart.links.people, strict=True)
    ]
    return np.array([numbers.setdefault(own, len(numbers)) for own in services], dtype=np.int64)


def _rotations(model: RotationModel, variable: int) -> int:
    """Return the rotations that a cell's variable stands for as a bit mask; 0 for others."""
    meaning = model.meanings.get(variable)
    return 0 if meaning is None else meaning[2]
