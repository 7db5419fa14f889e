"""Servers in processes of their own, on free ports, and a client that waits for nothing else."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

BACKEND = Path(__file__).parents[1]
_LONGEST_START_S = 60
SERVICE = ("app.cli", "serve")
BARE = ("uvicorn", "benchmarks.bare_api:app", "--log-level", "warning", "--no-access-log")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and after how many milliseconds."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    ms: float


class Server:
    """A running server, with one connection that is kept open."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, start_s: float) -> None:
        self.process = process
        self.start_s = start_s
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def ask(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> Answer:
        """Send a request and read the whole answer."""
        started = time.perf_counter()
        self._connection.request(method, path, body=body, headers=dict(headers))
        response = self._connection.getresponse()
        content = response.read()
        took = (time.perf_counter() - started) * 1000
        return Answer(response.status, dict(response.getheaders()), content, took)

    @property
    def resident_mb(self) -> float:
        """Resident memory of the process, in 10⁶ bytes; 0 where the system does not tell."""
        status = Path(f"/proc/{self.process.pid}/status")
        if not status.exists():
            return 0.0
        lines = status.read_text().splitlines()
        [resident] = [line for line in lines if line.startswith("VmRSS:")]
        return int(resident.split()[1]) * 1024 / 1e6


@contextmanager
def serving(words: Sequence[str], environment: Mapping[str, str], probe: str) -> Iterator[Server]:
    """Run a module that serves, given as words; `probe` is a path that answers once it is there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", *words, "--port", str(port)],
        cwd=BACKEND,
        env={**os.environ, "PYTHONPATH": str(BACKEND), **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(port, probe, started)
        yield Server(process, port, time.perf_counter() - started)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait(port: int, probe: str, started: float) -> None:
    while time.perf_counter() - started < _LONGEST_START_S:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", probe)
            connection.getresponse().read()
        except OSError:
            time.sleep(0.02)
        else:
            return
        finally:
            connection.close()
    raise TimeoutError(f"no answer at port {port} after {_LONGEST_START_S} s")
