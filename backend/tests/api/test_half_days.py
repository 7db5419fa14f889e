"""What members see of the published schedule, from what is next to statistics."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI

from app.core.access import Role
from app.db.session import Database
from app.models import Membership, Person, User
from app.services import on_duty, stats_service, upcoming
from tests.api.support import AsUser, Client, counted_statements, error_code
from tests.rows import add_member, add_program, add_user
from tests.ward import Ward, store_ward

pytestmark = pytest.mark.anyio

FORBIDDEN, NOT_FOUND = (403, "FORBIDDEN"), (404, "NOT_FOUND")
LATE_ON_30_OCTOBER = datetime(2026, 10, 31, 3, 30, tzinfo=UTC)
"""In New York it is 23:30 of the day before, two days before the clocks go back."""


class Clock:
    """The moment that the service takes for now."""

    def __init__(self) -> None:
        self.moment = LATE_ON_30_OCTOBER

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (upcoming, on_duty, stats_service):
        monkeypatch.setattr(module, "now", clock)
    return clock


class Clinic:
    """The ward, published or not, and its members over HTTP."""

    def __init__(self, client: Client, database: Database, as_user: AsUser, ward: Ward) -> None:
        self.client, self.database, self.as_user, self.ward = client, database, as_user, ward
        self.chief: dict[str, str] = {}

    async def member(self, role: Role, person: str = "") -> dict[str, str]:
        """Add a member, who is one of the people if one is named; return the header."""
        user = await add_user(self.database, f"{role}-{person}".lower())
        async with self.database.unit_of_work() as session:
            program = self.ward.program_id
            session.add(Membership(user_id=user.id, program_id=program, role=role))
            if person:
                row = await session.get_one(Person, self.ward.people[person])
                row.user_id = user.id
        return self.as_user(user)

    async def get(self, url: str, headers: dict[str, str]) -> httpx2.Response:
        return await self.client.get(url, headers=headers)

    async def told(self, url: str, headers: dict[str, str]) -> Any:
        response = await self.get(url, headers)
        assert response.status_code == 200, response.text
        return response.json()

    async def post(self, url: str, body: dict[str, Any]) -> dict[str, Any]:
        response = await self.client.post(url, json=body, headers=self.chief)
        assert response.status_code == 201, response.text
        answer: dict[str, Any] = response.json()
        return answer

    async def assign(self, person: str, day: str, session: str, duty: str) -> dict[str, Any]:
        body = {
            "schedule_id": str(self.ward.schedule.id),
            "rotation_type": "WARD",
            "person_id": str(self.ward.people[person]),
            "date": day,
            "session": session,
            "duty": duty,
            "override": {"reason": "Agreed."},
        }
        return await self.post("/assignments", body)

    async def publish(self) -> dict[str, Any]:
        """Publish the schedule as it is; what is wrong with it is accepted."""
        found = await self.told(f"{self.ward.url}/findings", self.chief)
        for one in (*found["duty_hours"], *found["rules"]):
            if one["severity"] == "error":
                body = {"key": one["key"], "reason": "Agreed."}
                await self.post(f"{self.ward.url}/overrides", body)
        return await self.post(f"{self.ward.url}/publish", {"revision": found["revision"]})

    def upcoming(self, person: str, days: int) -> str:
        return f"/people/{self.ward.people[person]}/assignments/upcoming?days_ahead={days}"

    async def on(self, at: str, headers: dict[str, str]) -> list[dict[str, Any]]:
        query = {"program_id": str(self.ward.program_id), "at": at}
        response = await self.client.get("/on-duty", params=query, headers=headers)
        assert response.status_code == 200, response.text
        people: list[dict[str, Any]] = response.json()["people"]
        return people


@pytest.fixture
async def clinic(client: Client, database: Database, as_user: AsUser, clock: Clock) -> Clinic:
    del clock  # it is late on 30 October for all of them
    chief = await add_user(database, "chief")
    clinic = Clinic(client, database, as_user, await store_ward(database, chief))
    clinic.chief = as_user(chief)
    return clinic


async def test_a_resident_reads_what_is_next_and_nothing_else(
    application: FastAPI, clinic: Clinic, database: Database, as_user: AsUser
) -> None:
    """Journey 7, as far as it is read."""
    ann = await clinic.member(Role.RESIDENT, "ann")
    url = clinic.upcoming("ann", 4)
    assert await clinic.told(url, ann) == []  # nothing is published

    call = await clinic.assign("ann", "2026-10-31", "NIGHT", "CALL")
    await clinic.publish()
    await clinic.assign("ann", "2026-11-01", "PM", "DAY")  # a draft again

    found = await clinic.told(url, ann)
    assert [
        (one["date"][5:], one["session"], one["duty"], one["source"], one["start"], one["end"][11:])
        for one in found
    ] == [
        ("10-30", "AM", "DAY", "template", "2026-10-30T06:00:00-04:00", "12:00:00-04:00"),
        ("10-30", "PM", "DAY", "template", "2026-10-30T12:00:00-04:00", "18:00:00-04:00"),
        ("10-31", "NIGHT", "CALL", "assignment", "2026-10-31T18:00:00-04:00", "06:00:00-05:00"),
        ("11-01", "AM", "POST", "post-call", "2026-11-01T06:00:00-05:00", "10:00:00-05:00"),
        ("11-02", "AM", "DAY", "template", "2026-11-02T06:00:00-05:00", "12:00:00-05:00"),
        ("11-02", "PM", "DAY", "template", "2026-11-02T12:00:00-05:00", "18:00:00-05:00"),
        ("11-03", "AM", "DAY", "template", "2026-11-03T06:00:00-05:00", "12:00:00-05:00"),
        ("11-03", "PM", "DAY", "template", "2026-11-03T12:00:00-05:00", "18:00:00-05:00"),
    ]
    assert [one["id"] for one in found] == [*[None] * 2, call["id"], *[None] * 5]
    blocks = await clinic.told("/blocks?from=2026-10-30&to=2026-11-03", ann)
    ids = {(one["date"], one["session"]): one["id"] for one in blocks}
    assert all(one["block_id"] == ids[one["date"], one["session"]] for one in found)
    assert {one["rotation_type"] for one in found} == {"WARD"}
    assert await clinic.told(clinic.upcoming("ann", 0), ann) == found[:2]

    assert error_code(await clinic.get(clinic.upcoming("bob", 4), ann)) == FORBIDDEN
    for draft in (clinic.ward.url, f"{clinic.ward.url}/grid", f"/assignments/{call['id']}"):
        assert error_code(await clinic.get(draft, ann)) == FORBIDDEN
    viewer = await clinic.member(Role.VIEWER)
    assert error_code(await clinic.get(url, viewer)) == FORBIDDEN
    assert await clinic.told(url, clinic.chief) == found
    await application.state.access_log.flush()
    read = await clinic.told(f"/access-log?program_id={clinic.ward.program_id}", clinic.chief)
    assert [(one["resource"], one["person_id"]) for one in read["items"]] == [
        ("upcoming", str(clinic.ward.people["ann"]))
    ]
    other = await add_program(database, "Surgery")
    stranger = as_user(await add_member(database, "stranger", other, Role.RESIDENT))
    for hidden in (url, f"{clinic.ward.url}/coverage", f"{clinic.ward.url}/fairness"):
        assert error_code(await clinic.get(hidden, stranger)) == NOT_FOUND
    for asked in ("on-duty", "stats"):
        query = f"/{asked}?program_id={clinic.ward.program_id}"
        assert error_code(await clinic.get(query, stranger)) == NOT_FOUND


async def test_anybody_sees_who_is_on(clinic: Clinic) -> None:
    """Journey 8: nights that began yesterday, the hour that comes twice, sites in other zones."""
    viewer = await clinic.member(Role.VIEWER)
    assert await clinic.on("2026-10-06T09:00:00-04:00", viewer) == []
    await clinic.assign("ann", "2026-10-31", "NIGHT", "CALL")
    await clinic.publish()

    morning = await clinic.on("2026-10-06T12:30:00-04:00", viewer)
    assert [
        (one["name"], one["rotation_type"], one["duty"], one["since"], one["until"], one["email"])
        for one in morning
    ] == [
        ("Cat", "CLIN", "CLIN", "2026-10-06T08:00:00-07:00", "2026-10-06T12:00:00-07:00", None),
        ("Ann", "WARD", "DAY", "2026-10-06T06:00:00-04:00", "2026-10-06T18:00:00-04:00", None),
    ]
    assert (morning[1]["rotation"], morning[1]["duty_name"]) == ("Wards", "DAY")
    assert (morning[1]["kind"], morning[1]["pgy"], morning[1]["person"]) == ("in_house", 1, "ann")
    for at in ("2026-11-01T01:30:00-04:00", "2026-11-01T01:30:00-05:00"):
        [ann] = await clinic.on(at, clinic.chief)
        assert (ann["since"], ann["until"]) == (
            "2026-10-31T18:00:00-04:00",
            "2026-11-01T06:00:00-05:00",
        )
        assert (ann["email"], ann["source"], ann["kind"]) == ("ann@b.example", "assignment", "call")
    [post] = await clinic.on("2026-11-01T06:00:00-05:00", viewer)
    assert (post["duty"], post["source"]) == ("POST", "post-call")
    assert await clinic.on("2026-11-01T10:00:00-05:00", viewer) == []
    [bob] = await clinic.on("2026-11-02T02:00:00-05:00", viewer)
    assert (bob["name"], bob["since"]) == ("Bob", "2026-11-01T18:00:00-05:00")

    query = {"program_id": str(clinic.ward.program_id)}
    for at in ("2026-11-02T02:00:00", "0026-11-02T02:00:00Z", "soon"):
        response = await clinic.client.get("/on-duty", params={**query, "at": at}, headers=viewer)
        assert error_code(response) == (422, "REQUEST_INVALID")
    now = await clinic.told("/on-duty", viewer)
    assert (now["at"], now["time_zone"]) == ("2026-10-30T23:30:00-04:00", "America/New_York")


async def test_who_is_on_takes_as_many_statements_for_many_as_for_one(
    clinic: Clinic, database: Database
) -> None:
    resident = await clinic.member(Role.RESIDENT)
    await clinic.publish()
    await clinic.on("2026-11-02T02:00:00-05:00", resident)
    with counted_statements(database) as few:
        assert len(await clinic.on("2026-11-02T02:00:00-05:00", resident)) == 1
    with counted_statements(database) as many:
        assert len(await clinic.on("2026-11-03T12:30:00-05:00", resident)) == 3
    assert len(many) == len(few)
    ann = await clinic.member(Role.RESIDENT, "ann")
    with counted_statements(database) as few:
        assert len(await clinic.told(clinic.upcoming("ann", 0), ann)) == 2
    with counted_statements(database) as many:
        assert len(await clinic.told(clinic.upcoming("ann", 12), ann)) > 10
    assert len(many) == len(few)


async def test_coverage_is_of_the_draft_or_of_what_was_published(clinic: Clinic) -> None:
    resident = await clinic.member(Role.RESIDENT)
    url = f"{clinic.ward.url}/coverage"
    assert error_code(await clinic.get(url, resident)) == NOT_FOUND
    await clinic.publish()
    await clinic.assign("dan", "2026-10-24", "AM", "DAY")

    some = f"{url}?from=2026-10-23&to=2026-10-25"
    assert await clinic.told(some, resident) == [
        # Cat is on leave; Dan is on an elective, which has no template.
        {"date": "2026-10-23", "assigned": 2, "by_rotation": {"WARD": 1, "ELEC": 1}},
        {"date": "2026-10-24", "assigned": 1, "by_rotation": {"ELEC": 1}},
        {"date": "2026-10-25", "assigned": 2, "by_rotation": {"NF": 1, "ELEC": 1}},
    ]
    draft = await clinic.told(some, clinic.chief)
    assert draft[1] == {"date": "2026-10-24", "assigned": 1, "by_rotation": {"WARD": 1, "ELEC": 1}}
    whole = await clinic.told(url, resident)
    assert [whole[0]["date"], whole[-1]["date"], len(whole)] == ["2026-10-05", "2026-11-15", 42]
    assert await clinic.told(f"{url}?from=2026-09-01&to=2026-10-06", resident) == whole[:2]
    assert await clinic.told(f"{url}?from=2027-01-01", resident) == []
    wrong = await clinic.get(f"{url}?from=2026-10-25&to=2026-10-23", resident)
    assert error_code(wrong) == (422, "REQUEST_INVALID")


async def test_fairness_tells_who_carries_how_much(clinic: Clinic) -> None:
    url = f"{clinic.ward.url}/fairness"
    viewer, resident = await clinic.member(Role.VIEWER), await clinic.member(Role.RESIDENT)
    assert error_code(await clinic.get(url, viewer)) == FORBIDDEN
    assert error_code(await clinic.get(url, resident)) == NOT_FOUND
    await clinic.assign("ann", "2026-10-31", "NIGHT", "CALL")
    await clinic.publish()

    found = await clinic.told(url, resident)

    people = {one["person"]: one for one in found["people"]}
    # Five weeks of wards, the last six days of night float; the night of 31 October has 13 hours.
    assert people["ann"]["tally"] == {
        "nights": 6,
        "home_calls": 0,
        "weekends": 2,
        "holidays": 1,
        "hours": 25 * 12 + 5 * 12 + 13 + 4,
    }
    assert people["ann"]["carried"] == {"nights": 3}
    assert people["ann"]["total"]["nights"] == 9
    assert people["bob"]["tally"]["nights"] == 25
    assert people["bob"]["tally"]["weekends"] == 5
    assert people["dan"]["appointed_throughout"] is False
    groups = {one["pgy"]: one for one in found["groups"]}
    assert (groups[1]["people"], groups[1]["most"]["nights"]) == (1, 9)
    assert groups[2]["mean"] == people["bob"]["total"]
    assert found["published"] is True
    draft = await clinic.told(url, clinic.chief)
    assert (draft["published"], draft["people"]) == (False, found["people"])


async def test_stats_hold_for_five_minutes_and_no_longer_than_their_revision(
    clinic: Clinic, clock: Clock
) -> None:
    viewer, url = await clinic.member(Role.VIEWER), f"/stats?program_id={clinic.ward.program_id}"
    first = await clinic.told(url, clinic.chief)
    assert (first["people"], first["schedules"], first["assignments"]) == (4, 1, 0)
    assert (first["published"], first["revision"]) == (False, 1)
    assert first["coverage"] == 1.0
    assert first["rules"] == {"errors": 0, "warnings": 0, "infos": 0}
    nothing = await clinic.told(url, viewer)
    assert (nothing["schedules"], nothing["schedule_id"], nothing["published"]) == (0, None, True)

    clock.moment += timedelta(seconds=299)
    assert await clinic.told(url, clinic.chief) == first
    clock.moment += timedelta(seconds=1)
    assert (await clinic.told(url, clinic.chief))["as_of"] > first["as_of"]

    await clinic.assign("ann", "2026-10-31", "NIGHT", "CALL")
    changed = await clinic.told(url, clinic.chief)
    assert (changed["assignments"], changed["revision"]) == (1, 2)
    await clinic.publish()
    told = await clinic.told(url, viewer)
    assert (told["schedules"], told["assignments"], told["duty_hours"]) == (1, 1, None)
    assert UUID(told["schedule_id"]) == clinic.ward.schedule.id


async def test_publications_of_the_same_days_are_told_from_the_newest(clinic: Clinic) -> None:
    resident = await clinic.member(Role.RESIDENT, "ann")
    await clinic.publish()
    await clinic.assign("ann", "2026-10-30", "AM", "OFF")
    before = await clinic.told(clinic.upcoming("ann", 0), resident)
    assert [one["duty"] for one in before] == ["DAY", "DAY"]
    await clinic.publish()
    after = await clinic.told(clinic.upcoming("ann", 0), resident)
    assert [(one["duty"], one["start"] is None) for one in after] == [("OFF", True), ("DAY", False)]


@pytest.mark.parametrize("user", ["admin", "nobody"])
async def test_admin_sees_everything_and_who_belongs_nowhere_nothing(
    clinic: Clinic, database: Database, as_user: AsUser, user: str
) -> None:
    await clinic.publish()
    caller: User = await add_user(database, user, admin=user == "admin")
    program = f"program_id={clinic.ward.program_id}"
    urls = [f"/on-duty?{program}", f"/stats?{program}", clinic.upcoming("ann", 1)]
    urls += [f"{clinic.ward.url}/coverage", f"{clinic.ward.url}/fairness"]
    for url in urls:
        response = await clinic.get(url, as_user(caller))
        assert response.status_code == (200 if user == "admin" else 403), url
