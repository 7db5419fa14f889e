"""Coordinators see who has read whose record in their programme."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from fastapi import APIRouter, FastAPI

from app.api.deps import AccessNotesDep, Coordinator
from app.core.access import Role
from app.db.base import new_id
from app.db.session import Database
from app.models import Person, Program, User
from tests.api.support import AsUser, Client, error_code
from tests.rows import add_member

pytestmark = pytest.mark.anyio


@pytest.fixture
def record(one_application: FastAPI) -> Iterator[str]:
    """Plant a route that shows somebody's record."""
    router = APIRouter()

    @router.get("/api/planted/{person_id}")
    async def show(access: Coordinator, notes: AccessNotesDep, person_id: UUID) -> str:
        [program_id] = access.roles
        notes.read("hours", program_id, person_id=person_id)
        return "shown"

    before = list(one_application.router.routes)
    one_application.include_router(router)
    yield "/planted"
    one_application.router.routes[:] = before


async def test_from_reading_to_being_seen(
    application: FastAPI,
    client: Client,
    program: Program,
    coordinator: User,
    as_user: AsUser,
    record: str,
) -> None:
    headers = as_user(coordinator)
    people = [new_id() for _ in range(3)]
    answers = [await client.get(f"{record}/{one}", headers=headers) for one in people]
    await application.state.access_log.flush()

    first = (await client.get("/access-log?limit=2", headers=headers)).json()
    cursor = first["next_cursor"]
    rest = (await client.get(f"/access-log?limit=2&cursor={cursor}", headers=headers)).json()

    shown = [*first["items"], *rest["items"]]
    assert [one["person_id"] for one in shown] == [str(one) for one in reversed(people)]
    assert rest["next_cursor"] is None
    assert {(one["user_id"], one["resource"]) for one in shown} == {(str(coordinator.id), "hours")}
    assert shown[-1]["request_id"] == answers[0].headers["x-request-id"]
    url = f"/access-log?person_id={people[1]}&program_id={program.id}"
    assert len((await client.get(url, headers=headers)).json()["items"]) == 1
    wrong = await client.get("/access-log?cursor=x", headers=headers)
    assert error_code(wrong) == (400, "CURSOR_INVALID")


async def test_readings_by_a_token_name_it(
    application: FastAPI, client: Client, coordinator: User, as_user: AsUser, record: str
) -> None:
    headers = as_user(coordinator)
    new = {"name": "export", "scopes": ["read"]}
    made = (await client.post("/tokens", json=new, headers=headers)).json()
    by_token = {"Authorization": f"Bearer {made['token']}"}
    await client.get(f"{record}/{new_id()}", headers=by_token)
    await application.state.access_log.flush()

    [entry] = (await client.get("/access-log", headers=headers)).json()["items"]
    assert entry["token_id"] == made["id"]


async def test_ones_own_record_is_ones_own(
    application: FastAPI,
    client: Client,
    database: Database,
    program: Program,
    coordinator: User,
    as_user: AsUser,
) -> None:
    resident = await add_member(database, "resident", program, Role.RESIDENT)
    own = Person(id=new_id(), program_id=program.id, key="r1", name="R 1", user_id=resident.id)
    async with database.unit_of_work() as session:
        session.add(own)
    for caller in (resident, coordinator):
        response = await client.get(f"/people/{own.id}", headers=as_user(caller))
        assert response.status_code == 200
    await application.state.access_log.flush()

    [entry] = (await client.get("/access-log", headers=as_user(coordinator))).json()["items"]
    assert (entry["user_id"], entry["resource"]) == (str(coordinator.id), "person")
    assert entry["person_id"] == entry["resource_id"] == str(own.id)
