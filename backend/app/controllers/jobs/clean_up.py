"""The daily clean-up: what has expired and nobody will ask for any more."""

from datetime import timedelta

from app.controllers.jobs.work import JobKind, Outcome, Work
from app.core.celery_app import Line
from app.core.clock import now
from app.repositories.job_queue_repository import JobQueueRepository
from app.repositories.login_repository import LoginRepository
from app.services.job_queue_service import Ending
from app.services.upkeep import tidy_up


async def clean_up(work: Work) -> Outcome:
    """Delete expired tokens, old failures to log in, old jobs and their events."""
    settings, at = work.settings, now()
    deleted = {}
    async with work.database.unit_of_work() as session:
        logins = LoginRepository(session)
        deleted["refresh_tokens"] = await logins.forget_all_expired(at)
        await logins.forget_failures_before(at - timedelta(seconds=settings.login_wait_seconds))
    async with work.database.unit_of_work() as session:
        jobs = JobQueueRepository(session)
        days = timedelta(days=settings.job_event_days)
        deleted["job_events"] = await jobs.forget_events_before(at - days)
        deleted["jobs"] = await jobs.forget_jobs_before(at - timedelta(days=settings.job_days))
    await tidy_up(work.database, settings)
    return Outcome(ending=Ending(result={"deleted": deleted}))


CLEAN_UP = JobKind(name="clean_up", line=Line.CHORES, run=clean_up, priority=-10)
