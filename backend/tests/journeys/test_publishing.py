"""Journeys 6, 7 and 10 over HTTP: overridden, published, told, republished, taken back."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import icalendar
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from sqlalchemy import select, update

from app.core.access import Role
from app.core.clock import now
from app.core.settings import Settings
from app.db.session import AsyncSession, Database
from app.files.certificate_check import verify_certificate
from app.files.signing import fingerprint
from app.models import OutgoingMail, Person, User
from app.repositories.audit_repository import check_chain
from app.scheduling.api import solve
from app.scheduling.domain.params import SolveParams, Watch
from app.services import calendar_service
from app.services.mail_delivery import deliver_due
from tests.api.support import AsUser, Client, error_code
from tests.mail_server import MailServer, serving
from tests.rows import add_user
from tests.stored import EXAMPLES, example

pytestmark = pytest.mark.anyio
Json = dict[str, Any]
HALVES = ("AM", "PM", "NIGHT")
YEAR = "from=2026-07-01&to=2027-06-30"


class Screen:
    """Somebody who is logged in."""

    def __init__(self, client: Client, headers: dict[str, str]) -> None:
        self.client = client
        self.headers = headers

    async def get(self, url: str) -> Any:
        response = await self.client.get(url, headers=self.headers)
        assert response.status_code == 200, response.text
        return response.json()

    async def post(self, url: str, body: Json | None = None, status: int = 201) -> Any:
        response = await self.client.post(url, json=body, headers=self.headers)
        assert response.status_code == status, response.text
        return response.json()

    async def refused(self, url: str) -> tuple[int, str]:
        return error_code(await self.client.get(url, headers=self.headers))


class Hospital:
    """A programme with a coordinator, a resident who is Avery, a viewer, and a draft."""

    def __init__(self, program_id: str, schedule_id: str) -> None:
        self.program_id = program_id
        self.schedule = f"/schedules/{schedule_id}"
        self.people: dict[str, str] = {}

    async def draft(self, chief: Screen) -> Json:
        found: Json = await chief.get(self.schedule)
        return found

    async def set(self, chief: Screen, *cells: Json) -> None:
        edits = [{"op": "set", **one} for one in cells]
        revision = (await self.draft(chief))["revision"]
        await chief.post(f"{self.schedule}/edits", {"revision": revision, "edits": edits}, 200)

    async def publish(self, chief: Screen, status: int = 201, note: str = "") -> Json:
        revision = (await self.draft(chief))["revision"]
        body = {"revision": revision, "note": note}
        told: Json = await chief.post(f"{self.schedule}/publish", body, status)
        return told

    def year(self) -> Iterator[Json]:
        """Yield the cells of a year that keeps the programme's rules."""
        program = example("tiny")
        watch = Watch(clock=lambda: 0.0, stop=lambda: False, progress=lambda _: None)
        found = solve(program, SolveParams(time_s=60.0, workers=1, deterministic=True), watch)
        assert found.grid is not None
        slots = program.calendar.slots
        for person, row in zip(program.people, found.grid.tolist(), strict=True):
            for slot, value in zip(slots, row, strict=True):
                yield {
                    "person_id": self.people[person.id],
                    "on": slot.start.isoformat(),
                    "rotation_type": program.rotation_types[value].code,
                }


@pytest.fixture(autouse=True)
def _in_september(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendar_service, "now", lambda: datetime(2026, 9, 1, tzinfo=UTC))


@pytest.fixture
async def users(database: Database) -> dict[str, User]:
    return {name: await add_user(database, name) for name in ("chief", "avery", "operator")}


@pytest.fixture
async def hospital(
    client: Client, database: Database, admin: User, users: dict[str, User], as_user: AsUser
) -> Hospital:
    office = Screen(client, as_user(admin))
    file = (EXAMPLES / "tiny" / "programme.yaml").read_bytes()
    made = await client.post(
        "/programs/import", files={"programme": ("tiny.yaml", file)}, headers=office.headers
    )
    assert made.status_code == 201, made.text
    program = made.json()["program"]["id"]
    roles = {"chief": Role.COORDINATOR, "avery": Role.RESIDENT, "operator": Role.VIEWER}
    for name, role in roles.items():
        url = f"/users/{users[name].id}/memberships/{program}"
        given = await client.put(url, json={"role": role}, headers=office.headers)
        assert given.status_code == 200, given.text
    new = {"name": "AY 2026", "start_date": "2026-07-01", "end_date": "2027-06-30"}
    chief = Screen(client, as_user(users["chief"]))
    hospital = Hospital(program, (await chief.post("/schedules", new))["id"])
    async with database.unit_of_work() as session:
        for one in await session.scalars(select(Person)):
            hospital.people[one.key] = str(one.id)
            one.email = f"{one.key}@b.example"
            if one.key == "avery":
                one.user_id = users["avery"].id
    return hospital


@pytest.fixture
def chief(client: Client, users: dict[str, User], as_user: AsUser) -> Screen:
    return Screen(client, as_user(users["chief"]))


@pytest.fixture
def avery(client: Client, users: dict[str, User], as_user: AsUser) -> Screen:
    return Screen(client, as_user(users["avery"]))


@pytest.fixture
def operator(client: Client, users: dict[str, User], as_user: AsUser) -> Screen:
    return Screen(client, as_user(users["operator"]))


def stays(told: Json, person: str) -> list[tuple[str, str, str]]:
    [found] = [one for one in told["people"] if one["person"] == person]
    return [tuple(stay.values()) for stay in found["placements"]]


async def test_a_schedule_is_published_and_taken_back(  # noqa: PLR0915 - one journey
    database: Database,
    hospital: Hospital,
    chief: Screen,
    avery: Screen,
    operator: Screen,
    settings: Settings,
) -> None:
    # An empty draft is refused with its findings.
    refused = await hospital.publish(chief, status=400)
    assert refused["error"]["code"] == "RULES_BROKEN"
    assert refused["error"]["details"]["rules"]
    published = f"/programs/{hospital.program_id}/published?{YEAR}"
    assert (await avery.get(published))["parts"] == []

    # A year that keeps the rules, with one person on call for four days on end.
    await hospital.set(chief, *hospital.year())
    night = {"session": "NIGHT", "duty": "CALL", "person_id": hospital.people["blake"]}
    calls = [
        {**night, "on": f"2026-08-0{day}", "session": half}
        for day in range(3, 7)
        for half in HALVES
    ]
    await hospital.set(chief, *calls)
    refused = await hospital.publish(chief, status=422)
    assert refused["error"]["code"] == "ACGME_VIOLATION"
    findings = refused["error"]["details"]["duty_hours"]
    assert {one["person"] for one in findings} == {"blake"}

    # The chief answers for every finding; until then nothing is published.
    for one in findings[:-1]:
        body = {"key": one["key"], "reason": "agreed with Blake"}
        await chief.post(f"{hospital.schedule}/overrides", body)
    await hospital.publish(chief, status=422)
    last = {"key": findings[-1]["key"], "reason": "agreed with Blake"}
    await chief.post(f"{hospital.schedule}/overrides", last)
    first = await hospital.publish(chief, note="Welcome")
    assert (first["number"], first["verdict"]) == (1, "compliant with overrides")
    assert error_code(
        await chief.client.post(
            f"{hospital.schedule}/publish",
            json={"revision": first["revision"]},
            headers=chief.headers,
        )
    ) == (409, "CONFLICT")

    # The certificate is derived again from itself, and by the installation's key.
    url = f"/publications/{first['id']}"
    certificate = await chief.client.get(f"{url}/certificate", headers=chief.headers)
    key = load_pem_public_key((await avery.get("/signing-key"))["public_key"].encode())
    assert isinstance(key, Ed25519PublicKey)
    checked = verify_certificate(certificate.content, key)
    assert (checked.problems, checked.pinned) == ((), True)
    assert first["signed_by"] == fingerprint(key)
    file = await chief.get(f"{url}/schedule")
    assert (file["format"], len(file["assignments"])) == ("housestaff-schedule", len(calls))

    # Everybody of the programme reads it, and nobody what leave is for.
    told = await avery.get(f"{published}")
    assert [one["number"] for one in told["parts"]] == [1]
    assert len(stays(told, "avery")) == 13
    week = "from=2026-09-28&to=2026-10-04&half_days=true"
    days = await operator.get(f"/programs/{hospital.program_id}/published?{week}")
    [ellis] = [one for one in days["people"] if one["person"] == "ellis"]
    assert {one["source"] for one in ellis["half_days"]} == {"leave"}
    assert "parental" not in str(days)

    # A change is published again; the difference says who moves.
    before = stays(told, "avery")
    start, _, rotation = before[5]
    other = "ELEC" if rotation != "ELEC" else "CLIN"
    cell = {"person_id": hospital.people["avery"], "on": start, "rotation_type": other}
    await hospital.set(chief, cell)
    findings = await chief.get(f"{hospital.schedule}/findings")
    for one in (*findings["rules"], *findings["duty_hours"]):
        if one["severity"] == "error":
            body = {"key": one["key"], "reason": "for one period"}
            await chief.post(f"{hospital.schedule}/overrides", body)
    second = await hospital.publish(chief)
    assert second["number"] == 2
    assert stays(await avery.get(published), "avery")[5][2] == other
    difference = await chief.get(f"/publications/{second['id']}/difference/{first['id']}")
    [moved] = difference["placements"]
    assert (moved["person"], moved["before"], moved["after"]) == ("avery", rotation, other)
    assert [one["name"] for one in difference["people"]] == ["Avery Adams"]
    answers = difference["overrides"]  # what was agreed with Blake has another reason now
    assert {(one["author"], one["reason"]) for one in answers["new"]} == {
        ("chief", "for one period")
    }
    assert {one["reason"] for one in answers["gone"]} == {"agreed with Blake"}
    assert {one["key"] for one in answers["gone"]} <= {one["key"] for one in answers["new"]}
    listed = await chief.get(f"{hospital.schedule}/publications")
    assert [one["number"] for one in listed["items"]] == [2, 1]

    # What was told stays: no deletion, only a third publication like the first.
    gone = await chief.client.delete(hospital.schedule, headers=chief.headers)
    assert error_code(gone) == (409, "CONFLICT")
    body = {"revision": second["revision"], "note": "as before"}
    third = await chief.post(f"/publications/{first['id']}/rollback", body)
    assert (third["number"], third["restores_id"]) == (3, first["id"])
    assert third["snapshot_sha256"] == first["snapshot_sha256"]
    told = await avery.get(published)
    assert stays(told, "avery") == before
    assert [one["number"] for one in told["parts"]] == [3]
    draft = await hospital.draft(chief)
    assert draft["revision"] == third["revision"] == second["revision"] + 1

    # All of it is on record, under the chief's name, and the record is whole.
    trail = await chief.get(f"/audit?program_id={hospital.program_id}&limit=500")
    made = [one for one in trail["items"] if one["object_kind"] == "publications"]
    assert [one["object_id"] for one in made] == [third["id"], second["id"], first["id"]]
    assert {one["actor"] for one in made} == {"chief"}
    accepted = [one for one in trail["items"] if one["object_kind"] == "overrides"]
    assert "agreed with Blake" in {one["details"]["after"]["reason"] for one in accepted}
    assert await avery.refused("/audit") == (403, "FORBIDDEN")
    async with database.reading() as session:
        assert (await check_chain(session, hospital.program_id)).broken_at is None
    assert settings.signing_key is None


async def test_people_are_told_once_and_read_their_own(
    database: Database, hospital: Hospital, chief: Screen, avery: Screen, settings: Settings
) -> None:
    await hospital.set(chief, *hospital.year())
    await hospital.publish(chief, note="Welcome")

    # In the application …
    assert await avery.get("/notifications/unread") == {"unread": 1}
    [told] = (await avery.get("/notifications"))["items"]
    assert told["kind"] == "published"
    assert told["body"].endswith("Welcome")
    read = await avery.post(f"/notifications/{told['id']}/read", status=200)
    assert read["read_at"] is not None
    assert await avery.get("/notifications/unread") == {"unread": 0}
    assert (await avery.get("/notifications?unread=true"))["items"] == []
    assert await chief.get("/notifications/unread") == {"unread": 0}
    foreign = await chief.client.post(f"/notifications/{told['id']}/read", headers=chief.headers)
    assert error_code(foreign) == (404, "NOT_FOUND")

    # … and by mail, once each, whoever sends: the server refuses the first time.
    with serving(MailServer(lambda _: "451 later")) as busy:
        await deliver_due(database, busy.settings(settings))
        assert busy.mails == []
    async with database.unit_of_work() as session:
        await _hurry(session)
    with serving(MailServer()) as server:
        for _ in range(2):
            await deliver_due(database, server.settings(settings))
        recipients = sorted(one["to"] for one in server.mails)
        assert recipients == sorted(f"{key}@b.example" for key in hospital.people)
        [mine] = [one for one in server.mails if one["to"] == "avery@b.example"]
        assert "/my-schedule" in mine.get_content()

    # The resident has a calendar, and is refused what is not theirs.
    link = await avery.post(f"/people/{hospital.people['avery']}/calendar-link")
    feed = await avery.client.get(link["url"].split("/api", 1)[1])
    assert feed.status_code == 200
    events = icalendar.Calendar.from_ical(feed.content).walk("VEVENT")
    assert len(events) > 100
    assert await avery.refused(hospital.schedule) == (403, "FORBIDDEN")
    assert await avery.refused(f"{hospital.schedule}/publications") == (403, "FORBIDDEN")
    other = f"/people/{hospital.people['blake']}/calendar-link"
    assert error_code(await avery.client.post(other, headers=avery.headers)) == (404, "NOT_FOUND")
    gone = await avery.client.delete(
        f"/people/{hospital.people['avery']}/calendar-link", headers=avery.headers
    )
    assert gone.status_code == 200
    assert (await avery.client.get(link["url"].split("/api", 1)[1])).status_code == 404


async def _hurry(session: AsyncSession) -> None:
    """Have the mails that wait tried again at once."""
    await session.execute(update(OutgoingMail).values(not_before=now()))
