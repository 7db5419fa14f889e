"""Every route against everybody; the table is compared with the router: none is left out."""

import inspect
from collections.abc import Iterator
from typing import NamedTuple
from uuid import uuid4

import pytest
from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.security import OAuth2PasswordRequestForm

from app.api.deps import RoleCheck, get_current_active_user, get_one_time_user, public
from app.core.access import PROGRAM_ROLES, Role, Scope
from app.core.settings import Settings
from app.db.session import Database
from app.main import create_app
from app.models import Membership, Program, User
from app.repositories.user_repository import UserRepository
from app.services.api_token_service import ApiTokenService, NewToken
from tests.api.permission_table import (
    CASES,
    COORDINATOR,
    GUARDED,
    LOGGED_IN,
    LOGGED_INS,
    ONE_TIME,
    PUBLIC,
    Permission,
    for_people,
)
from tests.api.support import AsUser, Client, connections_at_once, error_code
from tests.api.world import World, make_world
from tests.rows import add_member, add_program, add_user

pytestmark = pytest.mark.anyio

DONE = {200, 201, 202, 204}
FORBIDDEN = (403, "FORBIDDEN")
NOT_FOUND = (404, "NOT_FOUND")
_DECLARING = {
    public: PUBLIC,
    get_current_active_user: LOGGED_IN,
    get_one_time_user: ONE_TIME,
}


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
            call = dependency.call
            if isinstance(call, RoleCheck):
                found.append(call.roles)
            elif call in _DECLARING:
                found.append(_DECLARING[call])
        for method in sorted(context.methods or ()):
            yield Declared(method, context.path_format or "", found)


def test_every_operation_declares_what_the_table_says() -> None:
    operations = {f"{one.method} {one.path}": one.permissions for one in declared(create_app())}

    assert {name: [case.who] for name, case in CASES.items()} == operations


def test_an_operation_without_a_permission_is_found() -> None:
    application = create_app()

    @application.get("/api/planted")
    @application.get("/api/twice", dependencies=[Depends(public), Depends(public)])
    def answer() -> None: ...

    found = {one.path: one.permissions for one in declared(application)}

    assert found["/api/planted"] == []
    assert found["/api/twice"] == [PUBLIC, PUBLIC]


def waits_in_a_thread(call: object) -> bool:
    own = call if inspect.isroutine(call) else getattr(type(call), "__call__", None)  # noqa: B004
    return not inspect.iscoroutinefunction(own) and not inspect.isasyncgenfunction(own)


def test_no_dependency_takes_a_thread() -> None:
    """A dependency that is no coroutine costs a hop to a thread, for nothing."""
    routes = iter_route_contexts(create_app().routes)
    left = [one.dependant for one in routes if isinstance(one.original_route, APIRoute)]
    slow = set()
    while left:
        found = left.pop().dependencies
        left += found
        slow |= {one.call for one in found if waits_in_a_thread(one.call)}
    assert slow == {OAuth2PasswordRequestForm}  # FastAPI's own


@pytest.fixture
async def world(client: Client, program: Program, database: Database) -> World:
    return await make_world(client, database, program)


async def test_anonymous_callers_are_asked_who_they_are(world: World) -> None:
    for operation, case in CASES.items():
        if case.who != PUBLIC:
            response = await world.call(operation)
            assert error_code(response) == (401, "UNAUTHENTICATED"), operation
            assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("role", PROGRAM_ROLES)
async def test_members_do_what_their_role_may(
    world: World, database: Database, program: Program, role: Role, as_user: AsUser
) -> None:
    caller = as_user(await add_member(database, "caller", program, role))
    for operation in GUARDED:
        response = await world.call(operation, caller)
        others = CASES[operation].own and role != Role.COORDINATOR
        if role in CASES[operation].who and not others:
            assert response.status_code in DONE, (operation, response.text)
        else:
            assert error_code(response) == FORBIDDEN, operation


async def test_admin_does_everything(
    world: World, application: FastAPI, admin: User, as_user: AsUser
) -> None:
    with connections_at_once(application.state.database) as held:
        for operation in GUARDED:
            response = await world.call(operation, as_user(admin))
            assert response.status_code in DONE, (operation, response.text)
            # Requests that hold one and wait for another could all wait for each other.
            assert held <= {1}, operation
    assert held == {1}


async def test_another_programme_is_as_if_it_were_not_there(
    world: World, database: Database, as_user: AsUser
) -> None:
    other = await add_program(database, "Surgery")
    members = [await add_member(database, role.lower(), other, role) for role in PROGRAM_ROLES]
    for operation in GUARDED:
        for role, member in zip(PROGRAM_ROLES, members, strict=True):
            if CASES[operation].scoped and role in CASES[operation].who:
                response = await world.call(operation, as_user(member))
                assert error_code(response) == NOT_FOUND, (operation, role)
    listed = await world.call("GET /api/programs", as_user(members[0]))
    assert [one["name"] for one in listed.json()["items"]] == ["Surgery"]


async def test_who_knows_of_it_and_may_not_is_told_so(
    world: World, database: Database, program: Program, as_user: AsUser
) -> None:
    """A coordinator elsewhere who is a resident here."""
    other = await add_program(database, "Surgery")
    user = await add_member(database, "both", other, Role.COORDINATOR)
    async with database.unit_of_work() as session:
        session.add(Membership(user_id=user.id, program_id=program.id, role=Role.RESIDENT))
    for operation in GUARDED:
        if CASES[operation].who == COORDINATOR and CASES[operation].scoped:
            response = await world.call(operation, as_user(user))
            assert error_code(response) == FORBIDDEN, operation


async def test_who_belongs_nowhere_may_only_ask_who_they_are(
    world: World, database: Database, as_user: AsUser
) -> None:
    nobody = as_user(await add_user(database, "nobody"))
    for operation in GUARDED:
        assert error_code(await world.call(operation, nobody)) == FORBIDDEN, operation
    assert (await world.call("GET /api/auth/me", nobody)).status_code == 200


async def test_who_is_not_active_may_do_nothing(
    world: World, database: Database, admin: User, as_user: AsUser
) -> None:
    async with database.unit_of_work() as session:
        (await session.get_one(User, admin.id)).is_active = False
    for operation in GUARDED + LOGGED_INS:
        assert error_code(await world.call(operation, as_user(admin))) == FORBIDDEN, operation


async def test_a_one_time_password_serves_for_choosing_another(
    world: World, database: Database, admin: User, as_user: AsUser
) -> None:
    async with database.unit_of_work() as session:
        (await session.get_one(User, admin.id)).must_change_password = True
    for operation, case in CASES.items():
        if case.who == PUBLIC:
            continue
        response = await world.call(operation, as_user(admin))
        if case.who == ONE_TIME:
            assert response.status_code != 403, operation
        else:
            assert error_code(response) == (403, "PASSWORD_CHANGE_REQUIRED"), operation


async def make_token(
    database: Database, user: User, *scopes: Scope, program: Program | None = None
) -> dict[str, str]:
    program_id = None if program is None else program.id
    new = NewToken(name="t", scopes=scopes, program_id=program_id, days=1)
    async with database.unit_of_work() as session:
        caller = await UserRepository(session).get(user.id)
        _, token = await ApiTokenService(session, caller, Settings()).create(new)
    return {"Authorization": f"Bearer {token}"}


async def test_api_tokens_go_as_far_as_their_scopes(
    world: World, database: Database, admin: User
) -> None:
    tokens = {scope: await make_token(database, admin, scope) for scope in Scope}
    for operation in GUARDED + LOGGED_INS:
        needed = Scope.READ if operation.startswith("GET") else Scope.WRITE
        for scope, token in tokens.items():
            response = await world.call(operation, token)
            if scope != needed:
                assert error_code(response) == FORBIDDEN, operation
                assert response.json()["error"]["details"] == {"scope": needed}
            elif for_people(operation):
                assert error_code(response) == (403, "SESSION_REQUIRED"), operation
            else:
                assert response.status_code in DONE, (operation, response.text)


async def test_an_api_token_for_one_programme_is_for_no_other(
    world: World, database: Database, admin: User
) -> None:
    other = await add_program(database, "Surgery")
    token = await make_token(database, admin, *Scope, program=other)
    for operation in GUARDED:
        case = CASES[operation]
        if for_people(operation) or not case.scoped:
            continue
        expected = NOT_FOUND if Role.COORDINATOR in case.who else FORBIDDEN
        assert error_code(await world.call(operation, token)) == expected, operation
    listed = await world.call("GET /api/programs", token)
    assert [one["name"] for one in listed.json()["items"]] == ["Surgery"]


async def test_what_is_not_there_is_not_found(world: World, admin: User, as_user: AsUser) -> None:
    for operation in GUARDED:
        if "{" in operation:
            world.ids = dict.fromkeys(world.ids, uuid4())
            response = await world.call(operation, as_user(admin))
            assert error_code(response) == NOT_FOUND, operation
