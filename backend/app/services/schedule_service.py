"""Schedules as things: made, renamed, deleted. What stands in them is other services' matter."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from app.core.access import Access
from app.core.exceptions import ConflictError, InvalidStateError
from app.db.session import AsyncSession
from app.models import Assignment, Schedule
from app.repositories.base import Page
from app.repositories.block_repository import BlockRepository
from app.repositories.program_repository import ProgramRepository
from app.repositories.publication_repository import is_published
from app.repositories.schedule_repository import ScheduleRepository
from app.repositories.schedule_store import ScheduleStore
from app.schemas.base import LONGEST_DAYS
from app.services.versions import check_version

MOST_AT_ONCE = 100


class NewSchedule(NamedTuple):
    """What a schedule is made of."""

    name: str
    start_date: date
    end_date: date
    description: str
    program_id: UUID | None


class ScheduleService:
    """What may be done with schedules, within what the caller may do."""

    def __init__(self, session: AsyncSession, access: Access) -> None:
        self.session = session
        self.access = access
        self.schedules = ScheduleRepository(session, access)
        self.programs = ProgramRepository(session, access)
        self.blocks = BlockRepository(session)
        self.store = ScheduleStore(session)

    async def list_newest(self, program_id: UUID | None, skip: int, limit: int) -> Page[Schedule]:
        """Return a programme's schedules, newest first."""
        meant = await self.programs.meant(program_id)
        return await self.schedules.list_newest(meant, skip, limit)

    async def get(self, schedule_id: UUID) -> Schedule:
        """Return one schedule."""
        return await self.schedules.get(schedule_id)

    async def assignments(self, schedule: Schedule) -> Sequence[Assignment]:
        """Return all that stands in a schedule."""
        return await self.schedules.assignments(schedule.id)

    async def create(self, news: Sequence[NewSchedule]) -> list[Schedule]:
        """Make schedules with the blocks of their days: all or none.

        Raises
        ------
        InvalidStateError
            When they are more than `MOST_AT_ONCE`.
        """
        if len(news) > MOST_AT_ONCE:
            raise InvalidStateError(
                f"{len(news)} schedules are too many: at most {MOST_AT_ONCE} at once.",
                {"sent": len(news), "limit": MOST_AT_ONCE},
                code="TOO_MANY",
            )
        made = [
            Schedule(
                program_id=self.access.program(new.program_id),
                name=new.name,
                description=new.description,
                start_date=new.start_date,
                end_date=new.end_date,
                created_by=self.access.user_id,
            )
            for new in news
        ]
        await self.programs.need({schedule.program_id for schedule in made})
        await self.blocks.ensure((schedule.start_date, schedule.end_date) for schedule in made)
        await self.schedules.add(made)
        return made

    async def branch(self, schedule_id: UUID, name: str) -> Schedule:
        """Make a schedule that begins as another one is now; its revisions count anew."""
        parent = await self.schedules.get_to_change(schedule_id)
        branch = Schedule(
            program_id=parent.program_id,
            parent_id=parent.id,
            name=name,
            description=parent.description,
            start_date=parent.start_date,
            end_date=parent.end_date,
            created_by=self.access.user_id,
        )
        await self.schedules.add([branch])
        await self.store.copy_contents(parent, branch)
        return branch

    async def update(
        self, schedule_id: UUID, changes: Mapping[str, object], version: int | None
    ) -> Schedule:
        """Change what is given.

        Raises
        ------
        InvalidStateError
            When the dates would no longer rise, or lie too far apart.
        StaleError
            When it is not the version that the caller has read.
        """
        schedule = await self.schedules.get(schedule_id)
        check_version(schedule.version, version)
        for name, value in changes.items():
            setattr(schedule, name, value)
        first, last = schedule.start_date, schedule.end_date
        if last < first:
            raise InvalidStateError(f"end_date {last} would lie before start_date {first}.")
        if (last - first).days >= LONGEST_DAYS:
            raise InvalidStateError(f"A schedule has at most {LONGEST_DAYS} days.")
        await self.blocks.ensure([(first, last)])
        await self.schedules.save(schedule)
        return schedule

    async def delete(self, schedule_id: UUID, version: int | None) -> None:
        """Delete a schedule with all that stands in it.

        Raises
        ------
        StaleError
            When it is not the version that the caller has read.
        ConflictError
            When people were told it.
        """
        schedule = await self.schedules.get(schedule_id)
        check_version(schedule.version, version)
        if await is_published(self.session, schedule_id):
            raise ConflictError(
                f"{schedule.name} was published: what people were told stays.",
                {"schedule_id": str(schedule_id)},
            )
        await self.schedules.delete(schedule)
