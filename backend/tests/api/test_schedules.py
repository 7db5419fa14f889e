import asyncio
import json
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import event, func, select

from app.core.access import Role
from app.core.words import AssignmentStatus
from app.db.session import Database
from app.models import Block, Membership, Program, Schedule, User
from tests.api.support import SAME_ON_BOTH, AsUser, Client, counted_statements, error_code
from tests.rows import add_cast, add_member, add_program, add_schedule

pytestmark = pytest.mark.anyio

NEW = {"name": "AY 2026", "start_date": "2026-07-01", "end_date": "2026-07-14"}
INVALID = (422, "REQUEST_INVALID")


@pytest.fixture
def headers(coordinator: User, as_user: AsUser) -> dict[str, str]:
    return as_user(coordinator)


async def test_create_get_change_delete(
    client: Client, headers: dict[str, str], program: Program, coordinator: User
) -> None:
    made = await client.post("/schedules", json=NEW, headers=headers)
    assert made.status_code == 201
    schedule = made.json()
    assert schedule | NEW == schedule
    assert (schedule["program_id"], schedule["created_by"]) == (
        str(program.id),
        str(coordinator.id),
    )
    assert schedule["created_at"].endswith("Z")
    url = f"/schedules/{schedule['id']}"
    assert (await client.get(url, headers=headers)).json() == schedule

    changed = await client.patch(url, json={"description": "draft"}, headers=headers)
    assert changed.status_code == 200
    expected = {"description": "draft", "version": 2, "updated_at": changed.json()["updated_at"]}
    assert changed.json() == schedule | expected

    deleted = await client.delete(url, headers=headers)
    assert (deleted.status_code, deleted.json()) == (200, {"status": "deleted"})
    gone = await client.get(url, headers=headers)
    assert error_code(gone) == (404, "NOT_FOUND")
    assert gone.json()["error"]["details"] == {"resource": "schedule", "id": schedule["id"]}


async def test_a_plain_read_sends_two_statements(
    application: FastAPI, client: Client, headers: dict[str, str]
) -> None:
    """The caller with their roles, and what is read; a whole page is counted as well."""
    url = f"/schedules/{(await client.post('/schedules', json=NEW, headers=headers)).json()['id']}"
    for asked, expected in ((url, 2), ("/schedules", 2), ("/schedules?limit=1", 3)):
        with counted_statements(application.state.database) as statements:
            assert (await client.get(asked, headers=headers)).status_code == 200
        assert len(statements) == expected, statements


async def test_blocks_are_made_with_a_schedule(client: Client, headers: dict[str, str]) -> None:
    await client.post("/schedules", json=NEW, headers=headers)
    await client.post("/schedules", json=NEW, headers=headers)

    found = await client.get("/blocks?from=2026-07-02&to=2026-07-03", headers=headers)

    assert [(one["date"], one["session"]) for one in found.json()] == [
        (day, half) for day in ("2026-07-02", "2026-07-03") for half in ("AM", "PM", "NIGHT")
    ]
    outside = await client.get("/blocks?from=2026-07-15&to=2026-08-15", headers=headers)
    assert outside.json() == []


@SAME_ON_BOTH
@pytest.mark.parametrize(
    "query", ["", "from=2026-07-02&to=2026-07-01", "from=2000-01-01&to=2099-01-01", "from=x&to=y"]
)
async def test_ranges_of_blocks_that_will_not_do(
    client: Client, headers: dict[str, str], query: str
) -> None:
    assert error_code(await client.get(f"/blocks?{query}", headers=headers)) == INVALID


async def test_newest_first_page_by_page(
    client: Client, headers: dict[str, str], database: Database, program: Program
) -> None:
    other = await add_program(database, "Surgery")
    await add_schedule(database, other)
    for name in "abc":
        await add_schedule(database, program, name)

    first = (await client.get("/schedules?limit=2", headers=headers)).json()
    rest = (await client.get("/schedules?skip=2", headers=headers)).json()

    assert [one["name"] for one in first["items"]] == ["c", "b"]
    assert (first["total"], first["skip"], first["limit"]) == (3, 0, 2)
    assert [one["name"] for one in rest["items"]] == ["a"]
    assert (rest["total"], rest["skip"], rest["limit"]) == (3, 2, 100)


@SAME_ON_BOTH
@pytest.mark.parametrize(
    "query", ["limit=0", "limit=501", "skip=-1", "skip=99999999999", "limit=x"]
)
async def test_pages_that_there_are_not(
    client: Client, headers: dict[str, str], query: str
) -> None:
    assert error_code(await client.get(f"/schedules?{query}", headers=headers)) == INVALID


async def test_the_programme_has_to_be_named_where_there_are_several(
    client: Client, database: Database, program: Program, admin: User, as_user: AsUser
) -> None:
    required = (400, "PROGRAM_REQUIRED")
    second = await add_program(database, "Surgery")
    both = await add_member(database, "both", program, Role.COORDINATOR)
    async with database.unit_of_work() as session:
        session.add(Membership(user_id=both.id, program_id=second.id, role=Role.RESIDENT))

    for user in (admin, both):
        headers = as_user(user)
        assert error_code(await client.post("/schedules", json=NEW, headers=headers)) == required
        assert error_code(await client.get("/schedules", headers=headers)) == required
        named = NEW | {"program_id": str(program.id)}
        assert (await client.post("/schedules", json=named, headers=headers)).status_code == 201
    query = f"/schedules?program_id={second.id}"
    assert error_code(await client.get(query, headers=as_user(both))) == (403, "FORBIDDEN")
    assert (await client.get(query, headers=as_user(admin))).json()["items"] == []
    unknown = NEW | {"program_id": str(uuid4())}
    for user in (admin, both):
        response = await client.post("/schedules", json=unknown, headers=as_user(user))
        assert error_code(response) == (404, "NOT_FOUND")


@SAME_ON_BOTH
@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "   "},
        {"name": "x" * 256},
        {"name": "a\0b"},
        {"name": None},
        {"end_date": "2026-06-30"},
        {"end_date": "tomorrow"},
        {"start_date": "0001-01-01"},
        {"nmae": "x"},
        {"program_id": "x"},
    ],
)
async def test_what_no_schedule_is_made_of(
    client: Client, headers: dict[str, str], wrong: dict[str, Any]
) -> None:
    response = await client.post("/schedules", json=NEW | wrong, headers=headers)

    assert error_code(response) == INVALID
    assert response.json()["error"]["details"]["errors"]


@SAME_ON_BOTH
async def test_too_long_a_schedule(client: Client, headers: dict[str, str]) -> None:
    long = NEW | {"end_date": "2029-07-04"}

    assert error_code(await client.post("/schedules", json=long, headers=headers)) == INVALID


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"name": None}, INVALID),
        ({"start_date": "2026-08-02", "end_date": "2026-08-01"}, INVALID),
        ({"version": 0}, INVALID),
        ({"id": "x"}, INVALID),
        ({"end_date": "2026-06-30"}, (400, "VALIDATION_ERROR")),
        ({"end_date": "2036-06-30"}, (400, "VALIDATION_ERROR")),
        ({"version": 9}, (409, "STALE")),
    ],
)
async def test_changes_that_are_refused(
    client: Client, headers: dict[str, str], change: dict[str, Any], expected: tuple[int, str]
) -> None:
    schedule = (await client.post("/schedules", json=NEW, headers=headers)).json()

    response = await client.patch(f"/schedules/{schedule['id']}", json=change, headers=headers)

    assert error_code(response) == expected
    assert (await client.get(f"/schedules/{schedule['id']}", headers=headers)).json() == schedule


async def test_an_empty_change_changes_nothing(client: Client, headers: dict[str, str]) -> None:
    schedule = (await client.post("/schedules", json=NEW, headers=headers)).json()

    response = await client.patch(f"/schedules/{schedule['id']}", json={}, headers=headers)

    assert (response.status_code, response.json()) == (200, schedule)


async def test_longer_schedules_get_their_blocks(client: Client, headers: dict[str, str]) -> None:
    schedule = (await client.post("/schedules", json=NEW, headers=headers)).json()

    await client.patch(
        f"/schedules/{schedule['id']}", json={"end_date": "2026-07-16"}, headers=headers
    )

    found = await client.get("/blocks?from=2026-07-15&to=2026-07-20", headers=headers)
    assert len(found.json()) == 6


async def test_of_many_who_change_one_version_one_wins(
    client: Client, headers: dict[str, str]
) -> None:
    schedule = (await client.post("/schedules", json=NEW, headers=headers)).json()
    url = f"/schedules/{schedule['id']}"

    async def change(name: str, version: int | None) -> int:
        body = {"name": name} | ({} if version is None else {"version": version})
        return (await client.patch(url, json=body, headers=headers)).status_code

    two = await asyncio.gather(change("a", 1), change("b", 1))
    sixteen = await asyncio.gather(*(change(f"n{n}", 2) for n in range(16)))

    assert sorted(two) == [200, 409]
    assert sorted(sixteen) == [200] + [409] * 15
    assert (await client.get(url, headers=headers)).json()["version"] == 3


async def test_bulk_makes_all(client: Client, headers: dict[str, str]) -> None:
    news = [NEW | {"name": f"n{n}"} for n in range(100)]

    response = await client.post("/schedules/bulk", json=news, headers=headers)

    assert response.status_code == 201
    assert [one["name"] for one in response.json()] == [one["name"] for one in news]


@pytest.mark.parametrize(
    ("news", "expected"),
    [
        ([NEW] * 101, (400, "TOO_MANY")),
        ([], INVALID),
        ([NEW, NEW | {"name": ""}], INVALID),
        ([NEW, NEW | {"program_id": str(uuid4())}], (404, "NOT_FOUND")),
    ],
)
async def test_bulk_makes_none(
    client: Client,
    headers: dict[str, str],
    database: Database,
    news: list[dict[str, Any]],
    expected: tuple[int, str],
) -> None:
    response = await client.post("/schedules/bulk", json=news, headers=headers)

    assert error_code(response) == expected
    async with database.reading() as session:
        for table in (Schedule, Block):
            assert await session.scalar(select(func.count()).select_from(table)) == 0


async def test_a_failed_commit_is_no_success(
    application: FastAPI, client: Client, headers: dict[str, str], database: Database
) -> None:
    def fail(connection: object) -> None:
        raise RuntimeError(f"the disk is gone: {connection}")

    engine = application.state.database.engine.sync_engine
    event.listen(engine, "commit", fail)
    response = await client.post("/schedules", json=NEW, headers=headers)
    event.remove(engine, "commit", fail)

    assert error_code(response) == (500, "INTERNAL")
    assert "disk" not in response.text
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Schedule)) == 0


async def test_assignments_come_with_what_they_name_in_few_queries(
    application: FastAPI,
    client: Client,
    headers: dict[str, str],
    database: Database,
    program: Program,
) -> None:
    cast = await add_cast(database, program)
    url = f"/schedules/{cast.schedule.id}?include=assignments"
    counts, found = [], []
    for people in (range(1), range(1, 20)):
        async with database.unit_of_work() as session:
            session.add_all(cast.assignment(p, b) for p in people for b in range(3))
        with counted_statements(application.state.database) as statements:
            response = await client.get(url, headers=headers)
        counts.append(len(statements))
        found = response.json()["assignments"]

    assert counts[0] == counts[1] <= 7
    assert len(found) == 60
    halves = [one["block"]["session"] for one in found]
    assert halves == ["AM"] * 20 + ["PM"] * 20 + ["NIGHT"] * 20
    one = found[0]
    assert one["person"].keys() == {"id", "key", "name", "kind"}
    assert (one["rotation_type"], one["duty"]) == ("MICU", "ward")
    assert (one["status"], one["source"], one["locked"]) == ("scheduled", "manual", False)
    assert one["person_id"] == one["person"]["id"]
    assert one["block_id"] == one["block"]["id"]


async def test_assignments_only_where_asked(
    client: Client, headers: dict[str, str], database: Database, program: Program
) -> None:
    cast = await add_cast(database, program)
    cancelled = cast.assignment()
    cancelled.status, cancelled.duty_type_id = AssignmentStatus.CANCELLED, None
    async with database.unit_of_work() as session:
        session.add(cancelled)
    url = f"/schedules/{cast.schedule.id}"

    assert "assignments" not in (await client.get(url, headers=headers)).json()
    [one] = (await client.get(f"{url}?include=assignments", headers=headers)).json()["assignments"]
    assert (one["status"], one["duty"]) == ("cancelled", None)
    assert error_code(await client.get(f"{url}?include=all", headers=headers)) == INVALID


@SAME_ON_BOTH
@pytest.mark.parametrize(
    "body", [b"{", b"[1", b'{"\\ud800": 1}', b'{"name": "\\ud800"}', b"\xff", b'"x"', b"null"]
)
async def test_bodies_that_cannot_be_read(
    client: Client, headers: dict[str, str], body: bytes
) -> None:
    content = headers | {"Content-Type": "application/json"}

    response = await client.post("/schedules", content=body, headers=content)

    assert error_code(response) == INVALID
    json.dumps(response.json()).encode()
