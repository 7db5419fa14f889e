"""Placements, and their way to and from the grid."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from app.scheduling.domain.faults import Fault
from app.scheduling.domain.problem import ABSENT, Grid, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """A person's rotation type in one period, or in the part of it from `start` to `end`.

    `start` and `end` are the first and last day (both included), given where a period is split.
    """

    person: str
    period: int
    rotation: str
    start: date | None = None
    end: date | None = None


def to_placements(problem: Problem, grid: Grid) -> tuple[Placement, ...]:
    """Return the grid's cells in order of people and time; absent cells are left out."""
    split = {slot.period for slot in problem.slots if slot.part}
    placements = []
    for p, person in enumerate(problem.people):
        for s, slot in enumerate(problem.slots):
            if grid[p, s] == ABSENT:
                continue
            parts = slot.period in split
            placements.append(
                Placement(
                    person=person.id,
                    period=slot.period,
                    rotation=problem.rotations[grid[p, s]].code,
                    start=slot.start if parts else None,
                    end=slot.end - timedelta(1) if parts else None,
                )
            )
    return tuple(placements)


def to_grid(problem: Problem, placements: Iterable[Placement]) -> tuple[Grid, tuple[Fault, ...]]:
    """Return the grid that these placements fill, and what is wrong with them.

    Cells that no placement names are `ABSENT`. Fault paths begin with the placement's position.
    A placement without dates fills its whole period.
    """
    people = {person.id: number for number, person in enumerate(problem.people)}
    codes = {rotation.code: number for number, rotation in enumerate(problem.rotations)}
    slots: dict[int, list[int]] = {}
    for number, slot in enumerate(problem.slots):
        slots.setdefault(slot.period, []).append(number)
    grid = np.full(problem.shape[:2], ABSENT, dtype=np.int16)
    faults: list[Fault] = []
    for position, placement in enumerate(placements):
        person, code = people.get(placement.person), codes.get(placement.rotation)
        columns = slots.get(placement.period, [])
        if placement.start is not None:
            columns = [s for s in columns if problem.slots[s].start == placement.start]
        if person is None:
            faults.append(Fault((position, "person"), f"person {placement.person!r} is unknown"))
        elif code is None:
            faults.append(
                Fault((position, "rotation"), f"rotation type {placement.rotation!r} is unknown")
            )
        elif not columns:
            place = f"period {placement.period}"
            if placement.start is not None:
                place += f" from {placement.start}"
            faults.append(Fault((position, "period"), f"{place} does not exist"))
        else:
            for column in columns:
                if grid[person, column] != ABSENT:
                    label = f"{placement.person} has two placements in "
                    faults.append(Fault((position,), label + problem.slot_label(column)))
                grid[person, column] = code
    return grid, tuple(faults)
