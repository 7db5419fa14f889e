"""The command line as a program."""

import sys
import threading
from typing import NoReturn

from app.cli import main


def run() -> NoReturn:
    """Run one command and end with its exit status.

    What a stopped search left at work is not waited for.
    """
    status = main()
    if any(not thread.daemon for thread in threading.enumerate()[1:]):
        from app.cli.stopping import leave  # noqa: PLC0415 - most commands need none of it

        leave(status)
    sys.exit(status)


if __name__ == "__main__":
    run()
