"""Edits of a draft through HTTP."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from app.core.words import AssignmentStatus, Decision
from app.db.session import Database
from app.models import (
    Assignment,
    Leave,
    Placement,
    Schedule,
    ScheduleEdit,
)
from tests.api.drafts import Draft, add_member_of, now
from tests.api.support import AsUser, error_code

pytestmark = pytest.mark.anyio


async def test_set_answers_cells_findings_and_revision(database: Database, draft: Draft) -> None:
    before = draft.row(draft.stored, 0)
    code = next(one for one in ("MICU", "WARDS", *before) if one and one != before[3])
    edit = draft.set(0, 3, code)

    tried = await draft.done([edit], 1, dry_run=True)
    assert (tried["revision"], tried["edit_id"], tried["can_undo"]) == (1, None, None)
    assert draft.row(await now(database, draft), 0) == before

    answer = await draft.done([edit], 1)
    assert answer["revision"] == 2
    same = ("placements", "half_days", "duty_hours", "rules", "legal", "state")
    assert {key: answer[key] for key in same} == {key: tried[key] for key in same}
    assert answer["placements"] == [
        {
            "person_id": draft.people[0],
            "start_date": draft.starts[3],
            "rotation_type": code,
            "source": "manual",
            "locked": False,
        }
    ]
    days = {one["date"] for one in answer["half_days"]}
    assert days
    last = date.fromisoformat(draft.starts[4])
    assert all(draft.starts[3] <= day <= str(last) for day in days)
    stored = await now(database, draft)
    assert draft.row(stored, 0) == [*before[:3], code, *before[4:]]
    assert stored.schedule.revision == 2
    findings = await draft.client.get(f"{draft.url}/findings", headers=draft.headers)
    keys = {one["key"] for one in findings.json()["rules"]}
    assert {one["key"] for one in answer["rules"]["new"]} <= keys
    assert {one["origin"] for one in answer["rules"]["new"]} <= {"rules"}
    assert {one["origin"] for one in answer["duty_hours"]["new"]} <= {"duty_hours"}


async def test_move_push_and_swap(database: Database, draft: Draft) -> None:
    first, second = draft.row(draft.stored, 0), draft.row(draft.stored, 1)
    to = {"on": draft.starts[10]}

    await draft.done([draft.at("move", 0, 2, through=draft.starts[3], to=to)], 1)
    row = draft.row(await now(database, draft), 0)
    expected = list(first)
    expected[10:12] = first[2:4]
    expected[2:4] = [None, None]
    assert row == expected

    await draft.done([draft.at("push", 0, 10, through=draft.starts[11], to=draft.starts[5])], 2)
    pushed = [*row[:5], *row[10:12], *row[5:10], *row[12:]]
    assert draft.row(await now(database, draft), 0) == pushed
    await draft.done([draft.at("push", 0, 5, through=draft.starts[6], to=draft.starts[10])], 3)
    assert draft.row(await now(database, draft), 0) == row

    target = {"person_id": draft.people[1], "on": draft.starts[20]}
    await draft.done([draft.at("swap", 0, 20, through=draft.starts[22], to=target)], 4)
    stored = await now(database, draft)
    assert draft.row(stored, 0) == [*row[:20], *second[20:23], *row[23:]]
    assert draft.row(stored, 1) == [*second[:20], *row[20:23], *second[23:]]


async def test_half_days(database: Database, draft: Draft) -> None:
    edits = [draft.night(0, day, "NIGHT", note="cover") for day in (1, 2)]
    answer = await draft.done(edits, 1)
    assert [one["duty"] for one in answer["assignments"]] == ["NIGHT", "NIGHT"]
    said = {(one["date"], one["session"]): one for one in answer["half_days"]}
    assert said["2026-07-02", "NIGHT"]["source"] == "assignment"
    [one, two] = (await now(database, draft)).assignments
    assert (one.note, two.note) == ("cover", "cover")

    to = {"person_id": draft.people[1], "on": "2026-07-10"}
    move = {"op": "move", "person_id": draft.people[0], "on": "2026-07-02", "session": "NIGHT"}
    answer = await draft.done([{**move, "to": to}, draft.night(0, 2, None)], 2)
    assert len(answer["assignments"]) == 3
    [moved] = (await now(database, draft)).assignments
    assert (str(moved.person_id), str(moved.block.date)) == (draft.people[1], "2026-07-10")
    async with database.reading() as session:
        counted = await session.execute(
            select(Assignment.status, func.count()).group_by(Assignment.status)
        )
        assert {row[0]: row[1] for row in counted} == {
            AssignmentStatus.CANCELLED: 2,
            AssignmentStatus.SCHEDULED: 1,
        }


async def test_undo_and_redo(database: Database, draft: Draft) -> None:
    start = draft.row(draft.stored, 0)
    assert error_code(await draft.back("undo", 1)) == (409, "NOTHING_TO_UNDO")
    answer = await draft.done([draft.set(0, 0, None), draft.night(0, 9, "NIGHT")], 1)
    assert (answer["can_undo"], answer["can_redo"]) == (True, False)
    await draft.done([draft.set(0, 1, None)], 2)

    undone = (await draft.back("undo", 3)).json()
    assert (undone["revision"], undone["can_undo"], undone["can_redo"]) == (4, True, True)
    assert [one["start_date"] for one in undone["placements"]] == [draft.starts[1]]
    undone = (await draft.back("undo", 4)).json()
    assert (undone["can_undo"], undone["can_redo"]) == (False, True)
    stored = await now(database, draft)
    assert draft.row(stored, 0) == start
    assert stored.assignments == ()
    sources = {one.source for one in stored.placements}
    assert {str(one) for one in sources} == {"solver"}

    assert (await draft.back("redo", 5)).json()["revision"] == 6
    assert (await draft.back("redo", 6)).json()["can_redo"] is False
    assert error_code(await draft.back("redo", 7)) == (409, "NOTHING_TO_REDO")
    assert draft.row(await now(database, draft), 0) == [None, None, *start[2:]]

    await draft.back("undo", 7)
    await draft.done([draft.set(0, 5, None)], 8)
    assert error_code(await draft.back("redo", 9)) == (409, "NOTHING_TO_REDO")


async def test_what_others_changed_since_is_not_undone(
    database: Database, draft: Draft, as_user: AsUser
) -> None:
    await draft.done([draft.set(0, 0, None)], 1)
    other = await add_member_of(database, draft, "other")
    theirs = Draft(draft.client, as_user(other), draft.stored)
    assert error_code(await theirs.back("undo", 2)) == (409, "NOTHING_TO_UNDO")
    await theirs.done([draft.set(0, 0, "MICU")], 2)

    refused = await draft.back("undo", 3)
    assert error_code(refused) == (409, "CHANGED_SINCE")
    assert refused.json()["error"]["details"]["cells"] == [
        {"person_id": draft.people[0], "start_date": draft.starts[0]}
    ]


async def test_a_stale_edit_is_told_what_changed(database: Database, draft: Draft) -> None:
    await draft.done([draft.set(0, 0, None)], 1)
    for more in ({}, {"dry_run": True}, {"rebase": True}):
        refused = await draft.post([draft.set(0, 0, "MICU")], 1, **more)
        assert error_code(refused) == (409, "STALE")
        details = refused.json()["error"]["details"]
        assert (details["revision"], details["complete"]) == (2, True)
        [change] = details["items"]
        assert change["by"]["username"] == "chief"
        assert change["placements"][0]["rotation_type"] is None
    assert draft.row(await now(database, draft), 0)[0] is None

    assert (await draft.done([draft.set(0, 1, None)], 1, rebase=True))["revision"] == 3
    log = await draft.client.get(f"{draft.url}/edits?since=1", headers=draft.headers)
    assert [one["revision"] for one in log.json()["items"]] == [2, 3]
    assert log.json()["complete"] is True
    assert error_code(await draft.post([draft.set(0, 1, None)], 9)) == (409, "STALE")


async def test_a_revision_without_a_log_cannot_be_rebased_over(
    database: Database, draft: Draft
) -> None:
    async with database.unit_of_work() as session:
        (await session.get_one(Schedule, draft.stored.schedule.id)).revision += 1
    refused = await draft.post([draft.set(0, 0, "MICU")], 1, rebase=True)
    assert error_code(refused) == (409, "STALE")
    assert refused.json()["error"]["details"]["complete"] is False


async def test_locked_cells_refuse(database: Database, draft: Draft) -> None:
    await draft.done([draft.at("lock", 0, 0), draft.night(0, 9, "NIGHT")], 1)
    night = {"op": "lock", "person_id": draft.people[0], "on": "2026-07-10", "session": "NIGHT"}
    await draft.done([night], 2)
    swap = {"on": draft.starts[0]}
    refusals = [
        draft.set(0, 0, None),
        draft.at("move", 0, 0, to={"on": draft.starts[5]}),
        draft.at("push", 0, 0, to=draft.starts[5]),
        draft.at("swap", 0, 5, to=swap),
        draft.night(0, 9, None),
    ]
    for edit in refusals:
        refused = await draft.post([draft.set(1, 0, None), edit], 3)
        assert error_code(refused) == (409, "LOCKED"), edit
        assert refused.json()["error"]["details"]["edit"] == 2
    stored = await now(database, draft)
    assert stored.schedule.revision == 3
    assert draft.row(stored, 1) == draft.row(draft.stored, 1)

    answer = await draft.done([draft.at("unlock", 0, 0), draft.set(0, 0, None)], 3)
    assert answer["revision"] == 4


async def test_what_changes_nothing_makes_no_revision(database: Database, draft: Draft) -> None:
    code = draft.row(draft.stored, 0)[0]
    answer = await draft.done([draft.set(0, 0, code)], 1)
    assert (answer["revision"], answer["placements"], answer["edit_id"]) == (1, [], None)
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(ScheduleEdit)) == 0


async def test_what_cannot_be_is_refused(database: Database, draft: Draft) -> None:
    last = len(draft.starts) - 1
    refusals = {
        "no rotation type 'NOPE'": draft.set(0, 0, "NOPE"),
        "no duty type 'NOPE'": draft.night(0, 1, "NOPE"),
        "has no night": draft.night(0, 1, "CLINIC"),
        "no appointment": {**draft.set(0, 0, None), "person_id": str(draft.stored.schedule.id)},
        "is not in 2026-07-01": {**draft.set(0, 0, None), "on": "2030-01-01"},
        "beyond the academic year": draft.at(
            "move", 0, 0, through=draft.starts[1], to={"on": draft.starts[last]}
        ),
        "overlaps": draft.at("swap", 0, 0, through=draft.starts[2], to={"on": draft.starts[1]}),
    }
    for words, edit in refusals.items():
        refused = await draft.post([edit], 1)
        assert error_code(refused) == (400, "VALIDATION_ERROR"), refused.text
        assert words in refused.json()["error"]["message"]
    malformed = [
        draft.set(0, 0, "MICU", duty="NIGHT"),
        draft.at("push", 0, 0, session="AM", to=draft.starts[1]),
        {"op": "dance"},
        {**draft.set(0, 5, None), "through": draft.starts[1]},
    ]
    for edit in malformed:
        assert error_code(await draft.post([edit], 1)) == (422, "REQUEST_INVALID"), edit
    assert (await now(database, draft)).schedule.revision == 1


async def test_nobody_is_assigned_on_approved_leave(database: Database, draft: Draft) -> None:
    schedule = draft.stored.schedule
    day = schedule.start_date + timedelta(40)
    leave = Leave(
        program_id=schedule.program_id,
        person_id=draft.stored.stored.people[0].id,
        start_date=day,
        end_date=day,
        decision=Decision.APPROVED,
    )
    async with database.unit_of_work() as session:
        session.add(leave)
    refused = await draft.post([draft.night(0, 40, "NIGHT")], 1)
    assert error_code(refused) == (400, "ON_LEAVE")
    assert (await draft.post([draft.night(1, 40, "NIGHT")], 1)).status_code == 200


async def test_placements_know_their_last_day(database: Database, draft: Draft) -> None:
    await draft.done([draft.set(0, 51, None)], 1)
    await draft.done([draft.set(0, 51, "MICU")], 2)
    async with database.reading() as session:
        placed = await session.scalar(
            select(Placement).where(
                Placement.person_id == draft.stored.stored.people[0].id,
                Placement.start_date == draft.stored.slots[51].start,
            )
        )
        assert placed is not None
        assert placed.end_date == draft.stored.slots[51].end - timedelta(1)
