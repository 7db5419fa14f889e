"""An edit of a draft that is sent again has one effect, and the answer of the first time."""

import asyncio
from typing import Any

import httpx2
import pytest
from sqlalchemy import func, select

from app.db.session import Database
from app.models import IdempotencyKey, ScheduleEdit
from tests.api.drafts import Draft, make_draft, now
from tests.api.support import AsUser, Client, error_code

pytestmark = pytest.mark.anyio
REUSED = (409, "IDEMPOTENCY_KEY_REUSED")


@pytest.fixture
async def draft(client: Client, database: Database, as_user: AsUser) -> Draft:
    """Store the tiny example: what is judged is not what is tried here."""
    return await make_draft(client, database, as_user, "tiny")


async def keyed(draft: Draft, what: str, body: dict[str, Any], key: str = "k") -> httpx2.Response:
    url = what if what.startswith("/") else f"{draft.url}/{what}"
    headers = {**draft.headers, "Idempotency-Key": key}
    return await draft.client.post(url, json=body, headers=headers)


async def revision(database: Database, draft: Draft) -> int:
    return (await now(database, draft)).schedule.revision


def set_first(draft: Draft, code: str | None = None, **more: object) -> dict[str, Any]:
    return {"revision": 1, "edits": [draft.set(0, 0, code)], **more}


async def test_an_edit_is_answered_again(database: Database, draft: Draft) -> None:
    first = await keyed(draft, "edits", set_first(draft))
    again = await keyed(draft, "edits", set_first(draft))

    assert (first.status_code, again.status_code) == (200, 200)
    assert again.content == first.content
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert await revision(database, draft) == first.json()["revision"] == 2
    # It is the answer that the same edit gets without a key.
    tried = {
        key: value for key, value in first.json().items() if key not in {"edit_id", "revision"}
    }
    undone = await draft.back("undo", 2)
    assert undone.status_code == 200
    plain = await draft.done([draft.set(0, 0, None)], 3)
    assert {key: plain[key] for key in tried if key != "can_undo"} == {
        key: value for key, value in tried.items() if key != "can_undo"
    }
    assert error_code(await keyed(draft, "edits", set_first(draft, "ELEC"))) == REUSED


async def test_undo_and_redo_are_answered_again(database: Database, draft: Draft) -> None:
    for number in range(3):
        await draft.done([draft.set(0, number, None)], 1 + number)
    for what, expected in (("undo", 5), ("redo", 6)):
        answers = [await keyed(draft, what, {}, what) for _ in range(3)]
        assert {one.status_code for one in answers} == {200}
        assert len({one.content for one in answers}) == 1
        assert await revision(database, draft) == answers[0].json()["revision"] == expected
    assert (await keyed(draft, "undo", {}, "another")).json()["revision"] == 7


@pytest.mark.parametrize("what", ["undo", "redo"])
async def test_undoing_says_what_was_seen(database: Database, draft: Draft, what: str) -> None:
    await draft.done([draft.set(0, 0, None)], 1)
    refused = await draft.client.post(f"{draft.url}/{what}", json={}, headers=draft.headers)

    assert error_code(refused) == (400, "REVISION_REQUIRED")
    assert await revision(database, draft) == 2
    assert error_code(await draft.back(what, 1)) == (409, "STALE")


async def test_many_at_once_are_one_edit(database: Database, draft: Draft) -> None:
    async def send() -> httpx2.Response:
        return await keyed(draft, "edits", set_first(draft))

    answers = await asyncio.gather(*(send() for _ in range(6)))

    assert {one.status_code for one in answers} == {200}
    assert len({one.content for one in answers}) == 1
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(ScheduleEdit)) == 1


async def test_what_is_refused_or_only_tried_leaves_the_key_free(
    database: Database, draft: Draft
) -> None:
    stale = set_first(draft) | {"revision": 7}
    assert error_code(await keyed(draft, "edits", stale)) == (409, "STALE")
    tried = await keyed(draft, "edits", set_first(draft, dry_run=True))
    assert tried.status_code == 200
    async with database.reading() as session:
        assert (await session.scalars(select(IdempotencyKey))).all() == []

    assert (await keyed(draft, "edits", set_first(draft))).status_code == 200


async def test_an_answer_that_cannot_be_kept_undoes_the_edit(
    database: Database, draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is in the transaction of the effect: neither is without the other."""

    def broken(*_: object) -> None:
        raise OSError("no answer can be kept")

    with monkeypatch.context() as patch:
        patch.setattr("app.services.idempotency_service.keep_answer", broken)
        failed = await keyed(draft, "edits", set_first(draft))
    assert failed.status_code == 500
    assert await revision(database, draft) == 1

    done = await keyed(draft, "edits", set_first(draft))
    assert (done.status_code, done.json()["revision"]) == (200, 2)


async def test_an_assignment_is_made_once(database: Database, draft: Draft) -> None:
    night = draft.night(0, 9, "NIGHT")
    new = {
        "schedule_id": str(draft.stored.schedule.id),
        "person_id": draft.people[0],
        "date": night["on"],
        "session": "NIGHT",
        "rotation_type": "NF",
        "duty": "NIGHT",
        "override": {"reason": "It is only about keys."},
    }
    first = await keyed(draft, "/assignments", new)
    again = await keyed(draft, "/assignments", new)

    assert (first.status_code, again.status_code) == (201, 201), first.text
    assert again.content == first.content
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["idempotency-replayed"] == "true"
    assert await revision(database, draft) == 2
    assert error_code(await keyed(draft, "/assignments", new | {"note": "x"})) == REUSED
