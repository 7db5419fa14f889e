"""Sending word of jobs to workers; always after the transaction that made them."""

from collections.abc import Sequence
from uuid import UUID

from app.controllers.jobs.registry import KINDS, rules_of
from app.core.celery_app import Broker, Line
from app.core.clock import now
from app.core.settings import Settings
from app.db.session import Database
from app.repositories.job_queue_repository import JobQueueRepository
from app.services.job_queue_service import JobQueueService


async def send_word(
    database: Database, broker: Broker, line: Line, job_ids: Sequence[UUID]
) -> None:
    """Send word of jobs and note what went out; the reaper sends the rest again."""
    sent = [job_id for job_id in job_ids if await broker.send(job_id, line)]
    if sent:
        async with database.unit_of_work() as session:
            await JobQueueRepository(session).mark_sent(sent, now())


async def announce(database: Database, broker: Broker, job_id: UUID, kind: str) -> None:
    """Send word of a job that was just asked for."""
    await send_word(database, broker, KINDS[kind].line, [job_id])


async def reap(database: Database, broker: Broker, settings: Settings) -> None:
    """Take jobs from workers that are gone, and send word of all that waits without a reason."""
    async with database.unit_of_work() as session:
        again = await JobQueueService(session).take_from_the_dead(now())
    for job in again:
        await announce(database, broker, job.id, job.kind)
    for line in Line:
        async with database.reading() as session:
            due = await JobQueueService(session).to_send(rules_of(line, settings), now())
        await send_word(database, broker, line, due)
