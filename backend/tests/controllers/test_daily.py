"""What the clock starts: the nightly verification in every programme's own night, the clean-up."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.controllers.jobs.daily import start_daily_jobs
from app.controllers.jobs.runner import Worker, run_job
from app.core.access import Role
from app.core.clock import now
from app.core.settings import Settings
from app.core.words import JobEventType, JobState, Source
from app.db.audit import PLATFORM
from app.db.session import Database
from app.models import (
    Job,
    JobEvent,
    LoginFailure,
    Membership,
    Notification,
    OutgoingMail,
    Program,
    RefreshToken,
    RotationType,
    Schedule,
    User,
)
from app.repositories.schedule_store import ScheduleStore
from app.services.audit_anchors import anchor_path, read_anchors
from tests.controllers.conftest import NewWorker
from tests.controllers.jobs import add_job, ago, job_now
from tests.published import accept_everything
from tests.rows import add_user
from tests.stored import drawn, example, store_draft

pytestmark = pytest.mark.anyio


async def made(database: Database) -> list[tuple[str, str]]:
    async with database.reading() as session:
        jobs = (await session.scalars(select(Job).order_by(Job.once))).all()
        names = {one.id: one.name for one in await session.scalars(select(Program))}
    return [(one.kind, names[one.program_id] if one.program_id else "") for one in jobs]


async def test_everybody_once_in_their_own_night(database: Database) -> None:
    async with database.unit_of_work() as session:
        session.add(Program(name="East", time_zone="America/New_York"))
        session.add(Program(name="West", time_zone="America/Los_Angeles"))
    # 01:30 in New York, 22:30 the day before in Los Angeles, where that day's are made.
    at = datetime(2026, 7, 2, 5, 30, tzinfo=UTC)

    await start_daily_jobs(database, at)
    await start_daily_jobs(database, at + timedelta(minutes=10))

    first = await made(database)
    assert sorted(first) == [
        ("anchor_audit", ""),
        ("clean_up", ""),
        ("verify_nightly", "East"),
        ("verify_nightly", "West"),
    ]
    await start_daily_jobs(database, at + timedelta(hours=2))
    assert len(await made(database)) == 4, "it is half past midnight in the west"
    await start_daily_jobs(database, at + timedelta(hours=3))
    assert sorted(await made(database)) == sorted([*first, ("verify_nightly", "West")])


async def test_schedules_that_are_not_over_are_verified(
    database: Database, new_worker: NewWorker
) -> None:
    user = await add_user(database, "admin", admin=True)
    tiny = example("tiny")
    program, schedule = await store_draft(database, user, tiny)
    async with database.unit_of_work() as session:
        store = ScheduleStore(session)
        await store.save_grid(await store.load(schedule), drawn(tiny, 3), Source.SOLVER)
        old = {"start_date": schedule.start_date, "end_date": schedule.start_date}
        session.add(Schedule(program_id=program.id, name="Over", **old))
        row = await session.get_one(Schedule, schedule.id)
        row.end_date = max(row.end_date, now().date() + timedelta(days=1))
        over = (await session.scalars(select(Schedule).where(Schedule.name == "Over"))).one()
        over.start_date = over.end_date = datetime(2020, 1, 1, tzinfo=UTC).date()
    job = await add_job(database, program, kind="verify_nightly")

    await run_job(new_worker(), job.id)

    ended = await job_now(database, job)
    assert (ended.state, ended.error) == (JobState.SUCCEEDED, None)
    assert ended.result is not None
    [found] = ended.result["schedules"]
    assert (found["schedule_id"], found["revision"]) == (str(schedule.id), 1)
    assert found["rules"]["errors"] > 0
    assert found["duty_hours"].keys() == {"errors", "warnings", "infos"}


@pytest.fixture
async def coordinator(database: Database) -> User:
    user = await add_user(database, "coordinator")
    async with database.unit_of_work() as session:
        (await session.get_one(User, user.id)).email = "coordinator@example.org"
    return user


async def store_year(database: Database, coordinator: User) -> tuple[Program, Schedule]:
    """Store a year that is not over, with its coordinator and a resident who uses the service."""
    program, schedule = await store_draft(database, coordinator, example("tiny"))
    resident = await add_user(database, "resident")
    roles = {coordinator: Role.COORDINATOR, resident: Role.RESIDENT}
    async with database.unit_of_work() as session:
        (await session.get_one(Schedule, schedule.id)).end_date = now().date() + timedelta(365)
        for user, role in roles.items():
            session.add(Membership(user_id=user.id, program_id=program.id, role=role))
    return program, schedule


async def fill(database: Database, schedule: Schedule, seed: int) -> None:
    async with database.unit_of_work() as session:
        store = ScheduleStore(session)
        held = await store.load(await session.get_one(Schedule, schedule.id))
        await store.save_grid(held, drawn(example("tiny"), seed), Source.SOLVER)


async def night(database: Database, worker: Worker, program: Program) -> dict[str, Any]:
    """Verify, and return what the result says of the one schedule."""
    job = await add_job(database, program, kind="verify_nightly")
    await run_job(worker, job.id)
    ended = await job_now(database, job)
    assert (ended.state, ended.error) == (JobState.SUCCEEDED, None)
    assert ended.result is not None
    [found] = ended.result["schedules"]
    return dict(found)


async def told(database: Database) -> list[tuple[UUID, str]]:
    async with database.reading() as session:
        found = await session.scalars(select(Notification).order_by(Notification.created_at))
        mails = await session.scalars(select(OutgoingMail).order_by(OutgoingMail.created_at))
        notices = [(one.user_id, one.subject) for one in found]
        assert [(one.recipient, one.subject) for one in mails] == [
            ("coordinator@example.org", subject) for _, subject in notices
        ]
    return notices


async def test_new_errors_are_told_to_coordinators_once(
    database: Database, new_worker: NewWorker, coordinator: User
) -> None:
    program, schedule = await store_year(database, coordinator)
    await fill(database, schedule, 3)

    first = await night(database, new_worker(), program)
    known = len(first["errors"])
    assert known == first["rules"]["errors"] + first["duty_hours"]["errors"] > 0
    await night(database, new_worker(), program)
    assert await told(database) == [(coordinator.id, f"{known} new errors in Draft")]

    await fill(database, schedule, 4)
    second = await night(database, new_worker(), program)
    await night(database, new_worker(), program)
    new = len(set(second["errors"]) - set(first["errors"]))
    assert 0 < new < len(second["errors"])
    assert (await told(database))[1:] == [(coordinator.id, f"{new} new errors in Draft")]


async def test_what_somebody_answers_for_is_no_news(
    database: Database, new_worker: NewWorker, coordinator: User
) -> None:
    program, schedule = await store_year(database, coordinator)
    await fill(database, schedule, 3)
    await accept_everything(database, schedule, coordinator)

    assert (await night(database, new_worker(), program))["errors"] == []
    assert await told(database) == []


async def test_a_programme_that_contradicts_itself_is_told_once(
    database: Database, new_worker: NewWorker, coordinator: User
) -> None:
    program, _ = await store_year(database, coordinator)
    async with database.unit_of_work() as session:
        types = select(RotationType).where(RotationType.code == "NF")
        await session.delete((await session.scalars(types)).one())

    for _night in range(2):
        found = await night(database, new_worker(), program)
        assert "NF" in found["error"]
    assert await told(database) == [(coordinator.id, "Draft cannot be checked")]


async def test_ends_of_audit_chains_are_noted_outside_the_database(
    database: Database, new_worker: NewWorker, settings: Settings
) -> None:
    await add_user(database, "somebody")
    job = await add_job(database, kind="anchor_audit")

    await run_job(new_worker(), job.id)

    ended = await job_now(database, job)
    assert (ended.state, ended.result) == (JobState.SUCCEEDED, {"noted": 1})
    [noted] = read_anchors(anchor_path(settings))
    assert (noted.chain, noted.sequence) == (PLATFORM, 1)


async def test_the_clean_up_deletes_what_has_expired_and_no_more(
    database: Database, new_worker: NewWorker, settings: Settings
) -> None:
    user = await add_user(database, "somebody")
    day = 24 * 3600
    events_over, jobs_over = settings.job_event_days * day, settings.job_days * day
    done: dict[str, Any] = {"state": JobState.SUCCEEDED}
    gone = await add_job(database, finished_at=ago(jobs_over + day), **done)
    quiet = await add_job(database, finished_at=ago(events_over + day), **done)
    recent = await add_job(database, finished_at=ago(day), **done)
    waiting = await add_job(database)
    async with database.unit_of_work() as session:
        for job in (gone, quiet, recent, waiting):
            session.add(JobEvent(job_id=job.id, sequence=1, type=JobEventType.LOG))
        for name, expires in (("old", ago(1)), ("valid", now() + timedelta(days=1))):
            session.add(
                RefreshToken(
                    user_id=user.id,
                    chain_id=user.id,
                    token_hash=name,
                    issued_at=ago(day),
                    expires_at=expires,
                )
            )
        session.add(LoginFailure(subject="x", at=ago(settings.login_wait_seconds + 10)))
        session.add(LoginFailure(subject="x", at=now()))
    job = await add_job(database, kind="clean_up")

    await run_job(new_worker(), job.id)

    ended = await job_now(database, job)
    assert ended.state == JobState.SUCCEEDED, ended.error
    assert ended.result == {"deleted": {"refresh_tokens": 1, "job_events": 2, "jobs": 1}}
    async with database.reading() as session:
        left = set(await session.scalars(select(Job.id)))
        assert left == {quiet.id, recent.id, waiting.id, job.id}
        told = set(await session.scalars(select(JobEvent.job_id)))
        assert told == {recent.id, waiting.id, job.id}
        tokens = await session.scalars(select(RefreshToken.token_hash))
        assert list(tokens) == ["valid"]
        failures = select(func.count()).select_from(LoginFailure)
        assert await session.scalar(failures) == 1
