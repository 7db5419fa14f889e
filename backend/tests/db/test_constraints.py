"""What the tables refuse, whoever writes."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import PrimaryKeyConstraint, Table, UniqueConstraint, func, select, text

from app.core.access import Role
from app.core.exceptions import ConflictError, StaleError
from app.core.words import AssignmentStatus
from app.db.base import Base, new_id
from app.db.insert import insert_missing
from app.db.session import Database
from app.models import Appointment, Assignment, Block, Leave, Placement, Program, Request
from app.repositories.program_store import ProgramStore
from tests.rows import START, add_cast, add_member, add_program

pytestmark = pytest.mark.anyio


def leading_columns(table: Table) -> set[str]:
    """Return the columns with which an index begins that holds every row."""
    whole = [one for one in table.indexes if one.dialect_options["sqlite"]["where"] is None]
    names = {next(iter(one.columns.keys())) for one in whole}
    for one in table.constraints:
        if isinstance(one, UniqueConstraint | PrimaryKeyConstraint):
            names.add(next(iter(one.columns.keys())))
    return names


def unindexed(tables: list[Table]) -> list[str]:
    return [
        f"{table.name}.{key.parent.name}"
        for table in tables
        for key in table.foreign_keys
        if key.parent.name not in leading_columns(table)
    ]


def test_every_foreign_key_leads_an_index() -> None:
    tables = list(Base.metadata.tables.values())

    assert sum(len(table.foreign_keys) for table in tables) > 15
    assert unindexed(tables) == []


def test_a_foreign_key_with_only_a_partial_index_is_found() -> None:
    table = Base.metadata.tables["assignments"]
    table = table.to_metadata(type(Base.metadata)())
    [index] = [one for one in table.indexes if one.name == "ix_assignments_schedule_id"]
    table.indexes.remove(index)

    assert unindexed([table]) == ["assignments.schedule_id"]


async def test_nobody_is_in_two_places_at_once(database: Database) -> None:
    cast = await add_cast(database, await add_program(database))
    async with database.unit_of_work() as session:
        session.add_all([cast.assignment(), cast.assignment(block=1), cast.assignment(person=1)])

    with pytest.raises(ConflictError):
        async with database.unit_of_work() as session:
            session.add(cast.assignment())


async def test_a_cancelled_assignment_frees_its_half_day(database: Database) -> None:
    cast = await add_cast(database, await add_program(database))
    first, second = cast.assignment(), cast.assignment()
    async with database.unit_of_work() as session:
        session.add(first)
    async with database.unit_of_work() as session:
        stored = await session.get_one(Assignment, first.id)
        stored.status = AssignmentStatus.CANCELLED
    async with database.unit_of_work() as session:
        session.add(second)

    with pytest.raises(ConflictError):
        async with database.unit_of_work() as session:
            stored = await session.get_one(Assignment, first.id)
            stored.status = AssignmentStatus.SCHEDULED


async def test_sixteen_who_want_one_half_day(database: Database) -> None:
    cast = await add_cast(database, await add_program(database))

    async def write() -> None:
        async with database.unit_of_work() as session:
            session.add(cast.assignment())

    outcomes = await asyncio.gather(*(write() for _ in range(16)), return_exceptions=True)

    assert outcomes.count(None) == 1
    assert sum(isinstance(one, ConflictError) for one in outcomes) == 15
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Assignment)) == 1


async def test_two_who_change_what_they_both_read(database: Database) -> None:
    """SQLite has one writer at a time, so that the second reads what the first has written."""
    program = await add_program(database)

    async def rename(name: str, both_have_read: asyncio.Barrier) -> None:
        async with database.unit_of_work() as session:
            stored = await session.get_one(Program, program.id)
            if database.engine.dialect.name == "postgresql":
                await both_have_read.wait()
            stored.name = name

    barrier = asyncio.Barrier(2)
    outcomes = await asyncio.gather(
        rename("A", barrier), rename("B", barrier), return_exceptions=True
    )

    stale = sum(isinstance(one, StaleError) for one in outcomes)
    assert stale == (1 if database.engine.dialect.name == "postgresql" else 0)
    async with database.reading() as session:
        assert (await session.get_one(Program, program.id)).version == 3 - stale


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE assignments SET status = 'canceled'",
        "UPDATE assignments SET source = 'rumour'",
        "UPDATE blocks SET session = 'NOON'",
        "UPDATE schedules SET end_date = '2000-01-01'",
        "UPDATE people SET kind = 'robot'",
        "INSERT INTO users SELECT * FROM users",
        "UPDATE users SET username = 'Capital'",
        "UPDATE users SET email = 'A@B'",
        "UPDATE memberships SET role = 'ADMIN'",
        "UPDATE appointments SET pgy = 0",
        "UPDATE appointments SET fte = 1.5",
        "UPDATE appointments SET end_date = '2000-01-01'",
        "UPDATE academic_years SET end_date = '2000-01-01'",
        "UPDATE leaves SET end_date = '2000-01-01'",
        "UPDATE leaves SET decision = 'maybe'",
        "UPDATE requests SET decision = 'maybe'",
        "UPDATE requests SET rank = 0",
        "UPDATE placements SET end_date = '2000-01-01'",
    ],
)
async def test_values_that_mean_nothing_are_refused(database: Database, statement: str) -> None:
    program = await add_program(database)
    cast = await add_cast(database, program)
    await add_member(database, "ann", program, Role.VIEWER)
    days = {"start_date": START, "end_date": START + timedelta(27)}
    person, owner = cast.people[0].id, {"program_id": program.id}
    async with database.unit_of_work() as session:
        session.add(cast.assignment())
        year = await ProgramStore(session).year_on(program.id, START)
        appointed = {"person_id": person, "academic_year_id": year.id}
        session.add(Appointment(pgy=1, **appointed, **days, **owner))
        session.add(Leave(person_id=person, **days, **owner))
        wish = {"rotations": ["MICU"], "periods": [1]}
        session.add(Request(**appointed, **wish, **owner))
        placed = {"schedule_id": cast.schedule.id, "rotation_type_id": cast.rotation.id}
        session.add(Placement(person_id=person, **placed, **days, **owner))

    with pytest.raises(Exception, match=r"CHECK|check|UNIQUE|contradicts"):
        async with database.unit_of_work() as session:
            await session.execute(text(statement))


async def test_what_stands_in_a_schedule_goes_with_it(database: Database) -> None:
    cast = await add_cast(database, await add_program(database))
    async with database.unit_of_work() as session:
        session.add(cast.assignment())

    async with database.unit_of_work() as session:
        await session.execute(text("DELETE FROM schedules"))

    async with database.reading() as session:
        assert (await session.scalars(select(Assignment))).all() == []


async def test_what_is_there_is_not_inserted_twice(database: Database) -> None:
    row = {"date": START, "session": "AM"}
    for _ in range(2):
        async with database.unit_of_work() as session:
            await insert_missing(session, Block, [{"id": new_id(), **row}])

    async with database.reading() as session:
        assert len((await session.scalars(select(Block))).all()) == 1
