"""The processes of the service under one roof: started, started again when they die, ended."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from app.cli.output import say
from app.core.parent import SUPERVISOR

_LAST_WORDS_S = 10.0
_LONGEST_WAIT_S = 30.0
_STEADY_S = 60.0


@dataclass(slots=True)
class Child:
    """One process.

    Parameters
    ----------
    words
        The program and its arguments.
    """

    name: str
    words: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths: int = 0
    again_at: float = field(default=0.0)


class Supervisor:
    """Keeps processes running.

    Each has a process group of its own, so that a Ctrl-C reaches nobody but us, and that none of
    their own children is left behind. What they say goes to one file each.
    """

    def __init__(
        self, children: Sequence[Child], logs: Path, environment: Mapping[str, str]
    ) -> None:
        self.children = children
        self.logs = logs
        self.environment = {**os.environ, **environment, SUPERVISOR: str(os.getpid())}

    def __enter__(self) -> Self:
        """Start all of them."""
        self.logs.mkdir(parents=True, exist_ok=True)
        for child in self.children:
            self._start(child)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End all of them, at last by force."""
        running = [one.process for one in self.children if one.process is not None]
        for process in running:
            # Not the processes of its own: a worker whose own are gone waits for them for ever.
            process.terminate()
        deadline = time.monotonic() + _LAST_WORDS_S
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline - time.monotonic()))
            # Also what a process that is gone has left behind.
            _kill(process)
            process.wait()

    def look(self) -> None:
        """Start again what has died; what dies at once waits longer each time."""
        for child in self.children:
            if child.process is None:
                if time.monotonic() >= child.again_at:
                    self._start(child)
            elif child.process.poll() is not None:
                self._mourn(child, child.process)

    def _start(self, child: Child) -> None:
        with self._log(child).open("ab") as log:
            child.process = _open(child.words, log, self.environment)
        child.started = time.monotonic()

    def _mourn(self, child: Child, process: subprocess.Popen[bytes]) -> None:
        _kill(process)
        steady = time.monotonic() - child.started > _STEADY_S
        child.deaths = 1 if steady else child.deaths + 1
        wait_s = min(_LONGEST_WAIT_S, 2.0 ** (child.deaths - 1))
        child.process, child.again_at = None, time.monotonic() + wait_s
        say(
            f"{child.name} ended ({process.returncode}); it is started again in {wait_s:.0f} s, "
            f"{self._log(child)} may say why"
        )

    def _log(self, child: Child) -> Path:
        return self.logs / f"{child.name}.log"


def _open(
    words: Sequence[str], log: IO[bytes], environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own words
        words,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        env=environment,
        start_new_session=True,
    )


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and all that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
