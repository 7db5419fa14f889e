from collections.abc import Mapping
from uuid import UUID

from app.models import Program
from app.repositories.base import Page
from app.repositories.engine_rows import new_year
from app.repositories.program_repository import ProgramRepository
from app.scheduling.domain.calendar import Calendar
from app.services.versions import check_version


class ProgramService:
    """What may be done with programmes."""

    def __init__(self, programs: ProgramRepository) -> None:
        self.programs = programs

    async def list_by_name(self, skip: int, limit: int) -> Page[Program]:
        """Return the programmes that the caller belongs to, by name."""
        return await self.programs.list_by_name(skip, limit)

    async def get(self, program_id: UUID) -> Program:
        """Return one programme."""
        return await self.programs.get(program_id)

    async def create(self, new: Mapping[str, object], first_year: Calendar) -> Program:
        """Make a programme with its first academic year."""
        program = Program(**new)
        await self.programs.save(program)
        await self.programs.add_year(new_year(program.id, first_year))
        return program

    async def update(
        self, program_id: UUID, changes: Mapping[str, object], version: int | None
    ) -> Program:
        """Change what is given.

        Raises
        ------
        StaleError
            When it is not the version that the caller has read.
        """
        program = await self.programs.get(program_id)
        check_version(program.version, version)
        for name, value in changes.items():
            setattr(program, name, value)
        await self.programs.save(program)
        return program
