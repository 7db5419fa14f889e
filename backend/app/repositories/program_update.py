"""A stored programme made what a programme file says, row by row: what is the same stays."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, selectinload

from app.db.base import Base, JsonObject, new_id
from app.models import Assignment, Leave, Person, Placement, Program, Request, Schedule
from app.repositories.engine_rows import (
    SETTINGS,
    appointment_columns,
    dump_section,
    leave_of,
    new_appointment,
    new_leaves,
    new_person,
    new_requests,
    wish_of,
)
from app.repositories.part_repository import DUTY_TYPES, ROTATION_TYPES, RULES, PartKind
from app.repositories.program_store import StoredParts
from app.scheduling.domain import people as engine_people
from app.scheduling.domain.program import Program as EngineProgram

_NOWHERE = -1
"""The place of a row that has none yet."""


class Use(NamedTuple):
    """Something that schedules use: its part and key in programme files, and their names."""

    part: str
    key: str
    schedules: tuple[str, ...]


class ProgramUpdate:
    """What a programme file does to a stored programme; whoever calls has checked it.

    Parameters
    ----------
    held
        What is stored now, in the academic year of the file.
    program
        What the file says.
    """

    def __init__(self, session: AsyncSession, held: StoredParts, program: EngineProgram) -> None:
        self.session = session
        self.held = held
        self.program = program
        self.owner = held.row.id

    @property
    def periods_move(self) -> bool:
        """Whether the file's periods, or parts of them, lie elsewhere."""
        moved: bool = self.program.calendar.slots != self.held.given["calendar"].slots
        return moved

    async def name_is_taken(self) -> bool:
        """Return whether another programme is called so."""
        statement = select(Program.id).where(Program.name == self.program.name)
        return await self.session.scalar(statement.where(Program.id != self.owner)) is not None

    async def uses(self) -> list[Use]:
        """Return what the file takes away although schedules use it."""
        held, program = self.held, self.program
        people = _gone(held.people, "key", (one.id for one in program.people))
        rotations = _gone(held.rotation_types, "code", (one.code for one in program.rotation_types))
        duties = _gone(held.duty_types, "code", (one.code for one in program.duty_types))
        found = [
            *await self._standing("people", people, Placement.person_id, Assignment.person_id),
            *await self._standing(
                *("rotation_types", rotations),
                *(Placement.rotation_type_id, Assignment.rotation_type_id),
            ),
            *await self._standing("duty_types", duties, Assignment.duty_type_id),
        ]
        if self.periods_move:
            found += await self._placed()
        return found

    async def _standing(
        self, part: str, rows: Mapping[UUID, str], *columns: InstrumentedAttribute[Any]
    ) -> list[Use]:
        """Return which of these rows stand in schedules.

        A person may leave this year and stay in another: then only this year's schedules count.
        """
        here = Schedule.start_date.between(self.held.year.start_date, self.held.year.end_date)
        staying = await self._appointed_elsewhere() if part == "people" else set()
        names: dict[UUID, set[str]] = {}
        for column in columns:
            statement = (
                select(column, Schedule.name)
                .join(Schedule, Schedule.id == column.class_.schedule_id)
                .where(column.in_(rows), or_(here, column.not_in(staying)))
                .distinct()
            )
            for identity, name in await self.session.execute(statement):
                names.setdefault(identity, set()).add(name)
        return [
            Use(part, key, tuple(sorted(names[identity])))
            for identity, key in rows.items()
            if identity in names
        ]

    async def _placed(self) -> list[Use]:
        """Return the schedules whose placements would lie between the year's periods."""
        year = self.held.year
        statement = (
            select(Schedule.name)
            .join(Placement, Placement.schedule_id == Schedule.id)
            .where(
                Placement.program_id == self.owner,
                Placement.start_date.between(year.start_date, year.end_date),
            )
            .distinct()
        )
        names = sorted(await self.session.scalars(statement))
        return [Use("calendar", str(year.start_date), tuple(names))] if names else []

    async def _appointed_elsewhere(self) -> set[UUID]:
        return {
            one.id
            for one in (await self._everybody()).values()
            if any(each.academic_year_id != self.held.year.id for each in one.appointments)
        }

    async def _everybody(self) -> dict[str, Person]:
        """Return the programme's people of all years by their keys, with appointments."""
        statement = select(Person).where(Person.program_id == self.owner)
        found = await self.session.scalars(statement.options(selectinload(Person.appointments)))
        return {one.key: one for one in found}

    async def write(self, formats: JsonObject, user_id: UUID) -> None:
        """Write what is not the same; the calendar apart.

        Parameters
        ----------
        formats
            The file's own, as they are kept in the programme's settings.
        user_id
            Who asks for the leave and wishes that are new, and approves them.
        """
        program, held = self.program, self.held
        self._settings(formats)
        await self._parts(ROTATION_TYPES, "code", held.rotation_types, program.rotation_types)
        await self._parts(DUTY_TYPES, "code", held.duty_types, program.duty_types)
        await self._parts(RULES, "name", held.rules, program.rules)
        await self._people(user_id)
        await self.session.flush()

    def _settings(self, formats: JsonObject) -> None:
        row, given = self.held.row, self.held.given
        _set(
            row, {name: getattr(self.program, name) for name in ("name", "specialty", "time_zone")}
        )
        settings = dict(row.settings)
        for name in SETTINGS:
            value = getattr(self.program, name)
            if value != given[name]:
                settings[name] = dump_section(name, value)
        if formats != settings.get("formats", {}):
            settings["formats"] = formats
        _set(row, {"settings": settings})

    async def _parts(
        self, kind: PartKind[Any, Any], key: str, rows: Sequence[Any], stated: Sequence[Any]
    ) -> None:
        known = {getattr(row, key): row for row in rows}
        placed = []
        for one in stated:
            row = known.pop(getattr(one, key), None)
            if row is None:
                row = kind.row(program_id=self.owner, position=_NOWHERE)
                self.session.add(row)
            _set(row, kind.columns(one))
            placed.append(row)
        for row in known.values():
            await self.session.delete(row)
        _order(placed, max((row.position for row in rows), default=_NOWHERE))

    async def _people(self, user_id: UUID) -> None:
        year = self.held.year
        known = await self._everybody()
        last = max((one.position for one in known.values()), default=_NOWHERE)
        placed = []
        for stated in self.program.people:
            person = known.get(stated.id)
            if person is None:
                person = new_person(self.owner, _NOWHERE, stated)
                person.id = new_id()
                self.session.add(person)
            plain = {"name": stated.name, "email": stated.email, "tags": list(stated.tags)}
            _set(person, plain)
            here = [one for one in person.appointments if one.academic_year_id == year.id]
            if here:
                _set(here[0], appointment_columns(stated))
            else:
                person.appointments.append(new_appointment(person, year, stated))
            await self._asked(person, stated, user_id)
            placed.append(person)
        stated_keys = {one.id for one in self.program.people}
        for person in self.held.people:
            if person.key not in stated_keys:
                await self._dismiss(person)
        _order(placed, last)

    async def _dismiss(self, person: Person) -> None:
        """Take somebody out of the year, and out of the programme if they are in no other."""
        for row in (*self._leaves(person), *self._requests(person)):
            await self.session.delete(row)
        person.appointments = [
            one for one in person.appointments if one.academic_year_id != self.held.year.id
        ]
        if not person.appointments:
            await self.session.delete(person)

    async def _asked(self, person: Person, stated: engine_people.Person, user_id: UUID) -> None:
        """Write somebody's leave and wishes.

        Whoever is new in the year keeps what they have: no file could tell of it.
        """
        calendar = self.program.calendar
        gone, new = _matched(self._leaves(person), leave_of, stated.leave)
        self.session.add_all(new_leaves(person, replace(stated, leave=new), calendar, user_id))
        over, new = _matched(self._requests(person), wish_of, stated.wishes)
        wishing = replace(stated, wishes=new)
        self.session.add_all(new_requests(person, self.held.year, wishing, user_id))
        if person in self.held.people:
            for row in (*gone, *over):
                await self.session.delete(row)

    def _leaves(self, person: Person) -> Sequence[Leave]:
        return self.held.leaves.get(person.id, ())

    def _requests(self, person: Person) -> Sequence[Request]:
        return self.held.requests.get(person.id, ())


def _gone(rows: Iterable[Any], key: str, stated: Iterable[str]) -> dict[UUID, str]:
    """Return the rows that a file leaves out, with their keys."""
    known = set(stated)
    return {row.id: getattr(row, key) for row in rows if getattr(row, key) not in known}


def _set(row: Base, columns: Mapping[str, Any]) -> None:
    """Change what is not the same: what is has no new version, and no place in the audit trail."""
    for name, value in columns.items():
        if getattr(row, name) != value:
            setattr(row, name, value)


def _order(rows: Sequence[Any], last: int) -> None:
    """Have rows rise in their programme's order; those that do already keep their places.

    Parameters
    ----------
    last
        The highest place that is taken.
    """
    old = [row.position for row in rows if row.position != _NOWHERE]
    at_the_end = all(row.position == _NOWHERE for row in rows[len(old) :])
    if at_the_end and all(one < other for one, other in pairwise(old)):
        for place, row in enumerate(rows[len(old) :], last + 1):
            row.position = place
        return
    for place, row in enumerate(rows):
        _set(row, {"position": place})


def _matched(
    rows: Sequence[Any], read: Callable[[Any], Any], stated: Sequence[Any]
) -> tuple[list[Any], tuple[Any, ...]]:
    """Return the rows that are not stated any more, and what is new."""
    wanted = Counter(stated)
    gone = []
    for row in rows:
        one = read(row)
        if wanted[one]:
            wanted[one] -= 1
        else:
            gone.append(row)
    return gone, tuple(wanted.elements())
