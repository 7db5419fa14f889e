"""Celery tasks, thin: each opens what it needs, calls a use case, and closes it again."""

import asyncio
import logging
import mmap
import os
import socket
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

from celery import Task, signals

from app.controllers.jobs.daily import start_daily_jobs
from app.controllers.jobs.dispatch import reap
from app.controllers.jobs.runner import Verdict, Worker, run_job
from app.core.celery_app import DELIVER_MAILS, REAP, RUN_JOB, START_DAILY, Broker, make_celery
from app.core.clock import now
from app.core.exceptions import UnavailableError
from app.core.logging import configure_logging
from app.core.parent import SUPERVISOR, end_with
from app.core.settings import Settings
from app.db.session import Database
from app.services.mail_delivery import deliver_due
from app.tasks.delivery import DeliveredTask

_RETRIES = 3

settings = Settings()
settings.prepare_data_dir()
celery = make_celery(settings)
if supervisor := os.environ.get(SUPERVISOR):
    end_with(int(supervisor))
# Shared with the processes that are forked for tasks: it tells them that the worker is to end.
_leaving = mmap.mmap(-1, 1)


@signals.worker_shutting_down.connect
def _leave(**about: Any) -> None:  # noqa: ANN401 - Celery's interface
    del about
    _leaving[0] = 1


@signals.setup_logging.connect
def _log_as_we_do(**about: Any) -> None:  # noqa: ANN401 - Celery's interface
    del about
    configure_logging("app", "celery")
    # Every job says itself when it begins and ends; the reaper comes every few seconds.
    logging.getLogger("celery").setLevel(logging.WARNING)


@celery.task(bind=True, base=DeliveredTask, name=RUN_JOB, max_retries=_RETRIES)
def run(self: "Task[[str], None]", job_id: str) -> None:
    """Carry out a job. A passing fault has it tried again; the job counts how often."""

    async def work(database: Database, broker: Broker) -> Verdict:
        owner = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex}"
        worker = Worker(
            database=database,
            broker=broker,
            settings=settings,
            owner=owner,
            leaving=lambda: _leaving[0] == 1,
        )
        return await run_job(worker, UUID(job_id))

    try:
        verdict = _in_a_loop(work)
    except UnavailableError:
        verdict = Verdict.AGAIN
    if verdict is Verdict.AGAIN and self.request.retries < _RETRIES:
        raise self.retry(countdown=settings.job_retry_seconds)


@celery.task(base=DeliveredTask, name=REAP)
def reap_jobs() -> None:
    """Take jobs from workers that are gone, and send word of what waits."""
    _in_a_loop(lambda database, broker: reap(database, broker, settings))


@celery.task(base=DeliveredTask, name=START_DAILY)
def start_daily() -> None:
    """Make the jobs that are due today."""
    _in_a_loop(lambda database, _: start_daily_jobs(database, now()))


@celery.task(base=DeliveredTask, name=DELIVER_MAILS)
def deliver_mails() -> None:
    """Send the mails that are due."""
    _in_a_loop(lambda database, _: deliver_due(database, settings))


def _in_a_loop(work: Callable[[Database, Broker], Awaitable[Any]]) -> Any:  # noqa: ANN401 - whatever it returns
    """Do something in an event loop of its own, with connections of its own.

    A pool that outlived the loop would hold connections of a loop that is gone.
    """

    async def with_connections() -> Any:  # noqa: ANN401 - as above
        database, broker = Database.connect(settings.database), Broker(settings)
        try:
            return await work(database, broker)
        finally:
            await database.close()
            broker.close()

    return asyncio.run(with_connections())
