"""Branches, comparisons and files of drafts over HTTP."""

import csv
import io
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import openpyxl
import pytest

from app.core.access import Role
from app.db.session import Database
from app.models import Person, Schedule, User
from app.scheduling.timetable import half_days
from tests.api.drafts import Draft, now
from tests.api.support import SAME_ON_BOTH, AsUser, error_code
from tests.rows import add_member
from tests.stored import held, store_drawn

pytestmark = pytest.mark.anyio


async def branched(draft: Draft, name: str = "What if") -> dict[str, Any]:
    made = await draft.client.post(
        f"{draft.url}/branch", json={"name": name}, headers=draft.headers
    )
    assert made.status_code == 201, made.text
    schedule: dict[str, Any] = made.json()
    return schedule


def of_branch(draft: Draft, branch: dict[str, Any]) -> Draft:
    other = Draft(draft.client, draft.headers, draft.stored)
    other.url = f"/schedules/{branch['id']}"
    return other


async def test_a_branch_begins_as_its_parent_and_goes_its_own_way(
    database: Database, draft: Draft
) -> None:
    await draft.done([draft.night(0, 3, "NIGHT"), draft.night(0, 4, "NIGHT")], 1)
    await draft.done([draft.night(0, 4, None), draft.at("lock", 2, 5)], 2)
    branch = await branched(draft)
    assert branch["revision"] == 1
    async with database.reading() as session:
        copy = await session.get_one(Schedule, UUID(branch["id"]))
    assert copy.parent_id == draft.stored.schedule.id
    twin, parent = await held(database, copy), await now(database, draft)
    assert (twin.grid == parent.grid).all()
    assert (twin.locked == parent.locked).all()
    assert twin.stated == parent.stated

    other = of_branch(draft, branch)
    await other.done([draft.set(0, 0, None), draft.night(0, 3, None)], 1)
    parent = await now(database, draft)
    assert parent.schedule.revision == 3
    assert len(parent.assignments) == 1
    assert draft.row(parent, 0)[0] is not None
    assert error_code(await other.post([draft.set(2, 5, None)], 2)) == (409, "LOCKED")


async def test_two_drafts_compared(draft: Draft) -> None:
    branch = await branched(draft)
    other = of_branch(draft, branch)
    before = draft.row(draft.stored, 0)
    answer = await other.done([draft.set(0, 3, None), draft.night(1, 3, "NIGHT")], 1)

    async def compare(first: str, second: str) -> dict[str, Any]:
        url = f"/schedules/{first}/compare/{second}"
        response = await draft.client.get(url, headers=draft.headers)
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found

    mine = str(draft.stored.schedule.id)
    assert (await compare(mine, mine))["same"] is True
    found = await compare(mine, branch["id"])
    assert found["same"] is False
    assert (found["before"]["revision"], found["after"]["revision"]) == (1, 2)
    person = draft.stored.stored.people[0]
    assert found["placements"] == [
        {
            "person_id": str(person.id),
            "person": person.key,
            "name": person.name,
            "period": "4",
            "start_date": draft.starts[3],
            "before": before[3],
            "after": None,
        }
    ]
    assert found["by_person"] == [{"name": person.name, "slots": 1}]
    assert found["by_rotation"] == [{"rotation_type": before[3], "gained": 0, "lost": 1}]
    [night] = found["assignments"]
    assert (night["person"], night["before"], night["after"]) == (
        draft.stored.stored.people[1].key,
        None,
        "NIGHT",
    )
    assert found["duty_hours"] == answer["duty_hours"]
    assert found["rules"] == answer["rules"]
    assert {one["name"] for one in found["terms"]}
    values = [one for one in found["terms"] if one["before"] != one["after"]]
    worth = sum(one["after"] - one["before"] for one in values)
    assert found["after"]["objective"] - found["before"]["objective"] == pytest.approx(worth)


async def test_a_comparison_says_what_somebody_answers_for(draft: Draft) -> None:
    branch = await branched(draft)
    other = of_branch(draft, branch)
    compared = f"{draft.url}/compare/{branch['id']}"

    async def call(method: str, url: str, body: Any = None) -> Any:
        response = await draft.client.request(method, url, json=body, headers=draft.headers)
        assert response.status_code < 300, response.text
        return response.json()

    found = (await call("GET", f"{draft.url}/findings"))["rules"]
    standing, mended = found[0], next(one for one in found if one["person_id"] is not None)
    await call("POST", f"{draft.url}/overrides", {"key": standing["key"], "reason": "As agreed."})
    told = await call("GET", compared)
    [answer] = told["answers"]
    assert (answer["key"], answer["before"]["reason"], answer["after"]) == (
        *(standing["key"], "As agreed.", None),
    )
    same = {"key": standing["key"], "reason": "As agreed."}
    await call("POST", f"/schedules/{branch['id']}/overrides", same)
    assert (await call("GET", compared))["answers"] == []

    # What only one of them has found carries the answer that was given there.
    await call("POST", f"{draft.url}/overrides", {"key": mended["key"], "reason": "For now."})
    row = [one.id for one in draft.stored.stored.people].index(UUID(mended["person_id"]))
    await other.done([draft.set(row, column, None) for column in range(len(draft.starts))], 1)
    gone = {one["key"]: one["override"] for one in (await call("GET", compared))["rules"]["gone"]}
    assert gone[mended["key"]]["reason"] == "For now."


async def test_schedules_of_different_programmes_are_not_compared(
    database: Database, draft: Draft, admin: User, as_user: AsUser
) -> None:
    stored = await store_drawn(database, admin, name="Another programme")
    url = f"{draft.url}/compare/{stored.schedule.id}"
    refused = await draft.client.get(url, headers=draft.headers)
    assert error_code(refused) == (404, "NOT_FOUND")
    refused = await draft.client.get(url, headers=as_user(admin))
    assert error_code(refused) == (400, "VALIDATION_ERROR")


async def test_the_csv_has_every_effective_half_day(database: Database, draft: Draft) -> None:
    await draft.done([draft.night(0, day, "NIGHT") for day in range(3, 6)], 1)
    async with database.unit_of_work() as session:
        person = await session.get_one(Person, draft.stored.stored.people[1].id)
        person.key = "=cmd|' /C calc'!A0"
    response = await draft.client.get(f"{draft.url}/export.csv", headers=draft.headers)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.headers["content-disposition"].startswith('attachment; filename="Draft.csv"')

    rows = list(csv.DictReader(io.StringIO(response.text)))
    assert response.text.splitlines()[0] == (
        "id,date,session,person,pgy,rotation_type,duty,start,end,source"
    )
    stored = await now(database, draft)
    expected = list(half_days(stored.program, stored.grid))
    assert len(rows) == len(expected) > 10_000
    ids = {(one.block.date, one.block.session): str(one.id) for one in stored.assignments}
    for row, one in zip(rows, expected, strict=True):
        assert row == {
            "id": ids[one.date, one.session] if one.source == "assignment" else "",
            "date": str(one.date),
            "session": one.session,
            "person": f"'{one.person}" if one.person.startswith("=") else one.person,
            "pgy": str(one.pgy),
            "rotation_type": one.rotation or "",
            "duty": one.duty or "",
            "start": one.start.isoformat() if one.start else "",
            "end": one.end.isoformat() if one.end else "",
            "source": one.source,
        }
    assert sum(row["id"] != "" for row in rows) == 3
    assert any(row["person"].startswith("'=cmd") for row in rows)


@SAME_ON_BOTH
async def test_the_csv_has_the_days_of_the_schedule(database: Database, draft: Draft) -> None:
    first, last = date(2026, 7, 10), date(2026, 7, 20)
    async with database.unit_of_work() as session:
        row = await session.get_one(Schedule, draft.stored.schedule.id)
        row.start_date, row.end_date, row.name = first, last, 'Jürgen "AY"\r\nX'
    response = await draft.client.get(f"{draft.url}/export.csv", headers=draft.headers)
    days = {row["date"] for row in csv.DictReader(io.StringIO(response.text))}
    assert days <= {str(first + timedelta(day)) for day in range((last - first).days + 1)}
    assert {str(first), str(last)} <= days
    header = response.headers["content-disposition"]
    assert 'filename="J-rgen--AY---X.csv"' in header
    assert "filename*=UTF-8''J%C3%BCrgen%20%22AY%22%0D%0AX.csv" in header


@SAME_ON_BOTH
async def test_the_workbook_is_the_coordinators_grid(draft: Draft) -> None:
    response = await draft.client.get(f"{draft.url}/export.xlsx", headers=draft.headers)
    assert response.status_code == 200
    assert response.headers["content-disposition"].startswith('attachment; filename="Draft.xlsx"')
    book = openpyxl.load_workbook(io.BytesIO(response.content))
    words = {str(cell.value) for row in book.worksheets[0].iter_rows() for cell in row}
    assert {one.name for one in draft.stored.stored.people} <= words
    codes = {code for code in draft.row(draft.stored, 0) if code}
    assert codes <= words


async def test_members_do_not_export_drafts(
    database: Database, draft: Draft, as_user: AsUser
) -> None:
    resident = await add_member(database, "resident", draft.stored.stored.row, Role.RESIDENT)
    for what in ("export.csv", "export.xlsx", "grid", "findings", "edits"):
        url = f"{draft.url}/{what}"
        response = await draft.client.get(url, headers=as_user(resident))
        assert error_code(response) == (403, "FORBIDDEN"), what
    assert (await held(database, draft.stored.schedule)).schedule.revision == 1
