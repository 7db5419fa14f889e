"""What is permanent stays so, on both databases and after whatever migration."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, Text, text
from sqlalchemy.exc import DBAPIError

from app.core.access import Role
from app.core.exceptions import ConflictError
from app.db.base import Base
from app.db.engine import make_engine
from app.db.migrations import run, upgrade
from app.db.session import Database
from app.db.triggers import PERMANENT, names
from app.models import Publication
from app.models.owned import Permanent
from tests.published import add_publication, appoint
from tests.rows import add_member, add_program, add_schedule

Result = TypeVar("Result")
TRIGGERS = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE tgrelid = CAST(:table AS regclass) "
    "AND NOT tgisinternal AND tgenabled = 'O'",
}


def triggers(connection: Connection, table: str) -> set[str]:
    found = connection.execute(text(TRIGGERS[connection.dialect.name]), {"table": table})
    return set(found.scalars())


async def inside(
    url: str, work: Callable[..., Result], *arguments: object, migrating: bool = False
) -> Result:
    engine = make_engine(url, migrating=migrating)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(work, *arguments)
    finally:
        await engine.dispose()


def test_every_permanent_table_is_in_the_list() -> None:
    mappers = [one for one in Base.registry.mappers if issubclass(one.class_, Permanent)]
    tables = {one.local_table.description for one in mappers}

    assert tables == set(PERMANENT)


@pytest.mark.parametrize("table", PERMANENT)
def test_triggers_are_there_at_the_head(database_url: str, table: str) -> None:
    assert names(table) <= asyncio.run(inside(database_url, triggers, table))


def rebuild(connection: Connection, table: str) -> None:
    """Change a column as a careless migration would: on SQLite that makes a new table."""
    operations = Operations(MigrationContext.configure(connection))
    with operations.batch_alter_table(table, recreate="auto") as batch:
        batch.alter_column(_TEXT[table], type_=Text(), existing_nullable=False)


_TEXT = {"publications": "name", "audit_events": "actor"}


@pytest.mark.parametrize("table", PERMANENT)
def test_triggers_come_back_when_a_migration_rebuilt_the_table(empty_url: str, table: str) -> None:
    asyncio.run(upgrade(empty_url))
    asyncio.run(inside(empty_url, rebuild, table, migrating=True))
    lost = names(table) - asyncio.run(inside(empty_url, triggers, table))
    assert bool(lost) == empty_url.startswith("sqlite")

    asyncio.run(upgrade(empty_url))

    assert names(table) <= asyncio.run(inside(empty_url, triggers, table))


@pytest.mark.anyio
async def test_a_publication_is_neither_changed_nor_deleted(database: Database) -> None:
    program = await add_program(database)
    await appoint(database, program)
    user = await add_member(database, "member", program, Role.COORDINATOR)
    made = await add_publication(database, await add_schedule(database, program), user)
    attempts = [
        "UPDATE publications SET note = 'x'",
        "DELETE FROM publications",
        "DELETE FROM schedules",
        "DELETE FROM programs",
    ]
    if database.engine.dialect.name == "postgresql":
        attempts.append("TRUNCATE publications CASCADE")
    else:
        attempts.append("INSERT OR REPLACE INTO publications SELECT * FROM publications")
    for attempt in attempts:
        with pytest.raises((DBAPIError, ConflictError)):
            async with database.unit_of_work() as session:
                await session.execute(text(attempt))
    async with database.reading() as session:
        assert (await session.get_one(Publication, made.id)).note == ""


def test_a_downgrade_leaves_nothing_behind(empty_url: str) -> None:
    from alembic import command  # noqa: PLC0415 - only here

    asyncio.run(upgrade(empty_url))
    asyncio.run(run(empty_url, lambda config: command.downgrade(config, "base")))

    def functions(connection: Connection) -> list[str]:
        if connection.dialect.name == "sqlite":
            return []
        found = text("SELECT proname FROM pg_proc WHERE proname = 'refuse_change'")
        return list(connection.execute(found).scalars())

    assert asyncio.run(inside(empty_url, functions)) == []
