"""What in duty types, templates, averaging groups and assignments contradicts itself."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from app.scheduling.domain.duties import Assignment, DutyType, Session
from app.scheduling.domain.faults import Fault, Path
from app.scheduling.domain.year_faults import outside

if TYPE_CHECKING:
    from datetime import date

    from app.scheduling.domain.program import Program


def duty_faults(program: "Program") -> Iterator[Fault]:
    """Yield what is wrong, names that refer to nothing apart."""
    duties = {duty.code: duty for duty in program.duty_types}
    for position, duty in enumerate(program.duty_types):
        following = duties.get(duty.next_morning or "")
        if following is not None and not following.has("AM"):
            path: Path = ("duty_types", position, "next_morning")
            yield _has_no(path, following, "AM")
    yield from _templates(program, duties)
    yield from _averaging_groups(program)
    yield from assignment_faults(program, program.assignments)
    yield from _appointments(program)


def _templates(program: "Program", duties: dict[str, DutyType]) -> Iterator[Fault]:
    sessions: tuple[tuple[str, Session], ...] = (("am", "AM"), ("pm", "PM"), ("night", "NIGHT"))
    for position, kind in enumerate(program.rotation_types):
        for day, said in kind.template.items():
            if isinstance(said, str):
                continue
            for key, session in sessions:
                duty = duties.get(getattr(said, key) or "")
                if duty is not None and not duty.has(session):
                    path = ("rotation_types", position, "template", day, key)
                    yield _has_no(path, duty, session)


def _averaging_groups(program: "Program") -> Iterator[Fault]:
    group_of = {kind.code: kind.averaged_as for kind in program.rotation_types}
    first: dict[str, tuple[str, str]] = {}
    for position, kind in enumerate(program.rotation_types):
        group, specialty = kind.averaged_as, kind.specialty or program.specialty
        path = ("rotation_types", position, "averaging_group")
        code, other = first.setdefault(group, (kind.code, specialty))
        if group_of.get(group, group) != group:
            message = (
                f"averaging group {group!r} is a rotation type that is averaged as "
                f"{group_of[group]!r}"
            )
            yield Fault(path, message, f"write {group_of[group]!r}, or another name")
        elif other != specialty:
            message = (
                f"{code} and {kind.code} are averaged together, but their specialties are "
                f"{other!r} and {specialty!r}"
            )
            yield Fault(path, message, "average them apart")


def assignment_faults(program: "Program", assignments: Sequence[Assignment]) -> Iterator[Fault]:
    """Yield which assignments contradict each other, their duty types or the year.

    Paths begin with ``assignments`` and the position.
    """
    duties = {duty.code: duty for duty in program.duty_types}
    codes = {kind.code for kind in program.rotation_types}
    first, last = program.calendar.start, program.calendar.last_day
    yield from doubled_assignments(assignments)
    for position, one in enumerate(assignments):
        path: Path = ("assignments", position)
        if not first <= one.date <= last:
            message = outside("the assignment", one.date, one.date)
            yield Fault((*path, "date"), message, f"expected {first} to {last}")
        duty = duties.get(one.duty)
        if duty is not None and not duty.has(one.session):
            yield _has_no((*path, "duty"), duty, one.session)
        if one.rotation in program.rotation_groups and one.rotation not in codes:
            message = f"{one.rotation!r} is a rotation group"
            yield Fault((*path, "rotation"), message, "name one rotation type")


def doubled_assignments(assignments: Sequence[Assignment]) -> Iterator[Fault]:
    """Yield which assignments give a person a second duty in one half-day."""
    taken: dict[tuple[str, date, Session], int] = {}
    for position, one in enumerate(assignments):
        earlier = taken.setdefault((one.person, one.date, one.session), position)
        if earlier != position:
            message = f"{one.person} has two assignments on {one.date} {one.session}"
            path = ("assignments", position)
            yield Fault(path, f"{message}, first at entry {earlier + 1}", "keep one")


def _appointments(program: "Program") -> Iterator[Fault]:
    people = {person.id: person for person in program.people}
    for position, one in enumerate(program.assignments):
        person = people.get(one.person)
        if person is None:
            continue
        early = person.start is not None and one.date < person.start
        late = person.end is not None and one.date > person.end
        if early or late:
            message = f"{one.person} has no appointment on {one.date}"
            path = ("assignments", position, "date")
            yield Fault(path, message, "move or remove the assignment")


def _has_no(path: Path, duty: DutyType, session: Session) -> Fault:
    message = f"duty type {duty.code!r} has no {session.lower()}"
    return Fault(path, message, "give it a time then, or name another")
