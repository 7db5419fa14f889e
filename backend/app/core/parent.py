"""Processes that end with the one that started them, even if that one is killed."""

import os
import signal
import threading
import time

SUPERVISOR = "HOUSESTAFF_SUPERVISOR"
"""The number of the process that a part of the service is to end with."""
_LOOK_EVERY_S = 1.0


def end_with(parent: int) -> None:
    """Have this process asked to end (SIGTERM) when it is not that one's child any more."""
    thread = threading.Thread(target=_watch, args=(parent,), name="parent", daemon=True)
    thread.start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_EVERY_S)
    os.kill(os.getpid(), signal.SIGTERM)
