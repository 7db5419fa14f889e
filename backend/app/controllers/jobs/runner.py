"""Carrying out one job, from the claim to its end."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from uuid import UUID

from app.controllers.jobs.dispatch import send_word
from app.controllers.jobs.registry import KINDS, rules_of
from app.controllers.jobs.work import JobKind, Outcome, Work
from app.core.acting import Actor, actor
from app.core.celery_app import Broker
from app.core.clock import now
from app.core.exceptions import AppException, UnavailableError
from app.core.logging import job_id as job_id_of_logs
from app.core.settings import Settings
from app.core.words import JobState
from app.db.session import Database
from app.models import Job
from app.repositories.job_queue_repository import Event, JobQueueRepository
from app.services.job_queue_service import (
    MOST_ATTEMPTS,
    Ending,
    JobQueueService,
    LeaseLostError,
)

_LOG = logging.getLogger(__name__)
_LOOK_EVERY_S = 1.0
_RENEWALS_PER_LEASE = 6
_WAITS_TO_FINISH_S = (1, 2, 4, 8, None)
_PASSING = (UnavailableError, ConnectionError, TimeoutError)


class Verdict(Enum):
    """What is to become of the message."""

    DONE = auto()
    AGAIN = auto()
    """The same message should come again later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """Who carries out jobs.

    Parameters
    ----------
    owner
        Unique for this run of this job.
    leaving
        Whether the process is to end soon.
    """

    database: Database
    broker: Broker
    settings: Settings
    owner: str
    leaving: Callable[[], bool] = lambda: False


async def run_job(worker: Worker, job_id: UUID) -> Verdict:
    """Carry out a job if it may run, or the one whose turn it is before it."""
    kind = await _kind_of(worker, job_id)
    if kind is None:
        return Verdict.DONE
    rules = rules_of(kind.line, worker.settings)
    async with worker.database.unit_of_work() as session:
        claim = await JobQueueService(session).claim(job_id, worker.owner, rules, now())
    if claim.passed_over:
        await send_word(worker.database, worker.broker, kind.line, [job_id])
    if claim.job is None:
        return Verdict.DONE
    verdict = await _Run(worker, claim.job, KINDS[claim.job.kind]).carry_out()
    async with worker.database.reading() as session:
        waiting = await JobQueueService(session).next_in_line(rules, now())
    await send_word(worker.database, worker.broker, kind.line, waiting)
    # It is about the job that the message names; another one's retry is the reaper's matter.
    return verdict if claim.job.id == job_id else Verdict.DONE


async def _kind_of(worker: Worker, job_id: UUID) -> JobKind | None:
    async with worker.database.reading() as session:
        job = await JobQueueRepository(session).find(job_id)
    if job is None:
        return None
    if job.kind not in KINDS:
        _LOG.error("unknown kind of job", extra={"job_id": str(job_id), "kind": job.kind})
    return KINDS.get(job.kind)


class _Run:
    def __init__(self, worker: Worker, job: Job, kind: JobKind) -> None:
        self.worker = worker
        self.job = job
        self.kind = kind
        self.lease = timedelta(seconds=worker.settings.job_lease_seconds)
        self.work = Work(job, worker.database, worker.settings)
        self.cancelled = False
        self.about = {"kind": job.kind, "attempt": job.attempt}

    async def carry_out(self) -> Verdict:
        job_id_of_logs.set(str(self.job.id))
        actor.set(Actor(self.job.requested_by, f"job {self.job.kind}"))
        _LOG.info("job started", extra=self.about)
        ended = asyncio.Event()
        keeper = asyncio.create_task(self._keep(ended))
        try:
            try:
                outcome = await self.kind.run(self.work)
            finally:
                ended.set()
                await keeper
            return await self._end(outcome)
        except LeaseLostError:
            _LOG.warning("job is another worker's by now", extra=self.about)
            return Verdict.DONE
        except _PASSING as error:
            _LOG.warning("job met a passing fault", extra=self.about, exc_info=error)
            return await self._try_again(str(error) or type(error).__name__)
        except AppException as error:
            _LOG.warning("job failed: %s", error.message, extra=self.about)
            told = {"code": error.error_code, "message": error.message}
            return await self._fail(told | {"details": dict(error.details)})
        except Exception as error:  # noqa: BLE001 - the outermost edge: a job ends, whatever happens
            _LOG.error("job failed", extra=self.about, exc_info=error)
            message = "Something went wrong here; it has been noted."
            return await self._fail({"code": "INTERNAL", "message": message})

    async def _keep(self, ended: asyncio.Event) -> None:
        """Renew the lease, write down what is told, and look whether the job is to stop."""
        every = self.lease.total_seconds() / _RENEWALS_PER_LEASE
        renewed = time.monotonic()
        while not await _happens(ended, min(_LOOK_EVERY_S, every)):
            told = self.work.told()
            due = time.monotonic() - renewed >= every
            try:
                if told or due:
                    renewed = time.monotonic()
                    self.cancelled = await self._renew(told)
                else:
                    self.cancelled = await self._asked_to_stop()
            except LeaseLostError:
                self.cancelled = True
            except UnavailableError:
                _LOG.warning("sign of life could not be written", extra=self.about)
            if self.cancelled or self.worker.leaving():
                self.work.request_stop()

    async def _renew(self, told: Sequence[Event]) -> bool:
        async with self.worker.database.unit_of_work() as session:
            queue, at = JobQueueService(session), now()
            return await queue.keep(self.job.id, self.worker.owner, at + self.lease, at, told)

    async def _asked_to_stop(self) -> bool:
        async with self.worker.database.reading() as session:
            found = await JobQueueRepository(session).find(self.job.id)
        return found is None or found.cancel_requested

    async def _end(self, outcome: Outcome) -> Verdict:
        if outcome.ending.stopped and self.worker.leaving() and not self.cancelled:
            await self._give_back(None, "The worker was asked to end.")
            _LOG.info("job given back", extra=self.about)
            return Verdict.DONE
        told = self.work.told(all_of_it=True)
        for wait_s in _WAITS_TO_FINISH_S:
            try:
                await self._finish(outcome, told)
                break
            except UnavailableError:
                # What was worked out for an hour is worth more than one try.
                if wait_s is None:
                    raise
                await asyncio.sleep(wait_s)
        _LOG.info("job ended", extra=self.about | {"state": outcome.ending.state})
        return Verdict.DONE

    async def _finish(self, outcome: Outcome, told: Sequence[Event]) -> None:
        async with self.worker.database.unit_of_work() as session:
            ending = outcome.ending
            if outcome.save is not None:
                added = await outcome.save(session)
                ending = replace(ending, result={**(ending.result or {}), **added})
            queue = JobQueueService(session)
            await queue.finish(self.job.id, self.worker.owner, now(), ending, told)

    async def _give_back(self, not_before: datetime | None, why: str) -> None:
        async with self.worker.database.unit_of_work() as session:
            await JobQueueService(session).give_back(
                self.job.id, self.worker.owner, now(), not_before=not_before, why=why
            )

    async def _try_again(self, why: str) -> Verdict:
        if self.job.attempt >= MOST_ATTEMPTS:
            return await self._fail({"code": "UNAVAILABLE", "message": why})
        later = now() + timedelta(seconds=self.worker.settings.job_retry_seconds)
        # Without a database to write it to, the lease runs out by itself.
        with contextlib.suppress(UnavailableError, LeaseLostError):
            await self._give_back(later, why)
        return Verdict.AGAIN

    async def _fail(self, error: Mapping[str, object]) -> Verdict:
        outcome = Outcome(ending=Ending(state=JobState.FAILED, error=error))
        with contextlib.suppress(UnavailableError, LeaseLostError):
            await self._finish(outcome, self.work.told(all_of_it=True))
        return Verdict.DONE


async def _happens(event: asyncio.Event, within_s: float) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            await event.wait()
    return event.is_set()
