"""Parts of the service as processes."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

BACKEND = Path(__file__).parents[2]


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

    def said(self, *texts: str) -> bool:
        """Return whether one of these stands in a log."""
        logs = [path.read_text("utf-8") for path in self.logs.glob("*.log")]
        return any(text in log for log in logs for text in texts)

    def log(self) -> str:
        return "\n".join(path.read_text("utf-8")[-3000:] for path in self.logs.glob("*.log"))
