"""Which wishes a schedule grants."""

import asyncio
from collections.abc import Iterator

import numpy as np

from app.core.access import Access
from app.db.session import AsyncSession
from app.repositories.person_repository import PersonRepository
from app.scheduling.domain.compile import compile_problem
from app.scheduling.rules.wishes import CountedWish, counted_wishes
from app.schemas.asking import GrantedRequest, ScheduleRequests
from app.services.access_log import AccessNotes
from app.services.seen_schedule import SeenSchedule


async def granted_requests(
    session: AsyncSession, access: Access, notes: AccessNotes, seen: SeenSchedule
) -> ScheduleRequests:
    """Return everybody's wishes to a coordinator, and to others their own."""
    requests = await asyncio.to_thread(lambda: list(_judged(seen)))
    program_id = seen.schedule.program_id
    if access.coordinates(program_id):
        notes.read("request", program_id)
    else:
        own = {person.id for person in await PersonRepository(session, access).own(access.user_id)}
        requests = [one for one in requests if one.person_id in own]
    return ScheduleRequests(
        schedule_id=seen.schedule.id,
        revision=seen.revision,
        published=seen.published,
        granted=sum(one.granted for one in requests),
        requests=requests,
    )


def _judged(seen: SeenSchedule) -> Iterator[GrantedRequest]:
    people = seen.half_days.timetable.program.people
    counted = sorted(_counted(seen), key=lambda one: (one.person, one.wish.rank))
    for one in counted:
        yield GrantedRequest(
            person_id=seen.people[one.person],
            person=people[one.person].id,
            name=people[one.person].label,
            rank=one.wish.rank,
            rotations=list(one.wish.rotations),
            periods=list(one.wish.periods),
            avoid=one.wish.avoid,
            granted=one.granted(seen.grid),
        )


def _counted(seen: SeenSchedule) -> tuple[CountedWish, ...]:
    """Return the wishes that have to do with the schedule: somebody is there in its days."""
    problem = compile_problem(seen.half_days.timetable.program)
    inside = [seen.first <= slot.start <= seen.last for slot in problem.slots]
    ranks = [wish.rank for person in problem.people for wish in person.wishes]
    return counted_wishes(problem, problem.present & np.array(inside), (1,) * max(ranks, default=0))
