"""A POST that is repeated has one effect, whenever and however often it comes."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from fastapi import APIRouter, FastAPI, UploadFile
from fastapi.routing import iter_route_contexts
from sqlalchemy import func, select, update

from app.api.deps import Coordinator, SessionDep
from app.api.idempotency import IdempotentRoute
from app.core.clock import now
from app.db.session import Database
from app.main import create_app
from app.models import IdempotencyKey, LoginFailure, Schedule, User
from app.services.idempotency_service import forget_old_keys
from tests.api.support import AsUser, Client, error_code
from tests.rows import UNSEEN

pytestmark = pytest.mark.anyio
NEW = {"name": "Year", "start_date": "2026-07-01", "end_date": "2026-07-02"}
REUSED = (409, "IDEMPOTENCY_KEY_REUSED")


@pytest.fixture
def headers(coordinator: User, as_user: AsUser) -> dict[str, str]:
    return as_user(coordinator)


async def create(
    client: Client, headers: dict[str, str], key: str, **given: Any
) -> httpx2.Response:
    with_key = {**headers, "Idempotency-Key": key}
    return await client.post("/schedules", json={**NEW, **given}, headers=with_key)


async def count(database: Database) -> int:
    async with database.reading() as session:
        return await session.scalar(select(func.count()).select_from(Schedule)) or 0


async def test_the_second_time_is_the_first(
    client: Client, database: Database, headers: dict[str, str]
) -> None:
    first = await create(client, headers, "k-1")
    second = await create(client, headers, "k-1")

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert first.headers["etag"] == second.headers["etag"] == '"1"'
    assert second.headers["content-type"] == "application/json"
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert await count(database) == 1
    assert (await create(client, headers, "k-2")).json()["id"] != first.json()["id"]
    assert (await create(client, headers, "k-2")).headers["idempotency-replayed"] == "true"


async def test_many_at_once_have_one_effect(
    client: Client, database: Database, headers: dict[str, str]
) -> None:
    answers = await asyncio.gather(*(create(client, headers, "k") for _ in range(8)))

    assert {one.status_code for one in answers} == {201}
    assert len({one.json()["id"] for one in answers}) == 1
    assert sum("idempotency-replayed" in one.headers for one in answers) == 7
    assert await count(database) == 1


async def test_a_key_stands_for_one_request(
    client: Client, database: Database, headers: dict[str, str]
) -> None:
    await create(client, headers, "k")

    assert error_code(await create(client, headers, "k", name="Other")) == REUSED
    bulk = headers | {"Idempotency-Key": "k"}
    assert error_code(await client.post("/schedules/bulk", json=[NEW], headers=bulk)) == REUSED
    assert await count(database) == 1


async def test_what_came_to_nothing_may_be_tried_again(
    client: Client, database: Database, headers: dict[str, str]
) -> None:
    bulk = headers | {"Idempotency-Key": "k"}
    too_many = await client.post("/schedules/bulk", json=[NEW] * 101, headers=bulk)
    assert error_code(too_many) == (400, "TOO_MANY")
    async with database.reading() as session:
        assert (await session.scalars(select(IdempotencyKey))).all() == []

    assert (await create(client, headers, "k")).status_code == 201


async def test_keys_belong_to_their_users(
    client: Client, headers: dict[str, str], admin: User, as_user: AsUser, database: Database
) -> None:
    made = (await create(client, headers, "k")).json()
    others = await create(client, as_user(admin), "k", program_id=made["program_id"])

    assert others.json()["id"] != made["id"]
    assert await count(database) == 2
    async with database.unit_of_work() as session:
        await session.execute(update(User).values(is_active=False), execution_options=UNSEEN)
    # What was answered once is not told to somebody who may not ask any more.
    assert error_code(await create(client, headers, "k")) == (403, "FORBIDDEN")
    anonymous = await client.post("/schedules", json=NEW, headers={"Idempotency-Key": "k"})
    assert error_code(anonymous) == (401, "UNAUTHENTICATED")


async def test_a_key_is_kept_for_a_day(
    client: Client, database: Database, headers: dict[str, str]
) -> None:
    async def age(**by: int) -> None:
        async with database.unit_of_work() as session:
            earlier = now() - timedelta(**by)
            await session.execute(update(IdempotencyKey).values(created_at=earlier))

    await create(client, headers, "k")
    await age(hours=23, minutes=59)
    await create(client, headers, "k")
    assert await count(database) == 1
    await age(hours=24, seconds=1)
    await create(client, headers, "k")
    assert await count(database) == 2
    await age(hours=24, seconds=1)
    await forget_old_keys(database)
    async with database.reading() as session:
        assert (await session.scalars(select(IdempotencyKey))).all() == []


@pytest.mark.parametrize("key", ["", "x" * 256, "a b"])
async def test_keys_that_are_none(client: Client, headers: dict[str, str], key: str) -> None:
    response = await create(client, headers, key)
    assert error_code(response) == (422, "REQUEST_INVALID")


async def test_without_a_key_every_request_counts(
    client: Client, database: Database, headers: dict[str, str]
) -> None:
    for _ in range(2):
        await client.post("/schedules", json=NEW, headers=headers)
    assert await count(database) == 2


@pytest.fixture
def uploads(one_application: FastAPI) -> Iterator[str]:
    """Plant a route that takes files."""
    router = APIRouter(route_class=IdempotentRoute)

    @router.post("/api/planted")
    async def take(session: SessionDep, access: Coordinator, file: UploadFile) -> str:
        session.add(LoginFailure(subject=str(access.user_id), at=now()))
        return (await file.read()).decode()

    before = list(one_application.router.routes)
    one_application.include_router(router)
    yield "/planted"
    one_application.router.routes[:] = before


async def test_files_may_be_sent_again(
    client: Client, database: Database, headers: dict[str, str], uploads: str
) -> None:
    keyed = headers | {"Idempotency-Key": "k"}
    sent = [
        await client.post(uploads, files={"file": ("a.csv", text)}, headers=keyed)
        for text in (b"a,b", b"a,b", b"a,c")
    ]

    assert [one.status_code for one in sent] == [200, 200, 409]
    assert sent[0].json() == sent[1].json() == "a,b"
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(LoginFailure)) == 1


def test_posts_that_create_take_a_key() -> None:
    """A router says it once; all that it posts has the header then."""
    paths = {
        one.path
        for one in iter_route_contexts(create_app().routes)
        if isinstance(one.original_route, IdempotentRoute) and "POST" in (one.methods or ())
    }
    posts = {"schedules", "schedules/bulk", "programs", "invitations"}
    assert {f"/api/{path}" for path in posts} <= paths
    operation = create_app().openapi()["paths"]["/api/schedules"]["post"]
    assert "Idempotency-Key" in [one["name"] for one in operation["parameters"]]
