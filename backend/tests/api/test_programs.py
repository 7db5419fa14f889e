from typing import Any

import pytest

from app.models import Program, User
from tests.api.support import SAME_ON_BOTH, AsUser, Client, error_code

pytestmark = pytest.mark.anyio
NEW = {"name": "Surgery", "time_zone": "America/Chicago", "year_start": "2026-07-01"}


async def test_make_change_and_list(client: Client, admin: User, as_user: AsUser) -> None:
    headers = as_user(admin)
    made = await client.post("/programs", json=NEW, headers=headers)
    assert made.status_code == 201
    assert made.json()["name"] == NEW["name"]
    url = f"/programs/{made.json()['id']}"

    changed = await client.patch(url, json={"specialty": "General", "version": 1}, headers=headers)
    assert (changed.json()["specialty"], changed.json()["version"]) == ("General", 2)
    again = await client.patch(url, json={"specialty": "Other", "version": 1}, headers=headers)
    assert error_code(again) == (409, "STALE")
    assert again.json()["error"]["details"] == {"version": 2}

    assert (await client.get(url, headers=headers)).json() == changed.json()
    assert (await client.get("/programs", headers=headers)).json()["items"] == [changed.json()]


async def test_a_name_serves_once(
    client: Client, admin: User, program: Program, as_user: AsUser
) -> None:
    response = await client.post(
        "/programs", json=NEW | {"name": program.name}, headers=as_user(admin)
    )

    assert error_code(response) == (409, "CONFLICT")


@SAME_ON_BOTH
@pytest.mark.parametrize(
    "wrong",
    [
        {"time_zone": "Mars/Base"},
        {"time_zone": "../etc"},
        {"time_zone": "/"},
        {"name": ""},
        {"x": 1},
    ],
)
async def test_what_no_programme_is_made_of(
    client: Client, admin: User, as_user: AsUser, wrong: dict[str, Any]
) -> None:
    response = await client.post("/programs", json=NEW | wrong, headers=as_user(admin))

    assert error_code(response) == (422, "REQUEST_INVALID")
