"""Sixty-four writers of one schedule at once: nothing is lost, doubled or broken."""

import asyncio
from collections import Counter

import pytest
from sqlalchemy import func, select

from app.core.words import AssignmentStatus
from app.db.session import Database
from app.models import Assignment, Placement, ScheduleEdit
from app.repositories.cells import load_changes
from tests.api.drafts import Draft, make_draft, now
from tests.api.support import AsUser, Client

pytestmark = pytest.mark.anyio
WRITERS = 64
AGAIN = 503
PEOPLE = 8


@pytest.fixture
async def draft(client: Client, database: Database, as_user: AsUser) -> Draft:
    """Store the tiny example: what is judged is not what is tried here."""
    return await make_draft(client, database, as_user, "tiny")


async def persistently(draft: Draft, edits: list[dict[str, object]], **more: object) -> int:
    """Send edits again for as long as the service asks for it; it says so with Retry-After."""
    while True:
        response = await draft.post(edits, 1, **more)
        if response.status_code != AGAIN:
            return response.status_code
        assert "retry-after" in response.headers
        await asyncio.sleep(0.2)


async def check_log(database: Database, draft: Draft, edits: int) -> None:
    """Compare the schedule with its log: one entry per revision, each from what was before."""
    stored = await now(database, draft)
    assert stored.schedule.revision == 1 + edits
    async with database.reading() as session:
        log = await session.scalars(
            select(ScheduleEdit)
            .where(ScheduleEdit.schedule_id == stored.schedule.id)
            .order_by(ScheduleEdit.revision)
        )
        entries = log.all()
        cells = await session.execute(
            select(Placement.person_id, Placement.start_date)
            .group_by(Placement.person_id, Placement.start_date)
            .having(func.count() > 1)
        )
        assert cells.all() == []
        live = await session.execute(
            select(Assignment.person_id, Assignment.block_id)
            .where(Assignment.status != AssignmentStatus.CANCELLED)
            .group_by(Assignment.person_id, Assignment.block_id)
            .having(func.count() > 1)
        )
        assert live.all() == []
    assert [one.revision for one in entries] == list(range(2, edits + 2))
    held: dict[object, object] = {}
    for entry in entries:
        for one in load_changes(entry.cells or []):
            assert held.get(one.cell, one.before) == one.before
            held[one.cell] = one.after


async def test_one_wins_and_the_others_are_told(database: Database, draft: Draft) -> None:
    edits = [[draft.set(0, 0, None), draft.night(0, 9, "NIGHT")] for _ in range(WRITERS)]
    statuses = Counter(await asyncio.gather(*(persistently(draft, one) for one in edits)))
    assert statuses == {200: 1, 409: WRITERS - 1}
    await check_log(database, draft, 1)


async def test_nobody_loses_what_others_do_not_touch(database: Database, draft: Draft) -> None:
    own = [draft.set(n % PEOPLE, n // PEOPLE, None) for n in range(WRITERS)]
    statuses = Counter(
        await asyncio.gather(*(persistently(draft, [one], rebase=True) for one in own))
    )
    assert statuses == {200: WRITERS}
    await check_log(database, draft, WRITERS)
    stored = await now(database, draft)
    for person in range(PEOPLE):
        row = draft.row(stored, person)
        assert row[: WRITERS // PEOPLE] == [None] * (WRITERS // PEOPLE)
        assert None not in row[WRITERS // PEOPLE :]


async def test_one_half_day_is_given_once(database: Database, draft: Draft) -> None:
    wanted = [draft.night(0, 9, "NIGHT", note=str(n)) for n in range(WRITERS)]
    statuses = Counter(
        await asyncio.gather(*(persistently(draft, [one], rebase=True) for one in wanted))
    )
    assert statuses == {200: 1, 409: WRITERS - 1}
    await check_log(database, draft, 1)
    assert len((await now(database, draft)).assignments) == 1
