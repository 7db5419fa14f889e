"""Assignments and overrides through HTTP."""

import asyncio
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from app.db.session import Database
from app.models import OutgoingMail, User
from tests.api.support import AsUser, Client, counted_statements, error_code
from tests.published import add_publication
from tests.rows import add_user
from tests.stored import held
from tests.ward import Ward, store_ward

pytestmark = pytest.mark.anyio

CONFLICT, ON_LEAVE = (409, "CONFLICT"), (400, "ON_LEAVE")
INVALID, VIOLATION = (400, "VALIDATION_ERROR"), (422, "ACGME_VIOLATION")
REASON = {"reason": "Agreed with everybody."}


class Desk:
    """A coordinator who assigns people of the ward."""

    def __init__(self, client: Client, headers: dict[str, str], ward: Ward) -> None:
        self.client, self.headers, self.ward = client, headers, ward

    def new(self, person: str, day: str, session: str, **more: Any) -> dict[str, Any]:
        place = {"date": day, "session": session} if "block_id" not in more else {}
        ids = {
            "schedule_id": str(self.ward.schedule.id),
            "person_id": str(self.ward.people[person]),
        }
        return {**ids, **place, "rotation_type": "WARD", **more}

    async def assign(self, person: str, day: str, session: str, **more: Any) -> httpx2.Response:
        body = self.new(person, day, session, **more)
        return await self.client.post("/assignments", json=body, headers=self.headers)

    async def made(self, person: str, day: str, session: str, **more: Any) -> dict[str, Any]:
        response = await self.assign(person, day, session, **more)
        assert response.status_code == 201, response.text
        answer: dict[str, Any] = response.json()
        return answer

    async def patch(self, one: dict[str, Any], **body: Any) -> httpx2.Response:
        url = f"/assignments/{one['id']}"
        return await self.client.patch(url, json=body, headers=self.headers)

    async def get(self, url: str) -> Any:
        response = await self.client.get(url, headers=self.headers)
        assert response.status_code == 200, response.text
        return response.json()

    async def revision(self) -> int:
        found: int = (await self.get(self.ward.url))["revision"]
        return found

    async def findings(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.get(f"{self.ward.url}/findings"))["duty_hours"]
        return found


@pytest.fixture
async def user(database: Database) -> User:
    return await add_user(database, "chief")


@pytest.fixture
async def desk(client: Client, database: Database, user: User, as_user: AsUser) -> Desk:
    return Desk(client, as_user(user), await store_ward(database, user))


async def test_an_assignment_says_the_duty_of_the_template_or_another(desk: Desk) -> None:
    blocks = await desk.get("/blocks?from=2026-10-24&to=2026-10-24")
    night = next(one for one in blocks if one["session"] == "NIGHT")

    weekday = await desk.made("dan", "2026-10-20", "PM", note="Covers Ann")
    by_block = await desk.made("dan", "", "", block_id=night["id"], duty="HOME")

    assert (weekday["duty"], weekday["rotation_type"]) == ("DAY", "WARD")
    assert (weekday["status"], weekday["source"]) == ("scheduled", "manual")
    assert (weekday["locked"], weekday["note"]) == (False, "Covers Ann")
    assert weekday["person"]["name"] == "Dan"
    assert (by_block["duty"], by_block["block"]) == ("HOME", night)
    assert await desk.revision() == 3
    assert await desk.get(f"/assignments/{by_block['id']}") == by_block
    listed = await desk.get(f"/assignments?schedule_id={desk.ward.schedule.id}")
    assert listed == {"items": [weekday, by_block], "total": 2, "skip": 0, "limit": 100}
    nested = (await desk.get(f"{desk.ward.url}?include=assignments"))["assignments"]
    assert [one["id"] for one in nested] == [weekday["id"], by_block["id"]]


async def test_a_half_day_has_one_assignment_until_it_is_cancelled(desk: Desk) -> None:
    first = await desk.made("dan", "2026-10-20", "AM")

    again = await desk.assign("dan", "2026-10-20", "AM", duty="CLIN")
    assert error_code(again) == CONFLICT
    assert again.json()["error"]["details"] == {"assignment_id": first["id"]}

    url = f"/assignments/{first['id']}"
    deleted = await desk.client.delete(url, headers=desk.headers)
    assert deleted.json() == {"status": "deleted"}
    assert (await desk.get(url))["status"] == "cancelled"
    assert error_code(await desk.patch(first, note="x")) == (409, "CANCELLED")
    second = await desk.made("dan", "2026-10-20", "AM", duty="CLIN")
    statuses = await desk.get(f"/assignments?schedule_id={desk.ward.schedule.id}")
    found = {one["id"]: one["status"] for one in statuses["items"]}
    assert found == {first["id"]: "cancelled", second["id"]: "scheduled"}


async def test_one_of_many_at_once_gets_the_half_day(desk: Desk) -> None:
    tries = [desk.assign("dan", "2026-10-21", "PM", note=f"try {n}") for n in range(64)]

    codes = sorted([response.status_code for response in await asyncio.gather(*tries)])

    assert codes == [201, *[409] * 63]
    assert await desk.revision() == 2


async def test_one_of_many_who_read_the_same_version_changes_it(desk: Desk) -> None:
    made = await desk.made("dan", "2026-10-20", "AM")
    tries = [desk.patch(made, version=1, note=f"try {n}") for n in range(64)]

    answers = await asyncio.gather(*tries)

    done = [one.json() for one in answers if one.status_code == 200]
    assert [one["version"] for one in done] == [2]
    refused = [error_code(one) for one in answers if one.status_code != 200]
    assert refused == [(409, "STALE")] * 63
    assert await desk.get(f"/assignments/{made['id']}") == done[0]


@pytest.mark.parametrize("day", ["2026-10-20", "2026-10-27"])
async def test_leave_refuses_an_assignment_unless_overridden(desk: Desk, day: str) -> None:
    """Cat is on approved leave on the first day, and on a vacation rotation on the second."""
    refused = await desk.assign("cat", day, "AM")
    assert error_code(refused) == ON_LEAVE
    assert refused.json()["error"]["details"]["date"] == day
    assert await desk.revision() == 1

    made = await desk.made("cat", day, "AM", override=REASON)

    assert made["duty"] == "DAY"
    [override] = (await desk.get(f"{desk.ward.url}/overrides"))["items"]
    assert (override["origin"], override["person"], override["author"]) == ("leave", "cat", "chief")
    assert override["reason"] == REASON["reason"]


async def test_a_violation_is_refused_and_done_with_an_override(desk: Desk) -> None:
    await desk.made("ann", "2026-10-06", "NIGHT", duty="CALL")
    before = {one["key"] for one in await desk.findings()}

    refused = await desk.assign("ann", "2026-10-07", "AM", duty="DAY")

    assert error_code(refused) == VIOLATION
    told = refused.json()["error"]["details"]["violations"]
    assert {one["severity"] for one in told} == {"error"}
    assert {one["person"] for one in told} == {"ann"}
    assert not {one["key"] for one in told} & before
    assert {one["key"] for one in await desk.findings()} == before
    assert await desk.revision() == 2

    await desk.made("ann", "2026-10-07", "AM", duty="DAY", override=REASON)

    found = {one["key"]: one["override"] for one in await desk.findings()}
    for one in told:
        answer = found[one["key"]]
        assert (answer["reason"], answer["author"]) == (REASON["reason"], "chief")
    assert all(found[key] is None for key in before & found.keys())
    overrides = (await desk.get(f"{desk.ward.url}/overrides"))["items"]
    assert {one["finding_key"] for one in overrides} == {one["key"] for one in told}
    assert {one["message"] for one in overrides} == {one["message"] for one in told}


async def test_what_makes_nothing_worse_is_done_beside_an_old_violation(desk: Desk) -> None:
    await desk.made("ann", "2026-10-06", "NIGHT", duty="CALL")
    await desk.made("ann", "2026-10-07", "AM", duty="DAY", override=REASON)
    errors = [one for one in await desk.findings() if one["severity"] == "error"]
    assert errors

    await desk.made("ann", "2026-11-07", "AM", duty="OFF")
    await desk.made("bob", "2026-10-10", "AM", duty="OFF")

    now = [one for one in await desk.findings() if one["severity"] == "error"]
    assert {one["key"] for one in now} == {one["key"] for one in errors}


async def test_status_goes_on_and_never_back(desk: Desk) -> None:
    made = await desk.made("dan", "2026-10-20", "AM")
    early = await desk.patch(made, status="completed")
    assert error_code(early) == (400, "STATUS_ORDER")
    assert early.json()["error"]["details"]["next"] == ["confirmed", "cancelled"]
    for number, status in enumerate(("confirmed", "completed"), 2):
        response = await desk.patch(made, status=status)
        assert (response.json()["status"], response.json()["version"]) == (status, number)
    assert (await desk.patch(made, status="completed")).json()["version"] == 3
    for status in ("scheduled", "confirmed", "cancelled"):
        assert error_code(await desk.patch(made, status=status)) == (400, "STATUS_ORDER")
    assert await desk.revision() == 4


async def test_who_has_read_an_old_version_is_told_so(desk: Desk) -> None:
    made = await desk.made("dan", "2026-10-20", "AM")
    url = f"/assignments/{made['id']}"
    read = await desk.client.get(url, headers=desk.headers)
    changed = await desk.patch(made, version=1, note="first")
    assert (changed.json()["note"], changed.headers["etag"]) == ("first", '"2"')

    late = await desk.patch(made, version=1, note="second")
    assert error_code(late) == (409, "STALE")
    matched = {**desk.headers, "If-Match": read.headers["etag"]}
    assert error_code(await desk.client.delete(url, headers=matched)) == (409, "STALE")
    by_header = await desk.client.patch(url, json={"locked": True}, headers=matched)
    assert error_code(by_header) == (409, "STALE")
    assert (await desk.get(url))["note"] == "first"


async def test_a_locked_assignment_is_unlocked_first(desk: Desk) -> None:
    made = await desk.made("dan", "2026-10-20", "AM")
    assert (await desk.patch(made, locked=True)).json()["locked"]
    for change in ({"duty": "CLIN"}, {"status": "cancelled"}, {"note": "x"}):
        assert error_code(await desk.patch(made, **change)) == (409, "LOCKED")
    assert (await desk.patch(made, status="confirmed")).status_code == 200
    grid = await desk.get(f"{desk.ward.url}/grid?view=half-days")
    assert len(grid["locked"]) == 1
    both = (await desk.patch(made, locked=False, duty="CLIN", rotation_type="CLIN")).json()
    assert (both["duty"], both["rotation_type"], both["locked"]) == ("CLIN", "CLIN", False)


async def test_a_change_is_judged_as_a_new_assignment(desk: Desk) -> None:
    await desk.made("ann", "2026-10-06", "NIGHT", duty="CALL")
    made = await desk.made("ann", "2026-10-07", "AM", duty="OFF")
    assert error_code(await desk.patch(made, duty="DAY")) == VIOLATION
    assert (await desk.get(f"/assignments/{made['id']}"))["duty"] == "OFF"
    done = await desk.patch(made, duty="DAY", override=REASON)
    assert (done.status_code, done.json()["duty"]) == (200, "DAY")


async def test_an_assignment_is_an_edit_that_may_be_undone(desk: Desk) -> None:
    made = await desk.made("dan", "2026-10-20", "AM")
    entries = (await desk.get(f"{desk.ward.url}/edits"))["items"]
    assert [(one["revision"], one["by"]["username"]) for one in entries] == [(2, "chief")]
    assert [one["duty"] for one in entries[0]["assignments"]] == ["DAY"]

    undo = f"{desk.ward.url}/undo"
    undone = await desk.client.post(undo, json={"revision": 2}, headers=desk.headers)
    assert undone.status_code == 200, undone.text
    assert (await desk.get(f"/assignments/{made['id']}"))["status"] == "cancelled"


@pytest.mark.parametrize(
    ("person", "day", "more", "error"),
    [
        ("dan", "2026-10-24", {}, INVALID),  # no duty on Saturdays
        ("dan", "2026-10-20", {"rotation_type": "NF"}, INVALID),  # nor in the morning
        ("dan", "2026-10-20", {"rotation_type": "ELEC"}, INVALID),
        ("dan", "2026-10-20", {"rotation_type": "X"}, INVALID),
        ("dan", "2026-10-20", {"duty": "X"}, INVALID),
        ("dan", "2026-10-20", {"duty": "HOME"}, INVALID),
        ("dan", "2026-10-12", {}, (400, "NOT_APPOINTED")),
        ("dan", "2026-11-16", {}, INVALID),
        ("dan", "2026-10-20", {"block_id": "00000000-0000-0000-0000-000000000000"}, None),
        ("dan", "2026-10-20", {"person_id": "00000000-0000-0000-0000-000000000000"}, None),
        ("dan", "2026-10-20", {"schedule_id": "00000000-0000-0000-0000-000000000000"}, None),
        ("dan", "2026-10-20", {"date": None}, (422, "REQUEST_INVALID")),
        ("dan", "2026-10-20", {"override": {"reason": ""}}, (422, "REQUEST_INVALID")),
    ],
)
async def test_what_cannot_be_is_refused(
    desk: Desk, person: str, day: str, more: dict[str, Any], error: tuple[int, str] | None
) -> None:
    response = await desk.assign(person, day, "AM", **more)
    assert error_code(response) == (error or (404, "NOT_FOUND")), response.text
    assert await desk.revision() == 1


async def test_people_are_notified_once_the_schedule_is_known(
    database: Database, desk: Desk, user: User
) -> None:
    async def told() -> list[str]:
        async with database.reading() as session:
            found = await session.scalars(select(OutgoingMail).order_by(OutgoingMail.id))
            return [f"{one.recipient}: {one.subject}" for one in found]

    await desk.made("ann", "2026-10-10", "AM", duty="DAY")
    assert await told() == []  # a draft of which nobody knows
    schedule = await held(database, desk.ward.schedule)
    await add_publication(database, schedule.schedule, user)

    made = await desk.made("ann", "2026-10-17", "AM", duty="DAY")
    await desk.patch(made, locked=True)
    await desk.patch(made, locked=False, duty="CLIN")
    await desk.client.delete(f"/assignments/{made['id']}", headers=desk.headers)

    assert await told() == [
        "ann@b.example: Your half-day on 2026-10-17 AM is new: DAY",
        "ann@b.example: Your half-day on 2026-10-17 AM is changed: CLIN",
        "ann@b.example: Your half-day on 2026-10-17 AM is cancelled",
    ]


async def test_who_has_no_appointment_is_not_assigned(desk: Desk) -> None:
    program = str((await desk.get(desk.ward.url))["program_id"])
    body = {"name": "Eve", "program_id": program}
    eve = await desk.client.post("/people", json=body, headers=desk.headers)
    response = await desk.assign("dan", "2026-10-20", "AM", person_id=eve.json()["id"])
    assert error_code(response) == (400, "NOT_APPOINTED")


async def test_a_listing_takes_as_many_statements_for_many_as_for_one(
    database: Database, desk: Desk
) -> None:
    url = f"/assignments?schedule_id={desk.ward.schedule.id}"
    await desk.made("dan", "2026-10-20", "AM")
    with counted_statements(database) as few:
        await desk.get(url)
    for day in (21, 22, 23):
        await desk.made("dan", f"2026-10-{day}", "AM")
        await desk.made("bob", f"2026-11-{day - 12:02}", "AM")
    with counted_statements(database) as many:
        assert (await desk.get(url))["total"] == 7
    assert len(many) == len(few)
    person = desk.ward.people["dan"]
    some = await desk.get(f"{url}&person_id={person}&from=2026-10-21&to=2026-10-22&limit=1")
    assert (some["total"], [one["block"]["date"] for one in some["items"]]) == (2, ["2026-10-21"])
    assert (await desk.get(f"{url}&status=cancelled"))["total"] == 0


async def test_a_finding_is_accepted_and_the_override_withdrawn(desk: Desk) -> None:
    await desk.made("ann", "2026-10-06", "NIGHT", duty="CALL")
    await desk.made("ann", "2026-10-07", "AM", duty="DAY", override=REASON)
    url = f"{desk.ward.url}/overrides"
    for one in (await desk.get(url))["items"]:
        gone = await desk.client.delete(f"{url}/{one['id']}", headers=desk.headers)
        assert gone.json() == {"status": "deleted"}
    [finding, *_] = await desk.findings()
    assert finding["override"] is None

    body = {"key": finding["key"], "reason": "First."}
    first = await desk.client.post(url, json=body, headers=desk.headers)
    assert first.status_code == 201
    body["reason"] = "Second."
    second = await desk.client.post(url, json=body, headers=desk.headers)
    assert second.json()["id"] == first.json()["id"]
    [shown] = [one for one in await desk.findings() if one["key"] == finding["key"]]
    assert shown["override"]["reason"] == "Second."
    unknown = await desk.client.post(
        url, json={"key": "0" * 16, "reason": "x"}, headers=desk.headers
    )
    assert error_code(unknown) == (404, "NOT_FOUND")


async def test_an_override_belongs_to_its_schedule(
    database: Database, desk: Desk, user: User
) -> None:
    await desk.made("cat", "2026-10-20", "AM", override=REASON)
    [override] = (await desk.get(f"{desk.ward.url}/overrides"))["items"]
    other = await store_ward(database, user, "Other")
    url = f"{other.url}/overrides/{override['id']}"
    assert error_code(await desk.client.delete(url, headers=desk.headers)) == (404, "NOT_FOUND")
    assert (await desk.get(f"{desk.ward.url}/overrides"))["total"] == 1
