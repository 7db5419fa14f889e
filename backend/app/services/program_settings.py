"""What a programme file says beside its lists: objective, groups, duty-hour policy."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.core.access import Access
from app.db.session import AsyncSession
from app.models import Program
from app.repositories.engine_rows import dump_section, settings_of
from app.repositories.program_repository import ProgramRepository
from app.services.law import law_of
from app.services.program_check import begin_edit, check_program
from app.services.versions import check_version


class ProgramSettings:
    """Reads and changes a programme's settings; they leave it without contradictions."""

    def __init__(self, session: AsyncSession, access: Access) -> None:
        self.session = session
        self.programs = ProgramRepository(session, access)

    async def get(self, program_id: UUID) -> dict[str, Any]:
        """Return every section, with the programme's version."""
        return _shown(await self.programs.get(program_id))

    async def update(
        self, program_id: UUID, changes: Mapping[str, Any], version: int | None
    ) -> dict[str, Any]:
        """Replace these sections.

        Raises
        ------
        InvalidStateError
            When the programme would contradict itself, or its policy cannot be applied.
        StaleError
            When it is not the version that the caller has read.
        """
        program = await self.programs.get(program_id)
        await begin_edit(self.session, program_id)
        check_version(program.version, version)
        written = {name: dump_section(name, value) for name, value in changes.items()}
        program.settings = {**program.settings, **written}
        await self.programs.save(program)
        for stored in await check_program(self.session, program_id):
            law_of(stored.program)
        return _shown(program)


def _shown(program: Program) -> dict[str, Any]:
    return {**settings_of(program), "version": program.version}
