"""From a programme to the arrays of a problem."""

from datetime import date, timedelta

import numpy as np

from app.scheduling.domain.calendar import Slot
from app.scheduling.domain.people import Leave, Person
from app.scheduling.domain.problem import (
    FULL_LEAVE,
    HALF_LEAVE,
    NO_LEAVE,
    Bools,
    Grid,
    Problem,
    scope_mask,
)
from app.scheduling.domain.program import Program
from app.scheduling.domain.scope import Who


def compile_problem(program: Program, base: Grid | None = None) -> Problem:
    """Return the programme as arrays.

    Parameters
    ----------
    program
        A valid programme.
    base : int16 array (P, S)
        The schedule to stay close to.
    """
    slots, people = program.calendar.slots, program.people
    shape = (len(people), len(slots))
    present = np.zeros(shape, dtype=np.bool_)
    for p, person in enumerate(people):
        present[p] = [person.is_scheduled(slot.start) for slot in slots]
    leave = np.array([_leave(person, slots) for person in people], dtype=np.int8)
    appointments = tuple(
        tuple(person.appointment(slot.start) for slot in slots) for person in people
    )

    def holds(who: Who) -> Bools:
        return scope_mask(who, people, appointments, leave, program.groups)

    eligible = np.stack([holds(kind.who) for kind in program.rotation_types], axis=2)
    joined = np.zeros(shape, dtype=np.bool_)
    for split in program.calendar.splits:
        second = next(
            s for s, slot in enumerate(slots) if slot.period == split.period and slot.part
        )
        both = present[:, second] & present[:, second - 1]
        joined[:, second] = both & ~holds(split.who)[:, second]
    holidays = [holiday.on for holiday in program.calendar.holidays]
    holiday = np.array([any(slot.start <= day < slot.end for day in holidays) for slot in slots])
    return Problem(
        slots=slots,
        people=people,
        rotations=program.rotation_types,
        groups=program.groups,
        rotation_groups=program.rotation_groups,
        present=present,
        leave=leave,
        eligible=eligible & present[:, :, None],
        joined=joined,
        holiday=holiday,
        base=base,
        appointments=appointments,
        rules=program.rules,
    )


def _leave(person: Person, slots: tuple[Slot, ...]) -> list[int]:
    """Return how much of each slot the person is away: full, half or not."""
    dated = [(leave.start, leave.end) for leave in person.leave if leave.start and leave.end]
    split = {slot.period for slot in slots if slot.part}
    year = []
    for slot in slots:
        halves = sum(
            _by_period(leave, slot, split=slot.period in split)
            for leave in person.leave
            if leave.period == slot.period
        )
        days = _days_covered(slot, dated)
        away = FULL_LEAVE if days == slot.days else HALF_LEAVE if days else NO_LEAVE
        year.append(min(FULL_LEAVE, max(halves, away)))
    return year


def _by_period(leave: Leave, slot: Slot, *, split: bool) -> int:
    """Return what a leave in the slot's period takes of the slot."""
    if leave.half is None:
        return FULL_LEAVE
    if not split:
        return HALF_LEAVE
    return FULL_LEAVE if slot.part == ("first", "second").index(leave.half) else NO_LEAVE


def _days_covered(slot: Slot, spans: list[tuple[date, date]]) -> int:
    """Return how many days of the slot lie in any of the spans, which may overlap."""
    covered, day = 0, slot.start
    for start, end in sorted(spans):
        first, last = max(start, day), min(end, slot.end - timedelta(1))
        if first <= last:
            covered += (last - first).days + 1
            day = last + timedelta(1)
    return covered
