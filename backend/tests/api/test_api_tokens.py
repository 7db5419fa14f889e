"""Tokens that programs call with; how far they go is tried in `test_permissions`."""

import sqlite3
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event, select, update

from app.core.access import Role
from app.core.clock import now
from app.core.security import fingerprint
from app.db.session import Database
from app.models import ApiToken, Program, User
from app.services.api_token_service import MOST_TOKENS, caller_of
from tests.api.support import SAME_ON_BOTH, AsUser, Client, error_code
from tests.rows import UNSEEN, add_program

pytestmark = pytest.mark.anyio
UNKNOWN = (401, "UNAUTHENTICATED")


@pytest.fixture
def headers(coordinator: User, as_user: AsUser) -> dict[str, str]:
    return as_user(coordinator)


async def make(client: Client, headers: dict[str, str], **given: Any) -> dict[str, Any]:
    new = {"name": "export", "scopes": ["read"], **given}
    made = await client.post("/tokens", json=new, headers=headers)
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


async def listing(client: Client, token: str) -> Any:
    return await client.get("/schedules", headers={"Authorization": f"Bearer {token}"})


async def test_from_making_to_revoking(
    client: Client, database: Database, headers: dict[str, str]
) -> None:
    made = await make(client, headers, days=7)
    token = made.pop("token")
    assert token.startswith(made["beginning"])
    assert made["beginning"].startswith("hs_")
    assert made["last_used_at"] is None

    assert (await listing(client, token)).status_code == 200

    [listed] = (await client.get("/tokens", headers=headers)).json()
    assert listed["last_used_at"] is not None
    assert token not in str(listed)
    async with database.reading() as session:
        [stored] = await session.scalars(select(ApiToken))
    assert stored.token_hash == fingerprint(token)
    assert stored.expires_at == pytest.approx(now() + timedelta(days=7), abs=timedelta(minutes=1))

    gone = await client.delete(f"/tokens/{made['id']}", headers=headers)
    assert gone.json() == {"status": "deleted"}
    assert error_code(await listing(client, token)) == UNKNOWN


async def test_a_token_ends(client: Client, database: Database, headers: dict[str, str]) -> None:
    token = (await make(client, headers))["token"]
    async with database.unit_of_work() as session:
        await session.execute(
            update(ApiToken).values(expires_at=now() - timedelta(seconds=1)),
            execution_options=UNSEEN,
        )

    assert error_code(await listing(client, token)) == UNKNOWN
    assert error_code(await listing(client, "hs_guess")) == UNKNOWN
    assert len((await client.get("/tokens", headers=headers)).json()) == 1


async def test_a_token_does_what_its_user_may_now(
    client: Client, database: Database, headers: dict[str, str], coordinator: User
) -> None:
    token = (await make(client, headers))["token"]
    async with database.unit_of_work() as session:
        (await session.get_one(User, coordinator.id)).is_active = False

    assert error_code(await listing(client, token)) == (403, "FORBIDDEN")


async def test_others_tokens_are_not_there(
    client: Client, headers: dict[str, str], admin: User, as_user: AsUser
) -> None:
    made = await make(client, headers)

    assert (await client.get("/tokens", headers=as_user(admin))).json() == []
    response = await client.delete(f"/tokens/{made['id']}", headers=as_user(admin))
    assert error_code(response) == (404, "NOT_FOUND")


async def test_a_token_is_for_a_programme_of_ones_own(
    client: Client,
    database: Database,
    program: Program,
    headers: dict[str, str],
    admin: User,
    as_user: AsUser,
) -> None:
    surgery = await add_program(database, "Surgery")
    made = await make(client, headers, program_id=str(program.id))
    assert made["program_id"] == str(program.id)
    for caller, program_id in ((headers, surgery.id), (as_user(admin), uuid4())):
        new = {"name": "t", "scopes": ["read"], "program_id": str(program_id)}
        response = await client.post("/tokens", json=new, headers=caller)
        assert error_code(response) == (404, "NOT_FOUND")
    of_admin = await make(client, as_user(admin), program_id=str(surgery.id), scopes=["write"])
    # ADMIN's token for a programme is a coordinator's, and no more.
    call = {"Authorization": f"Bearer {of_admin['token']}"}
    change = {"specialty": "X"}
    url = f"/programs/{surgery.id}"
    assert (await client.patch(url, json=change, headers=call)).status_code == 200
    response = await client.post("/programs", json={"name": "N"}, headers=call)
    assert error_code(response)[0] in {403, 422}


@SAME_ON_BOTH
async def test_tokens_that_there_cannot_be(client: Client, headers: dict[str, str]) -> None:
    wrongs: list[dict[str, Any]] = [
        {"scopes": []},
        {"scopes": ["admin"]},
        {"name": ""},
        {"days": 0},
    ]
    for wrong in wrongs:
        new = {"name": "t", "scopes": ["read"], **wrong}
        response = await client.post("/tokens", json=new, headers=headers)
        assert error_code(response) == (422, "REQUEST_INVALID")
    new = {"name": "t", "scopes": ["read"], "days": 366}
    response = await client.post("/tokens", json=new, headers=headers)
    assert error_code(response) == (400, "VALIDATION_ERROR")
    for _ in range(MOST_TOKENS):
        await make(client, headers)
    new["days"] = 1
    response = await client.post("/tokens", json=new, headers=headers)
    assert error_code(response) == (400, "VALIDATION_ERROR")


async def test_use_is_noted_once_a_minute(
    client: Client, database: Database, headers: dict[str, str]
) -> None:
    token = (await make(client, headers))["token"]

    async def used() -> Any:
        async with database.reading() as session:
            return await session.scalar(select(ApiToken.last_used_at))

    await listing(client, token)
    first = await used()
    await listing(client, token)
    assert await used() == first
    async with database.unit_of_work() as session:
        earlier = first - timedelta(seconds=61)
        await session.execute(
            update(ApiToken).values(last_used_at=earlier), execution_options=UNSEEN
        )
    await listing(client, token)
    assert await used() > first


@pytest.fixture
async def impatient(database: Database) -> AsyncIterator[Database]:
    """Give the database, over connections that do not wait for a writer."""
    other = Database.connect(str(database.engine.url))

    def do_not_wait(connection: Any, record: object) -> None:
        del record
        connection.execute("PRAGMA busy_timeout=1")

    event.listen(other.engine.sync_engine, "connect", do_not_wait)
    yield other
    await other.close()


@SAME_ON_BOTH
async def test_nobody_is_turned_away_because_others_write(
    client: Client, database: Database, headers: dict[str, str], impatient: Database
) -> None:
    token = (await make(client, headers))["token"]
    assert database.engine.url.database
    writer = sqlite3.connect(database.engine.url.database, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")

    async with impatient.reading() as session:
        user, found = await caller_of(token, session, impatient)

    writer.rollback()
    writer.close()
    assert (user.username, found.last_used_at) == ("coordinator", None)
    assert Role.COORDINATOR in {one.role for one in user.memberships}
