from collections import Counter

import pytest
from sqlalchemy import select

from app.db.session import Database
from app.models import Assignment, Person, Placement, Program
from benchmarks.many_programmes import PEOPLE, multiply
from tests.rows import add_user
from tests.stored import store_drawn

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_copies_have_rows_of_their_own(database: Database, database_url: str) -> None:
    stored = await store_drawn(database, await add_user(database, "a"))
    program_id = stored.schedule.program_id

    await multiply(database_url.replace("+asyncpg", ""), program_id, 3, 1, lambda _: None)

    async with database.reading() as session:
        copies = set(await session.scalars(select(Program.id))) - {program_id}
        people = Counter(await session.scalars(select(Person.program_id)))
        placed = select(Placement.program_id).join(Person, Placement.person_id == Person.id)
        own = placed.where(Person.program_id == Placement.program_id)
        placements = Counter(await session.scalars(own))
        busy = set(await session.scalars(select(Assignment.program_id).distinct()))
    assert len(copies) == 2
    assert {people[one] for one in copies} == {PEOPLE}
    assert {placements[one] for one in copies} == {PEOPLE * 13}
    assert len(busy & copies) == 1
