"""Nobody overwrites what they have not seen."""

import asyncio

import pytest

from app.db.session import Database
from app.models import Program, User
from tests.api.support import AsUser, Client, error_code
from tests.rows import add_schedule

pytestmark = pytest.mark.anyio
STALE = (409, "STALE")


@pytest.fixture(params=["programs", "schedules", "users"])
async def thing(
    request: pytest.FixtureRequest, database: Database, program: Program, coordinator: User
) -> tuple[str, str]:
    """Return the address of something that can be edited, and a field of it."""
    schedule = await add_schedule(database, program)
    things = {
        "programs": (f"/programs/{program.id}", "specialty"),
        "schedules": (f"/schedules/{schedule.id}", "description"),
        "users": (f"/users/{coordinator.id}", "full_name"),
    }
    return things[str(request.param)]


@pytest.fixture
def headers(admin: User, as_user: AsUser) -> dict[str, str]:
    return as_user(admin)


async def test_what_was_read_can_be_edited_once(
    client: Client, headers: dict[str, str], thing: tuple[str, str]
) -> None:
    url, field = thing
    tag = (await client.get(url, headers=headers)).headers["etag"]
    assert tag == '"1"'
    keyed = headers | {"If-Match": tag}

    first = await client.patch(url, json={field: "first"}, headers=keyed)
    second = await client.patch(url, json={field: "second"}, headers=keyed)

    assert (first.status_code, first.headers["etag"]) == (200, '"2"')
    assert error_code(second) == STALE
    assert second.json()["error"]["details"] == {"version": 2}
    seen = await client.get(url, headers=headers)
    assert (seen.json()[field], seen.headers["etag"]) == ("first", '"2"')


@pytest.mark.parametrize(
    ("given", "sent", "expected"),
    [
        ('W/"1"', None, 200),
        ("1", None, 200),
        ("*", None, 200),
        (' "1" ', 1, 200),
        ("*", 7, 409),
        ('"1"', 2, 400),
        ('"2"', None, 409),
        ('"x"', None, 422),
        ('"1", "2"', None, 422),
        ("", None, 422),
    ],
)
async def test_headers_and_versions(
    client: Client,
    headers: dict[str, str],
    program: Program,
    given: str,
    sent: int | None,
    expected: int,
) -> None:
    body = {"specialty": "X"} | ({} if sent is None else {"version": sent})
    keyed = headers | {"If-Match": given}

    response = await client.patch(f"/programs/{program.id}", json=body, headers=keyed)

    assert response.status_code == expected, response.text


async def test_of_many_with_one_version_one_is_first(
    client: Client, headers: dict[str, str], thing: tuple[str, str]
) -> None:
    url, field = thing
    keyed = headers | {"If-Match": '"1"'}

    answers = await asyncio.gather(
        *(client.patch(url, json={field: f"{n}"}, headers=keyed) for n in range(8))
    )

    assert sorted(one.status_code for one in answers) == [200] + [409] * 7
    [winner] = [one for one in answers if one.status_code == 200]
    seen = (await client.get(url, headers=headers)).json()
    assert seen[field] == winner.json()[field]


async def test_what_changed_is_not_deleted_unseen(
    client: Client, headers: dict[str, str], database: Database, program: Program
) -> None:
    url = f"/schedules/{(await add_schedule(database, program)).id}"
    await client.patch(url, json={"name": "X"}, headers=headers)

    stale = await client.delete(url, headers=headers | {"If-Match": '"1"'})
    assert error_code(stale) == STALE
    gone = await client.delete(url, headers=headers | {"If-Match": '"2"'})
    assert gone.json() == {"status": "deleted"}


async def test_what_is_made_has_a_version(
    client: Client, headers: dict[str, str], program: Program
) -> None:
    new = {"name": "A", "start_date": "2026-07-01", "end_date": "2026-07-01"}
    made = await client.post(
        "/schedules", json=new | {"program_id": str(program.id)}, headers=headers
    )
    assert made.headers["etag"] == '"1"'
