"""A stored programme as the engine's `Program`, and back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import today
from app.core.exceptions import InvalidStateError
from app.core.words import Decision
from app.db.base import JsonObject, new_id
from app.models import (
    AcademicYear,
    Appointment,
    DutyType,
    Leave,
    Person,
    Program,
    Request,
    RotationType,
    Rule,
)
from app.repositories import engine_json
from app.repositories.engine_rows import (
    dump_settings,
    duty_of,
    new_appointment,
    new_duty,
    new_leaves,
    new_person,
    new_requests,
    new_rotation,
    new_rule,
    new_year,
    person_of,
    rotation_of,
    rule_of,
    settings_of,
)
from app.scheduling.domain import program as engine_program
from app.scheduling.domain.calendar import Calendar


@dataclass(frozen=True)
class StoredProgram:
    """A programme in one academic year, with the rows that its parts come from.

    Parameters
    ----------
    program
        As the engine knows it, without assignments: those belong to schedules.
    people, rotation_types, duty_types, rules
        Rows in the order of the programme's own.
    """

    row: Program
    year: AcademicYear
    program: engine_program.Program
    people: tuple[Person, ...]
    rotation_types: tuple[RotationType, ...]
    duty_types: tuple[DutyType, ...]
    rules: tuple[Rule, ...]

    @cached_property
    def person_ids(self) -> dict[str, UUID]:
        """The id of each person's row by the engine's id."""
        return {person.key: person.id for person in self.people}

    @cached_property
    def person_keys(self) -> dict[UUID, str]:
        """The engine's id of each person by the row's."""
        return {person.id: person.key for person in self.people}

    @cached_property
    def rotation_ids(self) -> dict[str, UUID]:
        """The id of each rotation type's row by code."""
        return {kind.code: kind.id for kind in self.rotation_types}

    @cached_property
    def rotation_codes(self) -> dict[UUID, str]:
        """The code of each rotation type by the row's id."""
        return {kind.id: kind.code for kind in self.rotation_types}

    @cached_property
    def duty_ids(self) -> dict[str, UUID]:
        """The id of each duty type's row by code."""
        return {duty.code: duty.id for duty in self.duty_types}

    @cached_property
    def duty_codes(self) -> dict[UUID, str]:
        """The code of each duty type by the row's id."""
        return {duty.id: duty.code for duty in self.duty_types}


@dataclass(frozen=True)
class StoredParts:
    """The rows of a programme in one academic year, whether or not they make a programme yet.

    Parameters
    ----------
    given
        What the engine's `Program` is made of.
    people, rotation_types, duty_types, rules
        In the programme's order.
    leaves, requests
        Approved ones by the person's row, in the order of the person's own.
    """

    row: Program
    year: AcademicYear
    given: dict[str, Any]
    people: tuple[Person, ...]
    rotation_types: tuple[RotationType, ...]
    duty_types: tuple[DutyType, ...]
    rules: tuple[Rule, ...]
    leaves: dict[UUID, list[Leave]]
    requests: dict[UUID, list[Request]]


class ProgramStore:
    """Reads and writes whole programmes; whoever calls has checked what the caller may do."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def year_from(self, program_id: UUID, start: date) -> AcademicYear:
        """Return the academic year that begins on a day.

        Raises
        ------
        InvalidStateError
            When none does.
        """
        for year in await self.years(program_id):
            if year.start_date == start:
                return year
        raise InvalidStateError(
            f"No academic year of the programme begins on {start}: make it first.",
            {"start_date": str(start)},
            code="NO_ACADEMIC_YEAR",
        )

    async def year_on(self, program_id: UUID, day: date) -> AcademicYear:
        """Return the academic year that a day lies in.

        Raises
        ------
        InvalidStateError
            When the programme has none.
        """
        found = await self.session.scalar(
            select(AcademicYear)
            .where(
                AcademicYear.program_id == program_id,
                AcademicYear.start_date <= day,
                AcademicYear.end_date >= day,
            )
            .order_by(AcademicYear.start_date.desc())
            .limit(1)
        )
        if found is None:
            raise InvalidStateError(
                f"The programme has no academic year with {day}: make it first.",
                {"day": str(day)},
                code="NO_ACADEMIC_YEAR",
            )
        return found

    async def years(self, program_id: UUID) -> Sequence[AcademicYear]:
        """Return a programme's academic years in order of time."""
        statement = select(AcademicYear).where(AcademicYear.program_id == program_id)
        return (await self.session.scalars(statement.order_by(AcademicYear.start_date))).all()

    async def years_ahead(self, program_id: UUID) -> Sequence[AcademicYear]:
        """Return the academic years that are not past, or else the latest, in order of time.

        A year is past when its last day is over by the programme's clocks.
        """
        years = await self.years(program_id)
        day = today((await self.session.get_one(Program, program_id)).time_zone)
        return [one for one in years if one.end_date >= day] or years[-1:]

    async def present_year(self, program_id: UUID, today: date) -> AcademicYear:
        """Return the academic year of today, or else the latest.

        Raises
        ------
        InvalidStateError
            When there is none.
        """
        years = await self.years(program_id)
        if not years:
            raise InvalidStateError(
                "The programme has no academic year: make one first.", code="NO_ACADEMIC_YEAR"
            )
        running = [one for one in years if one.start_date <= today <= one.end_date]
        return (running or years)[-1]

    async def load(self, year: AcademicYear) -> StoredProgram:
        """Return a programme in one of its academic years.

        Raises
        ------
        InvalidProgram
            When what is stored contradicts itself; every fault is listed.
        """
        parts = await self.read(year)
        program = engine_program.Program(**parts.given)
        ordered = parts.people, parts.rotation_types, parts.duty_types, parts.rules
        return StoredProgram(parts.row, year, program, *ordered)

    async def read(self, year: AcademicYear) -> StoredParts:
        """Return the parts of a programme in one of its academic years, as they are stored."""
        owner = year.program_id
        row = await self.session.get_one(Program, owner)
        people = await self._people(year)
        leaves = await self._by_person(_leaves(year))
        requests = await self._by_person(_requests(year))
        rotations = await self._ordered(RotationType, owner)
        duties = await self._ordered(DutyType, owner)
        rules = await self._ordered(Rule, owner)
        given = {
            "name": row.name,
            "specialty": row.specialty,
            "time_zone": row.time_zone,
            "calendar": engine_json.load(Calendar, year.calendar),
            "rotation_types": tuple(map(rotation_of, rotations)),
            "duty_types": tuple(map(duty_of, duties)),
            "rules": tuple(map(rule_of, rules)),
            "people": tuple(
                person_of(
                    person,
                    appointment,
                    leaves.get(person.id, ()),
                    requests.get(person.id, ()),
                )
                for person, appointment in people.items()
            ),
            **settings_of(row),
        }
        ordered = tuple(people), tuple(rotations), tuple(duties), tuple(rules)
        return StoredParts(row, year, given, *ordered, leaves, requests)

    async def save_new(
        self, program: engine_program.Program, formats: JsonObject, user_id: UUID
    ) -> StoredProgram:
        """Write a programme, its year and its people, but no assignments: schedules have them."""
        row = Program(
            id=new_id(),
            name=program.name,
            specialty=program.specialty,
            time_zone=program.time_zone,
            settings=dump_settings(program) | ({"formats": formats} if formats else {}),
        )
        self.session.add(row)
        await self.session.flush()
        year = new_year(row.id, program.calendar)
        rotations = [new_rotation(row.id, *one) for one in enumerate(program.rotation_types)]
        duties = [new_duty(row.id, *one) for one in enumerate(program.duty_types)]
        rules = [new_rule(row.id, *one) for one in enumerate(program.rules)]
        people = [new_person(row.id, *one) for one in enumerate(program.people)]
        self.session.add_all([year, *rotations, *duties, *rules, *people])
        await self.session.flush()
        for person, stated in zip(people, program.people, strict=True):
            self.session.add(new_appointment(person, year, stated))
            self.session.add_all(new_leaves(person, stated, program.calendar, user_id))
            self.session.add_all(new_requests(person, year, stated, user_id))
        await self.session.flush()
        return StoredProgram(
            row,
            year,
            replace(program, assignments=()),
            tuple(people),
            tuple(rotations),
            tuple(duties),
            tuple(rules),
        )

    async def _people(self, year: AcademicYear) -> dict[Person, Appointment]:
        """Return who is appointed in a year, in the programme's order."""
        statement = (
            select(Person, Appointment)
            .join(Appointment, Appointment.person_id == Person.id)
            .where(Appointment.academic_year_id == year.id)
            .order_by(Person.position, Person.key)
        )
        return dict((await self.session.execute(statement)).all())

    async def _ordered(self, table: type[Any], program_id: UUID) -> Sequence[Any]:
        statement = select(table).where(table.program_id == program_id)
        return (await self.session.scalars(statement.order_by(table.position, table.id))).all()

    async def _by_person(self, statement: Select[Any]) -> dict[UUID, list[Any]]:
        found: dict[UUID, list[Any]] = {}
        for row in await self.session.scalars(statement):
            found.setdefault(row.person_id, []).append(row)
        return found


def _leaves(year: AcademicYear) -> Select[Leave]:
    """Return the statement of approved absences that touch a year."""
    return (
        select(Leave)
        .where(
            Leave.program_id == year.program_id,
            Leave.decision == Decision.APPROVED,
            Leave.start_date <= year.end_date,
            Leave.end_date >= year.start_date,
        )
        .order_by(Leave.id)
    )


def _requests(year: AcademicYear) -> Select[Request]:
    """Return the statement of approved wishes for a year."""
    return (
        select(Request)
        .where(Request.academic_year_id == year.id, Request.decision == Decision.APPROVED)
        .order_by(Request.id)
    )
