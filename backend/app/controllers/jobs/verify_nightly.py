"""The nightly verification: what rules and duty hours say of every schedule that is not over.

The law changes, rules and leave are edited, people come and go, while nobody looks at a schedule.
What is wrong now and was not the night before is told to the programme's coordinators.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from app.controllers.jobs.work import JobKind, Outcome, Work
from app.core.celery_app import Line
from app.core.clock import now
from app.core.exceptions import InvalidStateError
from app.db.session import AsyncSession, Database
from app.models import Program
from app.repositories.job_queue_repository import JobQueueRepository
from app.repositories.schedule_store import ScheduleStore
from app.services import notices
from app.services.findings import counts, errors
from app.services.job_queue_service import Ending
from app.services.law import invalid_programs_are_refused
from app.services.notification_service import Notice, NotificationService
from app.services.override_service import accepted_of
from app.services.warm_schedule import warm_up

_Told = Mapping[str, Any]
"""What the result says of a schedule."""


@dataclass(frozen=True, slots=True)
class _Verified:
    about: dict[str, Any]
    news: Notice | None


async def verify_nightly(work: Work) -> Outcome:
    """Verify a programme's schedules, one after the other."""
    job, verified = work.job, []
    before = await _night_before(work.database, job.program_id)
    for schedule_id in await _not_over(work.database, job.program_id):
        if work.stop_requested:
            break
        event = f"nightly:{job.id}:{schedule_id}"
        told = before.get(str(schedule_id), {})
        verified.append(await _verified(work.database, schedule_id, told, event))

    async def tell(session: AsyncSession) -> Mapping[str, Any]:
        notifications = NotificationService(session, work.settings)
        for one in verified:
            if one.news is not None and job.program_id is not None:
                await notifications.tell_coordinators(job.program_id, one.news)
        return {}

    result = {"schedules": [one.about for one in verified]}
    return Outcome(ending=Ending(result=result, stopped=work.stop_requested), save=tell)


async def _night_before(database: Database, program_id: UUID | None) -> Mapping[str, _Told]:
    """Return what the last verification of all schedules said of each, by its id."""
    async with database.reading() as session:
        result = await JobQueueRepository(session).last_result(VERIFY_NIGHTLY.name, program_id)
    return {one["schedule_id"]: one for one in result.get("schedules", ())}


async def _not_over(database: Database, program_id: UUID | None) -> Sequence[UUID]:
    async with database.reading() as session:
        program = None if program_id is None else await session.get(Program, program_id)
        if program is None:
            return []
        today = now().astimezone(ZoneInfo(program.time_zone)).date()
        return await ScheduleStore(session).not_over(program.id, today)


async def _verified(database: Database, schedule_id: UUID, before: _Told, event: str) -> _Verified:
    """Return the counts of a schedule's findings and the keys of its errors, or why not."""
    about: dict[str, Any] = {"schedule_id": str(schedule_id)}
    async with database.reading() as session:
        schedule = await ScheduleStore(session).find(schedule_id)
        if schedule is None:
            return _Verified(about | {"error": "It was deleted in the meantime."}, None)
        about |= {"name": schedule.name, "revision": schedule.revision}
        accepted = await accepted_of(session, schedule_id)
    try:
        async with database.reading() as session:
            with invalid_programs_are_refused():
                held = await ScheduleStore(session).load(schedule)
        with invalid_programs_are_refused():
            warm = await asyncio.to_thread(warm_up, held, "")
    except InvalidStateError as error:
        about |= {"error": error.message, "errors": before.get("errors", [])}
        told = before.get("error") == error.message
        return _Verified(about, None if told else notices.cannot_be_verified(schedule, event))
    found = {key: name for key, name in errors(warm) if key not in accepted}
    new = [name for key, name in found.items() if key not in before.get("errors", ())]
    about |= {
        "duty_hours": counts(warm.duty_hours).model_dump(),
        "rules": counts(warm.broken).model_dump(),
        "errors": list(found),
    }
    return _Verified(about, notices.new_errors(schedule, new, event) if new else None)


VERIFY_NIGHTLY = JobKind(name="verify_nightly", line=Line.CHORES, run=verify_nightly, priority=-10)
