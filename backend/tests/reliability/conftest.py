"""Real processes on databases, brokers and ports of their own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from app.core.celery_app import Broker
from app.core.settings import Settings
from app.db.session import Database
from app.models import Schedule, User
from tests.rows import add_user
from tests.stored import example, store_draft

BACKEND = Path(__file__).parents[2]
LEASE_S = 4


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def until(holds: Callable[[], bool], within_s: float, what: str) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, f"not within {within_s:.0f} s: {what}"
        time.sleep(0.02)


class Processes:
    """Parts of the service, each a process group of its own."""

    def __init__(self, settings: dict[str, str], logs: Path) -> None:
        self.settings = settings
        self.logs = logs
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        environment = {**os.environ, **self.settings, "PYTHONPATH": str(BACKEND)}
        with (self.logs / f"{words[0]}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "app.cli", *words],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.running.append(process)
        return process

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """Kill a process and all that it started, as a power cut would."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self.running.remove(process)

    def end(self) -> None:
        for process in list(self.running):
            self.kill(process)

    def log(self) -> str:
        return "\n".join(path.read_text("utf-8")[-3000:] for path in self.logs.glob("*.log"))


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
        yield from _rabbitmq()


def _missing(what: str) -> None:
    if os.environ.get("HOUSESTAFF_REQUIRE_SERVICES") == "1":
        pytest.fail(f"{what} (HOUSESTAFF_REQUIRE_SERVICES=1)")
    pytest.skip(what)


class Redis:
    """A server of the test's own, which keeps nothing on disk."""

    def __init__(self, folder: Path) -> None:
        binary = shutil.which("redis-server") or shutil.which("valkey-server")
        if binary is None:
            _missing("there is no redis-server")
        self.port = free_port()
        where = ("--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(folder))
        self.words = [str(binary), *where, "--save", ""]
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        self.server = subprocess.Popen(self.words, stdout=subprocess.DEVNULL)
        until(lambda: _answers(self.port), 10, "redis-server")

    def kill(self) -> None:
        self.server.kill()
        self.server.wait()


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    server = Redis(tmp_path)
    yield server
    server.kill()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _rabbitmq() -> Iterator[str]:
    """Use a virtual host of our own, on the server of the machine."""
    control, host = shutil.which("rabbitmqctl"), f"housestaff-{uuid4().hex[:12]}"

    def ask(*words: str) -> bool:
        done = subprocess.run([control or "", *words], capture_output=True, check=False, timeout=60)
        return done.returncode == 0

    if control is None or not _answers(5672) or not ask("add_vhost", host):
        _missing("there is no RabbitMQ that we may use")
        return
    try:
        assert ask("set_permissions", "-p", host, "guest", ".*", ".*", ".*")
        yield f"amqp://guest:guest@127.0.0.1:5672/{host}"
    finally:
        ask("delete_vhost", host)


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
async def draft(database: Database, admin: User) -> Schedule:
    _, schedule = await store_draft(database, admin, example("tiny"))
    return schedule
