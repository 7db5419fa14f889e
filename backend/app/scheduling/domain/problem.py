"""A programme compiled to arrays: what rules are checked on and posted from.

Shapes throughout: P people x S slots x V rotation types. A *grid* holds, for every person and slot,
the index of a rotation type, or `ABSENT` where the person has no appointment.
"""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from app.scheduling.domain.calendar import Slot, slot_label
from app.scheduling.domain.people import Change, Person
from app.scheduling.domain.rotations import RotationType
from app.scheduling.domain.scope import Periods, When, Who, expand_periods

if TYPE_CHECKING:
    from app.scheduling.domain.rule import Rule

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Grid = NDArray[np.int16]
Known = TypeVar("Known")

ABSENT = -1
NO_LEAVE, HALF_LEAVE, FULL_LEAVE = 0, 1, 2


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Problem:
    """People, slots and rotation types of one year, with what holds before any rule.

    Parameters
    ----------
    present : bool array (P, S)
        Whether the person has an appointment on the slot's first day.
    leave : int8 array (P, S)
        `NO_LEAVE`, `HALF_LEAVE` or `FULL_LEAVE`, from approved leave.
    eligible : bool array (P, S, V)
        Whether the rotation type is open to the person then (`RotationType.who`).
    joined : bool array (P, S)
        Whether the person keeps the rotation of the slot before (a period split for others).
    holiday : bool array (S,)
        Whether the slot contains a holiday.
    base : int16 array (P, S) or None
        The schedule to stay close to; `ABSENT` where it says nothing.
    appointments
        Per person and slot: PGY, track, cohort and FTE then.
    rules
        The programme's, for kinds that speak of other rules.
    whole
        The problem that this one is a part of; None: it is whole itself.
    """

    slots: tuple[Slot, ...]
    people: tuple[Person, ...]
    rotations: tuple[RotationType, ...]
    groups: dict[str, Who]
    rotation_groups: dict[str, tuple[str, ...]]
    present: Bools
    leave: NDArray[np.int8]
    eligible: Bools
    joined: Bools
    holiday: Bools
    base: Grid | None
    appointments: tuple[tuple[Change, ...], ...]
    rules: "tuple[Rule, ...]" = ()
    whole: "Problem | None" = None
    _place: tuple[slice, slice] = (slice(None), slice(None))
    _known: dict[Hashable, Any] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, int, int]:
        """P, S, V."""
        people, slots, rotations = self.eligible.shape
        return people, slots, rotations

    def recall(self, key: Hashable, make: Callable[[], Known]) -> Known:
        """Return what follows from the problem alone, worked out once; arrays cannot be written."""
        if key not in self._known:
            self._known[key] = _sealed(make())
        known: Known = self._known[key]
        return known

    def part(self, people: slice, slots: slice) -> "Problem":
        """Return the problem of some people and slots; who is in scope is as in the whole."""
        return replace(
            self,
            slots=self.slots[slots],
            people=self.people[people],
            present=self.present[people, slots],
            leave=self.leave[people, slots],
            eligible=self.eligible[people, slots],
            joined=self.joined[people, slots],
            holiday=self.holiday[slots],
            base=None if self.base is None else self.base[people, slots],
            appointments=tuple(year[slots] for year in self.appointments[people]),
            whole=self,
            _place=(people, slots),
            _known={},
        )

    def who(self, who: Who) -> Bools:
        """Return where `who` applies: bool array (P, S), false where the person is absent."""

        def mask() -> Bools:
            if self.whole is not None:
                return self.whole.who(who)[self._place]
            named = scope_mask(who, self.people, self.appointments, self.leave, self.groups)
            return named & self.present

        return self.recall(who, mask)

    def when(self, when: When) -> Bools:
        """Return where `when` applies: bool array (S,)."""
        return self.recall(when, lambda: when_mask(when, self.slots, self.holiday))

    def scope(self, who: Who, when: When) -> Bools:
        """Return where both apply: bool array (P, S)."""
        return self.recall((who, when), lambda: self.who(who) & self.when(when)[None, :])

    def codes(self, names: tuple[str, ...]) -> frozenset[int]:
        """Return the indices of rotation codes and rotation groups; empty names mean all."""
        return self.recall(("codes", names), lambda: self._codes(names))

    def _codes(self, names: tuple[str, ...]) -> frozenset[int]:
        if not names:
            return frozenset(range(len(self.rotations)))
        index = {rotation.code: number for number, rotation in enumerate(self.rotations)}
        wanted: set[int] = set()
        for name in names:
            members = (name,) if name in index else self.rotation_groups[name]
            wanted.update(index[code] for code in members)
        return frozenset(wanted)

    def on(self, grid: Grid, names: tuple[str, ...]) -> Bools:
        """Return who is on one of the named rotation types when: bool array (P, S)."""

        def lookup() -> Bools:
            named = np.zeros(len(self.rotations) + 1, dtype=np.bool_)  # the last entry is ABSENT
            named[list(self.codes(names))] = True
            return named

        result: Bools = self.recall(("on", names), lookup)[grid]
        return result

    @property
    def leave_rotations(self) -> frozenset[int]:
        """Indices of the rotation types that mean being away."""
        return frozenset(n for n, rotation in enumerate(self.rotations) if rotation.leave)

    def amounts(self, unit: str) -> tuple[Ints, int]:
        """Return how much each slot counts, and how many of these make one `unit`.

        `unit` is ``"periods"`` (a part counts by its days) or ``"weeks"`` (days over seven).

        Returns
        -------
        int array (S,), int
            Slot amounts in steps, and the steps in one unit.
        """
        return self.recall(("amounts", unit), lambda: self._amounts(unit))

    def _amounts(self, unit: str) -> tuple[Ints, int]:
        days = [slot.days for slot in self.slots]
        if unit == "weeks":
            return np.array(days, dtype=np.int64), 7
        total: dict[int, int] = {}
        for slot in self.slots:
            total[slot.period] = total.get(slot.period, 0) + slot.days
        shares = [Fraction(slot.days, total[slot.period]) for slot in self.slots]
        steps = int(np.lcm.reduce([share.denominator for share in shares]))
        return np.array([int(share * steps) for share in shares], dtype=np.int64), steps

    def slots_of(self, periods: Periods) -> list[int]:
        """Return the indices of the slots of these periods."""
        wanted = set(expand_periods(periods))
        return [number for number, slot in enumerate(self.slots) if slot.period in wanted]

    def slot_label(self, slot: int) -> str:
        """Return how people call a slot: "period 7", or "period 7b" for the second part."""
        return slot_label(self.slots, slot)


def _sealed(known: Known) -> Known:
    """Keep arrays, also those in tuples, from being written to: many look at them."""
    if isinstance(known, np.ndarray):
        known.flags.writeable = False
    elif isinstance(known, tuple):
        for one in known:
            _sealed(one)
    return known


def scope_mask(
    who: Who,
    people: tuple[Person, ...],
    appointments: tuple[tuple[Change, ...], ...],
    leave: NDArray[np.int8],
    groups: dict[str, Who],
) -> Bools:
    """Return where `who` holds: bool array (P, S)."""
    mask = np.ones(leave.shape, dtype=np.bool_)
    for field_name in ("pgy", "track", "cohort"):
        wanted = getattr(who, field_name)
        if wanted:
            mask &= np.array(
                [[getattr(now, field_name) in wanted for now in year] for year in appointments],
                dtype=np.bool_,
            ).reshape(leave.shape)
    if who.tags:
        mask &= np.array([bool(set(who.tags) & set(p.tags)) for p in people])[:, None]
    if who.people:
        mask &= np.array([p.id in who.people for p in people])[:, None]
    if who.full_leave is not None:
        mask &= ((leave == FULL_LEAVE).any(axis=1) == who.full_leave)[:, None]
    if who.groups:
        named = [
            scope_mask(groups[name], people, appointments, leave, groups) for name in who.groups
        ]
        mask &= np.logical_or.reduce(named)
    if who.exclude is not None:
        mask &= ~scope_mask(who.exclude, people, appointments, leave, groups)
    return mask


def when_mask(when: When, slots: tuple[Slot, ...], holiday: Bools) -> Bools:
    """Return where `when` holds: bool array (S,)."""
    mask = np.ones(len(slots), dtype=np.bool_)
    if when.periods:
        wanted = set(expand_periods(when.periods))
        mask &= np.array([slot.period in wanted for slot in slots])
    if when.except_periods:
        unwanted = set(expand_periods(when.except_periods))
        mask &= np.array([slot.period not in unwanted for slot in slots])
    if when.start is not None:
        mask &= np.array([slot.end > when.start for slot in slots])
    if when.end is not None:
        mask &= np.array([slot.start <= when.end for slot in slots])
    if when.holidays is not None:
        mask &= holiday == when.holidays
    return mask


def true_cells(mask: Bools) -> Iterator[tuple[int, int]]:
    """Yield the indices at which a bool array (P, S) is true, in order of people and time."""
    people, slots = np.nonzero(mask)
    yield from zip(people.tolist(), slots.tolist(), strict=True)


def true_rows(mask: Bools) -> list[int]:
    """Return the people with a true cell in a bool array (P, S)."""
    somewhere: Bools = np.logical_or.reduce(mask, axis=1)
    rows: list[int] = somewhere.nonzero()[0].tolist()
    return rows
