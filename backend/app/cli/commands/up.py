import argparse
import asyncio
import contextlib
import http.client
import os
import secrets
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from app.cli import demo
from app.cli.output import BadInput, Report, say
from app.cli.service import (
    LINES,
    faults_are_told,
    first_fault,
    only_one,
    part_words,
    read_settings,
)
from app.cli.supervisor import Child, Supervisor
from app.controllers.setting_up import ADMIN, first_admin
from app.core.celery_app import Broker
from app.core.settings import Settings
from app.db.migrations import upgrade
from app.db.session import Database
from app.schemas.user import NewPassword

_PORTS_TRIED = 100
_LOOK_EVERY_S = 0.2
_READY_WITHIN_S = 60.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--port",
        type=int,
        default=8000,
        metavar="N",
        help="port to serve on; the next free one if it is taken (8000)",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument(
        "--data-dir",
        metavar="DIR",
        type=Path,
        help="where database, messages and logs go (./housestaff-data)",
    )
    parser.add_argument(
        "--admin-password",
        metavar="WORDS",
        help="password of the first ADMIN; without it one for the first login is made and shown",
    )
    parser.add_argument(
        "--demo", metavar="FILE", type=Path, help="another programme file to begin with"
    )
    parser.add_argument("--no-demo", action="store_true", help="begin without a demo programme")
    parser.add_argument(
        "--time", type=float, default=30.0, metavar="S", help="seconds to search the demo (30)"
    )


def run(arguments: argparse.Namespace) -> Report:
    password = arguments.admin_password
    if password is not None:
        try:
            TypeAdapter(NewPassword).validate_python(password)
        except ValidationError as error:
            raise BadInput(f"--admin-password: {first_fault(error)}") from error
    loaded = None if arguments.no_demo else demo.read(arguments.demo, arguments.time)
    settings = read_settings(arguments.data_dir)
    with only_one(settings.data_dir), faults_are_told():
        return asyncio.run(_Up(arguments, settings, loaded).run())


class _Up:
    """One run of the service: everything that it needs, then its processes until it is ended."""

    def __init__(
        self, arguments: argparse.Namespace, settings: Settings, loaded: demo.Demo | None
    ) -> None:
        self.arguments = arguments
        self.settings = settings
        self.demo = loaded
        self.stop = asyncio.Event()
        self.fields: dict[str, object] = {}

    async def run(self) -> Report:
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self.stop.set)
        await upgrade(self.settings.database)
        async with _connections(self.settings) as (database, broker):
            await self._first_admin(database)
            port = _free_port(self.arguments.host, self.arguments.port)
            self.address = f"http://{_shown(self.arguments.host)}:{port}"
            self.fields["address"] = self.address
            with Supervisor(self._children(port), self._logs, self._environment()) as supervisor:
                keeper = asyncio.create_task(self._keep(supervisor))
                await self._until_ready(port)
                if self.demo is not None and not self.stop.is_set():
                    told = await self.demo.make(database, broker, self.settings, self.stop)
                    self.fields |= told
                if not self.stop.is_set():
                    self._tell()
                await self.stop.wait()
                say("ending …")
                await keeper
        return Report(fields=self.fields, show=lambda: None)

    async def _first_admin(self, database: Database) -> None:
        password = await first_admin(database, self.arguments.admin_password)
        self.fields["one_time_password"] = password
        if password is not None:
            print(f"ADMIN is {ADMIN!r}; password for the first login, shown only here: {password}")

    def _children(self, port: int) -> list[Child]:
        api = part_words("serve", "--host", self.arguments.host, "--port", str(port))
        workers = [Child(f"worker-{line}", part_words("worker", line)) for line in LINES]
        return [Child("api", api), *workers, Child("beat", part_words("beat"))]

    @property
    def _logs(self) -> Path:
        return self.settings.data_dir / "logs"

    def _environment(self) -> dict[str, str]:
        environment = {
            "HOUSESTAFF_DATA_DIR": str(self.settings.data_dir.resolve()),
            "HOUSESTAFF_SECRET_KEY": _secret(self.settings),
        }
        if "HOUSESTAFF_PUBLIC_URL" not in os.environ:
            environment["HOUSESTAFF_PUBLIC_URL"] = self.address
        return environment

    async def _keep(self, supervisor: Supervisor) -> None:
        while not self.stop.is_set():
            supervisor.look()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_EVERY_S):
                    await self.stop.wait()

    async def _until_ready(self, port: int) -> None:
        host = self.arguments.host if self.arguments.host != "0.0.0.0" else "127.0.0.1"  # noqa: S104 - compared only
        for _ in range(round(_READY_WITHIN_S / _LOOK_EVERY_S)):
            if self.stop.is_set() or await asyncio.to_thread(_is_ready, host, port):
                return
            await asyncio.sleep(_LOOK_EVERY_S)
        raise BadInput(f"the service does not answer; {self._logs} may say why")

    def _tell(self) -> None:
        print(f"\nHousestaff serves at {self.address} (its interface: {self.address}/docs)")
        print("Ctrl-C ends it.", flush=True)


@asynccontextmanager
async def _connections(settings: Settings) -> AsyncIterator[tuple[Database, Broker]]:
    database, broker = Database.connect(settings.database), Broker(settings)
    try:
        yield database, broker
    finally:
        broker.close()
        await database.close()


def _secret(settings: Settings) -> str:
    """Return what signs tokens: as set, or made once and kept, so that nobody is logged out."""
    if os.environ.get("HOUSESTAFF_SECRET_KEY"):
        return settings.secret_key.get_secret_value()
    path = settings.data_dir / "secret"
    with (
        contextlib.suppress(FileExistsError),
        open(path, "x", opener=_private, encoding="ascii") as new,
    ):
        new.write(secrets.token_hex(32))
    return path.read_text(encoding="ascii").strip()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _free_port(host: str, wanted: int) -> int:
    """Return the wanted port, or the next free one."""
    for port in range(wanted, min(wanted + _PORTS_TRIED, 65536)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                if error.errno is None or isinstance(error, socket.gaierror):
                    raise BadInput(f"--host {host}: {error}") from error
                continue
        if port != wanted:
            say(f"port {wanted} is taken: {port} is used")
        return port
    raise BadInput(f"--port {wanted}: none of {_PORTS_TRIED} ports from there on is free")


def _is_ready(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/api/health/ready")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


def _shown(host: str) -> str:
    return "localhost" if host in {"127.0.0.1", "0.0.0.0"} else host  # noqa: S104 - compared only
