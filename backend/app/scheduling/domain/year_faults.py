"""What lies outside the year, so that nothing would come of it."""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from app.scheduling.domain.faults import Fault, Path

if TYPE_CHECKING:
    from app.scheduling.domain.program import Program

OUTSIDE = "lies outside the year"
"""How every message of this kind ends."""


class _Dated(NamedTuple):
    """Days of the programme: what they are, where their first and last day stand."""

    what: str
    path: Path
    keys: tuple[str, str]
    start: date | None
    end: date | None


def year_faults(program: "Program") -> Iterator[Fault]:
    """Yield holidays, appointments, changes, leave and rules' `when` without a day in the year."""
    calendar = program.calendar
    mend = f"expected {calendar.start} to {calendar.last_day}"
    for what, path, (first, last), start, end in _dated(program):
        if not calendar.touches(start, end):
            late = start is not None and start >= calendar.stop
            yield Fault((*path, first if late else last), outside(what, start, end), mend)


def _dated(program: "Program") -> Iterator[_Dated]:
    on, from_, span = ("on", "on"), ("start", "start"), ("start", "end")
    for n, holiday in enumerate(program.calendar.holidays):
        yield _Dated("the holiday", ("calendar", "holidays", n), on, holiday.on, holiday.on)
    for position, person in enumerate(program.people):
        here: Path = ("people", position)
        yield _Dated("the appointment", here, span, person.start, person.end)
        for n, change in enumerate(person.changes):
            yield _Dated("the change", (*here, "changes", n), from_, change.start, change.start)
        for n, leave in enumerate(person.leave):
            yield _Dated("leave", (*here, "leave", n), span, leave.start, leave.end)
    for n, rule in enumerate(program.rules):
        yield _Dated("when", ("rules", n, "when"), span, rule.when.start, rule.when.end)


def outside(what: str, start: date | None, end: date | None) -> str:
    """Return what is to be said of days, the first and the last, that miss the year."""
    if start == end:
        return f"{what} on {start} {OUTSIDE}"
    first = "" if start is None else f" from {start}"
    last = "" if end is None else f" {'until' if start is None else 'to'} {end}"
    return f"{what}{first}{last} {OUTSIDE}"
