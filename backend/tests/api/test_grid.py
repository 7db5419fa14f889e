"""The grid over HTTP: compact, compressed, known again, and only what has changed."""

import gzip
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.db.session import Database
from app.models import Rule
from app.scheduling.domain.duties import SESSIONS
from app.scheduling.timetable import half_days
from app.services.grids.encoded import EncodedAnswers, accepts_gzip
from tests.api.drafts import Draft, now
from tests.api.support import SAME_ON_BOTH, error_code

pytestmark = pytest.mark.anyio
Json = dict[str, Any]


async def get(draft: Draft, query: str = "", **headers: str) -> Json:
    response = await draft.client.get(
        f"{draft.url}/grid{query}", headers={**draft.headers, **headers}
    )
    assert response.status_code == 200, response.text
    answer: Json = response.json()
    return answer


def said(grid: Json) -> dict[tuple[str, int, int], tuple[str | None, str | None, str]]:
    """Return duty, rotation and source by person, day and session."""
    codes = [*grid["rotation_types"]["code"], None]
    duties = [*grid["duty_types"]["code"], None]
    palette = grid["palette"]
    found = {}
    for place, cell in enumerate(grid["cells"]):
        if cell >= 0:
            day, session = divmod(place, 3)
            person, day = divmod(day, grid["days"])
            found[grid["people"]["key"][person], day, session] = (
                duties[palette["duty_type"][cell]],
                codes[palette["rotation_type"][cell]],
                palette["source"][cell],
            )
    return found


async def test_periods(draft: Draft) -> None:
    grid = await get(draft)
    stored = draft.stored
    assert grid["people"]["id"] == draft.people
    assert grid["slots"]["start_date"] == draft.starts
    width = len(draft.starts)
    codes = grid["rotation_types"]["code"]
    for row in range(len(draft.people)):
        cells = grid["cells"][row * width : (row + 1) * width]
        assert [codes[one] if one >= 0 else None for one in cells] == draft.row(stored, row)
    assert grid["locked"] == []

    part = await get(
        draft, f"?from=2026-07-08&to=2026-07-20&people={draft.people[3]}&people={draft.people[1]}"
    )
    assert part["people"]["id"] == [draft.people[1], draft.people[3]]
    assert part["slots"]["start_date"] == ["2026-07-08", "2026-07-15"]
    assert part["cells"] == [grid["cells"][row * width + slot] for row in (1, 3) for slot in (1, 2)]


async def test_half_days_are_the_engines(database: Database, draft: Draft) -> None:
    await draft.done([draft.night(2, 3, "NIGHT"), draft.at("lock", 0, 1)], 1)
    night = {"op": "lock", "person_id": draft.people[2], "on": "2026-07-04", "session": "NIGHT"}
    await draft.done([night], 2)
    stored = await now(database, draft)
    start = stored.slots[0].start
    expected = {
        (one.person, (one.date - start).days, SESSIONS.index(one.session)): (
            one.duty,
            one.rotation,
            one.source,
        )
        for one in half_days(stored.program, stored.grid)
    }
    grid = await get(draft, "?view=half-days")
    assert said(grid) == expected
    assert len(grid["cells"]) == 60 * 365 * 3
    assert grid["locked"] == [(2 * 365 + 3) * 3 + 2]
    assert (await get(draft))["locked"] == [1]

    part = await get(
        draft, f"?view=half-days&from=2026-07-03&to=2026-07-05&people={draft.people[2]}"
    )
    assert (part["first"], part["days"]) == ("2026-07-03", 3)
    key = stored.stored.people[2].key
    assert said(part) == {
        (person, day - 2, session): what
        for (person, day, session), what in expected.items()
        if person == key and 2 <= day <= 4
    }


async def test_it_is_compressed_and_known_again(database: Database, draft: Draft) -> None:
    url = f"{draft.url}/grid?view=half-days"
    plain = await draft.client.get(url, headers={**draft.headers, "Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    async with draft.client.stream(
        "GET", url, headers={**draft.headers, "Accept-Encoding": "br, gzip;q=0.5"}
    ) as small:
        raw = b"".join([part async for part in small.aiter_raw()])
    assert small.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in small.headers["vary"]
    assert gzip.decompress(raw) == plain.content
    assert len(raw) * 5 < len(plain.content)

    etag = plain.headers["etag"]
    known = {**draft.headers, "If-None-Match": f'"other", {etag}'}
    again = await draft.client.get(url, headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == etag
    await draft.done([draft.set(0, 0, None)], 1)
    changed = await draft.client.get(url, headers=known)
    assert changed.status_code == 200
    assert changed.headers["etag"] != etag
    async with database.unit_of_work() as session:
        rule = await session.scalar(select(Rule).limit(1))
        assert rule is not None
        rule.name = "Renamed"
    other = await draft.client.get(url, headers=draft.headers)
    assert other.headers["etag"] != changed.headers["etag"]


async def test_only_what_has_changed(draft: Draft) -> None:
    before, days_before = await get(draft), await get(draft, "?view=half-days")
    state = before["state"]
    await draft.done([draft.set(4, 3, None), draft.at("lock", 5, 6)], 1)
    await draft.done([draft.night(7, 8, "NIGHT")], 2)
    after, days_after = await get(draft), await get(draft, "?view=half-days")

    changes = await get(draft, f"?since=1&state={state}")
    assert (changes["since"], changes["revision"]) == (1, 3)
    width = len(draft.starts)
    cells, locked = list(before["cells"]), set(before["locked"])
    columns = (changes["person"], changes["slot"], changes["cell"], changes["locked"])
    assert len(changes["person"]) == 2
    for person, slot, cell, held in zip(*columns, strict=True):
        cells[person * width + slot] = cell
        locked = locked | {person * width + slot} if held else locked - {person * width + slot}
    assert cells == after["cells"]
    assert sorted(locked) == after["locked"]

    changes = await get(draft, f"?view=half-days&since=1&state={state}")
    told = said(days_before)
    keys, codes = after["people"]["key"], [*after["rotation_types"]["code"], None]
    duties, palette = [*days_after["duty_types"]["code"], None], changes["palette"]
    columns = (changes["person"], changes["day"], changes["session"], changes["cell"])
    for person, day, session, cell in zip(*columns, strict=True):
        told.pop((keys[person], day, session), None)
        if cell >= 0:
            told[keys[person], day, session] = (
                duties[palette["duty_type"][cell]],
                codes[palette["rotation_type"][cell]],
                palette["source"][cell],
            )
    assert told == said(days_after)
    assert len(changes["person"]) < 100

    nothing = await get(draft, f"?since=3&state={state}")
    assert nothing["person"] == []
    part = await get(draft, f"?since=1&state={state}&people={draft.people[5]}&from=2026-08-12")
    assert (part["person"], part["slot"], part["locked"]) == ([0], [0], [True])


async def test_what_cannot_be_told_is_gone(database: Database, draft: Draft) -> None:
    state = (await get(draft))["state"]
    await draft.done([draft.set(4, 3, None)], 1)
    url = f"{draft.url}/grid?since="

    async def refused(query: str) -> tuple[int, str]:
        return error_code(await draft.client.get(url + query, headers=draft.headers))

    assert await refused("1&state=other") == (410, "GONE")
    assert await refused(f"7&state={state}") == (410, "GONE")
    assert await refused("1") == (422, "REQUEST_INVALID")
    async with database.unit_of_work() as session:
        schedule = await session.get_one(type(draft.stored.schedule), draft.stored.schedule.id)
        schedule.revision += 1
    assert await refused(f"1&state={state}") == (410, "GONE")


@SAME_ON_BOTH
async def test_days_outside_the_year_are_empty(draft: Draft) -> None:
    start = draft.stored.slots[0].start - timedelta(30)
    grid = await get(draft, f"?from={start}&to={start}")
    assert (grid["slots"]["start_date"], grid["cells"]) == ([], [])
    grid = await get(draft, f"?view=half-days&from={start}&to={start}")
    assert (grid["days"], grid["cells"]) == (0, [])


def test_kept_answers_take_bounded_memory() -> None:
    kept = EncodedAnswers(1)
    for number in range(30):
        kept.keep(number, bytes(100_000))
        kept.find(0)
    assert kept.bytes <= 1_000_000
    assert kept.find(0) is not None
    assert kept.find(29) is not None
    assert kept.find(5) is None
    kept.keep("huge", bytes(2_000_000))
    assert (kept.find("huge"), kept.bytes) == (None, 0)


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        ("", False),
        ("gzip", True),
        ("br;q=1.0, gzip; q=0.8, *;q=0.1", True),
        ("gzip;q=0", False),
        ("identity", False),
        ("*", True),
        ("GZIP", True),
    ],
)
def test_accept_encoding(header: str, accepted: bool) -> None:  # noqa: FBT001 - a case
    assert accepts_gzip(header) is accepted
