"""The service as it runs on one machine: start, memory, and its answers while a solve goes on."""

import asyncio
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import numpy as np

from app.cli.service import part_words
from app.controllers.jobs.dispatch import announce
from app.controllers.jobs.generate import ask_generation
from app.controllers.setting_up import first_admin, seed_demo, somebody_with_all_rights
from app.core.access import Access
from app.core.celery_app import Broker
from app.core.settings import Settings
from app.core.words import JobState
from app.db.migrations import upgrade
from app.db.session import Database
from app.files.programme_file import load_programme
from app.schemas.generation import GenerationRequest
from app.services.job_service import find_job
from benchmarks.suites.common import Options, Report
from benchmarks.tables import Table, shown

ROOT = Path(__file__).parents[3]
DEMO = ROOT / "examples" / "im-4plus1" / "programme.yaml"
_MEASURE_S = 20.0
_EVERY_S = 0.01
_WARM_UP_S = 8.0


def longest_s(options: Options) -> float:  # noqa: ARG001 - every suite has this signature
    """Return the time that the suite takes at most, about."""
    return 2 * _MEASURE_S + 60


def run(options: Options) -> Report:  # noqa: ARG001 - as above
    """Measure the parts as `up` starts them, with SQLite and messages as files."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(Settings(data_dir=Path(folder), database_url="")))


async def _measure(settings: Settings) -> Report:
    settings.prepare_data_dir()
    await upgrade(settings.database)
    port = _free_port()
    url = f"http://127.0.0.1:{port}/api/health/live"
    with (
        _part(settings, "worker", "solves") as solves,
        _part(settings, "worker", "chores") as chores,
        _part(settings, "beat") as beat,
    ):
        await asyncio.sleep(_WARM_UP_S)
        begun = time.perf_counter()
        with _part(settings, "serve", "--port", str(port)) as api:
            await _until_live(url)
            start_s = time.perf_counter() - begun
            idle = await _latencies(url)
            busy = await _while_it_solves(settings, url)
            parts = {"API": api, "worker for solves": solves, "worker for chores": chores}
            parts["clock"] = beat
            memory = {name: _megabytes(part.pid) for name, part in parts.items()}
    rows: list[dict[str, Any]] = [
        {"start_s": start_s, "megabytes": memory},
        {"idle_ms": _points(idle), "solving_ms": _points(busy)},
    ]
    answers = [
        (name, str(len(found)), *(shown(value, 1) for value in _points(found)))
        for name, found in (("idle", idle), ("while a solve runs", busy))
    ]
    return Report(
        (
            Table(
                "GET /api/health/live, every 10 ms",
                ("service", "answers", "p50 ms", "p99 ms", "slowest ms"),
                tuple(answers),
                ("The solve has as many threads as the machine has cores.",),
            ),
            Table(
                f"Processes after the solve; the API answered {start_s:.1f} s after its start",
                ("part", "MB"),
                tuple((name, shown(value, 0)) for name, value in memory.items()),
                ("Proportional share (PSS) of a part and its children, in 10⁶ bytes.",),
            ),
        ),
        rows,
    )


async def _while_it_solves(settings: Settings, url: str) -> list[float]:
    database, broker = Database.connect(settings.database), Broker(settings)
    await first_admin(database, "not a secret at all")
    user = await somebody_with_all_rights(database)
    assert user is not None
    draft = await seed_demo(database, load_programme(DEMO).program, user)
    assert draft is not None
    access = Access(user_id=user.id, is_admin=True, roles={})
    async with database.unit_of_work() as session:
        request = GenerationRequest(time_s=_MEASURE_S + 30)
        job = await ask_generation(session, access, draft.id, request)
    await announce(database, broker, job.id, job.kind)
    await asyncio.sleep(_WARM_UP_S)
    found = await _latencies(url)
    async with database.reading() as session:
        known = await find_job(session, job.id)
    assert known is not None
    assert known.state == JobState.RUNNING, known.state
    broker.close()
    await database.close()
    return found


async def _latencies(url: str) -> list[float]:
    """Return how long answers took, in milliseconds."""
    found = []
    async with httpx2.AsyncClient() as client:
        end = time.perf_counter() + _MEASURE_S
        while time.perf_counter() < end:
            begun = time.perf_counter()
            (await client.get(url)).raise_for_status()
            found.append((time.perf_counter() - begun) * 1000)
            await asyncio.sleep(_EVERY_S)
    return found


def _points(found: list[float]) -> tuple[float, ...]:
    return (*map(float, np.percentile(found, [50, 99])), max(found))


async def _until_live(url: str) -> None:
    async with httpx2.AsyncClient() as client:
        while True:
            try:
                (await client.get(url)).raise_for_status()
            except httpx2.HTTPError:
                await asyncio.sleep(0.02)
            else:
                return


@contextmanager
def _part(settings: Settings, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    own = {"HOUSESTAFF_DATA_DIR": str(settings.data_dir), "HOUSESTAFF_DATABASE_URL": ""}
    process = subprocess.Popen(
        part_words(*words),
        env={**os.environ, **own, "PYTHONPATH": str(ROOT / "backend")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _megabytes(group: int) -> float:
    """Return what a process group takes, shared pages by halves and thirds."""
    total = 0
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(entry.name)) == group:
                lines = (entry / "smaps_rollup").read_text("ascii").splitlines()
                total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        except OSError:
            continue
    return total * 1024 / 1e6


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port
