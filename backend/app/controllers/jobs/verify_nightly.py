"""The nightly verification: what rules and duty hours say of every schedule that is not over.

The law changes, rules and leave are edited, people come and go, while nobody looks at a schedule.
"""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from app.controllers.jobs.work import JobKind, Outcome, Work
from app.core.celery_app import Line
from app.core.clock import now
from app.core.exceptions import InvalidStateError
from app.db.session import Database
from app.models import Program
from app.repositories.schedule_store import ScheduleStore
from app.services.findings import counts
from app.services.job_queue_service import Ending
from app.services.law import invalid_programs_are_refused
from app.services.warm_schedule import warm_up


async def verify_nightly(work: Work) -> Outcome:
    """Verify a programme's schedules, one after the other."""
    schedules = []
    for schedule_id in await _not_over(work.database, work.job.program_id):
        if work.stop_requested:
            break
        schedules.append(await _verified(work.database, schedule_id))
    stopped = work.stop_requested
    return Outcome(ending=Ending(result={"schedules": schedules}, stopped=stopped))


async def _not_over(database: Database, program_id: UUID | None) -> Sequence[UUID]:
    async with database.reading() as session:
        program = None if program_id is None else await session.get(Program, program_id)
        if program is None:
            return []
        today = now().astimezone(ZoneInfo(program.time_zone)).date()
        return await ScheduleStore(session).not_over(program.id, today)


async def _verified(database: Database, schedule_id: UUID) -> dict[str, Any]:
    """Return the counts of a schedule's findings, or why it cannot be verified."""
    about: dict[str, Any] = {"schedule_id": str(schedule_id)}
    try:
        async with database.reading() as session:
            store = ScheduleStore(session)
            schedule = await store.find(schedule_id)
            if schedule is None:
                return about | {"error": "It was deleted in the meantime."}
            about |= {"name": schedule.name, "revision": schedule.revision}
            with invalid_programs_are_refused():
                held = await store.load(schedule)
        with invalid_programs_are_refused():
            warm = await asyncio.to_thread(warm_up, held, "")
    except InvalidStateError as error:
        return about | {"error": error.message}
    return about | {
        "duty_hours": counts(warm.duty_hours).model_dump(),
        "rules": counts(warm.broken).model_dump(),
    }


VERIFY_NIGHTLY = JobKind(name="verify_nightly", line=Line.CHORES, run=verify_nightly, priority=-10)
