from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Exists, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from app.core.clock import today
from app.core.exceptions import NotFoundError
from app.core.words import PersonKind
from app.models import (
    AcademicYear,
    Appointment,
    Assignment,
    Membership,
    Person,
    Placement,
    Program,
)
from app.repositories.base import Page, Repository, page
from app.repositories.program_store import ProgramStore


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleFilter:
    """Whom to list; what is None says nothing.

    Parameters
    ----------
    text
        Part of the name or of the key, in any case.
    pgy
        Of an appointment, in `academic_year_id` if that is given.
    """

    text: str | None = None
    kind: PersonKind | None = None
    is_active: bool | None = None
    pgy: int | None = None
    academic_year_id: UUID | None = None
    user_id: UUID | None = None


class PersonRepository(Repository[Person]):
    """People with their appointments."""

    row = Person
    resource = "person"

    def readable(self) -> Select[Person]:
        """Return the statement that selects what the caller may know of, with appointments."""
        return super().readable().options(selectinload(Person.appointments))

    async def list_in_order(
        self, program_id: UUID, wanted: PeopleFilter, skip: int, limit: int
    ) -> Page[Person]:
        """Return a programme's people in its order."""
        statement = self.readable().where(Person.program_id == program_id)
        if wanted.text:
            part = wanted.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
            like = f"%{part}%"
            named = Person.name.ilike(like, escape="\\")
            statement = statement.where(or_(named, Person.key.ilike(like, escape="\\")))
        if wanted.kind is not None:
            statement = statement.where(Person.kind == wanted.kind)
        if wanted.is_active is not None:
            statement = statement.where(Person.is_active == wanted.is_active)
        if wanted.user_id is not None:
            statement = statement.where(Person.user_id == wanted.user_id)
        if wanted.pgy is not None or wanted.academic_year_id is not None:
            statement = statement.where(_appointed(wanted))
        order = (Person.position.expression, Person.key.expression)
        return await page(self.session, statement, skip, limit, *order)

    async def own(self, user_id: UUID) -> Sequence[Person]:
        """Return the people that a user is, one in each programme at most."""
        statement = self.readable().where(Person.user_id == user_id)
        return (await self.session.scalars(statement)).all()

    async def next_position(self, program_id: UUID) -> int:
        """Return the position after the last."""
        last = select(func.max(Person.position)).where(Person.program_id == program_id)
        found = await self.session.scalar(last)
        return 0 if found is None else found + 1

    async def keys(self, program_id: UUID) -> set[str]:
        """Return the keys that are taken."""
        statement = select(Person.key).where(Person.program_id == program_id)
        return set(await self.session.scalars(statement))

    async def is_member(self, user_id: UUID, program_id: UUID) -> bool:
        """Return whether a user is a member of a programme."""
        statement = select(Membership.id).where(
            Membership.user_id == user_id, Membership.program_id == program_id
        )
        return await self.session.scalar(statement) is not None

    async def schedules_with(self, person: Person) -> int:
        """Return in how many schedules a person stands."""
        found: set[UUID] = set()
        for table in (Placement, Assignment):
            statement = select(table.schedule_id).where(table.person_id == person.id).distinct()
            found.update(await self.session.scalars(statement))
        return len(found)

    async def year(self, year_id: UUID, program_id: UUID) -> AcademicYear | None:
        """Return an academic year of a programme."""
        statement = select(AcademicYear).where(AcademicYear.id == year_id)
        return await self.session.scalar(statement.where(AcademicYear.program_id == program_id))

    async def need_year(self, program_id: UUID, year_id: UUID | None) -> AcademicYear:
        """Return an academic year of a programme; the present or else the latest if none is said.

        Raises
        ------
        NotFoundError
            When there is no such year.
        InvalidStateError
            When the programme has none.
        """
        if year_id is not None:
            found = await self.year(year_id, program_id)
            if found is None:
                raise NotFoundError("academic year", year_id)
            return found
        program = await self.session.get_one(Program, program_id)
        return await ProgramStore(self.session).present_year(program_id, today(program.time_zone))

    async def save(self, person: Person) -> None:
        """Write a new or changed person now, with appointments."""
        self.session.add(person)
        await self.session.flush()
        await self.session.refresh(person, ["appointments"])

    async def delete(self, person: Person) -> None:
        """Delete a person now."""
        await self.session.delete(person)
        await self.session.flush()


async def emails_of(session: AsyncSession, people: Collection[UUID]) -> dict[UUID, str]:
    """Return people's addresses by their ids."""
    if not people:
        return {}
    rows = await session.execute(select(Person.id, Person.email).where(Person.id.in_(people)))
    return {row.id: row.email for row in rows}


def _appointed(wanted: PeopleFilter) -> Exists:
    appointed = select(Appointment.person_id).where(Appointment.person_id == Person.id)
    if wanted.pgy is not None:
        appointed = appointed.where(Appointment.pgy == wanted.pgy)
    if wanted.academic_year_id is not None:
        appointed = appointed.where(Appointment.academic_year_id == wanted.academic_year_id)
    return appointed.exists()
