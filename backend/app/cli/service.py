"""What the commands of the service have in common: settings, and the processes it consists of."""

import fcntl
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import NoReturn

from pydantic import ValidationError

from app.cli.output import BadInput, typed_name
from app.core.exceptions import AppException
from app.core.settings import Settings
from app.db.migrations import missing
from app.db.session import Database

LINES = ("solves", "chores")
"""What workers wait for: solves take long, chores must not wait for them."""
_LOCK = "up.lock"


@contextmanager
def faults_are_told() -> Iterator[None]:
    """Report what settings, disk or database refuse as one line."""
    try:
        yield
    except ValidationError as error:
        raise BadInput(first_fault(error)) from error
    except AppException as error:
        raise BadInput(error.message) from error


def read_settings(data_dir: Path | None = None) -> Settings:
    """Return the settings of the environment, with another data folder, and make the folder."""
    with faults_are_told():
        settings = Settings() if data_dir is None else Settings(data_dir=data_dir)
    try:
        settings.prepare_data_dir()
    except OSError as error:
        raise BadInput(f"{settings.data_dir} cannot be made: {error.strerror}") from error
    return settings


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Refuse a second service on the same data."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BadInput(
                f"{typed_name()} up is running already on {folder}; name another --data-dir"
            ) from error
        yield


@asynccontextmanager
async def opened_database(settings: Settings) -> AsyncIterator[Database]:
    """Give the database, which has to be up to date."""
    database = Database.connect(settings.database)
    try:
        if await missing(database) == ["migrations"]:
            raise BadInput(f"the database is not up to date: {typed_name()} admin migrate")
        yield database
    finally:
        await database.close()


def first_fault(error: ValidationError) -> str:
    """Return the first of a model's faults on one line."""
    first = error.errors()[0]
    place = ".".join(map(str, first["loc"]))
    return f"{place}: {first['msg']}" if place else str(first["msg"])


def part_words(*words: str) -> list[str]:
    """Return the words that start a part of the service by its command."""
    return [sys.executable, "-P", "-m", "app.cli", *words]


def celery_words(what: str, *options: str) -> list[str]:
    """Return the words that start a part of Celery."""
    return [sys.executable, "-P", "-m", "celery", "--app", "app.tasks", "--quiet", what, *options]


def worker_words(line: str, settings: Settings) -> list[str]:
    """Return the words that start the worker of a line."""
    solves = line == "solves"
    processes = settings.solver_processes if solves else settings.chore_processes
    # Workers have no need to know of each other: the job table does.
    alone = ("--without-gossip", "--without-mingle", "--without-heartbeat")
    return celery_words(
        "worker",
        *("--queues", line, "--hostname", f"{line}@%h", "--concurrency", str(processes)),
        *("--loglevel", "WARNING", *alone),
    )


def beat_words() -> list[str]:
    """Return the words that start what looks at the clock; it remembers nothing."""
    nowhere = ("--scheduler", "celery.beat:Scheduler", "--pidfile", "")
    return celery_words("beat", *nowhere, "--loglevel", "WARNING")


def become(words: list[str]) -> NoReturn:
    """Go on as another program, in this process."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(words[0], words)  # noqa: S606 - our own words
