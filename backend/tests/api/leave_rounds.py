"""A leave round over HTTP: who asks, who decides, and what they are told."""

from datetime import date
from typing import Any

import httpx2
from sqlalchemy import select

from app.core.access import Role
from app.db.session import Database
from app.models import Assignment, Block, Person, User
from app.repositories.schedule_store import StoredSchedule
from tests.api.support import AsUser, Client
from tests.rows import add_member, add_user
from tests.stored import example, held, store_draft

Json = dict[str, Any]


class LeaveRound:
    """The tiny programme: Avery and Blake are residents of it, and there is their coordinator."""

    def __init__(self, client: Client, database: Database, stored: StoredSchedule) -> None:
        self.client = client
        self.database = database
        self.program = stored.stored.row
        self.schedule = stored.schedule
        self.people = stored.stored.person_ids
        self.headers: dict[str, dict[str, str]] = {}
        self.users: dict[str, User] = {}

    async def send(
        self, who: str, method: str, url: str, body: Json | None = None, **headers: str
    ) -> httpx2.Response:
        keyed = self.headers[who] | headers
        return await self.client.request(method, url, json=body, headers=keyed)

    async def done(self, who: str, method: str, url: str, body: Json | None = None) -> Json:
        response = await self.send(who, method, url, body)
        assert response.status_code in {200, 201}, response.text
        shown: Json = response.json()
        return shown

    async def told(self, who: str) -> list[str]:
        """Return what somebody was told, newest first."""
        listed = await self.done(who, "GET", "/notifications")
        return [one["subject"] for one in listed["items"]]

    async def readings(self) -> list[tuple[str, str | None, str | None]]:
        """Return what was read of others, newest first: resource, its id, whose."""
        listed = await self.done("chief", "GET", "/access-log")
        return [(one["resource"], one["resource_id"], one["person_id"]) for one in listed["items"]]

    async def assign(self, who: str, day: date) -> None:
        """Give somebody a morning of the first rotation type in the draft."""
        stored = (await held(self.database, self.schedule)).stored
        async with self.database.unit_of_work() as session:
            blocks = select(Block).where(Block.date == day, Block.session == "AM")
            block = (await session.scalars(blocks)).one()
            session.add(
                Assignment(
                    program_id=self.program.id,
                    schedule_id=self.schedule.id,
                    person_id=self.people[who],
                    block_id=block.id,
                    rotation_type_id=stored.rotation_types[0].id,
                )
            )


async def make_leave_round(client: Client, database: Database, as_user: AsUser) -> LeaveRound:
    admin = await add_user(database, "root", admin=True)
    program, schedule = await store_draft(database, admin, example("tiny"))
    made = LeaveRound(client, database, await held(database, schedule))
    for name, role in (
        ("avery", Role.RESIDENT),
        ("blake", Role.RESIDENT),
        ("chief", Role.COORDINATOR),
        ("nurse", Role.VIEWER),
    ):
        made.users[name] = await add_member(database, name, program, role)
        made.headers[name] = as_user(made.users[name])
    for name in ("avery", "blake"):
        async with database.unit_of_work() as session:
            person = await session.get_one(Person, made.people[name])
            person.user_id = made.users[name].id
    return made
