from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.access import Access
from app.core.exceptions import NotFoundError
from app.core.words import JobState
from app.models import Job
from app.repositories.base import Page, page


class JobRepository:
    """Jobs that the caller may know of; those of the platform are for ADMIN."""

    def __init__(self, session: AsyncSession, access: Access) -> None:
        self.session = session
        self.access = access

    def readable(self) -> Select[Job]:
        """Return the statement that selects what the caller may know of."""
        programs = self.access.known_programs
        return select(Job) if programs is None else select(Job).where(Job.program_id.in_(programs))

    async def list_newest(
        self,
        program_id: UUID,
        schedule_id: UUID | None,
        state: JobState | None,
        skip: int,
        limit: int,
    ) -> Page[Job]:
        """Return a programme's jobs, newest first."""
        statement = self.readable().where(Job.program_id == program_id)
        if schedule_id is not None:
            statement = statement.where(Job.schedule_id == schedule_id)
        if state is not None:
            statement = statement.where(Job.state == state)
        newest = (Job.created_at.desc(), Job.id.desc())
        return await page(self.session, statement, skip, limit, *newest)

    async def get(self, job_id: UUID, *, to_change: bool = False) -> Job:
        """Return one job; `to_change` locks it until the end of the transaction.

        Raises
        ------
        NotFoundError
            When there is none, or the caller may not know of it.
        ForbiddenError
            When the caller may know of it, and not do what the route does.
        """
        statement = self.readable().where(Job.id == job_id)
        found = await self.session.scalar(statement.with_for_update() if to_change else statement)
        if found is None:
            raise NotFoundError("task", job_id)
        if found.program_id is not None:
            self.access.check(found.program_id)
        return found

    async def add(self, job: Job) -> None:
        """Write a job now: its events refer to it."""
        self.session.add(job)
        await self.session.flush()
