"""What people ask for: leave, and ranked wishes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import contains_eager

from app.core.exceptions import NotFoundError
from app.core.words import AssignmentStatus, Decision
from app.models import Assignment, Block, Leave, Request
from app.repositories.base import Page, Repository, page

Row = TypeVar("Row", Leave, Request)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedFilter:
    """What to list; what is None says nothing.

    Parameters
    ----------
    people
        Whose.
    first, last
        Leave that touches these days, both included.
    """

    people: Collection[UUID] | None = None
    decision: Decision | None = None
    first: date | None = None
    last: date | None = None


class AskedRepository(Repository[Row]):
    """Rows of one of the two."""

    async def get_to_change(self, identity: UUID) -> Row:
        """Return one as it is now, and keep others from changing it until the end.

        Raises
        ------
        NotFoundError
            When there is none that the caller may know of.
        """
        statement = self.readable().where(self.row.id == identity).with_for_update()
        found = await self.session.scalar(statement.execution_options(populate_existing=True))
        if found is None:
            raise NotFoundError(self.resource, identity)
        self.access.check(found.program_id)
        return found

    async def list_newest(
        self, program_id: UUID, wanted: AskedFilter, skip: int, limit: int
    ) -> Page[Row]:
        """Return what was asked for, newest first."""
        statement = self.filtered(program_id, wanted)
        newest = (self.row.created_at.desc(), self.row.id.desc())
        return await page(self.session, statement, skip, limit, *newest)

    def filtered(self, program_id: UUID, wanted: AskedFilter) -> Select[Row]:
        """Return the statement that selects what is wanted."""
        statement = self.readable().where(self.row.program_id == program_id)
        if wanted.people is not None:
            statement = statement.where(self.row.person_id.in_(wanted.people))
        if wanted.decision is not None:
            statement = statement.where(self.row.decision == wanted.decision)
        return statement

    async def save(self, row: Row) -> None:
        """Write a new or changed one now."""
        self.session.add(row)
        await self.session.flush()


class LeaveRepository(AskedRepository[Leave]):
    """Absences."""

    row = Leave
    resource = "leave"

    def filtered(self, program_id: UUID, wanted: AskedFilter) -> Select[Leave]:
        """Return the statement that selects what is wanted, in these days."""
        statement = super().filtered(program_id, wanted)
        if wanted.first is not None:
            statement = statement.where(Leave.end_date >= wanted.first)
        if wanted.last is not None:
            statement = statement.where(Leave.start_date <= wanted.last)
        return statement

    async def touched_assignments(self, leave: Leave) -> Sequence[Assignment]:
        """Return the live assignments on the days of an absence, in every schedule, with blocks."""
        statement = (
            select(Assignment)
            .join(Assignment.block)
            .where(
                Assignment.person_id == leave.person_id,
                Assignment.status != AssignmentStatus.CANCELLED,
                Block.date.between(leave.start_date, leave.end_date),
            )
            .order_by(*Block.in_time(), Assignment.id)
            .options(contains_eager(Assignment.block))
        )
        return (await self.session.scalars(statement)).all()


class RequestRepository(AskedRepository[Request]):
    """Ranked wishes."""

    row = Request
    resource = "request"

    async def has_rival(self, request: Request) -> bool:
        """Return whether another wish of the rank, open or approved, is the person's that year."""
        statement = select(Request.id).where(
            Request.person_id == request.person_id,
            Request.academic_year_id == request.academic_year_id,
            Request.rank == request.rank,
            Request.decision.in_([one for one in Decision if one.stands]),
            Request.id != request.id,
        )
        return await self.session.scalar(statement.limit(1)) is not None
