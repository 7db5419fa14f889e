import io
import zipfile
from pathlib import Path
from typing import Any

import httpx2
import pytest

from app.db.session import Database
from app.files.programme_file import load_programme
from app.models import User
from tests.api.support import SAME_ON_BOTH, AsUser, Client, error_code
from tests.rows import add_program

pytestmark = pytest.mark.anyio
EXAMPLES = Path(__file__).parents[3] / "examples"
FILES = {
    "tiny": ["programme.yaml"],
    "im-4plus1": ["programme.yaml", "people.csv"],
    "hmc-im": ["programme.yaml", "synthetic_input.xlsx"],
}
PROGRAMME = """
name: Small
calendar: {start: 2026-07-01}
rotation_types: [{code: A}]
people: {file: people.csv}
"""


@pytest.fixture
def headers(admin: User, as_user: AsUser) -> dict[str, str]:
    return as_user(admin)


async def sent(
    client: Client, headers: dict[str, str], programme: Any, *tables: Any
) -> httpx2.Response:
    files = [("programme", programme), *(("tables", one) for one in tables)]
    return await client.post("/programs/import", files=files, headers=headers)


@pytest.mark.parametrize("name", FILES)
async def test_an_example_comes_back_as_it_was(
    client: Client, headers: dict[str, str], name: str, tmp_path: Path
) -> None:
    folder = EXAMPLES / name
    content = [(file, (folder / file).read_bytes()) for file in FILES[name]]
    original = load_programme(folder / "programme.yaml")
    made = await sent(client, headers, *content)
    assert made.status_code == 201, made.text
    answer = made.json()
    assert answer["program"]["name"] == original.program.name
    assert answer["people"] == len(original.program.people)
    assert answer["rules"] == len(original.program.rules)
    assert len(answer["findings"]) == len(original.findings)
    assert (answer["schedule_id"] is None) == (not original.program.assignments)

    url = f"/programs/{answer['program']['id']}/export.yaml"
    query = {"schedule_id": answer["schedule_id"]} if answer["schedule_id"] else {}
    exported = await client.get(url, params=query, headers=headers)
    assert exported.headers["content-type"].startswith("application/yaml")
    assert ".programme.yaml" in exported.headers["content-disposition"]
    path = tmp_path / "exported.yaml"
    path.write_text(exported.text, encoding="utf-8")
    loaded = load_programme(path)
    assert loaded.program == original.program
    assert loaded.formats == original.formats

    again = await sent(client, headers, *content)
    assert error_code(again) == (409, "CONFLICT")


@SAME_ON_BOTH
async def test_every_fault_is_told_by_file_and_line(
    client: Client, headers: dict[str, str]
) -> None:
    people = b"id,pgy\nr1,1\nr2,eleven\n"

    response = await sent(
        client, headers, ("small.yaml", PROGRAMME.encode()), ("people.csv", people)
    )

    assert error_code(response) == (400, "INVALID_FILE")
    [fault] = response.json()["error"]["details"]["faults"]
    assert (fault["file"], fault["line"]) == ("people.csv", 3)
    assert "eleven" in fault["message"]


@SAME_ON_BOTH
async def test_a_fault_does_not_tell_where_files_were_read(
    client: Client, headers: dict[str, str]
) -> None:
    for programme in (PROGRAMME, PROGRAMME.replace("people.csv", "../people.csv")):
        response = await sent(client, headers, ("small.yaml", programme.encode()))
        assert error_code(response) == (400, "INVALID_FILE")
        assert "housestaff-" not in response.text
        assert "/tmp" not in response.text  # noqa: S108 - nothing is made there


@SAME_ON_BOTH
@pytest.mark.parametrize(
    "name", ["../small.yaml", "/etc/small.yaml", "a\\b.yaml", ".hidden", "..", "x" * 300]
)
async def test_names_lead_nowhere(client: Client, headers: dict[str, str], name: str) -> None:
    response = await sent(client, headers, (name, PROGRAMME.encode()))

    assert error_code(response) == (400, "INVALID_FILE")


@SAME_ON_BOTH
async def test_two_files_of_one_name_are_refused(client: Client, headers: dict[str, str]) -> None:
    response = await sent(
        client, headers, ("people.csv", PROGRAMME.encode()), ("people.csv", b"id,pgy\n")
    )

    assert error_code(response) == (400, "INVALID_FILE")


def bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("xl/workbook.xml", b" " * 300_000_000)
    return packed.getvalue()


def entities() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as out:
        text = '<!DOCTYPE w [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><workbook>&b;</workbook>'
        out.writestr("xl/workbook.xml", text)
    return packed.getvalue()


@SAME_ON_BOTH
@pytest.mark.parametrize(
    "table",
    [bomb, entities, lambda: b"\xd0\xcf\x11\xe0" + bytes(100), lambda: b"PK\x03\x04" + bytes(50)],
)
async def test_damaged_and_hostile_workbooks_are_refused(
    client: Client, headers: dict[str, str], table: Any
) -> None:
    programme = PROGRAMME.replace("people.csv", "people.xlsx").encode()

    response = await sent(client, headers, ("small.yaml", programme), ("people.xlsx", table()))

    assert error_code(response) == (400, "INVALID_FILE")


@SAME_ON_BOTH
async def test_yaml_bombs_are_refused(client: Client, headers: dict[str, str]) -> None:
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40))]

    response = await sent(client, headers, ("small.yaml", "\n".join(lines).encode()))

    assert error_code(response) == (400, "INVALID_FILE")


@SAME_ON_BOTH
async def test_too_large_a_body_is_refused(client: Client, headers: dict[str, str]) -> None:
    response = await sent(client, headers, ("small.yaml", bytes(3 * 1024 * 1024)))

    assert error_code(response) == (413, "TOO_LARGE")


@SAME_ON_BOTH
async def test_a_file_has_to_be_sent(client: Client, headers: dict[str, str]) -> None:
    response = await client.post("/programs/import", headers=headers)

    assert error_code(response) == (422, "REQUEST_INVALID")


async def test_exports_are_of_a_year_of_the_programme(
    client: Client, headers: dict[str, str], database: Database
) -> None:
    bare = await add_program(database, "Bare", year=False)
    assert error_code(await client.get(f"/programs/{bare.id}/export.yaml", headers=headers)) == (
        400,
        "NO_ACADEMIC_YEAR",
    )
    full = await add_program(database, "Full")
    empty = await client.get(f"/programs/{full.id}/export.yaml", headers=headers)
    assert error_code(empty) == (400, "INVALID_PROGRAMME")
    years = (await client.get(f"/academic-years?program_id={full.id}", headers=headers)).json()
    query = {"academic_year_id": years["items"][0]["id"]}
    other = await client.get(f"/programs/{bare.id}/export.yaml", params=query, headers=headers)
    assert error_code(other) == (404, "NOT_FOUND")
