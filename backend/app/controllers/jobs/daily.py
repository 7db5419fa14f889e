"""Jobs that are made once a day: for the platform, and for every programme in its own night."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.controllers.jobs.registry import DAILY, NIGHTLY
from app.db.session import Database
from app.models import Program
from app.repositories.job_queue_repository import JobQueueRepository
from app.services.job_queue_service import daily_job

_NIGHT_BEGINS_H = 1


async def start_daily_jobs(database: Database, at: datetime) -> None:
    """Make the jobs of today that are not made yet; the reaper sends word of them.

    What was missed while nothing ran is caught up with at the next look.
    """
    async with database.unit_of_work() as session:
        jobs = JobQueueRepository(session)
        new = [daily_job(kind.name, at.date(), None, kind.priority) for kind in DAILY]
        for program in await jobs.programs():
            new += _of_the_night(program, at)
        await jobs.add_once(new)


def _of_the_night(program: Program, at: datetime) -> Iterator[dict[str, Any]]:
    local = at.astimezone(ZoneInfo(program.time_zone))
    if local.hour >= _NIGHT_BEGINS_H:
        for kind in NIGHTLY:
            yield daily_job(kind.name, local.date(), program.id, kind.priority)
