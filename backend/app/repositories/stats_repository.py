"""Counts of a programme's rows."""

from datetime import date
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.words import AssignmentStatus
from app.models import Assignment, Person, Publication, Schedule
from app.repositories.program_state import program_state


class StatsRepository:
    """Counts of one programme; whoever calls has checked what the caller may do."""

    def __init__(self, session: AsyncSession, program_id: UUID) -> None:
        self.session = session
        self.program_id = program_id

    async def stamp(self) -> str:
        """Return a text that changes with every revision, publication or part of a programme."""
        schedules = select(
            func.count(),
            func.coalesce(func.sum(Schedule.revision), 0),
            func.max(Schedule.updated_at),
        ).where(Schedule.program_id == self.program_id)
        told = select(func.max(Publication.number)).where(Publication.program_id == self.program_id)
        rows = (await self.session.execute(schedules)).one()
        newest = await self.session.scalar(told)
        state = await program_state(self.session, self.program_id)
        return repr((state, newest, *map(str, rows)))

    async def people(self) -> int:
        """Return how many people are active."""
        statement = select(func.count()).where(
            Person.program_id == self.program_id, Person.is_active.is_(True)
        )
        return await self.session.scalar(statement) or 0

    async def schedules(self) -> int:
        """Return how many schedules there are."""
        statement = select(func.count()).where(Schedule.program_id == self.program_id)
        return await self.session.scalar(statement) or 0

    async def published_schedules(self) -> int:
        """Return how many schedules were ever published."""
        statement = select(func.count(Publication.schedule_id.distinct()))
        statement = statement.where(Publication.program_id == self.program_id)
        return await self.session.scalar(statement) or 0

    async def live_assignments(self, schedule_id: UUID) -> int:
        """Return how many assignments of a schedule are not cancelled."""
        statement = select(func.count()).where(
            Assignment.schedule_id == schedule_id,
            Assignment.status != AssignmentStatus.CANCELLED,
        )
        return await self.session.scalar(statement) or 0

    async def current(self, day: date) -> Schedule | None:
        """Return the newest schedule of a day, or else the newest."""
        of_day = (Schedule.start_date <= day) & (Schedule.end_date >= day)
        statement = (
            select(Schedule)
            .where(Schedule.program_id == self.program_id)
            .order_by(case((of_day, 0), else_=1), Schedule.created_at.desc(), Schedule.id.desc())
            .limit(1)
        )
        return await self.session.scalar(statement)

    async def newest_publication(self) -> Publication | None:
        """Return the newest publication."""
        statement = (
            select(Publication)
            .where(Publication.program_id == self.program_id)
            .order_by(Publication.number.desc())
            .limit(1)
        )
        return await self.session.scalar(statement)
