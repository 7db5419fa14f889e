from typing import Any

import pytest

from app.db.session import Database
from app.files.programme_file import KINDS
from app.models import Program, User
from tests.api.support import SAME_ON_BOTH, AsUser, Client, error_code
from tests.rows import add_cast

pytestmark = pytest.mark.anyio
WARD = {"code": "ward", "kind": "in_house", "am": "06:00-12:00", "pm": "12:00-18:00"}
MICU = {
    "code": "MICU",
    "name": "Intensive care",
    "category": "ICU",
    "template": {"mon-fri": "ward", "sat": {"am": "ward"}},
    "who": {"pgy": [1, 2]},
}
STAFFED = {"kind": "coverage", "name": "MICU staffed", "rotations": ["MICU"], "min": 1}


@pytest.fixture
def headers(coordinator: User, as_user: AsUser) -> dict[str, str]:
    return as_user(coordinator)


async def made(client: Client, headers: dict[str, str], url: str, body: Any) -> dict[str, Any]:
    response = await client.post(url, json=body, headers=headers)
    assert response.status_code == 201, response.text
    shown: dict[str, Any] = response.json()
    return shown


async def test_make_change_list_and_delete(client: Client, headers: dict[str, str]) -> None:
    duty = await made(client, headers, "/duty-types", WARD)
    assert duty | WARD == duty
    rotation = await made(client, headers, "/rotation-types", MICU)
    assert rotation["template"] == {
        "mon-fri": "ward",
        "sat": {"am": "ward", "pm": None, "night": None},
    }
    assert (rotation["position"], rotation["version"], rotation["who"]["pgy"]) == (0, 1, [1, 2])
    url = f"/rotation-types/{rotation['id']}"
    read = await client.get(url, headers=headers)
    assert (read.json(), read.headers["ETag"]) == (rotation, '"1"')

    changed = await client.patch(url, json={"colour": "#4477aa"}, headers=headers)
    assert changed.json()["colour"] == "#4477aa"
    assert changed.json()["template"] == rotation["template"]
    stale = await client.patch(url, json={"name": "X"}, headers=headers | {"If-Match": '"1"'})
    assert error_code(stale) == (409, "STALE")

    listed = (await client.get("/rotation-types", headers=headers)).json()
    assert (listed["items"], listed["total"]) == ([changed.json()], 1)
    assert (await client.delete(url, headers=headers)).json() == {"status": "deleted"}
    assert (await client.delete(f"/duty-types/{duty['id']}", headers=headers)).status_code == 200


async def test_parts_keep_their_order(client: Client, headers: dict[str, str]) -> None:
    for code in "ABC":
        await made(client, headers, "/rotation-types", {"code": code})

    async def order() -> list[str]:
        listed = await client.get("/rotation-types", headers=headers)
        return [one["code"] for one in listed.json()["items"]]

    assert await order() == ["A", "B", "C"]
    last = (await client.get("/rotation-types?skip=2", headers=headers)).json()["items"][0]
    await client.patch(f"/rotation-types/{last['id']}", json={"position": 0}, headers=headers)
    assert await order() == ["C", "A", "B"]


async def test_what_would_contradict_the_programme_is_refused_whole(
    client: Client, headers: dict[str, str]
) -> None:
    unknown = await client.post("/rotation-types", json=MICU, headers=headers)
    assert error_code(unknown) == (400, "VALIDATION_ERROR")
    faults = unknown.json()["error"]["details"]["faults"]
    assert faults[0]["message"] == "duty type 'ward' is unknown"
    assert (await client.get("/rotation-types", headers=headers)).json()["total"] == 0

    duty = await made(client, headers, "/duty-types", WARD)
    rotation = await made(client, headers, "/rotation-types", MICU)
    rule = await made(client, headers, "/rules", {"rule": STAFFED})
    for url in (f"/duty-types/{duty['id']}", f"/rotation-types/{rotation['id']}"):
        refused = await client.delete(url, headers=headers)
        assert error_code(refused) == (400, "VALIDATION_ERROR")
        assert (await client.get(url, headers=headers)).status_code == 200
    renamed = await client.patch(
        f"/rotation-types/{rotation['id']}", json={"code": "ICU"}, headers=headers
    )
    assert error_code(renamed) == (400, "VALIDATION_ERROR")
    await client.delete(f"/rules/{rule['id']}", headers=headers)
    assert (
        await client.patch(
            f"/rotation-types/{rotation['id']}", json={"code": "ICU"}, headers=headers
        )
    ).json()["code"] == "ICU"


async def test_parameters_that_do_not_fit_together_are_refused(
    client: Client, headers: dict[str, str]
) -> None:
    duty = await made(client, headers, "/duty-types", WARD)

    response = await client.patch(
        f"/duty-types/{duty['id']}", json={"kind": "off"}, headers=headers
    )

    assert error_code(response) == (400, "VALIDATION_ERROR")
    assert "is off" in response.json()["error"]["message"]


@SAME_ON_BOTH
@pytest.mark.parametrize(
    ("url", "body"),
    [
        ("/duty-types", {"code": "X", "kind": "siesta"}),
        ("/duty-types", {"code": "X", "kind": "in_house"}),
        ("/duty-types", {**WARD, "colour": "red"}),
        ("/rotation-types", {"code": "A", "colour": "red"}),
        ("/rotation-types", {"code": "A\0"}),
        ("/rotation-types", {"code": "A", "template": {"mon": "a\0"}}),
        ("/rotation-types", {"code": ""}),
        ("/rules", {"rule": {"kind": "magic", "name": "x"}}),
        ("/rules", {"rule": {**STAFFED, "minimum": 2}}),
        ("/rules", {"rule": STAFFED, "x": 1}),
    ],
)
async def test_wrong_bodies(
    client: Client, headers: dict[str, str], url: str, body: dict[str, Any]
) -> None:
    response = await client.post(url, json=body, headers=headers)

    assert error_code(response) == (422, "REQUEST_INVALID")


async def test_what_stands_in_a_schedule_stays(
    client: Client, headers: dict[str, str], database: Database, program: Program
) -> None:
    cast = await add_cast(database, program)
    async with database.unit_of_work() as session:
        session.add(cast.assignment())

    for url in (f"/rotation-types/{cast.rotation.id}", f"/duty-types/{cast.duty.id}"):
        response = await client.delete(url, headers=headers)
        assert error_code(response) == (409, "CONFLICT")
        assert response.json()["error"]["details"] == {"schedules": 1}


async def test_what_reaches_all_years_is_not_held_against_past_ones(
    client: Client, headers: dict[str, str]
) -> None:
    past = {"start": "2020-07-01", "period": "month"}
    year = await made(client, headers, "/academic-years", {"calendar": past})
    await made(client, headers, "/rotation-types", {"code": "MICU"})

    thirteenth = {**STAFFED, "when": {"periods": [13]}}
    await made(client, headers, "/rules", {"rule": thirteenth})  # months are twelve
    nowhere = {**STAFFED, "name": "Never", "when": {"periods": [14]}}
    refused = await client.post("/rules", json={"rule": nowhere}, headers=headers)
    assert error_code(refused) == (400, "VALIDATION_ERROR")

    # An edit of the past year itself is checked in it.
    late = {"name": "Ada", "pgy": 1, "academic_year_id": year["id"]}
    person = await client.post("/people", json=late, headers=headers)
    assert error_code(person) == (400, "VALIDATION_ERROR")
    assert "13" in person.text


async def test_rules_are_the_engines(client: Client, headers: dict[str, str]) -> None:
    await made(client, headers, "/rotation-types", {"code": "MICU"})
    first = await made(client, headers, "/rules", {"rule": STAFFED})
    assert first["rule"] | STAFFED == first["rule"]
    assert "MICU" in first["sentence"]
    kept = {"kind": "leave", "name": "Leave is kept"}
    second = await made(client, headers, "/rules", {"rule": kept})
    url = f"/rules/{second['id']}"

    other = {**STAFFED, "name": "MICU at most", "min": None, "max": 3, "penalty": 2.5}
    put = await client.patch(url, json={"rule": other, "position": 0}, headers=headers)
    assert put.json()["rule"] | other == put.json()["rule"]
    listed = (await client.get("/rules", headers=headers)).json()["items"]
    assert [one["id"] for one in listed] == [second["id"], first["id"]]
    twice = await client.post("/rules", json={"rule": STAFFED}, headers=headers)
    assert error_code(twice) == (409, "CONFLICT")
    assert (await client.delete(url, headers=headers)).status_code == 200


@SAME_ON_BOTH
async def test_the_catalogue_is_complete(client: Client, headers: dict[str, str]) -> None:
    listed = (await client.get("/rule-kinds", headers=headers)).json()

    assert {one["kind"] for one in listed} == KINDS.keys()
    coverage = next(one for one in listed if one["kind"] == "coverage")
    assert coverage["title"] == "Coverage"
    assert coverage["description"]
    assert coverage["parameters"]["properties"]["min"]["description"]
