"""Following a job from outside: everything that happens to it, in order, from any point on."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

from app.core.exceptions import UnavailableError
from app.core.words import JobEventType, JobState
from app.db.session import Database
from app.repositories.job_queue_repository import JobQueueRepository

_LOOK_EVERY_S = 0.5
_LOOK_AGAIN_S = 2.0
_AT_ONCE = 200


async def follow(
    database: Database, job_id: UUID, after: int = 0
) -> AsyncIterator[tuple[int | None, JobEventType, dict[str, object]]]:
    """Yield what happens to a job after an event, with its sequence, until it is done.

    No connection is held while nothing happens. The last one is always `done`, also when the
    events of an old job are not kept any more. A database that is away is waited for.
    """
    while True:
        try:
            async with database.reading() as session:
                jobs = JobQueueRepository(session)
                events, state = await jobs.events_after(job_id, after, _AT_ONCE)
        except UnavailableError:
            await asyncio.sleep(_LOOK_AGAIN_S)
            continue
        for event in events:
            after = event.sequence
            yield after, JobEventType(event.type), event.data
            if event.type == JobEventType.DONE:
                return
        if state is None or (JobState(state).finished and len(events) < _AT_ONCE):
            yield None, JobEventType.DONE, {"state": state}
            return
        if len(events) < _AT_ONCE:
            await asyncio.sleep(_LOOK_EVERY_S)
