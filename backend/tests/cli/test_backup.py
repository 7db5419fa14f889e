"""From a database to a file and back, while others write, on both databases."""

import asyncio
import json
import shutil
import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app.cli import main
from app.core.clock import now
from app.core.settings import Settings
from app.db.migrations import head, upgrade
from app.db.session import Database
from app.files.signing import is_of, public_path, read_public_key, sign
from app.models import LoginFailure, Placement, Program, User
from app.repositories.login_repository import LoginRepository
from app.services.installation_key import signing_key
from tests.reliability.disks import SmallDisk
from tests.rows import add_program, add_user
from tests.stored import store_drawn

Capture = pytest.CaptureFixture[str]


def run(capsys: Capture, *words: str, code: int = 0) -> dict[str, Any]:
    assert main([*words, "--json"]) == code
    return dict(json.loads(capsys.readouterr().out))


async def counted(url: str) -> dict[str, int]:
    database = Database.connect(url)
    async with database.reading() as session:
        tables = (Program, User, Placement, LoginFailure)
        counts = {
            table.__tablename__: await session.scalar(select(func.count()).select_from(table)) or 0
            for table in tables
        }
    await database.close()
    return counts


async def fill(url: str) -> None:
    database = Database.connect(url)
    await store_drawn(database, await add_user(database, "admin", admin=True))
    await database.close()


async def add_another(url: str) -> None:
    database = Database.connect(url)
    await add_program(database, "Surgery")
    await database.close()


@pytest.fixture
def url(empty_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Return the URL of a database with a year, which the settings name."""
    monkeypatch.setenv("HOUSESTAFF_DATABASE_URL", empty_url)
    monkeypatch.setenv("HOUSESTAFF_DATA_DIR", str(tmp_path / "data"))
    if empty_url.startswith("postgresql") and shutil.which("pg_dump") is None:
        pytest.skip("there is no pg_dump")
    asyncio.run(upgrade(empty_url))
    asyncio.run(fill(empty_url))
    return empty_url


@pytest.fixture
def somebody_writes(url: str) -> Iterator[None]:
    """Have pairs of rows written all the time, each pair in one transaction."""
    over = threading.Event()

    async def write() -> None:
        database = Database.connect(url)
        while not over.is_set():
            async with database.unit_of_work() as session:
                LoginRepository(session).note_failures(["a", "b"], now())
        await database.close()

    thread = threading.Thread(target=lambda: asyncio.run(write()))
    thread.start()
    yield
    over.set()
    thread.join()


def test_back_and_forth(url: str, capsys: Capture, tmp_path: Path) -> None:
    before = asyncio.run(counted(url))
    file = tmp_path / "backup.db"
    made = run(capsys, "backup", str(file))
    assert made["bytes"] == file.stat().st_size
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    asyncio.run(add_another(url))
    assert asyncio.run(counted(url)) != before
    run(capsys, "backup", str(tmp_path / "newer.db"))
    anchors = run(capsys, "audit", "verify")["anchors"]

    refused = run(capsys, "restore", str(file), code=2)
    assert "there is a database already" in refused["findings"][0]["message"]
    assert asyncio.run(counted(url)) != before
    done = run(capsys, "restore", str(file), "--force")

    assert done["revision"] == head()
    # What a newer backup has noted is gone, and says nothing of tampering.
    assert 0 < run(capsys, "audit", "verify")["anchors"] < anchors
    assert asyncio.run(counted(url)) == before
    again = run(capsys, "backup", str(file), code=2)
    assert "--force replaces it" in again["findings"][0]["message"]
    run(capsys, "backup", str(file), "--force")
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_a_backup_that_has_no_room(url: str, capsys: Capture, tmp_path: Path) -> None:
    disk = SmallDisk(tmp_path / "small", megabytes=1)
    file = disk.folder / "backup.db"
    file.write_text("yesterday's")
    try:
        disk.fill(spare_bytes=100_000)
        refused = run(capsys, "backup", str(file), "--force", code=2)
        left = {path.name: path.stat().st_size for path in disk.folder.iterdir()}
    finally:
        disk.unmount()

    [found] = refused["findings"]
    program = f"{file} cannot be written:" if url.startswith("sqlite") else "pg_dump: error:"
    assert found["message"].startswith(program)
    assert "No space left" in found["message"]
    assert left.keys() == {"backup.db", "ballast"}
    assert left["backup.db"] == len("yesterday's")


@pytest.mark.usefixtures("somebody_writes")
def test_a_backup_is_one_state_of_a_database_in_use(
    url: str, capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [tmp_path / f"{number}.backup" for number in range(3)]
    for file in files:
        run(capsys, "backup", str(file))
    assert asyncio.run(counted(url))["login_failures"] > 0
    if url.startswith("postgresql"):
        return  # one snapshot is what pg_dump promises
    for file in files:
        target = f"sqlite+aiosqlite:///{tmp_path / 'new' / file.name}"
        monkeypatch.setenv("HOUSESTAFF_DATABASE_URL", target)
        (tmp_path / "new").mkdir(exist_ok=True)
        run(capsys, "restore", str(file))
        found = asyncio.run(counted(target))
        assert found["login_failures"] % 2 == 0
        assert found["placements"] > 0


@pytest.fixture
def sqlite(tmp_path: Path, migrated_sqlite: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a database in a data folder."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("HOUSESTAFF_DATA_DIR", str(folder))
    return Path(shutil.copy(migrated_sqlite, folder / "housestaff.db"))


def altered(sqlite: Path, statement: str) -> Path:
    copy = Path(shutil.copy(sqlite, sqlite.with_name("altered.db")))
    with closing(sqlite3.connect(copy)) as database:
        database.execute(statement)
        database.commit()
    return copy


def test_a_restored_key_signs_as_before(
    sqlite: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file, new = tmp_path / "backup.db", tmp_path / "new"
    assert run(capsys, "backup", str(file), "--with-key")["key"] is None
    signature = sign(b"a certificate", asyncio.run(signing_key(Settings())))

    assert run(capsys, "backup", str(file), "--force")["key"] is None
    run(capsys, "backup", str(file), "--force", "--with-key")
    saved = Path(run(capsys, "backup", str(file), "--force", "--with-key")["key"])
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    monkeypatch.setenv("HOUSESTAFF_DATA_DIR", str(new))
    taken = Path(run(capsys, "restore", str(file))["key"])

    assert stat.S_IMODE(taken.stat().st_mode) == 0o600
    assert is_of(signature, read_public_key(public_path(taken)))
    assert is_of(signature, asyncio.run(signing_key(Settings())).public_key())

    taken.unlink()
    public_path(taken).unlink()
    asyncio.run(signing_key(Settings()))
    before = (new / "housestaff.db").read_bytes()
    refused = run(capsys, "restore", str(file), "--force", code=2)
    assert "another key" in refused["findings"][0]["message"]
    assert (new / "housestaff.db").read_bytes() == before
    assert sqlite.exists()


def test_what_is_no_backup_replaces_nothing(sqlite: Path, capsys: Capture) -> None:
    whole = sqlite.read_bytes()
    damaged = sqlite.with_name("damaged.db")
    damaged.write_bytes(whole[: len(whole) // 2])
    text = sqlite.with_name("text.txt")
    text.write_text("no database")
    other = sqlite.with_name("other.dump")
    other.write_bytes(b"PGDMP and more")
    cases = {
        damaged: "damaged",
        text: "is no backup",
        other: "is a backup of PostgreSQL, and the settings name SQLite",
        sqlite.with_name("nowhere"): "cannot be read",
    }
    for file, message in cases.items():
        told = run(capsys, "restore", str(file), "--force", code=2)["findings"][0]["message"]
        assert message in told or "malformed" in told, told
    newer = altered(sqlite, "UPDATE alembic_version SET version_num = '9999'")
    told = run(capsys, "restore", str(newer), "--force", code=2)["findings"][0]["message"]
    assert "newer Housestaff" in told
    strange = altered(sqlite, "DROP TABLE alembic_version")
    told = run(capsys, "restore", str(strange), "--force", code=2)["findings"][0]["message"]
    assert "no database of Housestaff" in told

    assert sqlite.read_bytes() == whole


def test_an_older_backup_is_brought_up_to_date(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "old.db"
    asyncio.run(upgrade(f"sqlite+aiosqlite:///{old}", "0003"))
    monkeypatch.setenv("HOUSESTAFF_DATA_DIR", str(tmp_path / "data"))

    assert run(capsys, "restore", str(old))["revision"] == head()

    database = tmp_path / "data" / "housestaff.db"
    assert asyncio.run(counted(f"sqlite+aiosqlite:///{database}"))["programs"] == 0


def test_the_old_journal_is_not_merged_into_what_is_restored(
    sqlite: Path, capsys: Capture, tmp_path: Path
) -> None:
    file = tmp_path / "backup.db"
    run(capsys, "backup", str(file))
    url = f"sqlite+aiosqlite:///{sqlite}"
    with closing(sqlite3.connect(sqlite)) as open_still:
        open_still.execute("SELECT count(*) FROM programs").fetchone()
        asyncio.run(add_another(url))
        assert sqlite.with_name("housestaff.db-wal").stat().st_size > 0
        run(capsys, "restore", str(file), "--force")

    assert asyncio.run(counted(url))["programs"] == 0


def test_where_nothing_can_be_written_it_is_told(sqlite: Path, capsys: Capture) -> None:
    told = run(capsys, "backup", str(sqlite.parent / "nowhere" / "x"), code=2)
    assert "name a file in a folder that is there" in told["findings"][0]["message"]
    sqlite.unlink()
    told = run(capsys, "backup", str(sqlite.parent / "x"), code=2)
    assert "there is no database at" in told["findings"][0]["message"]


def test_missing_programs_of_postgresql_are_named(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOUSESTAFF_DATABASE_URL", "postgresql+asyncpg://nobody@127.0.0.1:1/none")
    monkeypatch.setenv("HOUSESTAFF_DATA_DIR", str(tmp_path))
    with monkeypatch.context() as without:
        without.setenv("PATH", str(tmp_path))
        told = run(capsys, "backup", str(tmp_path / "x"), code=2)
    assert "pg_dump is missing: install" in told["findings"][0]["message"]
    if shutil.which("pg_dump"):
        told = run(capsys, "backup", str(tmp_path / "x"), code=2)
        assert "pg_dump: " in told["findings"][0]["message"]
    assert not (tmp_path / "x").exists()
