"""The databases that tests of the service run on: SQLite always, PostgreSQL where there is one.

Both are built once by ``alembic upgrade head``. A test on SQLite gets a copy of that file (a few
ms). On PostgreSQL its rows are deleted before (1 ms; measured here: TRUNCATE of all tables 550 ms,
CREATE DATABASE … TEMPLATE 130 ms).
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from app.core import security
from app.db.migrations import upgrade
from app.db.session import Database
from tests.rows import delete_all_rows

SERVER = os.environ.get("HOUSESTAFF_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432")


def pytest_xdist_auto_num_workers() -> int:
    """Return how many tests to run at once: many only wait, for a process, a server or a clock."""
    return (os.cpu_count() or 1) * 3 // 2


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


async def on_server(statement: str) -> None:
    connection = await asyncpg.connect(f"{SERVER}/postgres", timeout=5)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def new_postgres() -> Iterator[str]:
    """Make an empty database, yield its URL, and drop it."""
    name = f"housestaff_test_{uuid4().hex}"
    try:
        asyncio.run(on_server(f"CREATE DATABASE {name}"))
        # Nothing here has to survive a power cut.
        asyncio.run(on_server(f"ALTER DATABASE {name} SET synchronous_commit = off"))
    except (OSError, asyncpg.PostgresError) as error:
        message = f"PostgreSQL at {SERVER} cannot be used: {error!r}"
        if os.environ.get("HOUSESTAFF_REQUIRE_SERVICES") == "1":
            pytest.fail(f"{message} (HOUSESTAFF_REQUIRE_SERVICES=1)")
        pytest.skip(message)
    try:
        yield f"{SERVER.replace('postgresql:', 'postgresql+asyncpg:', 1)}/{name}"
    finally:
        asyncio.run(on_server(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "migrated.db"
    asyncio.run(upgrade(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def migrated_postgres() -> Iterator[str]:
    for url in new_postgres():
        asyncio.run(upgrade(url))
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of a migrated database; on PostgreSQL others' rows may be in it."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("migrated_sqlite")
        path = shutil.copy(template, tmp_path / "housestaff.db")
        return f"sqlite+aiosqlite:///{path}"
    url: str = request.getfixturevalue("migrated_postgres")
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Give a migrated database without rows."""
    database = Database.connect(database_url)
    if database_url.startswith("postgresql"):
        await delete_all_rows(database)
    yield database
    await database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the URL of a database without tables."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"
    else:
        yield from new_postgres()


@pytest.fixture
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash in a millisecond, where the cost is not what is tested."""
    hasher = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
    monkeypatch.setattr(security, "_hasher", lambda: hasher)
    security._nobodys_hash.cache_clear()
