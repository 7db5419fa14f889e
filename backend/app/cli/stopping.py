"""Ctrl-C and SIGTERM during a solve: once stops and keeps the best, twice aborts."""

import atexit
import os
import signal
import sys
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Self

from app.cli.output import Exit

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopping:
    """Turns the first signal into a wish to stop.

    Parameters
    ----------
    tell
        Called when the wish arrives.
    """

    def __init__(self, tell: Callable[[], None]) -> None:
        self._tell = tell
        self.requested = False
        self._before = [signal.getsignal(number) for number in _SIGNALS]

    def __enter__(self) -> Self:
        """Listen."""
        for number in _SIGNALS:
            signal.signal(number, self._receive)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave signals to whoever had them."""
        for number, handler in zip(_SIGNALS, self._before, strict=True):
            signal.signal(number, handler)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        if self.requested:
            atexit.register(_leave)
            raise KeyboardInterrupt
        self.requested = True
        self._tell()


def _leave() -> None:
    """End the process at once: the search's threads would not survive Python's own ending."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(Exit.INTERRUPTED)
