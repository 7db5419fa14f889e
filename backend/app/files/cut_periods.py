"""Appointments and changes inside a period, on whose first day it is decided who is scheduled."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from app.files.faults import Place
from app.scheduling.domain.calendar import Slot, slot_label
from app.scheduling.domain.faults import Path
from app.scheduling.domain.people import Person
from app.scheduling.domain.program import Program
from app.scheduling.domain.result import Finding


class _Cut(NamedTuple):
    """A day inside a slot: where it stands in the person, and what comes of it."""

    path: Path
    day: date
    slot: int
    does: str
    scheduled: str


def cut_periods(program: Program, place: Callable[[Path], Place]) -> Iterator[Finding]:
    """Yield a warning for every appointment or change that does not go by whole periods.

    Parameters
    ----------
    place
        Where the value at a path of the programme stands.
    """
    slots = program.calendar.slots
    for position, person in enumerate(program.people):
        for cut in _cuts(person, slots):
            where, slot = place(("people", position, *cut.path)), slots[cut.slot]
            span = f"{_short(slot.start)} – {_short(slot.end - timedelta(1))}"
            yield Finding(
                rule="input",
                name="Inside a period",
                severity="warning",
                person=person.id,
                period=slot.period,
                date=cut.day,
                message=f"{where}: {person.label} {cut.does} on {cut.day}, inside "
                f"{slot_label(slots, cut.slot)} ({span}), and is scheduled {cut.scheduled}",
            )


def _cuts(person: Person, slots: Sequence[Slot]) -> Iterator[_Cut]:
    there = [n for n, slot in enumerate(slots) if person.is_scheduled(slot.start)]
    if person.start is not None:
        since = f"from {slot_label(slots, there[0])} on" if there else "in no period"
        for n in _inside(slots, person.start):
            yield _Cut(("start",), person.start, n, "starts", since)
    if person.end is not None:
        for n in _inside(slots, person.end + timedelta(1)):
            if n in there:
                yield _Cut(("end",), person.end, n, "leaves", "to its end")
    for number, change in enumerate(person.changes):
        for n in _inside(slots, change.start):
            if n in there:
                until = f"until {slot_label(slots, n + 1)}" if n + 1 in there else "to its end"
                path = ("changes", number, "start")
                yield _Cut(path, change.start, n, "changes", f"as before {until}")


def _inside(slots: Sequence[Slot], day: date) -> Iterator[int]:
    """Yield the slot in which a day lies without being its first, if there is one."""
    return (n for n, slot in enumerate(slots) if slot.start < day < slot.end)


def _short(day: date) -> str:
    """Return "1 Jul"."""
    return f"{day.day} {day:%b}"
