"""Tasks over HTTP: asked for, listed, followed, stopped; a worker beside the API does them."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI

from app.controllers.jobs.runner import Worker, run_job
from app.core.celery_app import Broker
from app.core.settings import Settings
from app.core.words import JobEventType, JobState
from app.db.session import Database
from app.models import Job, JobEvent, Program, Schedule, User
from tests.api.support import AsUser, Client, error_code
from tests.rows import add_user
from tests.stored import example, held, store_draft

pytestmark = pytest.mark.anyio
Headers = dict[str, str]


class Draft(NamedTuple):
    program: Program
    schedule: Schedule

    @property
    def generate(self) -> str:
        return f"/schedules/{self.schedule.id}/generate"


@pytest.fixture
async def draft(database: Database, admin: User) -> Draft:
    return Draft(*await store_draft(database, admin, example("tiny")))


@pytest.fixture
def caller(admin: User, as_user: AsUser) -> Headers:
    return as_user(admin)


@pytest.fixture
async def worker(database: Database, settings: Settings) -> AsyncIterator[Worker]:
    settings.prepare_data_dir()
    broker = Broker(settings)
    yield Worker(database=database, broker=broker, settings=settings, owner="worker")
    broker.close()


def told(body: str) -> list[dict[str, Any]]:
    """Return the events of a stream: id, event and data."""
    events = []
    for block in body.split("\n\n"):
        lines = [line.split(": ", 1) for line in block.splitlines() if not line.startswith(":")]
        if lines:
            event: dict[str, Any] = dict(lines)
            events.append(event | {"data": json.loads(event["data"])})
    return events


async def finished(database: Database, program: Program, **values: Any) -> Job:
    job = Job(kind="generate", program_id=program.id, state=JobState.SUCCEEDED)
    for name, value in values.items():
        setattr(job, name, value)
    async with database.unit_of_work() as session:
        session.add(job)
    return job


async def test_a_generation_from_asking_to_the_grid(
    client: Client, caller: Headers, draft: Draft, worker: Worker, database: Database
) -> None:
    asked = await client.post(draft.generate, json={"time_s": 20}, headers=caller)
    assert (asked.status_code, asked.json()["status"]) == (202, "queued")
    task = f"/tasks/{asked.json()['task_id']}"
    waiting = (await client.get(task, headers=caller)).json()
    assert (waiting["state"], waiting["progress"], waiting["result"]) == ("queued", {}, None)
    assert waiting["parameters"] == {"time_s": 20}

    running = asyncio.create_task(run_job(worker, UUID(asked.json()["task_id"])))
    stream = await client.get(f"{task}/events", headers=caller)
    await running

    assert stream.headers["content-type"].startswith("text/event-stream")
    events = told(stream.text)
    assert [int(one["id"]) for one in events] == list(range(1, len(events) + 1))
    states = [one["data"]["state"] for one in events if one["event"] == "state"]
    assert states == ["queued", "running", "succeeded"]
    assert {one["event"] for one in events} == {"state", "progress", "log", "done"}
    last = events[-1]
    assert last["event"] == "done"
    assert last["data"] == {"state": "succeeded", "stopped": False, "error": None}
    ended = (await client.get(task, headers=caller)).json()
    assert ended["result"]["status"] == "OPTIMAL"
    [progress] = [one["data"] for one in events if one["event"] == "progress"][-1:]
    assert ended["progress"] == progress
    assert progress["objective"] == progress["bound"] == ended["result"]["objective"]
    assert (await held(database, draft.schedule)).schedule.revision == 2


async def test_a_stream_goes_on_where_it_was_cut(
    client: Client, caller: Headers, draft: Draft, database: Database
) -> None:
    job = await finished(database, draft.program, event_count=3)
    async with database.unit_of_work() as session:
        session.add_all(
            JobEvent(job_id=job.id, sequence=n, type=kind, data={"message": str(n)})
            for n, kind in enumerate([JobEventType.LOG, JobEventType.LOG, JobEventType.DONE], 1)
        )
    url = f"/tasks/{job.id}/events"

    whole = told((await client.get(url, headers=caller)).text)
    rest = told((await client.get(url, headers=caller | {"Last-Event-ID": "1"})).text)
    over = told((await client.get(url, headers=caller | {"Last-Event-ID": "3"})).text)

    assert [one["id"] for one in whole] == ["1", "2", "3"]
    assert rest == whole[1:]
    assert over == [{"event": "done", "data": {"state": "succeeded"}}]
    wrong = await client.get(url, headers=caller | {"Last-Event-ID": "-1"})
    assert error_code(wrong) == (422, "REQUEST_INVALID")
    unknown = await client.get(f"/tasks/{uuid4()}/events", headers=caller)
    assert error_code(unknown) == (404, "NOT_FOUND")


async def test_following_holds_no_connection(
    client: Client, caller: Headers, draft: Draft, database: Database, application: FastAPI
) -> None:
    job = await finished(database, draft.program, state=JobState.QUEUED)
    streams = [
        asyncio.create_task(client.get(f"/tasks/{job.id}/events", headers=caller))
        for _ in range(40)
    ]
    await asyncio.sleep(1)

    answers = await asyncio.wait_for(
        asyncio.gather(*(client.get(f"/tasks/{job.id}", headers=caller) for _ in range(40))), 20
    )
    assert {one.status_code for one in answers} == {200}
    await client.delete(f"/tasks/{job.id}", headers=caller)
    for stream in streams:
        assert told((await stream).text)[-1]["data"]["state"] == "cancelled"
    assert application.state.database.engine.pool.checkedout() == 0


async def test_a_queued_task_is_cancelled_at_once(
    client: Client, caller: Headers, draft: Draft, worker: Worker, database: Database
) -> None:
    task_id = (await client.post(draft.generate, json={}, headers=caller)).json()["task_id"]

    stopped = await client.delete(f"/tasks/{task_id}", headers=caller)

    assert (stopped.status_code, stopped.json()["state"]) == (202, "cancelled")
    await run_job(worker, UUID(task_id))
    assert (await held(database, draft.schedule)).schedule.revision == 1
    again = await client.delete(f"/tasks/{task_id}", headers=caller)
    assert (again.status_code, again.json()["state"]) == (202, "cancelled")
    events = told((await client.get(f"/tasks/{task_id}/events", headers=caller)).text)
    assert [one["event"] for one in events] == ["state", "state", "done"]


async def test_tasks_are_listed_newest_first_by_schedule_and_state(
    client: Client, caller: Headers, draft: Draft, database: Database
) -> None:
    first = await finished(database, draft.program, result={"long": "text"})
    failed = await finished(
        database, draft.program, state=JobState.FAILED, schedule_id=draft.schedule.id
    )
    everything = {"program_id": str(draft.program.id)}

    async def listed(**query: str) -> list[str]:
        answer = await client.get("/tasks", params=everything | query, headers=caller)
        assert all("result" not in one for one in answer.json()["items"])
        return [one["id"] for one in answer.json()["items"]]

    assert await listed() == [str(failed.id), str(first.id)]
    assert await listed(state="failed") == [str(failed.id)]
    assert await listed(schedule_id=str(draft.schedule.id)) == [str(failed.id)]
    assert await listed(limit="1") == [str(failed.id)]


async def test_jobs_of_the_platform_are_for_admin(
    client: Client,
    draft: Draft,
    database: Database,
    as_user: AsUser,
    coordinator: User,
    admin: User,
) -> None:
    del draft
    async with database.unit_of_work() as session:
        job = Job(kind="clean_up")
        session.add(job)

    refused = await client.get(f"/tasks/{job.id}", headers=as_user(coordinator))
    assert error_code(refused) == (404, "NOT_FOUND")
    assert (await client.get(f"/tasks/{job.id}", headers=as_user(admin))).status_code == 200


async def test_a_repeated_request_starts_one_task(
    client: Client, caller: Headers, draft: Draft, settings: Settings
) -> None:
    headers = caller | {"Idempotency-Key": "once"}

    answers = [await client.post(draft.generate, json={}, headers=headers) for _ in range(2)]

    assert answers[0].json() == answers[1].json()
    assert len(list(settings.spool_dir.glob("*.msg"))) == 1
    listed = await client.get(
        "/tasks", params={"program_id": str(draft.program.id)}, headers=caller
    )
    assert listed.json()["total"] == 1


@pytest.mark.parametrize(
    "body",
    [
        {"time_s": 0},
        {"time_s": 10**6},
        {"gap": 2},
        {"seed": -1},
        {"scope": {"from": "2026-12-01", "to": "2026-07-01"}},
        {"scope": {"people": []}},
        {"weights": {"Wishes": -1}},
        {"speed": 3},
    ],
)
async def test_a_malformed_request_is_refused(
    client: Client, caller: Headers, draft: Draft, body: dict[str, Any]
) -> None:
    response = await client.post(draft.generate, json=body, headers=caller)

    assert error_code(response) == (422, "REQUEST_INVALID")


async def test_a_broker_that_is_down_does_not_fail_the_request(
    application: FastAPI, client: Client, caller: Headers, draft: Draft, tmp_path: Path
) -> None:
    application.state.broker = Broker(
        Settings(broker_url="redis://127.0.0.1:1/0", data_dir=tmp_path)
    )

    asked = await client.post(draft.generate, json={}, headers=caller)

    assert asked.status_code == 202
    task = await client.get(f"/tasks/{asked.json()['task_id']}", headers=caller)
    assert task.json()["state"] == "queued"


async def test_what_cannot_be_scheduled_is_refused_with_reasons(
    client: Client, caller: Headers, draft: Draft
) -> None:
    response = await client.post(draft.generate, json={"weights": {"Nothing": 1}}, headers=caller)

    assert error_code(response) == (400, "VALIDATION_ERROR")
    assert "Wishes" in response.json()["error"]["details"]["soft_rules"]


async def test_a_resident_may_not(
    client: Client, draft: Draft, database: Database, as_user: AsUser
) -> None:
    nobody = await add_user(database, "nobody")

    response = await client.post(draft.generate, json={}, headers=as_user(nobody))

    assert error_code(response) == (403, "FORBIDDEN")
