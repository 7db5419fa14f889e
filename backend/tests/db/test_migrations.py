import asyncio
import threading
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from app.db.base import Base
from app.db.engine import make_engine
from app.db.migrations import configuration, head, missing, run, upgrade
from app.db.session import Database

BACKEND = Path(__file__).parents[2]


def shape(connection: Connection) -> dict[str, object]:
    """Return tables, columns, indexes and constraints."""
    found = inspect(connection)
    return {
        table: (
            [(column["name"], str(column["type"])) for column in found.get_columns(table)],
            sorted((str(one["name"]), *one["column_names"]) for one in found.get_indexes(table)),
            sorted(str(one["name"]) for one in found.get_foreign_keys(table)),
            sorted(str(one["name"]) for one in found.get_check_constraints(table)),
        )
        for table in found.get_table_names()
        if table != "alembic_version"
    }


async def shape_of(url: str) -> dict[str, object]:
    engine = make_engine(url)
    async with engine.connect() as connection:
        found = await connection.run_sync(shape)
    await engine.dispose()
    return found


def test_down_and_up_again(empty_url: str) -> None:
    asyncio.run(upgrade(empty_url))
    before = asyncio.run(shape_of(empty_url))

    asyncio.run(run(empty_url, lambda config: command.downgrade(config, "base")))
    gone = asyncio.run(shape_of(empty_url))
    asyncio.run(upgrade(empty_url))

    assert before.keys() == Base.metadata.tables.keys()
    assert gone == {}
    assert asyncio.run(shape_of(empty_url)) == before


def test_tables_are_what_the_migrations_make(database_url: str) -> None:
    asyncio.run(run(database_url, command.check))


def test_alembic_runs_from_the_backend_folder(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOUSESTAFF_DATABASE_URL", database_url)

    command.check(Config(BACKEND / "alembic.ini"))


def test_sqlite_does_not_follow_foreign_keys_while_tables_are_rebuilt(
    migrated_sqlite: Path,
) -> None:
    async def pragma(*, migrating: bool) -> object:
        engine = make_engine(f"sqlite+aiosqlite:///{migrated_sqlite}", migrating=migrating)
        async with engine.connect() as connection:
            value = await connection.scalar(text("PRAGMA foreign_keys"))
        await engine.dispose()
        return value

    assert asyncio.run(pragma(migrating=True)) == 0
    assert asyncio.run(pragma(migrating=False)) == 1


def test_there_is_one_head_and_every_step_can_be_taken_back() -> None:
    scripts = ScriptDirectory.from_config(configuration())

    assert scripts.get_heads() == [head()]
    assert all(hasattr(one.module, "downgrade") for one in scripts.walk_revisions())


@pytest.mark.anyio
async def test_what_is_missing_is_named(empty_url: str) -> None:
    database = Database.connect(empty_url)

    assert await missing(database) == ["migrations"]
    await database.close()


@pytest.mark.anyio
async def test_a_migrated_database_lacks_nothing(database: Database) -> None:
    assert await missing(database) == []


@pytest.mark.anyio
@pytest.mark.parametrize(
    "url",
    [
        "postgresql+asyncpg://postgres@127.0.0.1:1/nothing",
        "sqlite+aiosqlite:////nowhere/nothing.db",
    ],
)
async def test_no_database_is_named(url: str) -> None:
    database = Database.connect(url)

    assert await missing(database) == ["database"]
    await database.close()
    # The thread of a connection that failed ends by itself, and wants its loop until then.
    while any("_connection_worker" in one.name for one in threading.enumerate()):  # noqa: ASYNC110 - a thread's end is no event
        await asyncio.sleep(0.01)
