"""What somebody does next, by the published schedule."""

from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from app.core.access import Access
from app.core.clock import now
from app.core.exceptions import ForbiddenError
from app.db.session import AsyncSession
from app.repositories.block_repository import BlockRepository
from app.repositories.person_repository import PersonRepository
from app.repositories.program_repository import ProgramRepository
from app.schemas.half_day import UpcomingHalfDay
from app.services.access_log import AccessNotes
from app.services.published import Published, PublishedSchedules


class UpcomingService:
    """What people do next, within what the caller may see; who reads it of others is noted."""

    def __init__(
        self,
        session: AsyncSession,
        access: Access,
        published: PublishedSchedules,
        notes: AccessNotes,
    ) -> None:
        self.session = session
        self.access = access
        self.published = published
        self.notes = notes

    async def of_person(self, person_id: UUID, days_ahead: int) -> list[UpcomingHalfDay]:
        """Return somebody's half-days from today on, in order of time.

        Today is the programme's. Members see their own, coordinators everybody's.

        Raises
        ------
        ForbiddenError
            When it is somebody else's.
        """
        person = await PersonRepository(self.session, self.access).get(person_id)
        owner, program_id = person.user_id, person.program_id
        if not self.access.coordinates(program_id) and owner != self.access.user_id:
            raise ForbiddenError("You may see what is next for yourself alone.")
        self.notes.read("upcoming", program_id, person_id=person.id, owner=owner)
        program = await ProgramRepository(self.session, self.access).get(program_id)
        first = now().astimezone(ZoneInfo(program.time_zone)).date()
        last = first + timedelta(days_ahead)
        blocks = {
            (one.date, one.session): one.id
            for one in await BlockRepository(self.session).list_between(first, last)
        }
        found = await self.published.between(self.session, program_id, first, last)
        return [
            shown.model_copy(update={"block_id": blocks.get((shown.date, shown.session))})
            for stretch, told in found
            for shown in shown_half_days(told, person_id, stretch.first, stretch.last)
        ]


def shown_half_days(
    told: Published, person_id: UUID, first: date, last: date
) -> list[UpcomingHalfDay]:
    """Return somebody's published half-days on these days, both included, without blocks."""
    return [
        UpcomingHalfDay(
            id=(
                told.assignment_ids.get((one.person, one.date, one.session))
                if one.source == "assignment"
                else None
            ),
            block_id=None,
            date=one.date,
            session=one.session,
            rotation_type=one.rotation,
            duty=one.duty,
            start=one.start,
            end=one.end,
            source=one.source,
        )
        for one in told.of_person(person_id, first, last)
    ]
