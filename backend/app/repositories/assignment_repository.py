from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.orm import selectinload
from sqlalchemy.orm.interfaces import ORMOption

from app.core.exceptions import NotFoundError
from app.core.words import AssignmentStatus
from app.models import Assignment, Block
from app.repositories.base import Page, Repository, page
from app.repositories.cells import HalfDay


class AssignmentFilter(NamedTuple):
    """Which assignments of a schedule are meant; None: all."""

    person_id: UUID | None = None
    first: date | None = None
    last: date | None = None
    status: AssignmentStatus | None = None


class AssignmentRepository(Repository[Assignment]):
    """Assignments with their person, block, rotation type and duty type."""

    row = Assignment
    resource = "assignment"

    async def whole(self, assignment_id: UUID) -> Assignment:
        """Return an assignment as it is now.

        Raises
        ------
        NotFoundError
            When there is none, or the caller may not know of it.
        ForbiddenError
            When the caller may know of it, and not do what the route does.
        """
        statement = self.readable().where(Assignment.id == assignment_id)
        return await self._one(statement, assignment_id)

    async def whole_to_change(self, assignment_id: UUID) -> Assignment:
        """Return an assignment, and keep others from changing it until the end.

        Whoever calls holds its schedule.
        """
        statement = self.readable().where(Assignment.id == assignment_id).with_for_update()
        return await self._one(statement, assignment_id)

    async def whole_at(self, schedule_id: UUID, cell: HalfDay) -> Assignment:
        """Return the assignment that stands in a half-day."""
        statement = (
            self.readable()
            .join(Assignment.block)
            .where(
                Assignment.schedule_id == schedule_id,
                Assignment.person_id == cell.person_id,
                Assignment.status != AssignmentStatus.CANCELLED,
                Block.date == cell.date,
                Block.session == cell.session,
            )
        )
        return await self._one(statement, f"{cell.date} {cell.session}")

    async def list_in_order(
        self, schedule_id: UUID, wanted: AssignmentFilter, skip: int, limit: int
    ) -> Page[Assignment]:
        """Return assignments of a schedule in order of time."""
        statement = self.readable().join(Assignment.block)
        statement = statement.where(Assignment.schedule_id == schedule_id)
        if wanted.person_id is not None:
            statement = statement.where(Assignment.person_id == wanted.person_id)
        if wanted.first is not None:
            statement = statement.where(Block.date >= wanted.first)
        if wanted.last is not None:
            statement = statement.where(Block.date <= wanted.last)
        if wanted.status is not None:
            statement = statement.where(Assignment.status == wanted.status)
        order = (*Block.in_time(), Assignment.person_id.expression, Assignment.id.expression)
        return await page(self.session, statement.options(*_whole()), skip, limit, *order)

    async def _one(self, statement: Select[Assignment], identity: UUID | str) -> Assignment:
        statement = statement.options(*_whole()).execution_options(populate_existing=True)
        found = await self.session.scalar(statement)
        if found is None:
            raise NotFoundError(self.resource, identity)
        self.access.check(found.program_id)
        return found


def _whole() -> Sequence[ORMOption]:
    parts = (Assignment.person, Assignment.block, Assignment.rotation_type, Assignment.duty_type)
    return [selectinload(part) for part in parts]
