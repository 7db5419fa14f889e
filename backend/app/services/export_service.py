"""Schedules as files: half-days as CSV in batches, the coordinator's grid as a workbook."""

import asyncio
from collections.abc import AsyncIterator, Callable

from app.db.session import Database
from app.files.exports.half_day_csv import HEAD, Ids, half_day_lines
from app.files.schedule_document import ANNUAL, ScheduleDocument, build_display, in_order
from app.models import Schedule
from app.repositories.schedule_store import ScheduleStore
from app.scheduling.domain.schedule import to_placements
from app.scheduling.timetable import half_days
from app.services.warm_schedule import WarmSchedule

PEOPLE_AT_ONCE = 4
"""So many people's year is one piece of a file that is streamed."""


def document_of(warm: WarmSchedule) -> ScheduleDocument:
    """Return a schedule as the document that every file of it is made from."""
    assignments = [one for days in warm.assigned for one in days.values()]
    return ScheduleDocument(
        display=build_display(warm.program, warm.problem),
        placements=to_placements(warm.problem, warm.grid),
        assignments=in_order(warm.program, assignments),
    )


async def workbook_of(make: Callable[[], ScheduleDocument], subject: str = ANNUAL) -> bytes:
    """Return a document as a workbook; both are made in a thread."""
    # Inside: a tenth of a second that a service needs only when it is asked.
    from app.files.exports.workbook import write_workbook  # noqa: PLC0415

    return await asyncio.to_thread(lambda: write_workbook(make(), subject))


async def csv_of(database: Database, schedule: Schedule, warm: WarmSchedule) -> AsyncIterator[str]:
    """Yield the effective half-days of a schedule's days, a few people at a time.

    No connection is held while the caller reads. Whose assignment has been changed in the meantime
    has no id in the file.
    """
    yield HEAD
    for first in range(0, len(warm.names.people), PEOPLE_AT_ONCE):
        people = slice(first, first + PEOPLE_AT_ONCE)
        shown = zip(warm.names.people[people], warm.assigned[people], strict=True)
        keys = {one.id: one.key for one, assigned in shown if assigned}
        known: Ids = {}
        if keys:
            async with database.reading() as session:
                ids = await ScheduleStore(session).assignment_ids(schedule.id, keys)
            known = {(keys[person], day, half): one for (person, day, half), one in ids.items()}
        yield await asyncio.to_thread(_lines, schedule, warm, people, known)


def _lines(schedule: Schedule, warm: WarmSchedule, people: slice, ids: Ids) -> str:
    found = half_days(warm.timetable, warm.grid, people)
    inside = (one for one in found if schedule.start_date <= one.date <= schedule.end_date)
    return half_day_lines(inside, ids)
