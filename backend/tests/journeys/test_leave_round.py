"""Journey 5: residents ask, a coordinator decides, a new schedule honours it."""

import time
from datetime import date

import pytest

from app.db.session import Database
from app.scheduling.api import solve
from app.scheduling.domain.params import SolveParams, Watch
from tests.api.leave_rounds import LeaveRound
from tests.api.support import Client, error_code
from tests.stored import held

pytestmark = pytest.mark.anyio


async def test_the_leave_round(client: Client, database: Database, leave_round: LeaveRound) -> None:
    headers = leave_round.headers
    avery, blake, chief = headers["avery"], headers["blake"], headers["chief"]

    asked = await client.post(
        "/leave", json={"period": 5, "kind": "parental", "note": "A birth."}, headers=avery
    )
    assert asked.status_code == 201, asked.text
    leave = asked.json()
    assert (leave["decision"], leave["note"], leave["period"]) == ("asked", "A birth.", 5)
    url = f"/leave/{leave['id']}"
    assert error_code(await client.get(url, headers=blake)) == (403, "FORBIDDEN")
    assert (await client.get("/leave", headers=blake)).json()["items"] == []
    assert error_code(await client.get("/leave", headers=headers["nurse"])) == (403, "FORBIDDEN")
    own = (await client.get("/leave", headers=avery)).json()["items"]
    assert [one["id"] for one in own] == [leave["id"]]
    decide = {"decision": "approved", "version": 1}
    assert error_code(await client.post(f"{url}/decision", json=decide, headers=avery)) == (
        403,
        "FORBIDDEN",
    )

    await leave_round.assign("avery", date.fromisoformat(leave["start_date"]))
    decided = await client.post(f"{url}/decision", json=decide, headers=chief)
    assert decided.status_code == 200, decided.text
    assert decided.json()["decision"] == "approved"
    [touched] = decided.json()["touches"]
    assert (touched["date"], touched["session"]) == (leave["start_date"], "AM")
    stale = await client.post(f"{url}/decision", json=decide, headers=chief)
    assert error_code(stale) == (409, "STALE")
    late = await client.post(f"{url}/withdraw", headers=avery)
    assert error_code(late) == (409, "CONFLICT")
    told = (await client.get("/notifications", headers=avery)).json()["items"]
    assert [one["kind"] for one in told] == ["leave"]
    assert "birth" not in str(told)

    wish = {"rank": 2, "rotations": ["ELEC"], "periods": [9]}
    first = await client.post("/requests", json=wish, headers=blake)
    assert first.status_code == 201, first.text
    twice = await client.post("/requests", json=wish, headers=blake)
    assert error_code(twice) == (409, "CONFLICT")
    there = f"/requests/{first.json()['id']}"
    refused = await client.post(
        f"{there}/decision", json={"decision": "refused", "reason": "Too many."}, headers=chief
    )
    assert refused.json()["decision_reason"] == "Too many."
    second = await client.post("/requests", json=wish, headers=blake)
    approved = await client.post(
        f"/requests/{second.json()['id']}/decision", json={"decision": "approved"}, headers=chief
    )
    assert approved.json()["decision"] == "approved"

    program = (await held(database, leave_round.schedule)).to_solve()
    people = {person.id: person for person in program.people}
    assert (people["avery"].leave[-1].period, people["avery"].leave[-1].kind) == (5, "parental")
    assert [one.rank for one in people["blake"].wishes] == [1, 2]
    result = solve(program, SolveParams(time_s=20, workers=2), Watch(clock=time.monotonic))
    assert result.grid is not None
    row = [person.id for person in program.people].index("avery")
    assert program.rotation_types[result.grid[row, 4]].leave


async def test_what_cannot_be_is_not_asked_for(client: Client, leave_round: LeaveRound) -> None:
    avery, chief = leave_round.headers["avery"], leave_round.headers["chief"]
    for url, body, expected in (
        ("/leave", {"period": 99}, (400, "VALIDATION_ERROR")),
        (
            "/leave",
            {"start_date": "2001-01-01", "end_date": "2001-01-02"},
            (400, "NO_ACADEMIC_YEAR"),
        ),
        ("/leave", {"start_date": "2026-08-02"}, (422, "REQUEST_INVALID")),
        ("/leave", {}, (422, "REQUEST_INVALID")),
        (
            "/requests",
            {"rotations": ["NONE"], "periods": [3], "rank": 9},
            (400, "VALIDATION_ERROR"),
        ),
        (
            "/requests",
            {"rotations": ["ELEC"], "periods": ["9-3"], "rank": 9},
            (422, "REQUEST_INVALID"),
        ),
    ):
        response = await client.post(url, json=body, headers=avery)
        assert error_code(response) == expected, (url, body)
    nobody = await client.post("/leave", json={"period": 3}, headers=chief)
    assert error_code(nobody) == (400, "VALIDATION_ERROR")
    wordless = await client.post("/leave", json={"period": 3}, headers=avery)
    url = f"/leave/{wordless.json()['id']}/decision"
    refusal = await client.post(url, json={"decision": "refused"}, headers=chief)
    assert error_code(refusal) == (422, "REQUEST_INVALID")
