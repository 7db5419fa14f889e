"""Whole databases as one file, and back: SQLite's online backup, PostgreSQL's own tools.

Both read one state of the database while others write.
"""

import asyncio
import errno
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy.engine import URL, make_url

from app.core.exceptions import AppException
from app.db.migrations import configuration, upgrade

_SQLITE = b"SQLite format 3\0"
_POSTGRESQL = b"PGDMP"
_JOURNALS = ("-wal", "-shm", "-journal")


class BackupError(AppException):
    """A database cannot be written to a file, or read from it."""

    code = "BACKUP"


def back_up(url: str, target: Path) -> None:
    """Write a database to a file, which appears when it is whole.

    Raises
    ------
    BackupError
        When the database is not there, or the file cannot be written.
    """
    given = make_url(url)
    with _unfinished(target) as file:
        if given.get_backend_name() == "sqlite":
            source = _path(given)
            if not source.exists():
                raise BackupError(f"there is no database at {source}")
            _copy_sqlite(source, file)
        else:
            # Quiet about owners: whoever restores it may be called otherwise.
            words = ("--format=custom", "--no-owner", "--no-privileges", f"--file={file}")
            _run_tool("pg_dump", given, *words)


def restore(url: str, source: Path) -> None:
    """Replace a database by what a file holds, and bring it up to date; all or nothing.

    Raises
    ------
    BackupError
        When the file is no backup of such a database, is damaged, or is of a newer Housestaff.
    """
    given = make_url(url)
    sqlite = given.get_backend_name() == "sqlite"
    kind = _kind_of(source)
    if kind is not sqlite:
        held, wanted = ("SQLite", "PostgreSQL") if kind else ("PostgreSQL", "SQLite")
        raise BackupError(f"{source} is a backup of {held}, and the settings name {wanted}")
    if sqlite:
        _restore_sqlite(_path(given), source)
    else:
        words = ("--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction")
        _run_tool("pg_restore", given, *words, f"--dbname={given.database}", str(source))
    asyncio.run(upgrade(url))


def is_empty(url: str) -> bool:
    """Return whether there is no database yet that could be lost."""
    given = make_url(url)
    if given.get_backend_name() == "sqlite":
        return not _path(given).exists()
    asked = "SELECT count(*) FROM information_schema.tables WHERE table_name = 'alembic_version'"
    return _run_tool("psql", given, "--no-psqlrc", "-At", "-c", asked).strip() == "0"


def _path(url: URL) -> Path:
    if not url.database or url.database == ":memory:":
        raise BackupError("a database in memory cannot be backed up")
    return Path(url.database)


def _copy_sqlite(source: Path, target: Path) -> None:
    try:
        with (
            closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=30)) as reading,
            closing(sqlite3.connect(target)) as writing,
        ):
            # In one step: begun again with every change, a busy database would never end.
            reading.backup(writing)
            writing.execute("PRAGMA journal_mode=DELETE")
            _check_sqlite(writing, source)
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorname", "") == "SQLITE_FULL":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
        raise BackupError(f"{source} cannot be copied: {error}") from error


def _check_sqlite(database: sqlite3.Connection, name: Path) -> None:
    [found] = database.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise BackupError(f"{name} is damaged: {found}")
    try:
        revision = database.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        raise BackupError(f"{name} is no database of Housestaff") from error
    known = {one.revision for one in ScriptDirectory.from_config(configuration()).walk_revisions()}
    if revision is None or revision[0] not in known:
        raise BackupError(f"{name} is of a newer Housestaff: update this one first")


def _restore_sqlite(target: Path, source: Path) -> None:
    with _unfinished(target) as file:
        _copy_sqlite(source, file)


@contextmanager
def _unfinished(target: Path) -> Iterator[Path]:
    """Give a file beside the target that takes its place when all went well."""
    file = target.with_name(f".{target.name}.{os.getpid()}.unfinished")
    try:
        file.unlink(missing_ok=True)
        file.touch(mode=0o600)
        yield file
        with file.open("rb") as written:
            os.fsync(written.fileno())
        # What was written to an old one and not yet merged must not be merged into the new one.
        _remove_journals(target)
        file.replace(target)
    except OSError as error:
        raise BackupError(f"{target} cannot be written: {error.strerror}") from error
    finally:
        with suppress(OSError):
            file.unlink(missing_ok=True)
            _remove_journals(file)


def _remove_journals(database: Path) -> None:
    for ending in _JOURNALS:
        database.with_name(database.name + ending).unlink(missing_ok=True)


def _kind_of(source: Path) -> bool:
    """Return whether a file is of SQLite; else it is of PostgreSQL."""
    try:
        with source.open("rb") as file:
            begins = file.read(16)
    except OSError as error:
        raise BackupError(f"{source} cannot be read: {error.strerror}") from error
    if begins == _SQLITE:
        return True
    if begins.startswith(_POSTGRESQL):
        return False
    raise BackupError(f"{source} is no backup")


def _run_tool(name: str, url: URL, *words: str) -> str:
    program = shutil.which(name)
    if program is None:
        raise BackupError(
            f"{name} is missing: install PostgreSQL's client programs "
            "(Debian, Ubuntu: apt install postgresql-client)"
        )
    # The password is not for the list of processes.
    environment = {
        "PGHOST": url.host,
        "PGPORT": None if url.port is None else str(url.port),
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
    }
    known = {key: str(text) for key, text in environment.items() if text is not None}
    done = subprocess.run(  # noqa: S603 - a program of the system, and our own words
        [program, *words], env={**os.environ, **known}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"]
        raise BackupError(f"{name}: {last[-1].removeprefix(f'{name}: ')}")
    return done.stdout
