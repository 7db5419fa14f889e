"""Journeys 7 to 9 over HTTP alone: what members see and take along, once it is published."""

import csv
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO, StringIO
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from openpyxl import load_workbook

from app.core.access import Role
from app.files.programme_dump import dump_programme
from app.models import User
from app.scheduling.domain.program import Program
from app.services import on_duty, stats_service, upcoming
from tests.api.support import AsUser, Client, error_code
from tests.ward import MONDAY, ROWS, ward

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("cheap_passwords", "_on_30_october")]
Json = dict[str, Any]
LAST = date(2026, 11, 15)


@pytest.fixture
def _on_30_october(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it be 14:00 in New York; two days later the clocks go back."""
    for module in (upcoming, on_duty, stats_service):
        monkeypatch.setattr(module, "now", lambda: datetime(2026, 10, 30, 18, tzinfo=UTC))


class Somebody:
    """Somebody who is logged in."""

    def __init__(self, client: Client, headers: dict[str, str]) -> None:
        self.client = client
        self.headers = headers

    async def call(self, method: str, url: str, **more: Any) -> httpx2.Response:
        return await self.client.request(method, url, headers=self.headers, **more)

    async def get(self, url: str, **query: object) -> Any:
        response = await self.call("GET", url, params=query)
        assert response.status_code == 200, response.text
        return response.json()

    async def send(self, method: str, url: str, body: Json) -> Any:
        response = await self.call(method, url, json=body)
        assert response.status_code in {200, 201}, response.text
        return response.json()

    async def refused(self, url: str) -> tuple[int, str]:
        return error_code(await self.call("GET", url))


class Office:
    """An ADMIN and what they have made: the ward, its people and its members."""

    def __init__(self, admin: Somebody) -> None:
        self.admin = admin
        self.program_id = ""
        self.people: dict[str, str] = {}

    async def open(self, program: Program) -> None:
        file = ("ward.yaml", dump_programme(program).encode())
        made = await self.admin.call("POST", "/programs/import", files={"programme": file})
        assert made.status_code == 201, made.text
        self.program_id = made.json()["program"]["id"]
        people = await self.admin.get("/people", program_id=self.program_id)
        self.people = {one["key"]: one["id"] for one in people["items"]}

    async def member(self, role: Role, person: str = "") -> Somebody:
        """Make a user with a role, who is one of the people if one is named, and log them in."""
        name = f"{role}-{person or uuid4().hex[:8]}".lower()
        made = await self.admin.send("POST", "/users", {"username": name})
        membership = f"/users/{made['id']}/memberships/{self.program_id}"
        await self.admin.send("PUT", membership, {"role": role})
        if person:
            url = f"/people/{self.people[person]}"
            await self.admin.send("PATCH", url, {"user_id": made["id"]})
        once, own = made["one_time_password"], f"{name} has a password"
        first = await self._log_in(name, once)
        change = {"current_password": once, "new_password": own}
        changed = await first.call("POST", "/auth/password", json=change)
        assert changed.status_code == 204, changed.text
        return await self._log_in(name, own)

    async def _log_in(self, name: str, password: str) -> Somebody:
        form = {"username": name, "password": password}
        response = await self.admin.client.post("/auth/login", data=form)
        assert response.status_code == 200, response.text
        self.admin.client.cookies.clear()
        token = response.json()["access_token"]
        return Somebody(self.admin.client, {"Authorization": f"Bearer {token}"})


@pytest.fixture
async def office(client: Client, admin: User, as_user: AsUser) -> Office:
    office = Office(Somebody(client, as_user(admin)))
    await office.open(ward())
    return office


async def make_schedule(office: Office, chief: Somebody, first: date = MONDAY) -> Json:
    """Make the ward's schedule as its rows say, edit by edit."""
    days = {"start_date": str(first), "end_date": str(LAST)}
    body = {"name": "Autumn", "program_id": office.program_id, **days}
    schedule: Json = await chief.send("POST", "/schedules", body)
    url = f"/schedules/{schedule['id']}"
    starts = (await chief.get(f"{url}/grid"))["slots"]["start_date"]
    edits = [
        {"op": "set", "person_id": office.people[key], "on": start, "rotation_type": code}
        for key, row in zip(office.people, ROWS, strict=True)
        for start, code in zip(starts, row.split(), strict=True)
        if code != "."
    ]
    await chief.send("POST", f"{url}/edits", {"revision": 1, "edits": edits})
    return schedule


async def publish(chief: Somebody, url: str) -> Json:
    """Publish; what is wrong is answered for first, finding by finding."""
    found = await chief.get(f"{url}/findings")
    for one in (*found["duty_hours"], *found["rules"]):
        if one["severity"] == "error" and one["override"] is None:
            body = {"key": one["key"], "reason": "Agreed with those concerned."}
            await chief.send("POST", f"{url}/overrides", body)
    body = {"revision": found["revision"], "note": "For November"}
    published: Json = await chief.send("POST", f"{url}/publish", body)
    return published


async def assign(office: Office, chief: Somebody, schedule: Json, **said: str) -> httpx2.Response:
    body = {"schedule_id": schedule["id"], "rotation_type": "WARD", **said}
    body["person_id"] = office.people[said.pop("person")]
    del body["person"]
    return await chief.call("POST", "/assignments", json=body)


async def test_a_resident_reads_the_own_schedule_and_nothing_else(office: Office) -> None:
    chief = await office.member(Role.COORDINATOR)
    ann = await office.member(Role.RESIDENT, "ann")
    schedule = await make_schedule(office, chief)
    url, own = f"/schedules/{schedule['id']}", f"/people/{office.people['ann']}"
    own = f"{own}/assignments/upcoming"

    # A draft is nobody's business yet.
    assert await ann.get(own) == []
    assert await ann.refused(f"{url}/coverage") == (404, "NOT_FOUND")
    night = {"person": "ann", "date": "2026-10-31", "session": "NIGHT", "duty": "CALL"}
    call = (await assign(office, chief, schedule, **night)).json()
    publication = await publish(chief, url)

    found = await ann.get(own, days_ahead=2)
    assert [(one["date"], one["session"], one["duty"], one["source"]) for one in found] == [
        ("2026-10-30", "AM", "DAY", "template"),
        ("2026-10-30", "PM", "DAY", "template"),
        ("2026-10-31", "NIGHT", "CALL", "assignment"),
        ("2026-11-01", "AM", "POST", "post-call"),
    ]
    night_found = found[2]
    assert night_found["id"] == call["id"]
    begins, ends = (datetime.fromisoformat(night_found[key]) for key in ("start", "end"))
    assert (ends - begins).total_seconds() == 13 * 3600
    days = {"from": "2026-10-30", "to": "2026-11-01", "half_days": True}
    told = await ann.get(f"/programs/{office.program_id}/published", **days)
    shown = next(one for one in told["people"] if one["person"] == "ann")
    assert [(one["date"], one["session"], one["duty"]) for one in shown["half_days"]] == [
        (one["date"], one["session"], one["duty"]) for one in found
    ]
    assert told["parts"][0]["publication_id"] == publication["id"]

    # What the chief tries next is not told before it is published.
    off = {"person": "ann", "date": "2026-10-30", "session": "PM", "duty": "OFF"}
    assert (await assign(office, chief, schedule, **off)).status_code == 201
    assert await ann.get(own, days_ahead=2) == found
    await publish(chief, url)
    assert [one["duty"] for one in await ann.get(own, days_ahead=0)] == ["DAY", "OFF"]

    # Drafts, others and other programmes stay closed.
    for closed in (url, f"{url}/grid", f"{url}/findings", f"{url}/overrides"):
        assert await ann.refused(closed) == (403, "FORBIDDEN")
    assert await ann.refused(f"/assignments/{call['id']}") == (403, "FORBIDDEN")
    assert await ann.refused(f"/people/{office.people['bob']}/assignments/upcoming") == (
        *(403, "FORBIDDEN"),
    )
    cat = next(one for one in told["people"] if one["person"] == "cat")
    assert "vacation" not in str(cat)
    surgery = Office(office.admin)
    await surgery.open(ward("Surgery"))
    stranger = await surgery.member(Role.RESIDENT, "bob")
    assert await stranger.refused(url) == (403, "FORBIDDEN")  # no resident opens schedules
    on_duty_here = f"/on-duty?program_id={office.program_id}"
    for hidden in (own, f"{url}/coverage", f"{url}/fairness", on_duty_here):
        assert await stranger.refused(hidden) == (404, "NOT_FOUND")


async def test_anyone_allowed_sees_who_is_on_and_how_it_is_spread(office: Office) -> None:
    chief = await office.member(Role.COORDINATOR)
    schedule = await make_schedule(office, chief)
    url = f"/schedules/{schedule['id']}"
    nurse, ann = await office.member(Role.VIEWER), await office.member(Role.RESIDENT, "ann")
    assert (await nurse.get("/on-duty"))["people"] == []
    await publish(chief, url)

    now = await nurse.get("/on-duty")
    assert [(one["name"], one["duty"], one["until"]) for one in now["people"]] == [
        ("Ann", "DAY", "2026-10-30T18:00:00-04:00")
    ]
    assert now["people"][0]["email"] is None
    at = "2026-10-29T03:00:00-04:00"
    [bob] = (await nurse.get("/on-duty", at=at))["people"]
    assert (bob["name"], bob["since"], bob["until"]) == (
        *("Bob", "2026-10-28T18:00:00-04:00", "2026-10-29T06:00:00-04:00"),
    )
    days = {"from": "2026-10-28", "to": "2026-10-31"}
    coverage = await nurse.get(f"{url}/coverage", **days)
    assert coverage == await chief.get(f"{url}/coverage", **days)
    assert [(one["date"][8:], one["by_rotation"]) for one in coverage] == [
        ("28", {"WARD": 1, "NF": 1, "ELEC": 1}),
        ("29", {"WARD": 1, "NF": 1, "ELEC": 1}),
        ("30", {"WARD": 1, "ELEC": 1}),
        ("31", {"ELEC": 1}),
    ]
    tallies = await ann.get(f"{url}/fairness")
    nights = {one["person"]: one["total"]["nights"] for one in tallies["people"]}
    assert nights == {"ann": 8, "bob": 25, "cat": 0, "dan": 0}
    assert await nurse.refused(f"{url}/fairness") == (403, "FORBIDDEN")
    for somebody in (chief, ann, nurse):
        stats = await somebody.get("/stats")
        assert (stats["people"], stats["schedules"], stats["coverage"]) == (4, 1, 1.0)
        assert (stats["duty_hours"] is None) == (somebody is not chief)


async def test_a_member_takes_what_was_published_along(office: Office) -> None:
    clinic = Office(office.admin)
    program = ward("Clinic/East")
    *others, dan = program.people
    await clinic.open(replace(program, people=(*others, replace(dan, id="=dan", name="=1+1"))))
    chief = await clinic.member(Role.COORDINATOR)
    bob, nurse = await clinic.member(Role.RESIDENT, "bob"), await clinic.member(Role.VIEWER)
    url, days = f"/programs/{clinic.program_id}/published", f"from={MONDAY}&to={LAST}"
    files = [f"{url}/export.{kind}?{days}" for kind in ("csv", "xlsx")]
    autumn = await make_schedule(clinic, chief)
    for file in files:
        assert await bob.refused(file) == (404, "NOT_FOUND")  # a draft is nobody's business
    await publish(chief, f"/schedules/{autumn['id']}")

    # From the middle of a week on, another schedule counts, in which Ann has an elective.
    wednesday = date(2026, 11, 4)
    november = await make_schedule(clinic, chief, wednesday)
    cell = {"person_id": clinic.people["ann"], "on": "2026-11-02", "rotation_type": "ELEC"}
    edit = {"revision": 2, "edits": [{"op": "set", **cell}]}
    await chief.send("POST", f"/schedules/{november['id']}/edits", edit)
    await publish(chief, f"/schedules/{november['id']}")

    # The file says what the page says, half-day by half-day, and nothing of leave but that.
    answer = await bob.call("GET", files[0])
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    named = "filename*=UTF-8''Clinic%2FEast%20published.csv"
    assert answer.headers["content-disposition"].endswith(named)
    rows = list(csv.DictReader(StringIO(answer.text)))
    told = await bob.get(url, **{"from": MONDAY, "to": LAST}, half_days=True)
    shown = [
        {"person": one["person"].replace("=", "'="), "pgy": str(one["pgy"])}
        | {"rotation_type" if key == "rotation" else key: half[key] or "" for key in half}
        for one in told["people"]
        for half in one["half_days"]
    ]
    assert [row for row in rows if row.pop("id") == ""] == shown
    assert {row["source"] for row in rows if row["person"] == "cat"} > {"leave"}
    assert {row["person"] for row in rows} == {"ann", "bob", "cat", "'=dan"}
    assert "vacation" not in answer.text

    # The workbook has the week in two columns, and no text in it is a formula.
    answer = await nurse.call("GET", files[1])
    sheet = load_workbook(BytesIO(answer.content))["Schedule"]
    assert sheet["A2"].value == "Published schedule, no. 1, 2 · 5 Oct 2026 – 15 Nov 2026"
    heads, *_ = sheet.iter_rows(min_row=3, max_row=4, min_col=3, max_col=9, values_only=True)
    assert heads == ("1", "2", "3", "4", "5", "5", "6")
    people = {row[0].value: row for row in sheet.iter_rows(min_row=5) if row[0].value}
    assert len(people["Ann"]) == 9  # nothing is asked of her, and nothing counted
    codes = [cell.value for cell in people["Ann"][2:]]
    assert codes == ["WARD", None, None, None, None, "ELEC", "NF"]
    assert people["=1+1"][0].data_type == "s"
    assert load_workbook(BytesIO(answer.content)).sheetnames == ["Schedule"]

    # What the chief tries next stays out; other programmes stay closed.
    off = {"person": "ann", "date": "2026-10-30", "session": "PM", "duty": "OFF"}
    assert (await assign(clinic, chief, autumn, **off)).status_code == 201
    assert (await bob.call("GET", files[0])).text.count("OFF") == 0
    stranger = await office.member(Role.RESIDENT, "ann")
    for file in files:
        assert await stranger.refused(file) == (404, "NOT_FOUND")
