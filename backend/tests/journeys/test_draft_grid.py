"""Journey 4: two coordinators work on the grid of a draft, over HTTP alone."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import pytest

from app.core.access import Role
from app.db.session import Database
from app.models import User
from app.scheduling.api import solve
from app.scheduling.domain.params import SolveParams, Watch
from tests.api.support import AsUser, Client, error_code
from tests.rows import add_user
from tests.stored import EXAMPLES, example

pytestmark = pytest.mark.anyio
Json = dict[str, Any]


class Coordinator:
    """Somebody at a screen: what they see of a draft, and what they do."""

    def __init__(self, client: Client, headers: dict[str, str]) -> None:
        self.client = client
        self.headers = headers
        self.url = ""
        self.seen: Json = {}

    async def open(self, schedule_id: str) -> None:
        self.url = f"/schedules/{schedule_id}"
        self.seen = await self.get("grid")

    async def get(self, what: str) -> Json:
        response = await self.client.get(f"{self.url}/{what}", headers=self.headers)
        assert response.status_code == 200, response.text
        found: Json = response.json()
        return found

    async def send(self, what: str, body: Json, status: int = 200) -> Json:
        response = await self.client.post(f"{self.url}/{what}", json=body, headers=self.headers)
        assert response.status_code == status, response.text
        answer: Json = response.json()
        return answer

    async def edit(self, *edits: Json, status: int = 200, **more: object) -> Json:
        body = {"revision": self.seen["revision"], "edits": list(edits), **more}
        answer = await self.send("edits", body, status)
        if status == 200 and "dry_run" not in more:
            await self.refresh()
        return answer

    async def back(self, which: str) -> Json:
        answer = await self.send(which, {"revision": self.seen["revision"]})
        await self.refresh()
        return answer

    async def refresh(self) -> None:
        """Load only what has changed, as a screen does; it comes to the same as all."""
        state, revision = self.seen["state"], self.seen["revision"]
        changes = await self.get(f"grid?since={revision}&state={state}")
        width = len(self.seen["slots"]["period"])
        locked = set(self.seen["locked"])
        columns = (changes[name] for name in ("person", "slot", "cell", "locked"))
        for person, slot, cell, held in zip(*columns, strict=True):
            place = person * width + slot
            self.seen["cells"][place] = cell
            locked = locked | {place} if held else locked - {place}
        self.seen |= {"locked": sorted(locked), "revision": changes["revision"]}
        assert self.seen == await self.get("grid")

    def row(self, person: str) -> list[str | None]:
        """Return somebody's year as it is seen."""
        row = self.seen["people"]["key"].index(person)
        width, codes = len(self.seen["slots"]["period"]), self.seen["rotation_types"]["code"]
        cells = self.seen["cells"][row * width : (row + 1) * width]
        return [None if cell < 0 else codes[cell] for cell in cells]

    def at(self, op: str, person: str, period: int, **more: object) -> Json:
        return {"op": op, "person_id": self.id(person), "on": self.day(period), **more}

    def id(self, person: str) -> str:
        people = self.seen["people"]
        found: str = people["id"][people["key"].index(person)]
        return found

    def day(self, period: int) -> str:
        found: str = self.seen["slots"]["start_date"][period - 1]
        return found


@pytest.fixture
async def coordinators(
    client: Client, database: Database, admin: User, as_user: AsUser
) -> list[Coordinator]:
    """Bring a programme in, with two coordinators who have the same draft open."""
    office = as_user(admin)
    file = (EXAMPLES / "tiny" / "programme.yaml").read_bytes()
    made = await client.post(
        "/programs/import", files={"programme": ("tiny.yaml", file)}, headers=office
    )
    assert made.status_code == 201, made.text
    program = made.json()["program"]["id"]
    people = []
    for name in ("chief", "colleague"):
        user = await add_user(database, name)
        url = f"/users/{user.id}/memberships/{program}"
        given = await client.put(url, json={"role": Role.COORDINATOR}, headers=office)
        assert given.status_code == 200, given.text
        people.append(Coordinator(client, as_user(user)))
    new = {"name": "AY 2026", "start_date": "2026-07-01", "end_date": "2027-06-30"}
    schedule = await client.post("/schedules", json=new, headers=people[0].headers)
    assert schedule.status_code == 201, schedule.text
    for one in people:
        await one.open(schedule.json()["id"])
    return people


@pytest.fixture
def chief(coordinators: list[Coordinator]) -> Coordinator:
    return coordinators[0]


@pytest.fixture
def colleague(coordinators: list[Coordinator]) -> Coordinator:
    return coordinators[1]


def filled(chief: Coordinator) -> Iterator[Json]:
    """Yield the edits that write down a year that keeps all rules."""
    program = example("tiny")
    watch = Watch(clock=lambda: 0.0, stop=lambda: False, progress=lambda _: None)
    found = solve(program, SolveParams(time_s=60.0, workers=1, deterministic=True), watch)
    assert found.grid is not None
    for person, row in zip(program.people, found.grid.tolist(), strict=True):
        place = 1
        for value, run in groupby(row):
            length = len(list(run))
            through = chief.day(place + length - 1)
            code = program.rotation_types[value].code
            yield chief.at("set", person.id, place, through=through, rotation_type=code)
            place += length


async def test_a_draft_is_worked_on(chief: Coordinator, colleague: Coordinator) -> None:
    await chief.edit(*filled(chief))
    await colleague.refresh()
    assert None not in colleague.row("avery")
    findings = await chief.get("findings")
    assert (findings["revision"], findings["rule_counts"]["errors"]) == (2, 0)
    assert findings["duty_hours"] is not None

    # A drag is judged while it moves, and nothing is written.
    before = chief.row("gray")
    empty = chief.at("set", "gray", 3, rotation_type=None)
    tried = await chief.edit(empty, dry_run=True)
    assert tried["legal"] is False
    assert any("has no rotation" in one["message"] for one in tried["rules"]["new"])
    assert (await chief.get("grid"))["revision"] == 2

    # Set, move, push and swap; the screen follows by what has changed.
    await chief.edit(empty)
    await chief.edit(chief.at("move", "gray", 4, to={"on": chief.day(3)}))
    assert chief.row("gray")[2:4] == [before[3], None]
    await chief.edit(chief.at("push", "gray", 4, to=chief.day(13)))
    assert chief.row("gray") == [*before[:2], before[3], *before[4:], None]
    there = {"person_id": chief.id("harper"), "on": chief.day(13)}
    harper = chief.row("harper")
    await chief.edit(chief.at("swap", "gray", 13, to=there))
    assert (chief.row("gray")[-1], chief.row("harper")[-1]) == (harper[-1], None)

    # All of it is taken back, and the last two done again.
    for left in (3, 2, 1, 0):
        undone = await chief.back("undo")
        assert undone["can_undo"] is True, left
    assert chief.row("gray") == before
    assert chief.row("harper") == harper
    await chief.back("redo")
    assert (await chief.back("redo"))["can_redo"] is True
    assert chief.row("gray")[2:4] == [before[3], None]
    for _ in range(2):
        await chief.back("undo")

    # A locked cell stays as it is, until it is unlocked.
    await chief.edit(chief.at("lock", "gray", 3))
    refused = await chief.edit(empty, status=409)
    assert refused["error"]["code"] == "LOCKED"
    assert "Gray Garcia from 2026-08-26" in refused["error"]["message"]

    # The colleague has not looked since: told what changed, by whom; a cell that nobody has touched
    # can be edited all the same.
    stale = await colleague.edit(
        colleague.at("set", "gray", 3, rotation_type="WARD"), status=409, rebase=True
    )
    assert stale["error"]["code"] == "STALE"
    told = stale["error"]["details"]
    assert {one["by"]["username"] for one in told["items"]} == {"chief"}
    assert told["items"][-1]["placements"][0]["locked"] is True
    other = colleague.at("set", "devon", 1, rotation_type="ELEC")
    assert (await colleague.edit(other, status=409))["error"]["code"] == "STALE"
    await colleague.edit(other, rebase=True)
    assert colleague.row("devon")[0] == "ELEC"
    await chief.refresh()
    assert chief.row("devon")[0] == "ELEC"
    refused_undo = await chief.client.post(
        f"{colleague.url}/undo", json={"revision": 1}, headers=colleague.headers
    )
    assert error_code(refused_undo) == (409, "STALE")


async def test_two_drafts_are_weighed(chief: Coordinator) -> None:
    await chief.edit(*filled(chief))
    branch = await chief.send("branch", {"name": "What if"}, 201)
    what_if = Coordinator(chief.client, chief.headers)
    await what_if.open(branch["id"])
    assert what_if.seen["cells"] == chief.seen["cells"]
    night = {"session": "NIGHT", "duty": "CALL"}
    answer = await what_if.edit(
        what_if.at("set", "avery", 2, rotation_type=None),
        what_if.at("set", "blake", 2, through="2026-07-31", **night),
    )
    assert [one["duty"] for one in answer["assignments"]] == ["CALL"] * 3
    assert answer["duty_hours"]["new"]

    found = await chief.get(f"compare/{branch['id']}")
    [cell] = found["placements"]
    assert (cell["person"], cell["period"], cell["after"]) == ("avery", "2", None)
    assert len(found["assignments"]) == 3
    assert found["rules"] == answer["rules"]
    assert found["duty_hours"] == answer["duty_hours"]

    for suffix in ("csv", "xlsx"):
        url = f"{what_if.url}/export.{suffix}"
        file = await chief.client.get(url, headers=chief.headers)
        assert file.status_code == 200
        assert f'filename="What-if.{suffix}"' in file.headers["content-disposition"]
    days = await what_if.get("grid?view=half-days&from=2026-07-29&to=2026-07-31")
    assert len(days["cells"]) == 8 * 3 * 3
