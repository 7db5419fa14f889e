"""Pre-assignments: what was decided beforehand for each person."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from app.scheduling.domain.people import Preassignment
from app.scheduling.domain.problem import Bools, Problem
from app.scheduling.domain.rule import CellRule, once
from app.scheduling.rules.words import listed


@dataclass(frozen=True, slots=True, kw_only=True)
class PreassignmentsKept(CellRule):
    """Everybody in scope is where their own pre-assignments say, in all slots of their periods."""

    title: ClassVar[str] = "Pre-assignments"

    kind: Literal["preassignments"] = "preassignments"

    @once
    def allowed(self, problem: Problem) -> Bools:
        """Return what the pre-assignments of each person leave."""
        inside = problem.scope(self.who, self.when)
        result = np.ones(problem.shape, dtype=np.bool_)
        for number, person in enumerate(problem.people):
            for decided in person.preassignments:
                left = _left(problem, decided)
                for slot in _slots(problem, decided):
                    if inside[number, slot]:
                        result[number, slot] &= left
        return result

    def cell_message(self, problem: Problem, person: int, slot: int, code: str) -> str:
        """Return what was decided instead."""
        return f"on {code}, pre-assigned {' and '.join(_decided(problem, person, slot, code))},"

    def describe(self) -> str:
        """Return the rule in words."""
        return "Everybody is where their pre-assignments say."


def _slots(problem: Problem, decided: Preassignment) -> list[int]:
    """Return the slots that one pre-assignment speaks of."""
    slots = problem.slots_of(decided.periods)
    if decided.half is None:
        return slots
    part = ("first", "second").index(decided.half)
    periods = {problem.slots[slot].period for slot in slots if problem.slots[slot].part}
    return [
        slot
        for slot in slots
        if problem.slots[slot].part == part and problem.slots[slot].period in periods
    ]


def _left(problem: Problem, decided: Preassignment) -> Bools:
    """Return what one pre-assignment leaves: bool array (V,)."""
    named = np.zeros(len(problem.rotations), dtype=np.bool_)
    named[list(problem.codes(decided.one_of or decided.never))] = True
    return named if decided.one_of else ~named


def _decided(problem: Problem, person: int, slot: int, code: str) -> Iterator[str]:
    """Yield in words the pre-assignments of a cell that do not leave this rotation."""
    (number,) = problem.codes((code,))
    for decided in problem.people[person].preassignments:
        if slot in _slots(problem, decided) and not _left(problem, decided)[number]:
            names = listed(decided.one_of or decided.never)
            yield f"to {names}" if decided.one_of else f"off {names}"
