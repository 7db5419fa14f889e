"""Leave: whose year it is judged in, who may change it, who is told, and who has read it."""

import asyncio
from datetime import date, timedelta
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import select, text

from app.db.session import Database
from app.models import Leave
from app.services.program_check import begin_edit
from tests.api.leave_rounds import LeaveRound
from tests.api.support import SAME_ON_BOTH, error_code

pytestmark = pytest.mark.anyio
AUGUST = {"start_date": "2026-08-03", "end_date": "2026-08-09"}
SEPTEMBER = {"start_date": "2026-09-07", "end_date": "2026-09-08"}
INVALID, CONFLICT = (400, "VALIDATION_ERROR"), (409, "CONFLICT")
_WAITING = text(
    "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database "
    "WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted"
)


async def test_leave_is_judged_by_its_own_year(leave_round: LeaveRound) -> None:
    new = {"calendar": {"start": "2027-07-01"}, "program_id": str(leave_round.program.id)}
    year = await leave_round.done("chief", "POST", "/academic-years", new)
    appointed = f"/people/{leave_round.people['avery']}/appointments/{year['id']}"
    await leave_round.done("chief", "PUT", appointed, {"pgy": 2})

    for days, first in (
        ({"start_date": "2027-08-02", "end_date": "2027-08-08"}, "2027-08-02"),
        ({"start_date": "2027-06-28", "end_date": "2027-07-04"}, "2027-06-28"),
        ({"period": 2, "academic_year_id": year["id"]}, "2027-07-29"),
    ):
        asked = await leave_round.done("avery", "POST", "/leave", days)
        url = f"/leave/{asked['id']}/decision"
        decided = await leave_round.done("chief", "POST", url, {"decision": "approved"})
        assert (decided["decision"], decided["start_date"]) == ("approved", first)


async def test_leave_by_a_coordinator_is_told(leave_round: LeaveRound) -> None:
    blake = str(leave_round.people["blake"])
    await leave_round.assign("blake", date(2026, 8, 9))
    await leave_round.assign("blake", date(2026, 8, 10))
    body = AUGUST | {"person_id": blake}
    assert error_code(await leave_round.send("avery", "POST", "/leave", body)) == (
        403,
        "FORBIDDEN",
    )

    entered = await leave_round.done("chief", "POST", "/leave", body)

    assert entered["decision"] == "approved"
    assert [one["date"] for one in entered["touches"]] == ["2026-08-09"]
    found = await leave_round.done("chief", "GET", "/leave?from=2026-08-09&to=2026-08-10")
    assert entered["id"] in [one["id"] for one in found["items"]]
    url = f"/leave/{entered['id']}"
    assert error_code(await leave_round.send("blake", "POST", f"{url}/withdraw")) == CONFLICT
    gone = await leave_round.done("chief", "POST", f"{url}/withdraw")
    assert gone["decision"] == "withdrawn"
    days = "from 2026-08-03 to 2026-08-09"
    assert await leave_round.told("blake") == [
        f"Your leave {days} is withdrawn",
        f"Your leave {days} is approved",
    ]
    for path, more in (("/decision", {"decision": "approved"}), ("/withdraw", None)):
        assert error_code(await leave_round.send("chief", "POST", url + path, more)) == INVALID
    assert error_code(await leave_round.send("chief", "PATCH", url, SEPTEMBER)) == INVALID


@SAME_ON_BOTH
async def test_what_one_does_oneself_is_not_told(leave_round: LeaveRound) -> None:
    await leave_round.assign("avery", date(2026, 8, 3))
    asked = await leave_round.done("avery", "POST", "/leave", AUGUST)
    assert asked["touches"] == []
    url = f"/leave/{asked['id']}"
    await leave_round.done("avery", "PATCH", url, {"note": "A wedding."})
    await leave_round.done("avery", "POST", f"{url}/withdraw")
    assert await leave_round.told("avery") == []


@SAME_ON_BOTH
@pytest.mark.parametrize(
    ("half", "days"),
    [("first", ("2026-10-21", "2026-11-03")), ("second", ("2026-11-04", "2026-11-17"))],
)
async def test_half_a_period_has_the_days_of_the_half(
    leave_round: LeaveRound, half: str, days: tuple[str, str]
) -> None:
    for day in (3, 4):
        await leave_round.assign("avery", date(2026, 11, day))
    body = {"period": 5, "half": half, "person_id": str(leave_round.people["avery"])}

    entered = await leave_round.done("chief", "POST", "/leave", body)

    assert (entered["start_date"], entered["end_date"]) == days
    [touched] = entered["touches"]
    assert touched["date"] in days
    assert await leave_round.told("avery") == [
        f"Your leave from {days[0]} to {days[1]} is approved"
    ]
    whole = await leave_round.done("chief", "PATCH", f"/leave/{entered['id']}", {"half": None})
    assert (whole["start_date"], whole["end_date"]) == ("2026-10-21", "2026-11-17")
    assert len(whole["touches"]) == 2


async def test_people_change_what_is_open(leave_round: LeaveRound) -> None:
    asked = await leave_round.done("avery", "POST", "/leave", AUGUST | {"note": "Sun."})
    url = f"/leave/{asked['id']}"
    assert error_code(await leave_round.send("blake", "PATCH", url, SEPTEMBER)) == (
        403,
        "FORBIDDEN",
    )

    moved = await leave_round.done("avery", "PATCH", url, SEPTEMBER | {"version": 1})
    assert {name: moved[name] for name in SEPTEMBER} == SEPTEMBER
    assert (moved["note"], moved["decision"], moved["touches"]) == ("Sun.", "asked", [])
    stale = await leave_round.send("avery", "PATCH", url, AUGUST, **{"If-Match": '"1"'})
    assert error_code(stale) == (409, "STALE")
    whole = await leave_round.done("avery", "PATCH", url, {"period": 5, "half": "second"})
    assert (whole["period"], whole["start_date"]) == (5, "2026-11-04")
    dated = await leave_round.done("avery", "PATCH", url, AUGUST)
    assert (dated["period"], dated["half"]) == (None, None)
    for wrong in (
        {"period": 99},
        {"half": "first"},
        {"period": 5, "start_date": "2026-08-03"},
        {"end_date": "2026-08-02"},
    ):
        assert error_code(await leave_round.send("avery", "PATCH", url, wrong)) == INVALID, wrong


async def test_approved_leave_is_changed_by_a_coordinator(leave_round: LeaveRound) -> None:
    await leave_round.assign("avery", date(2026, 9, 7))
    asked = await leave_round.done("avery", "POST", "/leave", AUGUST)
    url = f"/leave/{asked['id']}"
    await leave_round.done("chief", "POST", f"{url}/decision", {"decision": "approved"})
    assert error_code(await leave_round.send("avery", "PATCH", url, SEPTEMBER)) == CONFLICT

    changed = await leave_round.done("chief", "PATCH", url, SEPTEMBER)

    assert changed["decision"] == "approved"
    assert [one["date"] for one in changed["touches"]] == ["2026-09-07"]
    unchanged = await leave_round.done("chief", "PATCH", url, SEPTEMBER)
    assert unchanged["version"] == changed["version"]
    assert await leave_round.told("avery") == [
        "Your leave from 2026-09-07 to 2026-09-08 is changed",
        "Your leave from 2026-08-03 to 2026-08-09 is approved",
    ]


async def test_leave_by_period_moves_with_its_year(leave_round: LeaveRound) -> None:
    asked = await leave_round.done("avery", "POST", "/leave", {"period": 13, "half": "second"})
    [year] = (await leave_round.done("chief", "GET", "/academic-years"))["items"]
    calendar = {"start": "2026-07-01", "period": "month"}
    there = f"/academic-years/{year['id']}"

    gone = await leave_round.send("chief", "PATCH", there, {"calendar": calendar})
    assert error_code(gone) == INVALID
    assert gone.json()["error"]["details"] == {"leave_id": asked["id"]}
    calendar = {"start": "2026-07-01", "end": "2027-07-07"}
    await leave_round.done("chief", "PATCH", there, {"calendar": calendar})
    moved = await leave_round.done("avery", "GET", f"/leave/{asked['id']}")
    assert (moved["start_date"], moved["end_date"]) == ("2027-06-20", "2027-07-07")


async def test_who_reads_others_leave_is_noted(
    application: FastAPI, leave_round: LeaveRound
) -> None:
    avery = str(leave_round.people["avery"])
    asked = await leave_round.done("avery", "POST", "/leave", AUGUST)
    url = f"/leave/{asked['id']}"
    for who in ("avery", "chief"):
        for path in (url, "/leave", f"/leave?person_id={avery}"):
            await leave_round.done(who, "GET", path)
    await application.state.access_log.flush()

    assert await leave_round.readings() == [
        ("leave", None, avery),
        ("leave", None, None),
        ("leave", asked["id"], avery),
    ]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # it has many writers
async def test_an_edit_that_deletes_the_person_does_not_wait_for_each_other(
    leave_round: LeaveRound, database: Database
) -> None:
    """Decisions hold the programme before the row, as that edit does: or both would wait."""
    asked = await leave_round.done("avery", "POST", "/leave", AUGUST)
    url = f"/leave/{asked['id']}/decision"
    async with database.unit_of_work() as session:
        await begin_edit(session, leave_round.program.id)
        deciding = asyncio.create_task(
            leave_round.send("chief", "POST", url, {"decision": "approved"})
        )
        async with asyncio.timeout(20):
            while not await session.scalar(_WAITING):  # noqa: ASYNC110 - a lock is no event
                await asyncio.sleep(0.01)
        row = select(Leave).where(Leave.id == UUID(asked["id"])).with_for_update(nowait=True)
        leave = (await session.scalars(row)).one()
        leave.end_date = leave.start_date + timedelta(1)
    decided = await deciding
    assert (decided.status_code, decided.json()["end_date"]) == (200, "2026-08-04")
