"""One job from the claim to its end, with a real database on both kinds and a real spool."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app.controllers.jobs import registry, runner
from app.controllers.jobs.dispatch import reap
from app.controllers.jobs.runner import Verdict, run_job
from app.core.clock import now
from app.core.exceptions import ConflictError, UnavailableError
from app.core.settings import Settings
from app.core.words import JobState
from app.db.session import Database
from app.models import Job, Program
from app.services.job_queue_service import MOST_ATTEMPTS, JobQueueService
from tests.controllers.conftest import NewWorker
from tests.controllers.jobs import Handler, add_job, ago, events_of, job_now
from tests.rows import add_program

pytestmark = pytest.mark.anyio


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch) -> Handler:
    handler = Handler()
    monkeypatch.setitem(registry.KINDS, "test", handler.kind)
    monkeypatch.setattr(runner, "_LOOK_EVERY_S", 0.02)
    return handler


async def programs_called(database: Database, name: str) -> int:
    async with database.reading() as session:
        counted = select(func.count()).select_from(Program).where(Program.name == name)
        return await session.scalar(counted) or 0


async def test_a_job_runs_and_tells_what_happened(
    database: Database, new_worker: NewWorker, handler: Handler
) -> None:
    handler.effect = "made"
    job = await add_job(database)

    assert await run_job(new_worker(), job.id) is Verdict.DONE

    ended = await job_now(database, job)
    assert (ended.state, ended.attempt, ended.lease_owner) == (JobState.SUCCEEDED, 1, None)
    assert ended.result == {"answer": 42, "program": "made"}
    assert ended.progress == {"objective": 3.0, "bound": 2.0, "gap": 0.5, "elapsed_s": 1.2}
    assert ended.started_at is not None
    assert ended.finished_at is not None
    events = await events_of(database, job)
    assert [one.sequence for one in events] == list(range(1, len(events) + 1))
    assert [one.type for one in events] == ["state", "log", "progress", "state", "done"]
    assert await programs_called(database, "made") == 1


async def test_a_second_delivery_leaves_quietly(
    database: Database, new_worker: NewWorker, handler: Handler
) -> None:
    handler.effect = "made"
    handler.going_on.clear()
    job = await add_job(database)
    first = asyncio.create_task(run_job(new_worker(), job.id))
    await handler.has_begun()

    assert await run_job(new_worker(), job.id) is Verdict.DONE
    handler.going_on.set()
    await first
    await run_job(new_worker(), job.id)

    assert handler.begun == [job.id]
    assert (await job_now(database, job)).attempt == 1
    assert await programs_called(database, "made") == 1


async def test_of_many_deliveries_at_once_one_runs(
    database: Database, new_worker: NewWorker, handler: Handler
) -> None:
    job = await add_job(database)

    await asyncio.gather(*(run_job(new_worker(), job.id) for _ in range(8)))

    assert handler.begun == [job.id]


async def test_a_worker_that_lost_its_lease_effects_nothing(
    database: Database, new_worker: NewWorker, handler: Handler
) -> None:
    """It was silent for too long: another one has done the job when it comes back."""
    handler.effect = "made"
    handler.going_on.clear()
    job = await add_job(database)
    late = asyncio.create_task(run_job(new_worker(), job.id))
    await handler.has_begun()
    async with database.unit_of_work() as session:
        row = await session.get_one(Job, job.id)
        row.lease_until = ago(1)
        row.lease_owner = "somebody else"
    handler.going_on.set()

    assert await late is Verdict.DONE

    assert await programs_called(database, "made") == 0
    assert (await job_now(database, job)).lease_owner == "somebody else"
    await run_job(new_worker(), job.id)
    assert await programs_called(database, "made") == 1
    assert (await job_now(database, job)).attempt == 2


async def test_the_lease_is_renewed_while_it_runs(
    database: Database, new_worker: NewWorker, handler: Handler, settings: Settings
) -> None:
    settings.job_lease_seconds = 1
    handler.going_on.clear()
    job = await add_job(database)
    running = asyncio.create_task(run_job(new_worker(), job.id))
    await asyncio.sleep(1.5)

    now_running = await job_now(database, job)
    assert now_running.lease_until is not None
    assert now_running.lease_until > now()
    handler.going_on.set()
    await running
    assert (await job_now(database, job)).state == JobState.SUCCEEDED


async def test_a_stop_reaches_the_handler_and_keeps_the_best(
    database: Database, new_worker: NewWorker, handler: Handler
) -> None:
    handler.going_on.clear()
    job = await add_job(database)
    running = asyncio.create_task(run_job(new_worker(), job.id))
    await handler.has_begun()
    async with database.unit_of_work() as session:
        (await session.get_one(Job, job.id)).cancel_requested = True

    await running

    ended = await job_now(database, job)
    assert (ended.state, ended.stopped, ended.result) == (
        JobState.SUCCEEDED,
        True,
        {"answer": 42},
    )


async def test_a_worker_that_is_to_end_gives_its_job_back(
    database: Database, new_worker: NewWorker, handler: Handler
) -> None:
    handler.going_on.clear()
    job = await add_job(database)
    leaving = asyncio.Event()
    running = asyncio.create_task(run_job(new_worker(leaving=leaving.is_set), job.id))
    await handler.has_begun()
    leaving.set()
    await running

    waiting = await job_now(database, job)
    assert (waiting.state, waiting.attempt, waiting.result) == (JobState.QUEUED, 0, None)
    handler.going_on.set()
    await run_job(new_worker(), job.id)
    ended = await job_now(database, job)
    assert (ended.state, ended.attempt, ended.stopped) == (JobState.SUCCEEDED, 1, False)


async def test_a_passing_fault_is_tried_again_later_and_not_for_ever(
    database: Database, new_worker: NewWorker, handler: Handler, settings: Settings
) -> None:
    handler.error = UnavailableError("The disk is full.")
    job = await add_job(database)
    for attempt in range(1, MOST_ATTEMPTS):
        assert await run_job(new_worker(), job.id) is Verdict.AGAIN
        waiting = await job_now(database, job)
        assert (waiting.state, waiting.attempt) == (JobState.QUEUED, attempt)
        assert waiting.not_before is not None
        assert waiting.not_before > now() + timedelta(seconds=settings.job_retry_seconds - 10)
        assert await run_job(new_worker(), job.id) is Verdict.DONE, "too early"
        assert len(handler.begun) == attempt
        async with database.unit_of_work() as session:
            (await session.get_one(Job, job.id)).not_before = ago(1)

    assert await run_job(new_worker(), job.id) is Verdict.DONE

    ended = await job_now(database, job)
    assert (ended.state, ended.attempt) == (JobState.FAILED, MOST_ATTEMPTS)
    assert ended.error == {"code": "UNAVAILABLE", "message": "The disk is full."}


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            ConflictError("It is published.", {"id": "x"}),
            {"code": "CONFLICT", "message": "It is published.", "details": {"id": "x"}},
        ),
        (
            ZeroDivisionError("secret"),
            {"code": "INTERNAL", "message": "Something went wrong here; it has been noted."},
        ),
    ],
)
async def test_other_faults_are_not_tried_again(
    database: Database,
    new_worker: NewWorker,
    handler: Handler,
    error: Exception,
    told: dict[str, object],
) -> None:
    handler.error = error
    job = await add_job(database)

    assert await run_job(new_worker(), job.id) is Verdict.DONE

    ended = await job_now(database, job)
    assert (ended.state, ended.attempt, ended.error) == (JobState.FAILED, 1, told)


async def test_a_database_that_is_away_at_the_end_does_not_cost_the_result(
    database: Database,
    new_worker: NewWorker,
    handler: Handler,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    handler.effect = "made"
    job = await add_job(database)
    finish, failures = JobQueueService.finish, iter([True, True])

    async def fails_twice(self: JobQueueService, *given: object) -> None:
        if next(failures, False):
            raise UnavailableError("The database does not answer.")
        await finish(self, *given)  # type: ignore[arg-type] # as they came

    monkeypatch.setattr(JobQueueService, "finish", fails_twice)
    monkeypatch.setattr(runner, "_WAITS_TO_FINISH_S", (0.01, 0.01, None))

    await run_job(new_worker(), job.id)

    assert (await job_now(database, job)).state == JobState.SUCCEEDED
    assert handler.begun == [job.id]
    assert await programs_called(database, "made") == 1


async def test_what_a_failed_end_wrote_is_undone(
    database: Database, new_worker: NewWorker, handler: Handler
) -> None:
    handler.effect = "taken"
    await add_program(database, "taken")
    job = await add_job(database)

    await run_job(new_worker(), job.id)

    ended = await job_now(database, job)
    assert ended.state == JobState.FAILED
    assert ended.error is not None
    assert ended.error["code"] == "CONFLICT"


async def test_the_most_urgent_goes_first_and_the_other_is_not_lost(
    database: Database,
    new_worker: NewWorker,
    handler: Handler,
    messages: Callable[[], list[str]],
) -> None:
    ordinary = await add_job(database)
    urgent = await add_job(database, priority=5)

    await run_job(new_worker(), ordinary.id)

    assert handler.begun == [urgent.id]
    assert (await job_now(database, ordinary)).state == JobState.QUEUED
    assert "solves" in messages()
    await run_job(new_worker(), ordinary.id)
    assert handler.begun == [urgent.id, ordinary.id]


async def test_one_programme_does_not_take_all_workers(
    database: Database,
    new_worker: NewWorker,
    handler: Handler,
    messages: Callable[[], list[str]],
) -> None:
    medicine, surgery = await add_program(database), await add_program(database, "Surgery")
    first, second = await add_job(database, medicine), await add_job(database, medicine)
    other = await add_job(database, surgery)
    handler.going_on.clear()
    running = asyncio.create_task(run_job(new_worker(), first.id))
    await handler.has_begun()
    beside = asyncio.create_task(run_job(new_worker(), second.id))
    await handler.has_begun(2)

    assert handler.begun == [first.id, other.id], "another programme's goes first"
    handler.going_on.set()
    await asyncio.gather(running, beside)
    assert (await job_now(database, second)).state == JobState.QUEUED
    assert messages().count("solves") >= 1, "who ends one sends word of the next"
    await run_job(new_worker(), second.id)
    assert handler.begun[2:] == [second.id]


async def test_the_reaper_takes_jobs_from_the_dead(
    database: Database,
    new_worker: NewWorker,
    handler: Handler,
    messages: Callable[[], list[str]],
) -> None:
    del handler
    dead: dict[str, Any] = {"state": JobState.RUNNING, "lease_owner": "gone", "lease_until": ago(1)}
    lost = await add_job(database, attempt=1, **dead)
    stopped = await add_job(database, attempt=1, cancel_requested=True, **dead)
    hopeless = await add_job(database, attempt=MOST_ATTEMPTS, **dead)
    alive = await add_job(database, **dead | {"lease_until": now() + timedelta(minutes=1)})
    worker = new_worker()

    await reap(database, worker.broker, worker.settings)

    states = {one.id: (await job_now(database, one)).state for one in (lost, stopped, hopeless)}
    assert states == {
        lost.id: JobState.QUEUED,
        stopped.id: JobState.CANCELLED,
        hopeless.id: JobState.FAILED,
    }
    assert (await job_now(database, alive)).lease_owner == "gone"
    assert messages() == ["solves"]
    assert [one.type for one in await events_of(database, hopeless)] == ["log", "state", "done"]
    await run_job(new_worker(), lost.id)
    assert (await job_now(database, lost)).attempt == 2


async def test_the_reaper_sends_word_of_what_was_lost_and_floods_nobody(
    database: Database,
    new_worker: NewWorker,
    handler: Handler,
    messages: Callable[[], list[str]],
) -> None:
    del handler
    never = await add_job(database, created_at=ago(30), updated_at=ago(30))
    long_ago = await add_job(database, created_at=ago(60), enqueued_at=ago(50))
    doubled = await add_job(database, created_at=ago(100), enqueued_at=ago(40))
    capped = await add_job(database, created_at=ago(9000), enqueued_at=ago(301))
    await add_job(database, created_at=ago(60), not_before=now() + timedelta(minutes=1))
    await add_job(database, state=JobState.SUCCEEDED, created_at=ago(60))
    just_made = await add_job(database)
    worker = new_worker()

    await reap(database, worker.broker, worker.settings)
    assert messages() == ["solves"] * 3
    for job in (never, long_ago, capped):
        sent_at = (await job_now(database, job)).enqueued_at
        assert sent_at is not None
        assert sent_at > ago(20)
    for job in (doubled, just_made):
        assert (await job_now(database, job)).enqueued_at == job.enqueued_at

    await reap(database, worker.broker, worker.settings)
    assert messages() == ["solves"] * 3


async def test_many_waiting_jobs_are_told_of_in_portions(
    database: Database, new_worker: NewWorker, handler: Handler, messages: Callable[[], list[str]]
) -> None:
    del handler
    for _ in range(30):
        await add_job(database, created_at=ago(60), updated_at=ago(60))
    worker = new_worker()

    await reap(database, worker.broker, worker.settings)

    assert len(messages()) == 20


async def test_a_job_of_no_known_kind_is_left_alone(
    database: Database, new_worker: NewWorker
) -> None:
    job = await add_job(database, kind="unheard of")

    assert await run_job(new_worker(), job.id) is Verdict.DONE
    assert (await job_now(database, job)).state == JobState.QUEUED
