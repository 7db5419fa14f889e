"""Checking a schedule against a programme's rules, without any solver."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from app.scheduling.domain.problem import Grid, Problem
from app.scheduling.domain.result import Finding
from app.scheduling.domain.rule import Breach, Concern, Rule
from app.scheduling.rules.structure import structural_breaches

Places = dict[int, tuple[Breach, ...]]
"""Breaches of one rule by what they concern: people, slots, or 0 where that is the whole grid."""
Broken = tuple[tuple[Rule | None, Places], ...]
"""Breaches by rule: first those of the structure, then of hard rules, then of penalties."""
_MOST_APART = 4
_EVERY = slice(None)


def check_grid(problem: Problem, rules: Sequence[Rule], grid: Grid) -> tuple[Finding, ...]:
    """Return what is wrong: errors first (hard rules), then warnings (penalties)."""
    return findings_of(problem, Checker(problem, rules).check(grid))


class Checker:
    """Checks grids of one problem; after a change, only what the change concerns.

    Breaches are not in words yet: `findings_of` says them.
    """

    def __init__(self, problem: Problem, rules: Sequence[Rule]) -> None:
        self.problem = problem
        asked = [rule for rule in rules if rule.hard]
        asked += [rule for rule in rules if rule.mode == "penalty"]
        self._asked: tuple[Rule | None, ...] = (None, *asked)
        self._parts: dict[tuple[Concern, int], Problem] = {}

    def check(self, grid: Grid) -> Broken:
        """Return what is wrong; rules without a breach have none."""
        return tuple((rule, self._whole(rule, grid)) for rule in self._asked)

    def revise(self, broken: Broken, grid: Grid, cells: Collection[tuple[int, int]]) -> Broken:
        """Return what is wrong with a grid that differs from a checked one in some cells.

        It equals what `check` returns. What the change leaves as it was is the same object.

        Parameters
        ----------
        broken
            What is wrong with the grid that was checked.
        cells
            Person and slot of each cell that may be another.
        """
        if not cells:
            return broken
        people, slots = (frozenset(cell[axis] for cell in cells) for axis in (0, 1))
        touched = {"person": people, "slot": slots}
        return tuple((rule, self._revised(rule, former, grid, touched)) for rule, former in broken)

    def _revised(
        self, rule: Rule | None, former: Places, grid: Grid, touched: Mapping[str, frozenset[int]]
    ) -> Places:
        concern = _concern(rule)
        if concern == "all" or len(touched[concern]) > _MOST_APART:
            latter = self._whole(rule, grid)
        else:
            again = {place: self._at(rule, concern, place, grid) for place in touched[concern]}
            latter = {place: found for place, found in (former | again).items() if found}
        return former if latter == former else latter

    def _whole(self, rule: Rule | None, grid: Grid) -> Places:
        places: dict[int, list[Breach]] = {}
        concern = _concern(rule)
        for breach in _measure(rule, self.problem, grid):
            place = 0 if concern == "all" else getattr(breach, concern)
            places.setdefault(place, []).append(breach)
        return {place: tuple(found) for place, found in places.items()}

    def _at(
        self, rule: Rule | None, concern: Literal["person", "slot"], place: int, grid: Grid
    ) -> tuple[Breach, ...]:
        """Return the breaches of one person or in one slot."""
        own = slice(place, place + 1)
        cut = (own, _EVERY) if concern == "person" else (_EVERY, own)
        part = self._parts.get((concern, place))
        if part is None:
            part = self._parts[concern, place] = self.problem.part(*cut)
        found = _measure(rule, part, grid[cut])
        if concern == "person":
            return tuple(replace(breach, person=place) for breach in found)
        return tuple(replace(breach, slot=place) for breach in found)


def findings_of(problem: Problem, broken: Broken) -> tuple[Finding, ...]:
    """Return breaches in words: by rule, then by person or slot."""
    return tuple(
        _finding(problem, rule, breach)
        for rule, places in broken
        for place in sorted(places)
        for breach in places[place]
    )


def _concern(rule: Rule | None) -> Concern:
    return "person" if rule is None else rule.concern


def _measure(rule: Rule | None, problem: Problem, grid: Grid) -> Iterable[Breach]:
    return structural_breaches(problem, grid) if rule is None else rule.measure(problem, grid)


def _finding(problem: Problem, rule: Rule | None, breach: Breach) -> Finding:
    person = None if breach.person is None else problem.people[breach.person]
    slot = None if breach.slot is None else problem.slots[breach.slot]
    where = "" if breach.slot is None else f" in {problem.slot_label(breach.slot)}"
    subject = "" if person is None else f"{person.label}: "
    name = "Complete and eligible" if rule is None else rule.name
    return Finding(
        rule="structure" if rule is None else rule.kind,
        name=name,
        severity="error" if rule is None or rule.hard else "warning",
        person=None if person is None else person.id,
        period=None if slot is None else slot.period,
        date=None if slot is None else slot.start,
        measured=breach.measured,
        limit=breach.limit,
        unit=None if rule is None else rule.unit,
        message=f"{name}: {subject}{breach.what}{where}",
        source=None if rule is None else rule.source or None,
    )
