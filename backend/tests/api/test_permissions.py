"""Every route against everybody: the table is read off the router, so that no route is left out."""

from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from app.api.deps import RoleCheck, get_current_active_user, public
from app.core.access import PROGRAM_ROLES, Role
from app.db.session import Database
from app.main import create_app
from app.models import Membership, Program, User
from tests.api.support import AsUser, Client, error_code
from tests.rows import add_member, add_program, add_schedule, add_user

pytestmark = pytest.mark.anyio

PUBLIC = "public"
LOGGED_IN = "logged in"
Permission = frozenset[Role] | str


class Declared(NamedTuple):
    method: str
    path: str
    permissions: list[Permission]


def declared(application: FastAPI) -> Iterator[Declared]:
    """Return every operation with the permissions that it declares: one, or it is a fault."""
    for context in iter_route_contexts(application.routes):
        if not isinstance(context.original_route, APIRoute):
            continue
        found: list[Permission] = []
        for dependency in context.dependant.dependencies:
            if isinstance(dependency.call, RoleCheck):
                found.append(dependency.call.roles)
            elif dependency.call is public:
                found.append(PUBLIC)
            elif dependency.call is get_current_active_user:
                found.append(LOGGED_IN)
        for method in sorted(context.methods or ()):
            yield Declared(method, context.path or "", found)


OPERATIONS = {f"{one.method} {one.path}": one.permissions for one in declared(create_app())}
EVERYBODY = frozenset(Role)
COORDINATOR = frozenset({Role.COORDINATOR})
ADMIN = frozenset({Role.ADMIN})

EXPECTED: dict[str, Permission] = {
    "GET /api/health/live": PUBLIC,
    "GET /api/health/ready": PUBLIC,
    "POST /api/auth/login": PUBLIC,
    "POST /api/auth/refresh": PUBLIC,
    "POST /api/auth/logout": PUBLIC,
    "POST /api/auth/password": LOGGED_IN,
    "GET /api/auth/me": LOGGED_IN,
    "GET /api/users": ADMIN,
    "POST /api/users": ADMIN,
    "GET /api/users/{user_id}": ADMIN,
    "PATCH /api/users/{user_id}": ADMIN,
    "PUT /api/users/{user_id}/memberships/{program_id}": ADMIN,
    "DELETE /api/users/{user_id}/memberships/{program_id}": ADMIN,
    "GET /api/programs": EVERYBODY,
    "POST /api/programs": ADMIN,
    "GET /api/programs/{program_id}": EVERYBODY,
    "PATCH /api/programs/{program_id}": COORDINATOR,
    "GET /api/schedules": COORDINATOR,
    "POST /api/schedules": COORDINATOR,
    "POST /api/schedules/bulk": COORDINATOR,
    "GET /api/schedules/{schedule_id}": COORDINATOR,
    "PATCH /api/schedules/{schedule_id}": COORDINATOR,
    "DELETE /api/schedules/{schedule_id}": COORDINATOR,
    "GET /api/blocks": EVERYBODY,
}
_NEW = {"name": "New", "start_date": "2026-07-01", "end_date": "2026-07-01"}
BODIES: dict[str, Any] = {
    "POST /api/auth/password": {"current_password": "-", "new_password": "twelve letters"},
    "POST /api/users": {"username": "new"},
    "PATCH /api/users/{user_id}": {"full_name": "X"},
    "PUT /api/users/{user_id}/memberships/{program_id}": {"role": "VIEWER"},
    "POST /api/programs": {"name": "New", "time_zone": "UTC", "year_start": "2026-07-01"},
    "PATCH /api/programs/{program_id}": {"specialty": "X"},
    "POST /api/schedules": _NEW,
    "POST /api/schedules/bulk": [_NEW],
    "PATCH /api/schedules/{schedule_id}": {"name": "X"},
}
QUERIES = {"GET /api/blocks": "?from=2026-07-01&to=2026-07-01"}
GUARDED = [name for name, permission in EXPECTED.items() if isinstance(permission, frozenset)]


def test_every_operation_declares_what_the_table_says() -> None:
    assert {name: [permission] for name, permission in EXPECTED.items()} == OPERATIONS


def test_an_operation_without_a_permission_is_found() -> None:
    application = create_app()

    @application.get("/api/planted")
    @application.get("/api/twice", dependencies=[Depends(public), Depends(public)])
    def answer() -> None: ...

    found = {one.path: one.permissions for one in declared(application)}

    assert found["/api/planted"] == []
    assert found["/api/twice"] == [PUBLIC, PUBLIC]


class World:
    """A programme with a schedule and a member, and the people who call."""

    def __init__(self, client: Client, as_user: AsUser, program: Program) -> None:
        self.client = client
        self.as_user = as_user
        self.ids = {"program_id": program.id}

    async def call(self, operation: str, user: User | None) -> Any:
        method, path = operation.split()
        body, query = BODIES.get(operation), QUERIES.get(operation, "")
        if operation.startswith(("GET /api/schedules", "POST /api/schedules")):
            program_id = str(self.ids["program_id"])
            if operation == "GET /api/schedules":
                query = f"?program_id={program_id}"
            elif body is not None:
                news = [new | {"program_id": program_id} for new in [_NEW]]
                body = news if isinstance(body, list) else news[0]
        headers = {} if user is None else self.as_user(user)
        url = path.removeprefix("/api").format(**self.ids) + query
        return await self.client.request(method, url, json=body, headers=headers)


@pytest.fixture
async def world(client: Client, as_user: AsUser, program: Program, database: Database) -> World:
    world = World(client, as_user, program)
    world.ids["schedule_id"] = (await add_schedule(database, program)).id
    world.ids["user_id"] = (await add_member(database, "member", program, Role.VIEWER)).id
    return world


async def test_anonymous_callers_are_asked_who_they_are(world: World) -> None:
    for operation, permission in EXPECTED.items():
        response = await world.call(operation, None)
        if permission != PUBLIC:
            assert error_code(response) == (401, "UNAUTHENTICATED"), operation
            assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("role", PROGRAM_ROLES)
async def test_members_do_what_their_role_may(
    world: World, database: Database, program: Program, role: Role
) -> None:
    user = await add_member(database, "caller", program, role)
    # What deletes comes last.
    for operation in sorted(GUARDED, key=lambda one: one.startswith("DELETE")):
        permission = EXPECTED[operation]
        response = await world.call(operation, user)
        if role in permission:
            assert response.status_code in {200, 201}, operation
        else:
            assert error_code(response) == (403, "FORBIDDEN"), operation


async def test_admin_does_everything(world: World, admin: User) -> None:
    for operation in sorted(GUARDED, key=lambda one: one.startswith("DELETE")):
        response = await world.call(operation, admin)
        assert response.status_code in {200, 201}, operation


async def test_another_programme_is_as_if_it_were_not_there(
    world: World, database: Database
) -> None:
    other = await add_program(database, "Surgery")
    stranger = await add_member(database, "stranger", other, Role.COORDINATOR)
    for operation in GUARDED:
        if EXPECTED[operation] == ADMIN or operation in {"GET /api/programs", "GET /api/blocks"}:
            continue
        response = await world.call(operation, stranger)
        assert error_code(response) == (404, "NOT_FOUND"), operation
    listed = await world.call("GET /api/programs", stranger)
    assert [one["name"] for one in listed.json()["items"]] == ["Surgery"]


async def test_who_knows_of_it_and_may_not_is_told_so(
    world: World, database: Database, program: Program
) -> None:
    """A coordinator elsewhere who is a resident here."""
    other = await add_program(database, "Surgery")
    user = await add_member(database, "both", other, Role.COORDINATOR)
    await add_second_role(database, user, program)
    for operation in GUARDED:
        if EXPECTED[operation] == COORDINATOR:
            response = await world.call(operation, user)
            assert error_code(response) == (403, "FORBIDDEN"), operation


async def add_second_role(database: Database, user: User, program: Program) -> None:
    async with database.unit_of_work() as session:
        session.add(Membership(user_id=user.id, program_id=program.id, role=Role.RESIDENT))


async def test_who_belongs_nowhere_may_only_ask_who_they_are(
    world: World, database: Database
) -> None:
    nobody = await add_user(database, "nobody")
    for operation in GUARDED:
        assert error_code(await world.call(operation, nobody)) == (403, "FORBIDDEN"), operation
    assert (await world.call("GET /api/auth/me", nobody)).status_code == 200


async def test_what_is_not_there_is_not_found(world: World, admin: User) -> None:
    for operation in GUARDED:
        if "{" in operation:
            world.ids = dict.fromkeys(world.ids, uuid4())
            assert error_code(await world.call(operation, admin)) == (404, "NOT_FOUND"), operation
