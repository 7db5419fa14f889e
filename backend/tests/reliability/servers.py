"""Databases and brokers that belong to one test."""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import pytest

from tests.reliability.processes import free_port, until


class Postgres:
    """A server of the test's own; as root it runs as somebody else, since it refuses root."""

    def __init__(self, folder: Path) -> None:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=_version)
        binary = shutil.which("postgres") or (found and str(found[-1]))
        if not binary:
            missing("there is no PostgreSQL server")
        self.bin = Path(str(binary)).resolve().parent
        self.port = free_port()
        self.folder = folder
        self.user = "nobody" if os.geteuid() == 0 else None
        if self.user:
            shutil.chown(folder, self.user)
        self._run("initdb", "--auth=trust", "--username=postgres", "--no-sync", "--no-locale")
        self.start()

    @property
    def url(self) -> str:
        return f"postgresql+asyncpg://postgres@127.0.0.1:{self.port}/postgres"

    def _run(self, program: str, *words: str) -> None:
        words = (str(self.bin / program), "-D", str(self.folder), *words)
        done = subprocess.run(
            words, user=self.user, cwd=self.folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    def start(self) -> None:
        where = ("-p", str(self.port), "-h", "127.0.0.1", "-k", str(self.folder))
        with (self.folder / "server.log").open("ab") as log:
            self.server = subprocess.Popen(
                [str(self.bin / "postgres"), "-D", str(self.folder), *where],
                user=self.user,
                cwd=self.folder,
                stdout=log,
                stderr=log,
            )
        until(self._accepts, 30, "PostgreSQL")

    def _accepts(self) -> bool:
        words = (str(self.bin / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port))
        return subprocess.run(words, check=False).returncode == 0

    def kill(self) -> None:
        """Kill all of it, as a power cut would; each of its processes leads a session."""
        number = self.server.pid
        children = Path(f"/proc/{number}/task/{number}/children").read_text("utf-8").split()
        for one in (number, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        self.server.wait()


def _version(binary: Path) -> float:
    return float(binary.parents[1].name)


class Redis:
    """A server of the test's own, which keeps nothing on disk."""

    def __init__(self, folder: Path) -> None:
        binary = shutil.which("redis-server") or shutil.which("valkey-server")
        if binary is None:
            missing("there is no redis-server")
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


def rabbitmq() -> Iterator[str]:
    """Use a virtual host of our own, on the server of the machine."""
    control, host = shutil.which("rabbitmqctl"), f"housestaff-{uuid4().hex[:12]}"

    def ask(*words: str) -> bool:
        done = subprocess.run([control or "", *words], capture_output=True, check=False, timeout=60)
        return done.returncode == 0

    if control is None or not _answers(5672) or not ask("add_vhost", host):
        missing("there is no RabbitMQ that we may use")
        return
    try:
        assert ask("set_permissions", "-p", host, "guest", ".*", ".*", ".*")
        yield f"amqp://guest:guest@127.0.0.1:5672/{host}"
    finally:
        ask("delete_vhost", host)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def missing(what: str) -> None:
    if os.environ.get("HOUSESTAFF_REQUIRE_SERVICES") == "1":
        pytest.fail(f"{what} (HOUSESTAFF_REQUIRE_SERVICES=1)")
    pytest.skip(what)
