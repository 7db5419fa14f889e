"""What may be done with people and their appointments."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.core.access import Access
from app.core.exceptions import ConflictError, InvalidStateError, NotFoundError
from app.db.base import new_id
from app.db.session import AsyncSession
from app.models import AcademicYear, Appointment, Person
from app.repositories import engine_json
from app.repositories.base import Page
from app.repositories.person_repository import PeopleFilter, PersonRepository
from app.repositories.program_repository import ProgramRepository
from app.scheduling.domain.people import Change, Preassignment
from app.services.program_check import begin_edit, check_program, check_years
from app.services.versions import check_version

_ENGINE = {"changes": tuple[Change, ...], "preassignments": tuple[Preassignment, ...]}
_LONGEST_KEY = 100


class PersonService:
    """People; every edit leaves a programme that does not contradict itself."""

    def __init__(self, session: AsyncSession, access: Access) -> None:
        self.session = session
        self.access = access
        self.people = PersonRepository(session, access)
        self.programs = ProgramRepository(session, access)

    async def list_in_order(
        self, program_id: UUID | None, wanted: PeopleFilter, skip: int, limit: int
    ) -> Page[Person]:
        """Return a programme's people in its order."""
        meant = await self.programs.meant(program_id)
        return await self.people.list_in_order(meant, wanted, skip, limit)

    async def get(self, person_id: UUID) -> Person:
        """Return one person."""
        return await self.people.get(person_id)

    async def create(
        self,
        program_id: UUID | None,
        new: Mapping[str, Any],
        appointment: Mapping[str, Any] | None,
        academic_year_id: UUID | None,
    ) -> Person:
        """Add a person at the end of the programme's order, appointed if that is given.

        Raises
        ------
        ConflictError
            When the key is taken.
        InvalidStateError
            When there is no academic year to be appointed in.
        """
        program = await self.programs.get(self.access.program(program_id))
        await begin_edit(self.session, program.id)
        taken = await self.people.keys(program.id)
        key = new.get("key") or _free_key(new["name"], taken)
        if key in taken:
            raise ConflictError(f"The key {key!r} is taken: give each person their own.")
        person = Person(
            id=new_id(),
            program_id=program.id,
            position=await self.people.next_position(program.id),
            key=key,
            name=new["name"],
            kind=new["kind"],
            email=new["email"] or "",
            tags=new["tags"],
        )
        if appointment is None:
            await self.people.save(person)
            return person
        year = await self.people.need_year(program.id, academic_year_id)
        person.appointments.append(_appointment(person, year, appointment))
        await self.people.save(person)
        await check_years(self.session, [year])
        return person

    async def update(
        self, person_id: UUID, changes: Mapping[str, Any], version: int | None
    ) -> Person:
        """Change what is given.

        Raises
        ------
        InvalidStateError
            When the account is no member of the programme.
        StaleError
            When it is not the version that the caller has read.
        """
        person = await self.people.get(person_id)
        await begin_edit(self.session, person.program_id)
        check_version(person.version, version)
        user_id = changes.get("user_id")
        if user_id is not None and not await self.people.is_member(user_id, person.program_id):
            raise InvalidStateError(
                "The account is no member of the programme: make it one first.",
                {"user_id": str(user_id)},
            )
        for name, value in changes.items():
            setattr(person, name, "" if name == "email" and value is None else value)
        await self.people.save(person)
        await check_program(self.session, person.program_id)
        return person

    async def appoint(
        self, person_id: UUID, year_id: UUID, appointment: Mapping[str, Any]
    ) -> Person:
        """Give a person this appointment in a year, in place of another that there was."""
        person = await self.people.get(person_id)
        await begin_edit(self.session, person.program_id)
        year = await self.people.year(year_id, person.program_id)
        if year is None:
            raise NotFoundError("academic year", year_id)
        found = [one for one in person.appointments if one.academic_year_id == year_id]
        if found:
            for name, value in _columns(appointment).items():
                setattr(found[0], name, value)
        else:
            person.appointments.append(_appointment(person, year, appointment))
        await self.people.save(person)
        await check_years(self.session, [year])
        return person

    async def remove_appointment(self, person_id: UUID, year_id: UUID) -> None:
        """Take a person's appointment in a year away."""
        person = await self.people.get(person_id)
        await begin_edit(self.session, person.program_id)
        found = [one for one in person.appointments if one.academic_year_id == year_id]
        if not found:
            raise NotFoundError("appointment", year_id)
        person.appointments.remove(found[0])
        await self.people.save(person)
        year = await self.people.need_year(person.program_id, year_id)
        await check_years(self.session, [year])

    async def delete(self, person_id: UUID, version: int | None) -> None:
        """Delete a person who stands in no schedule.

        Raises
        ------
        ConflictError
            When they do: what was planned stays.
        """
        person = await self.people.get(person_id)
        await begin_edit(self.session, person.program_id)
        check_version(person.version, version)
        schedules = await self.people.schedules_with(person)
        if schedules:
            raise ConflictError(
                f"{person.name} stands in {schedules} schedules: set is_active to false instead.",
                {"schedules": schedules},
            )
        await self.people.delete(person)
        await check_program(self.session, person.program_id)


def _free_key(name: str, taken: set[str]) -> str:
    """Return a key that says the name: ``ada-lovelace``, or ``ada-lovelace-2``."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[: _LONGEST_KEY - 10] or "person"
    key, number = stem, 1
    while key in taken:
        number += 1
        key = f"{stem}-{number}"
    return key


def _appointment(person: Person, year: AcademicYear, stated: Mapping[str, Any]) -> Appointment:
    return Appointment(
        program_id=person.program_id,
        person_id=person.id,
        academic_year_id=year.id,
        **_columns(stated),
    )


def _columns(stated: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of an appointment; what is the engine's is written as it writes it."""
    return {
        name: engine_json.dump(_ENGINE[name], value) if name in _ENGINE else value
        for name, value in stated.items()
    }
