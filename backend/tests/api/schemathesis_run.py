"""Schemathesis over the whole interface, against a real server: ``make schemathesis``."""

import argparse
import asyncio
import contextlib
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2

from app.core.access import Role
from app.db.migrations import upgrade
from app.db.session import Database
from tests.api.world import make_world
from tests.rows import add_member, add_program, add_user

BACKEND = Path(__file__).parents[2]
_GROUPS = ("READS", "WRITES", "EXPENSIVE", "ACCOUNTS", "REFUSED")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What Schemathesis says, and the server's own errors."""

    code: int
    report: str
    errors: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What to try.

    Parameters
    ----------
    database_url
        Empty: a SQLite file of its own.
    options
        More options of Schemathesis.
    """

    role: Role
    examples: int
    seed: int
    database_url: str = ""
    application: str = "app.main:app"
    options: tuple[str, ...] = ()


def run(trial: Trial) -> Outcome:
    """Try every operation; the exit code is 0 when no check has failed."""
    with tempfile.TemporaryDirectory() as folder:
        url = trial.database_url or f"sqlite+aiosqlite:///{folder}/housestaff.db"
        environment = {
            **os.environ,
            **{f"HOUSESTAFF_RATE_LIMIT_{group}": "" for group in _GROUPS},
            "HOUSESTAFF_DATA_DIR": folder,
            "HOUSESTAFF_DATABASE_URL": url,
            "HOUSESTAFF_SECRET_KEY": secrets.token_hex(32),
            "HOUSESTAFF_LOGIN_FAILURES": "1000000",
            "HOUSESTAFF_LOGIN_FAILURES_PER_ADDRESS": "1000000",
            "PYTHONPATH": str(BACKEND),
            "SCHEMATHESIS_HOOKS": "tests.api.schemathesis_hooks",
            "SCHEMATHESIS_WORLD": json.dumps(asyncio.run(_fill(url, trial.role))),
        }
        with _serving(environment, trial.application) as address:
            done = subprocess.run(
                [*_command(address, trial), *trial.options],
                env=environment,
                check=False,
                capture_output=True,
                text=True,
                cwd=folder,
            )
        log = (Path(folder) / "server.log").read_text(encoding="utf-8").splitlines()
    errors = [one for one in log if '"ERROR"' in one]
    return Outcome(done.returncode, done.stdout + done.stderr, errors)


def _command(address: str, trial: Trial) -> list[str]:
    return [
        str(Path(sys.executable).parent / "schemathesis"),
        f"--config-file={BACKEND / 'schemathesis.toml'}",
        "run",
        f"{address}/api/openapi.json",
        "--checks=all",
        f"--max-examples={trial.examples}",
        f"--seed={trial.seed}",
        "--suppress-health-check=all",
        "--generation-database=none",
        "--no-color",
    ]


async def _fill(url: str, role: Role) -> dict[str, str]:
    await upgrade(url)
    database = Database.connect(url)
    program = await add_program(database)
    if role is Role.ADMIN:
        await add_user(database, "caller", admin=True)
    else:
        await add_member(database, "caller", program, role)
    async with httpx2.AsyncClient() as unused:
        world = await make_world(unused, database, program)
    await database.close()
    return {name: str(identity) for name, identity in world.ids.items()}


@contextlib.contextmanager
def _serving(environment: dict[str, str], application: str) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = [sys.executable, "-m", "uvicorn", application, f"--port={port}"]
    server.append("--log-level=warning")
    log = Path(environment["HOUSESTAFF_DATA_DIR"]) / "server.log"
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            [*server, "--log-level=warning"], env=environment, stderr=errors
        ) as process,
    ):
        address = f"http://127.0.0.1:{port}"
        try:
            _wait(f"{address}/api/health/ready", process)
            yield address
        finally:
            process.terminate()


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(address):  # noqa: S310 - our own
            return
        time.sleep(0.1)
    raise RuntimeError("the server does not start")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("examples", type=int, help="examples of each operation")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1 << 31))
    parser.add_argument("--role", type=Role, choices=list(Role), action="append")
    parser.add_argument("--phases", default="examples,coverage,fuzzing,stateful")
    parser.add_argument("--database", default="", help="URL of an empty database (SQLite)")
    given = parser.parse_args()
    failed = 0
    for tried in given.role or (Role.ADMIN, Role.COORDINATOR, Role.RESIDENT):
        print(f"== {tried}, seed {given.seed}", flush=True)
        trial = Trial(
            role=tried,
            examples=given.examples,
            seed=given.seed,
            database_url=given.database,
            options=(f"--phases={given.phases}",),
        )
        done = run(trial)
        print(done.report, *done.errors, sep="\n")
        failed |= done.code
    sys.exit(failed)
