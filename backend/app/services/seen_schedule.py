"""A schedule as a caller may see it: coordinators the draft, all others what was published."""

import asyncio
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.core.access import Access
from app.core.exceptions import NotFoundError
from app.db.session import AsyncSession
from app.models import Publication, Schedule
from app.repositories.publication_repository import PublicationRepository
from app.repositories.schedule_repository import ScheduleRepository
from app.scheduling.domain.problem import Grid
from app.scheduling.timetable import HalfDays
from app.services.published import Published, PublishedSchedules
from app.services.verification import Verifier
from app.services.warm_schedule import WarmSchedule


@dataclass(frozen=True, slots=True)
class SeenSchedule:
    """What is said of everybody's half-days in a schedule.

    Parameters
    ----------
    first, last
        The schedule's days, both included.
    half_days
        Of the whole academic year.
    grid : int16 array (P, S)
        Rotation types; `ABSENT` where there is no placement.
    people
        Ids of the people's rows, in the programme's order.
    """

    schedule: Schedule
    revision: int
    published: bool
    first: date
    last: date
    half_days: HalfDays
    grid: Grid
    people: tuple[UUID, ...]


async def see_schedule(
    session: AsyncSession,
    access: Access,
    verifier: Verifier,
    published: PublishedSchedules,
    schedule_id: UUID,
) -> SeenSchedule:
    """Return a schedule as the caller may see it.

    Raises
    ------
    NotFoundError
        When there is none, or it is a draft that was never published and not the caller's.
    """
    schedule = await ScheduleRepository(session, access).get(schedule_id)
    if access.coordinates(schedule.program_id):
        return await asyncio.to_thread(_draft, schedule, await verifier.warm(session, schedule))
    latest = await PublicationRepository(session, access).latest_of_schedule(schedule_id)
    if latest is None:
        raise NotFoundError("schedule", schedule_id)
    return await asyncio.to_thread(_told, schedule, latest, await published.read(session, latest))


def _draft(schedule: Schedule, warm: WarmSchedule) -> SeenSchedule:
    return SeenSchedule(
        schedule=schedule,
        revision=warm.revision,
        published=False,
        first=schedule.start_date,
        last=schedule.end_date,
        half_days=warm.half_days,
        grid=warm.grid,
        people=tuple(one.id for one in warm.names.people),
    )


def _told(schedule: Schedule, latest: Publication, told: Published) -> SeenSchedule:
    return SeenSchedule(
        schedule=schedule,
        revision=latest.revision,
        published=True,
        first=latest.start_date,
        last=latest.end_date,
        half_days=told.half_days,
        grid=told.file.grid,
        people=tuple(told.person_rows),
    )
