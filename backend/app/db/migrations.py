"""Migrations from the inside: bring a database up to date, and say whether it is."""

import asyncio
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from app.core.exceptions import UnavailableError
from app.db.engine import make_engine
from app.db.session import Database

if TYPE_CHECKING:
    from collections.abc import Callable

    from alembic.config import Config

_PACKAGE = Path(__file__).parents[1]


def configuration() -> "Config":
    """Return Alembic's configuration: the folder lies in the wheel, or beside the package."""
    # Inside, as below: a tenth of a second that a service needs only when it is asked.
    from alembic.config import Config  # noqa: PLC0415

    folders = (_PACKAGE / "alembic", _PACKAGE.parent / "alembic")
    [folder] = [one for one in folders if (one / "env.py").exists()]
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    return config


@cache
def head() -> str:
    """Return the newest revision that there is."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    revision = ScriptDirectory.from_config(configuration()).get_current_head()
    assert revision is not None  # noqa: S101 - there are migrations
    return revision


async def upgrade(url: str, target: str = "head") -> None:
    """Bring a database to a revision, the newest by default."""
    from alembic import command  # noqa: PLC0415

    await run(url, lambda config: command.upgrade(config, target))


async def run(url: str, step: "Callable[[Config], None]") -> None:
    """Let Alembic do something with a database."""
    engine = make_engine(url, migrating=True)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_with_connection, step)
    finally:
        await engine.dispose()


async def missing(database: Database) -> list[str]:
    """Return what the database lacks: nothing, ``migrations``, or ``database`` itself."""
    newest = await asyncio.to_thread(head)
    try:
        async with database.reading() as session:
            connection = await session.connection()
            current = await connection.run_sync(_revision)
    except (UnavailableError, SQLAlchemyError):
        return ["database"]
    return [] if current == newest else ["migrations"]


def _with_connection(connection: Connection, step: "Callable[[Config], None]") -> None:
    config = configuration()
    config.attributes["connection"] = connection
    step(config)


def _revision(connection: Connection) -> str | None:
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415

    return MigrationContext.configure(connection).get_current_revision()
