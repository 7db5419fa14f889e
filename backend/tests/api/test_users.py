from typing import Any

import pytest

from app.models import Program, User
from tests.api.support import SAME_ON_BOTH, AsUser, Client, error_code

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("cheap_passwords")]
INVALID = (422, "REQUEST_INVALID")


@pytest.fixture
def headers(admin: User, as_user: AsUser) -> dict[str, str]:
    return as_user(admin)


async def test_from_a_new_user_to_their_own_password(
    client: Client, headers: dict[str, str], program: Program
) -> None:
    new = {"username": "M.Curie", "email": "Curie@Example.org", "full_name": "Marie Curie"}
    made = await client.post("/users", json=new, headers=headers)
    assert made.status_code == 201
    user = made.json()
    assert (user["username"], user["email"]) == ("m.curie", "curie@example.org")
    assert user["must_change_password"]
    url = f"/users/{user['id']}"
    member = await client.put(
        f"{url}/memberships/{program.id}", json={"role": "COORDINATOR"}, headers=headers
    )
    assert member.json()["memberships"] == [{"program_id": str(program.id), "role": "COORDINATOR"}]

    password = user.pop("one_time_password")
    form = {"username": "curie@example.org", "password": password}
    token = (await client.post("/auth/login", data=form)).json()["access_token"]
    own = {"Authorization": f"Bearer {token}"}
    refused = await client.get("/schedules", headers=own)
    assert error_code(refused) == (403, "PASSWORD_CHANGE_REQUIRED")
    change = {"current_password": password, "new_password": "polonium radium"}
    assert (await client.post("/auth/password", json=change, headers=own)).status_code == 204

    form["password"] = change["new_password"]
    token = (await client.post("/auth/login", data=form)).json()["access_token"]
    own = {"Authorization": f"Bearer {token}"}
    assert (await client.get("/schedules", headers=own)).status_code == 200
    seen = (await client.get(url, headers=headers)).json()
    assert "one_time_password" not in seen
    assert not seen["must_change_password"]


async def test_roles_are_replaced_and_taken_away(
    client: Client, headers: dict[str, str], program: Program
) -> None:
    user = (await client.post("/users", json={"username": "ann"}, headers=headers)).json()
    url = f"/users/{user['id']}/memberships/{program.id}"
    for role in ("VIEWER", "RESIDENT"):
        answer = await client.put(url, json={"role": role}, headers=headers)
        assert [one["role"] for one in answer.json()["memberships"]] == [role]

    gone = await client.delete(url, headers=headers)
    assert (gone.status_code, gone.json()) == (200, {"status": "deleted"})
    assert error_code(await client.delete(url, headers=headers)) == (404, "NOT_FOUND")
    assert error_code(await client.put(url, json={"role": "ADMIN"}, headers=headers)) == INVALID


async def test_users_by_name(client: Client, headers: dict[str, str]) -> None:
    for name in ("zoe", "ann"):
        await client.post("/users", json={"username": name}, headers=headers)

    listed = (await client.get("/users?limit=2", headers=headers)).json()

    assert [one["username"] for one in listed["items"]] == ["admin", "ann"]
    assert listed["total"] == 3


async def test_names_and_addresses_serve_once(client: Client, headers: dict[str, str]) -> None:
    new = {"username": "ann", "email": "a@b.org"}
    await client.post("/users", json=new, headers=headers)

    for again in (new, {"username": "Ann"}, {"username": "bob", "email": "A@B.org"}):
        response = await client.post("/users", json=again, headers=headers)
        assert error_code(response) == (409, "CONFLICT")


@SAME_ON_BOTH
@pytest.mark.parametrize(
    "wrong",
    [
        {"username": ""},
        {"username": "a b"},
        {"username": "a@b"},
        {"username": "a", "email": "b"},
        {"username": "a", "email": "b c@d"},
        {"username": "a", "is_active": False},
        {"username": "a", "full_name": "\0"},
    ],
)
async def test_users_that_there_cannot_be(
    client: Client, headers: dict[str, str], wrong: dict[str, Any]
) -> None:
    assert error_code(await client.post("/users", json=wrong, headers=headers)) == INVALID


async def test_nobody_locks_themselves_out(
    client: Client, headers: dict[str, str], admin: User
) -> None:
    for change in ({"is_admin": False}, {"is_active": False}):
        response = await client.patch(f"/users/{admin.id}", json=change, headers=headers)
        assert error_code(response) == (400, "VALIDATION_ERROR")
    assert (await client.get("/users", headers=headers)).status_code == 200


async def test_who_is_made_inactive_can_do_nothing_more(
    client: Client, headers: dict[str, str], coordinator: User, as_user: AsUser
) -> None:
    url = f"/users/{coordinator.id}"
    changed = await client.patch(url, json={"is_active": False, "version": 1}, headers=headers)
    assert (changed.json()["is_active"], changed.json()["version"]) == (False, 2)

    response = await client.get("/schedules", headers=as_user(coordinator))

    assert error_code(response) == (403, "FORBIDDEN")
    stale = await client.patch(url, json={"email": None, "version": 1}, headers=headers)
    assert error_code(stale) == (409, "STALE")
    assert error_code(await client.patch(url, json={"is_admin": None}, headers=headers)) == INVALID


async def test_a_password_for_who_has_no_mail(
    client: Client, headers: dict[str, str], coordinator: User, as_user: AsUser
) -> None:
    own = as_user(coordinator)
    new = {"name": "t", "scopes": ["read"]}
    token = (await client.post("/tokens", json=new, headers=own)).json()["token"]

    given = await client.post(f"/users/{coordinator.id}/password", headers=headers)

    for void in (own, {"Authorization": f"Bearer {token}"}):
        response = await client.get("/programs", headers=void)
        assert error_code(response) == (401, "UNAUTHENTICATED")
    form = {"username": "coordinator", "password": given.json()["one_time_password"]}
    access = (await client.post("/auth/login", data=form)).json()["access_token"]
    response = await client.get("/programs", headers={"Authorization": f"Bearer {access}"})
    assert error_code(response) == (403, "PASSWORD_CHANGE_REQUIRED")


async def test_sessions_are_ended(
    client: Client, headers: dict[str, str], coordinator: User, as_user: AsUser
) -> None:
    own = as_user(coordinator)
    assert (await client.get("/programs", headers=own)).status_code == 200

    ended = await client.delete(f"/users/{coordinator.id}/sessions", headers=headers)

    assert ended.json() == {"status": "ended"}
    assert error_code(await client.get("/programs", headers=own)) == (401, "UNAUTHENTICATED")
    again = own | as_user(User(id=coordinator.id, token_generation=1))
    assert (await client.get("/programs", headers=again)).status_code == 200
