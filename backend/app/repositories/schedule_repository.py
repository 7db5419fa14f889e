from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, selectinload

from app.core.exceptions import NotFoundError
from app.models import Assignment, Block, Schedule
from app.repositories.base import Page, Repository, page


class ScheduleRepository(Repository[Schedule]):
    """Schedules and what stands in them."""

    row = Schedule
    resource = "schedule"

    async def get_to_change(self, schedule_id: UUID) -> Schedule:
        """Return a schedule as it is now, and keep others from changing it until the end.

        Raises
        ------
        NotFoundError
            When there is none that the caller may know of.
        ForbiddenError
            When the caller may know of it, and not do what the route does.
        """
        statement = self.readable().where(Schedule.id == schedule_id).with_for_update()
        found = await self.session.scalar(statement.execution_options(populate_existing=True))
        if found is None:
            raise NotFoundError(self.resource, schedule_id)
        self.access.check(found.program_id)
        return found

    async def list_newest(self, program_id: UUID, skip: int, limit: int) -> Page[Schedule]:
        """Return a programme's schedules, newest first."""
        statement = self.readable().where(Schedule.program_id == program_id)
        newest = (Schedule.created_at.desc(), Schedule.id.desc())
        return await page(self.session, statement, skip, limit, *newest)

    async def assignments(self, schedule_id: UUID) -> Sequence[Assignment]:
        """Return a schedule's assignments with person, block, rotation type and duty."""
        statement = (
            select(Assignment)
            .join(Assignment.block)
            .where(Assignment.schedule_id == schedule_id)
            .order_by(*Block.in_time(), Assignment.id)
            .options(
                contains_eager(Assignment.block),
                selectinload(Assignment.person),
                selectinload(Assignment.rotation_type),
                selectinload(Assignment.duty_type),
            )
        )
        return (await self.session.scalars(statement)).all()

    async def add(self, schedules: Sequence[Schedule]) -> None:
        """Write schedules."""
        self.session.add_all(schedules)
        await self.session.flush()

    async def save(self, schedule: Schedule) -> None:
        """Write changes now: the version rises and is checked before the answer is made."""
        await self.session.flush([schedule])

    async def delete(self, schedule: Schedule) -> None:
        """Have a schedule deleted with all that stands in it."""
        await self.session.delete(schedule)
