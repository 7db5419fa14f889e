"""Wishes: one of each rank, who may change them, who is told, and what a schedule grants."""

from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI

from app.scheduling.domain.problem import ABSENT
from tests.api.leave_rounds import LeaveRound
from tests.api.support import error_code
from tests.published import add_publication, fill
from tests.stored import held

pytestmark = pytest.mark.anyio
WISH = {"rank": 2, "rotations": ["ELEC"], "periods": [9]}
INVALID, CONFLICT = (400, "VALIDATION_ERROR"), (409, "CONFLICT")
APPROVE = {"decision": "approved"}
REFUSE = {"decision": "refused", "reason": "Too many."}


async def test_a_rank_is_taken_once(leave_round: LeaveRound) -> None:
    first = await leave_round.done("blake", "POST", "/requests", WISH)
    url = f"/requests/{first['id']}"
    await leave_round.done("chief", "POST", f"{url}/decision", REFUSE)
    second = await leave_round.done("blake", "POST", "/requests", WISH)
    third = await leave_round.done("blake", "POST", "/requests", WISH | {"rank": 3})
    there = f"/requests/{second['id']}"

    late = await leave_round.send("chief", "POST", f"{url}/decision", APPROVE)
    assert error_code(late) == CONFLICT
    taken = await leave_round.send("blake", "PATCH", f"/requests/{third['id']}", {"rank": 2})
    assert error_code(taken) == CONFLICT
    await leave_round.done("chief", "POST", f"{there}/decision", APPROVE)
    await leave_round.done("chief", "POST", f"{there}/withdraw")
    assert (await leave_round.done("chief", "POST", f"{url}/decision", APPROVE))["rank"] == 2
    assert error_code(await leave_round.send("chief", "POST", f"{there}/decision", APPROVE)) == (
        INVALID
    )


async def test_decisions_are_told(leave_round: LeaveRound) -> None:
    asked = await leave_round.done("blake", "POST", "/requests", WISH)
    url = f"/requests/{asked['id']}"
    await leave_round.done("chief", "POST", f"{url}/decision", REFUSE)
    assert await leave_round.told("blake") == ["Your wish of rank 2 is refused"]
    entered = WISH | {"person_id": str(leave_round.people["avery"])}
    await leave_round.done("chief", "POST", "/requests", entered)
    assert await leave_round.told("avery") == ["Your wish of rank 2 is approved"]


async def test_wishes_are_changed(leave_round: LeaveRound) -> None:
    asked = await leave_round.done("blake", "POST", "/requests", WISH)
    url = f"/requests/{asked['id']}"
    assert error_code(await leave_round.send("avery", "PATCH", url, {"rank": 4})) == (
        403,
        "FORBIDDEN",
    )
    own = await leave_round.done("blake", "PATCH", url, {"periods": ["3-4"], "note": "Please."})
    assert (own["periods"], own["rank"], own["note"]) == (["3-4"], 2, "Please.")
    assert error_code(await leave_round.send("blake", "PATCH", url, {"rotations": ["X"]})) == (
        INVALID
    )
    stale = await leave_round.send("blake", "PATCH", url, {"rank": 4, "version": 1})
    assert error_code(stale) == (409, "STALE")
    await leave_round.done("chief", "POST", f"{url}/decision", APPROVE)
    assert error_code(await leave_round.send("blake", "PATCH", url, {"rank": 4})) == CONFLICT
    assert error_code(await leave_round.send("chief", "PATCH", url, {"rotations": ["X"]})) == (
        INVALID
    )
    changed = await leave_round.done("chief", "PATCH", url, {"rotations": ["CLIN"]})
    assert (changed["decision"], changed["rotations"]) == ("approved", ["CLIN"])
    assert await leave_round.told("blake") == [
        "Your wish of rank 2 is changed",
        "Your wish of rank 2 is approved",
    ]
    await leave_round.done("chief", "POST", f"{url}/withdraw")
    assert error_code(await leave_round.send("chief", "PATCH", url, {"rank": 4})) == INVALID


async def test_what_a_schedule_grants(application: FastAPI, leave_round: LeaveRound) -> None:
    """By the file Avery wants VAC in period 7 and Blake in 6; both get period 6."""
    url = f"/schedules/{leave_round.schedule.id}/requests"
    stored = await held(leave_round.database, leave_round.schedule)
    codes = [one.code for one in stored.stored.rotation_types]
    grid = np.full_like(stored.grid, codes.index("WARD"))
    grid[:2, 5] = codes.index("VAC")
    avoid = {"rank": 2, "rotations": ["VAC"], "periods": ["1-3"], "avoid": True}
    avoid["person_id"] = str(leave_round.people["avery"])
    await leave_round.done("chief", "POST", "/requests", avoid)
    schedule = await fill(leave_round.database, leave_round.schedule, grid)
    assert error_code(await leave_round.send("avery", "GET", url)) == (404, "NOT_FOUND")

    draft = await leave_round.done("chief", "GET", url)
    assert (draft["published"], draft["revision"]) == (False, schedule.revision)
    assert _shown(draft)[:3] == [
        ("avery", 1, ["VAC"], [7], False),
        ("avery", 2, ["VAC"], ["1-3"], True),
        ("blake", 1, ["VAC"], [6], True),
    ]
    assert (draft["granted"], len(draft["requests"])) == (2, 8)

    await add_publication(leave_round.database, schedule, leave_round.users["chief"])
    await fill(leave_round.database, schedule, np.full_like(grid, ABSENT))
    for who, granted in (("avery", [False, True]), ("blake", [True])):
        told = await leave_round.done(who, "GET", url)
        assert {one["person"] for one in told["requests"]} == {who}
        assert [one["granted"] for one in told["requests"]] == granted
        assert (told["published"], told["granted"]) == (True, 1)
    assert error_code(await leave_round.send("nurse", "GET", url)) == (403, "FORBIDDEN")
    assert (await leave_round.done("chief", "GET", url))["granted"] == 0
    await application.state.access_log.flush()
    assert await leave_round.readings() == [("request", None, None)] * 2


def _shown(told: dict[str, Any]) -> list[tuple[Any, ...]]:
    names = ("person", "rank", "rotations", "periods", "granted")
    return [tuple(one[name] for name in names) for one in told["requests"]]


async def test_who_reads_others_wishes_is_noted(
    application: FastAPI, leave_round: LeaveRound
) -> None:
    blake = str(leave_round.people["blake"])
    asked = await leave_round.done("blake", "POST", "/requests", WISH)
    for who in ("blake", "chief"):
        for path in (f"/requests/{asked['id']}", "/requests"):
            await leave_round.done(who, "GET", path)
    await application.state.access_log.flush()

    assert await leave_round.readings() == [
        ("request", None, None),
        ("request", asked["id"], blake),
    ]
