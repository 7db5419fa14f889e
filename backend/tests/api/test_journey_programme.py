"""From nothing to a programme: by hand, from a file, and edited."""

from pathlib import Path

import pytest

from app.files.programme_file import load_programme
from app.models import User
from tests.api.support import AsUser, Client, error_code

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("cheap_passwords")]
EXAMPLE = Path(__file__).parents[3] / "examples" / "im-4plus1"


async def test_an_admin_makes_a_programme_its_members_and_its_people(
    client: Client, admin: User, as_user: AsUser
) -> None:
    headers = as_user(admin)
    new = {"name": "Surgery", "time_zone": "America/Chicago", "year_start": "2026-07-01"}
    program = (await client.post("/programs", json=new, headers=headers)).json()["id"]
    user = (await client.post("/users", json={"username": "chief"}, headers=headers)).json()
    role = f"/users/{user['id']}/memberships/{program}"
    member = await client.put(role, json={"role": "COORDINATOR"}, headers=headers)
    assert member.status_code == 200

    form = {"username": "chief", "password": user["one_time_password"]}
    first = (await client.post("/auth/login", data=form)).json()
    once = {"Authorization": f"Bearer {first['access_token']}"}
    locked = await client.get("/people", headers=once)
    assert error_code(locked) == (403, "PASSWORD_CHANGE_REQUIRED")
    words = {"current_password": form["password"], "new_password": "correct horse battery"}
    assert (await client.post("/auth/password", json=words, headers=once)).status_code == 204
    form["password"] = words["new_password"]
    login = (await client.post("/auth/login", data=form)).json()
    chief = {"Authorization": f"Bearer {login['access_token']}"}

    for name in ("Ada Lovelace", "Grace Hopper"):
        person = await client.post("/people", json={"name": name, "pgy": 1}, headers=chief)
        assert person.status_code == 201
    listed = (await client.get("/people", headers=chief)).json()
    assert [(one["key"], one["appointments"][0]["pgy"]) for one in listed["items"]] == [
        ("ada-lovelace", 1),
        ("grace-hopper", 1),
    ]
    assert (
        await client.post("/rotation-types", json={"code": "A"}, headers=chief)
    ).status_code == 201
    staffed = {"kind": "coverage", "name": "A is staffed", "rotations": ["A"], "min": 1}
    assert (await client.post("/rules", json={"rule": staffed}, headers=chief)).status_code == 201
    exported = await client.get(f"/programs/{program}/export.yaml", headers=chief)
    assert "A is staffed" in exported.text
    refused = await client.post("/programs", json=new | {"name": "Other"}, headers=chief)
    assert error_code(refused) == (403, "FORBIDDEN")


async def test_a_file_is_imported_edited_and_exported(
    client: Client, admin: User, as_user: AsUser, tmp_path: Path
) -> None:
    headers = as_user(admin)
    files = [
        (field, (name, (EXAMPLE / name).read_bytes()))
        for field, name in (("programme", "programme.yaml"), ("tables", "people.csv"))
    ]
    made = (await client.post("/programs/import", files=files, headers=headers)).json()
    query = {"program_id": made["program"]["id"]}
    url = f"/programs/{query['program_id']}/export.yaml"

    async def exported() -> object:
        path = tmp_path / "exported.yaml"
        path.write_text((await client.get(url, headers=headers)).text, encoding="utf-8")
        return load_programme(path).program

    original = load_programme(EXAMPLE / "programme.yaml").program
    assert await exported() == original

    rules = (await client.get("/rules", params=query, headers=headers)).json()["items"]
    assert [one["sentence"] for one in rules] == [rule.describe() for rule in original.rules]
    rotations = await client.get("/rotation-types", params=query, headers=headers)
    first = rotations.json()["items"][0]
    there = f"/rotation-types/{first['id']}"
    changed = await client.patch(there, json={"site": "North Campus"}, headers=headers)
    assert changed.json()["site"] == "North Campus"
    edited = await exported()
    assert edited != original
    back = await client.patch(there, json={"site": first["site"]}, headers=headers)
    assert back.status_code == 200
    assert await exported() == original
