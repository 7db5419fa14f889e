"""A draft with a grid drawn by lot, and what edits it over HTTP."""

from datetime import date, timedelta
from typing import Any

import httpx2

from app.core.access import Role
from app.db.session import Database
from app.models import Membership, User
from app.repositories.schedule_store import StoredSchedule
from tests.api.support import AsUser, Client
from tests.rows import add_user
from tests.stored import held, store_drawn

Edit = dict[str, Any]


class Draft:
    """A draft, and what edits it over HTTP."""

    def __init__(self, client: Client, headers: dict[str, str], stored: StoredSchedule) -> None:
        self.client = client
        self.headers = headers
        self.stored = stored
        self.url = f"/schedules/{stored.schedule.id}"
        self.people = [str(one.id) for one in stored.stored.people]
        self.starts = [str(slot.start) for slot in stored.slots]

    async def post(self, edits: list[Edit], revision: int, **more: object) -> httpx2.Response:
        body = {"revision": revision, "edits": edits, **more}
        return await self.client.post(f"{self.url}/edits", json=body, headers=self.headers)

    async def done(self, edits: list[Edit], revision: int, **more: object) -> dict[str, Any]:
        response = await self.post(edits, revision, **more)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    async def back(self, which: str, revision: int) -> httpx2.Response:
        body = {"revision": revision}
        return await self.client.post(f"{self.url}/{which}", json=body, headers=self.headers)

    def set(self, person: int, slot: int, code: str | None, **more: object) -> Edit:
        return self.at("set", person, slot, rotation_type=code, **more)

    def at(self, op: str, person: int, slot: int, **more: object) -> Edit:
        place = {"person_id": self.people[person], "on": self.starts[slot]}
        return {"op": op, **place, **more}

    def night(self, person: int, day: int, duty: str | None, **more: object) -> Edit:
        on = date.fromisoformat(self.starts[0]) + timedelta(day)
        place = {"person_id": self.people[person], "on": str(on), "session": "NIGHT"}
        return {"op": "set", **place, "duty": duty, **more}

    def row(self, stored: StoredSchedule, person: int) -> list[str | None]:
        kinds = stored.stored.program.rotation_types
        return [None if cell < 0 else kinds[cell].code for cell in stored.grid[person].tolist()]


async def make_draft(
    client: Client, database: Database, as_user: AsUser, source: str = "im-4plus1"
) -> Draft:
    user = await add_user(database, "chief")
    stored = await store_drawn(database, user, source)
    await join(database, stored, user)
    return Draft(client, as_user(user), stored)


async def join(database: Database, stored: StoredSchedule, user: User) -> None:
    """Make somebody a coordinator of the draft's programme."""
    program_id = stored.schedule.program_id
    async with database.unit_of_work() as session:
        session.add(Membership(user_id=user.id, program_id=program_id, role=Role.COORDINATOR))


async def now(database: Database, draft: Draft) -> StoredSchedule:
    return await held(database, draft.stored.schedule)


async def add_member_of(database: Database, draft: Draft, name: str) -> User:
    user = await add_user(database, name)
    await join(database, draft.stored, user)
    return user
