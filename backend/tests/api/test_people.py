from typing import Any
from uuid import uuid4

import pytest

from app.core.access import Role
from app.db.session import Database
from app.models import Program, User
from app.scheduling.domain import people
from tests.api.support import SAME_ON_BOTH, AsUser, Client, error_code
from tests.rows import add_cast, add_member, add_program, add_user

pytestmark = pytest.mark.anyio
ADA = {"name": "Ada Lovelace", "email": "Ada@Example.org", "tags": ["chief"], "pgy": 2}


@pytest.fixture
def headers(coordinator: User, as_user: AsUser) -> dict[str, str]:
    return as_user(coordinator)


async def made(client: Client, headers: dict[str, str], **body: Any) -> dict[str, Any]:
    response = await client.post("/people", json=ADA | body, headers=headers)
    assert response.status_code == 201, response.text
    shown: dict[str, Any] = response.json()
    return shown


async def test_make_change_and_delete(client: Client, headers: dict[str, str]) -> None:
    ada = await made(client, headers, track="primary care", fte=0.5)
    assert (ada["key"], ada["email"], ada["kind"]) == (
        "ada-lovelace",
        "ada@example.org",
        "resident",
    )
    [appointment] = ada["appointments"]
    assert (appointment["pgy"], appointment["track"], appointment["fte"]) == (
        2,
        "primary care",
        0.5,
    )
    years = (await client.get("/academic-years", headers=headers)).json()["items"]
    assert appointment["academic_year_id"] == years[0]["id"]
    assert (await made(client, headers))["key"] == "ada-lovelace-2"
    url = f"/people/{ada['id']}"
    read = await client.get(url, headers=headers)
    assert (read.json(), read.headers["ETag"]) == (ada, '"1"')

    changed = await client.patch(url, json={"name": "A. King", "email": None}, headers=headers)
    assert (changed.json()["name"], changed.json()["email"]) == ("A. King", None)
    stale = await client.patch(url, json={"name": "X", "version": 1}, headers=headers)
    assert error_code(stale) == (409, "STALE")
    assert (await client.delete(url, headers=headers)).json() == {"status": "deleted"}
    assert error_code(await client.get(url, headers=headers)) == (404, "NOT_FOUND")


async def test_find_people(client: Client, headers: dict[str, str]) -> None:
    await made(client, headers, name="Ann 100%", pgy=1)
    await made(client, headers, name="Bob_2", pgy=3, tags=[])
    faculty = {"name": "Prof. Cole", "kind": "faculty"}
    assert (await client.post("/people", json=faculty, headers=headers)).status_code == 201

    async def names(query: str) -> list[str]:
        listed = await client.get(f"/people?{query}", headers=headers)
        return [one["name"] for one in listed.json()["items"]]

    assert await names("") == ["Ann 100%", "Bob_2", "Prof. Cole"]
    assert await names("skip=1&limit=1") == ["Bob_2"]
    assert await names("search=aNN") == ["Ann 100%"]
    assert await names("search=%25") == ["Ann 100%"]
    assert await names("search=_") == ["Bob_2"]
    assert await names("kind=faculty") == ["Prof. Cole"]
    assert await names("pgy=3") == ["Bob_2"]
    assert await names(f"academic_year_id={uuid4()}") == []
    assert await names("is_active=false") == []


async def test_appointments_are_of_a_year(client: Client, headers: dict[str, str]) -> None:
    calendar = {"start": "2027-07-01"}
    year = await client.post("/academic-years", json={"calendar": calendar}, headers=headers)
    ada = await made(client, headers)
    url = f"/people/{ada['id']}/appointments/{year.json()['id']}"
    stated = {
        "pgy": 3,
        "cohort": "A",
        "changes": [{"start": "2028-01-01", "fte": 0.5}],
        "carry_over": {"nights": 3},
    }
    for pgy in (3, 4):
        both = await client.put(url, json=stated | {"pgy": pgy}, headers=headers)
        second = both.json()["appointments"][1]
        assert (second["pgy"], second["changes"]) == (pgy, stated["changes"])

    early = stated | {"changes": [{"start": "2020-01-01", "pgy": 4}]}
    refused = await client.put(url, json=early, headers=headers)
    assert error_code(refused) == (400, "VALIDATION_ERROR")
    assert (await client.delete(url, headers=headers)).status_code == 200
    assert error_code(await client.delete(url, headers=headers)) == (404, "NOT_FOUND")
    gone = (await client.get(f"/people/{ada['id']}", headers=headers)).json()
    assert [one["pgy"] for one in gone["appointments"]] == [2]


async def test_others_see_less(
    client: Client,
    headers: dict[str, str],
    database: Database,
    program: Program,
    as_user: AsUser,
) -> None:
    resident = await add_member(database, "ada", program, Role.RESIDENT)
    viewer = await add_member(database, "nurse", program, Role.VIEWER)
    ada = await made(client, headers)
    own = await client.patch(
        f"/people/{ada['id']}", json={"user_id": str(resident.id)}, headers=headers
    )
    assert own.json()["user_id"] == str(resident.id)
    bob = await made(client, headers, name="Bob")

    seen = (await client.get(f"/people/{ada['id']}", headers=as_user(resident))).json()
    assert [one["pgy"] for one in seen["appointments"]] == [2]
    other = (await client.get(f"/people/{bob['id']}", headers=as_user(resident))).json()
    assert (other["name"], other["email"], other["appointments"], other["tags"]) == (
        "Bob",
        "ada@example.org",
        [],
        [],
    )
    listed = (await client.get("/people", headers=as_user(viewer))).json()["items"]
    assert [(one["name"], one["email"]) for one in listed] == [
        ("Ada Lovelace", None),
        ("Bob", None),
    ]


async def test_an_account_must_be_a_members(
    client: Client, headers: dict[str, str], database: Database
) -> None:
    ada = await made(client, headers)
    stranger = await add_user(database, "stranger")

    response = await client.patch(
        f"/people/{ada['id']}", json={"user_id": str(stranger.id)}, headers=headers
    )

    assert error_code(response) == (400, "VALIDATION_ERROR")


async def test_who_stands_in_a_schedule_stays(
    client: Client, headers: dict[str, str], database: Database, program: Program
) -> None:
    cast = await add_cast(database, program)
    async with database.unit_of_work() as session:
        session.add(cast.assignment())
    url = f"/people/{cast.people[0].id}"

    assert error_code(await client.delete(url, headers=headers)) == (409, "CONFLICT")
    away = await client.patch(url, json={"is_active": False}, headers=headers)
    assert away.json()["is_active"] is False


async def test_keys_are_ones_own(client: Client, headers: dict[str, str]) -> None:
    await made(client, headers, key="r1")
    twice = await client.post("/people", json=ADA | {"key": "r1"}, headers=headers)
    assert error_code(twice) == (409, "CONFLICT")
    bob = await made(client, headers, name="Bob")
    moved = await client.patch(f"/people/{bob['id']}", json={"key": "r1"}, headers=headers)
    assert error_code(moved) == (409, "CONFLICT")


async def test_without_a_year_nobody_is_appointed(
    client: Client, admin: User, as_user: AsUser, database: Database
) -> None:
    other = await add_program(database, "Bare", year=False)
    body = ADA | {"program_id": str(other.id)}
    refused = await client.post("/people", json=body, headers=as_user(admin))
    assert error_code(refused) == (400, "NO_ACADEMIC_YEAR")
    body = {"name": "Ada", "program_id": str(other.id), "academic_year_id": str(uuid4()), "pgy": 1}
    unknown = await client.post("/people", json=body, headers=as_user(admin))
    assert error_code(unknown) == (404, "NOT_FOUND")


@SAME_ON_BOTH
@pytest.mark.parametrize(
    "wrong",
    [
        {"pgy": 0},
        {"fte": 0},
        {"fte": 0.1234},
        {"email": "nobody"},
        {"kind": "robot"},
        {"name": ""},
        {"pgy": None, "track": "x"},
        {"tags": [""]},
        {"leave": []},
    ],
)
async def test_wrong_bodies(client: Client, headers: dict[str, str], wrong: dict[str, Any]) -> None:
    body = {key: value for key, value in (ADA | wrong).items() if value is not None}

    response = await client.post("/people", json=body, headers=headers)

    assert error_code(response) == (422, "REQUEST_INVALID")


async def test_what_the_engine_does_not_take_is_refused(
    client: Client, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own word is the last, whatever a schema lets through."""
    monkeypatch.setattr(people, "_FTE_DECIMALS", 1)
    body = ADA | {"pgy": 1, "fte": 0.25}

    refused = await client.post("/people", json=body, headers=headers)

    assert error_code(refused) == (400, "VALIDATION_ERROR")
    assert "at most 1 decimals" in refused.json()["error"]["message"]
    assert (await client.get("/people", headers=headers)).json()["total"] == 0
