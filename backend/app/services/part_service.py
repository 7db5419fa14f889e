"""What may be done with the ordered parts of a programme: rotation types, duty types, rules."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Generic
from uuid import UUID

from app.core.access import Access
from app.core.exceptions import ConflictError, InvalidStateError
from app.db.session import AsyncSession
from app.repositories.base import Page
from app.repositories.part_repository import Kind, PartKind, PartRepository, Row
from app.repositories.program_repository import ProgramRepository
from app.services.program_check import begin_edit, check_program
from app.services.versions import check_version


class PartService(Generic[Row, Kind]):
    """Parts of one kind; every edit leaves a programme that does not contradict itself."""

    def __init__(self, session: AsyncSession, access: Access, kind: PartKind[Row, Kind]) -> None:
        self.session = session
        self.access = access
        self.kind = kind
        self.parts = PartRepository(session, access, kind)
        self.programs = ProgramRepository(session, access)

    async def list_in_order(self, program_id: UUID | None, skip: int, limit: int) -> Page[Row]:
        """Return a programme's parts in its order."""
        meant = await self.programs.meant(program_id)
        return await self.parts.list_in_order(meant, skip, limit)

    async def get(self, part_id: UUID) -> Row:
        """Return one part."""
        return await self.parts.get(part_id)

    async def create(self, program_id: UUID | None, new: Kind) -> Row:
        """Add a part at the end."""
        program = await self.programs.get(self.access.program(program_id))
        await begin_edit(self.session, program.id)
        position = await self.parts.next_position(program.id)
        row = self.kind.row(program_id=program.id, position=position, **self.kind.columns(new))
        await self._save(row)
        return row

    async def update(
        self, part_id: UUID, changes: Mapping[str, Any], position: int | None, version: int | None
    ) -> Row:
        """Change these parameters, and the place if one is given.

        Raises
        ------
        InvalidStateError
            When the parameters do not fit together.
        StaleError
            When it is not the version that the caller has read.
        """
        row = await self.parts.get(part_id)
        try:
            new = replace(self.kind.read(row), **changes)  # type: ignore[type-var] # a dataclass
        except ValueError as error:
            raise InvalidStateError(f"{str(error).capitalize()}.") from error
        return await self.put(row, new, position, version)

    async def put(self, row: Row, new: Kind, position: int | None, version: int | None) -> Row:
        """Put a part in place of one that is stored."""
        await begin_edit(self.session, row.program_id)
        check_version(row.version, version)
        for name, value in self.kind.columns(new).items():
            setattr(row, name, value)
        if position is not None:
            await self._move(row, position)
        await self._save(row)
        return row

    async def delete(self, part_id: UUID) -> None:
        """Delete a part.

        Raises
        ------
        ConflictError
            When it stands in a schedule.
        """
        row = await self.parts.get(part_id)
        await begin_edit(self.session, row.program_id)
        schedules = await self.parts.schedules_with(row)
        if schedules:
            raise ConflictError(
                f"This {self.kind.resource} stands in {schedules} schedules: it cannot go.",
                {"schedules": schedules},
            )
        await self.parts.delete(row)
        await check_program(self.session, row.program_id)

    async def _move(self, row: Row, position: int) -> None:
        others = [one for one in await self.parts.all_in_order(row.program_id) if one is not row]
        others.insert(position, row)
        for number, one in enumerate(others):
            one.position = number

    async def _save(self, row: Row) -> None:
        await self.parts.save(row)
        await check_program(self.session, row.program_id)
