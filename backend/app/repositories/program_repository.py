from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.access import Access
from app.core.exceptions import NotFoundError
from app.models import AcademicYear, Program
from app.repositories.base import Page, page


class ProgramRepository:
    """Programmes that the caller may know of."""

    def __init__(self, session: AsyncSession, access: Access) -> None:
        self.session = session
        self.access = access

    def readable(self) -> Select[Program]:
        """Return the statement that selects what the caller may know of."""
        programs = self.access.known_programs
        return (
            select(Program) if programs is None else select(Program).where(Program.id.in_(programs))
        )

    async def list_by_name(self, skip: int, limit: int) -> Page[Program]:
        """Return programmes by name."""
        order = (Program.name.expression, Program.id.expression)
        return await page(self.session, self.readable(), skip, limit, *order)

    async def get(self, program_id: UUID) -> Program:
        """Return one programme.

        Raises
        ------
        NotFoundError
            When there is none, or the caller may not know of it.
        ForbiddenError
            When the caller may know of it, and not do what the route does.
        """
        found = await self.session.scalar(self.readable().where(Program.id == program_id))
        if found is None:
            raise NotFoundError("program", program_id)
        self.access.check(program_id)
        return found

    async def meant(self, given: UUID | None) -> UUID:
        """Return the programme that a listing is of; it may be left out if there is one.

        A member's programme is there: the membership says so. Only an ADMIN may name any.

        Raises
        ------
        ProgramRequiredError
            When it is left out by an ADMIN, or by a user with several programmes.
        NotFoundError
            When there is none, or the caller may not know of it.
        """
        program_id = self.access.program(given)
        if self.access.is_admin:
            await self.need({program_id})
        return program_id

    async def need(self, program_ids: set[UUID]) -> None:
        """Refuse programmes that there are not; an ADMIN may name any.

        Raises
        ------
        NotFoundError
            When one is not there.
        """
        known = await self.session.scalars(select(Program.id).where(Program.id.in_(program_ids)))
        for unknown in program_ids.difference(known):
            raise NotFoundError("program", unknown)

    async def add_year(self, year: AcademicYear) -> None:
        """Write an academic year."""
        self.session.add(year)
        await self.session.flush()

    async def save(self, program: Program) -> None:
        """Write a new or changed programme now: name and version are checked before the answer."""
        self.session.add(program)
        await self.session.flush()


async def program_exists(session: AsyncSession, program_id: UUID) -> bool:
    """Return whether there is such a programme."""
    return await session.get(Program, program_id) is not None
