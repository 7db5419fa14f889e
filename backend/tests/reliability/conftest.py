"""Real processes on databases, brokers and ports of their own."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest

from app.core.celery_app import Broker
from app.core.settings import Settings
from app.db.session import Database
from app.models import Program, Schedule, User
from tests.reliability.jobs import Jobs
from tests.reliability.processes import Processes
from tests.reliability.servers import Postgres, Redis, rabbitmq
from tests.rows import add_program, add_user, bearer
from tests.stored import example, store_draft

LEASE_S = 4


@pytest.fixture
def broker_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Give the URL of an empty broker of the test's own: files, Redis or RabbitMQ."""
    kind = getattr(request, "param", "files")
    if kind == "files":
        yield ""
    elif kind == "redis":
        server: Redis = request.getfixturevalue("redis")
        yield server.url
    else:
        yield from rabbitmq()


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    server = Redis(tmp_path)
    yield server
    server.kill()


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    # In pytest's own folders nobody else may look.
    with tempfile.TemporaryDirectory(prefix="housestaff-postgres-") as folder:
        server = Postgres(Path(folder))
        yield server
        if server.server.poll() is None:
            server.kill()


@pytest.fixture
def environment(database_url: str, broker_url: str, tmp_path: Path) -> dict[str, str]:
    return {
        "HOUSESTAFF_DATABASE_URL": database_url,
        "HOUSESTAFF_DATA_DIR": str(tmp_path),
        "HOUSESTAFF_BROKER_URL": broker_url,
        "HOUSESTAFF_JOB_LEASE_SECONDS": str(LEASE_S),
        "HOUSESTAFF_JOB_RETRY_SECONDS": "1",
        "HOUSESTAFF_SECRET_KEY": "0123456789abcdef" * 2,
        "HOUSESTAFF_SOLVER_THREADS": "1",
    }


@pytest.fixture
def settings(environment: dict[str, str]) -> Settings:
    given = {name.removeprefix("HOUSESTAFF_").lower(): text for name, text in environment.items()}
    settings = Settings(**given)  # type: ignore[arg-type] # texts, as from the environment
    settings.prepare_data_dir()
    return settings


@pytest.fixture
def processes(environment: dict[str, str], tmp_path: Path) -> Iterator[Processes]:
    processes = Processes(environment, tmp_path)
    yield processes
    processes.end()


@pytest.fixture
def broker(settings: Settings) -> Iterator[Broker]:
    broker = Broker(settings)
    yield broker
    broker.close()


@pytest.fixture
async def admin(database: Database) -> User:
    return await add_user(database, "admin", admin=True)


@pytest.fixture
async def program(database: Database) -> Program:
    return await add_program(database)


@pytest.fixture
async def draft(database: Database, admin: User) -> Schedule:
    _, schedule = await store_draft(database, admin, example("tiny"))
    return schedule


@pytest.fixture
def jobs(database: Database, broker: Broker, admin: User, draft: Schedule) -> Jobs:
    return Jobs(database, broker, admin, draft)


@pytest.fixture
async def client(settings: Settings, admin: User) -> AsyncIterator[httpx2.AsyncClient]:
    headers = bearer(admin, settings)
    async with httpx2.AsyncClient(headers=headers, timeout=10) as client:
        yield client
