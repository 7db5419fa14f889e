"""Progress of a solve on standard error: one live line on a terminal, a line a second elsewhere."""

import sys
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, TextIO

from app.cli.render.numbers import percent, short_number
from app.scheduling.domain.params import Progress

_BAR_CELLS = 24
_REDRAW_S = 0.2
_LINE_S = 1.0
_CLEAR = "\r\x1b[K"
_PHASES = {"arithmetic": "counting supply and demand", "model": "building the model"}


class ProgressLine:
    """Shows the latest progress from a thread of its own, so that a busy solve stays visible.

    Parameters
    ----------
    limit_s
        When the solve will end; None when it ends by another measure.
    stream
        Where to; standard error by default.
    clock
        Monotonic seconds.
    """

    def __init__(
        self,
        limit_s: float | None,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit_s = limit_s
        self._stream = sys.stderr if stream is None else stream
        self._clock = clock
        self._started = clock()
        self._live = self._stream.isatty()
        self._latest: Progress | None = None
        self._stopping = False
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, name="progress", daemon=True)

    def __enter__(self) -> Self:
        """Start showing."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Show the last state once more and end the line."""
        self._done.set()
        self._thread.join()
        self._show()
        if self._live:
            self._stream.write("\n")
        self._stream.flush()

    def update(self, progress: Progress) -> None:
        """Take over what the engine reports."""
        self._latest = progress

    def stopping(self) -> None:
        """Say that the solve is asked to stop."""
        self._stopping = True

    def _run(self) -> None:
        while not self._done.wait(_REDRAW_S if self._live else _LINE_S):
            self._show()

    def _show(self) -> None:
        line = self.line()
        self._stream.write(_CLEAR + line if self._live else line + "\n")
        self._stream.flush()

    def line(self) -> str:
        """Return the state in one line."""
        elapsed = self._clock() - self._started
        parts = [f"{elapsed:5.1f} s"]
        if self._live and self._limit_s:
            filled = min(_BAR_CELLS, int(_BAR_CELLS * elapsed / self._limit_s))
            parts.append(f"[{'#' * filled}{'.' * (_BAR_CELLS - filled)}] of {self._limit_s:g} s")
        latest = self._latest
        if latest is None or latest.phase in _PHASES:
            parts.append(_PHASES[latest.phase] if latest else "starting")
        else:
            parts.append(f"objective {short_number(latest.objective)}")
            parts.append(f"bound {short_number(latest.bound)}")
            parts.append(f"gap {percent(latest.gap)}")
        if self._stopping:
            parts.append("stopping and keeping the best; Ctrl-C again aborts")
        return "  ".join(parts)
