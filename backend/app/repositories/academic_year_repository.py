from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from app.core.words import Decision
from app.models import AcademicYear, Leave, Placement
from app.repositories.base import Page, Repository, page


class AcademicYearRepository(Repository[AcademicYear]):
    """Academic years."""

    row = AcademicYear
    resource = "academic year"

    async def list_in_time(self, program_id: UUID, skip: int, limit: int) -> Page[AcademicYear]:
        """Return a programme's years in order of time."""
        statement = self.readable().where(AcademicYear.program_id == program_id)
        order = AcademicYear.start_date.expression
        return await page(self.session, statement, skip, limit, order)

    async def overlapping(self, year: AcademicYear) -> AcademicYear | None:
        """Return another year of the programme with a day in common."""
        with self.session.no_autoflush:
            return await self.session.scalar(
                select(AcademicYear)
                .where(
                    AcademicYear.program_id == year.program_id,
                    AcademicYear.id != year.id,
                    AcademicYear.start_date <= year.end_date,
                    AcademicYear.end_date >= year.start_date,
                )
                .limit(1)
            )

    async def has_placements(self, year: AcademicYear) -> bool:
        """Return whether any schedule has placements in a year."""
        statement = select(Placement.id).where(
            Placement.program_id == year.program_id,
            Placement.start_date.between(year.start_date, year.end_date),
        )
        return await self.session.scalar(statement.limit(1)) is not None

    async def leave_by_period(self, year: AcademicYear) -> Sequence[Leave]:
        """Return leave by period, open or approved, in a year."""
        statement = select(Leave).where(
            Leave.program_id == year.program_id,
            Leave.period.is_not(None),
            Leave.decision.in_([one for one in Decision if one.stands]),
            Leave.start_date.between(year.start_date, year.end_date),
        )
        return (await self.session.scalars(statement)).all()

    async def save(self, year: AcademicYear) -> None:
        """Write a new or changed year now."""
        self.session.add(year)
        await self.session.flush()
