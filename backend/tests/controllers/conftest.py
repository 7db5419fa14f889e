from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from app.controllers.jobs.runner import Worker
from app.core.celery_app import Broker
from app.core.settings import Settings
from app.db.session import Database

NewWorker = Callable[..., Worker]


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    settings = Settings(
        database_url=database_url, data_dir=tmp_path, job_lease_seconds=30, solver_threads=1
    )
    settings.prepare_data_dir()
    return settings


@pytest.fixture
def new_worker(database: Database, settings: Settings) -> NewWorker:
    """Return what makes workers, each with a name of its own."""
    numbers = count(1)

    def make(**changed: object) -> Worker:
        parts = {
            "database": database,
            "broker": Broker(settings),
            "settings": settings,
            "owner": f"worker {next(numbers)}",
        }
        return Worker(**(parts | changed))  # type: ignore[arg-type] # what tests change, they know

    return make


@pytest.fixture
def messages(settings: Settings) -> Callable[[], list[str]]:
    """Return what counts the messages that wait, by the queue's name."""

    def waiting() -> list[str]:
        return sorted(path.name.split(".")[1] for path in settings.spool_dir.glob("*.msg"))

    return waiting
