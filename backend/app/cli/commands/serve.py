import argparse
import gc
import os
from typing import Any

import uvicorn
from uvicorn.importer import import_from_string

from app.cli.output import Report
from app.cli.service import read_settings
from app.core.parent import SUPERVISOR, end_with

_LAST_WORDS_S = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on (8000)")
    parser.add_argument(
        "--proxy",
        metavar="ADDRESS",
        default="127.0.0.1",
        help="address of a proxy whose word on callers and HTTPS is believed (127.0.0.1)",
    )


def run(arguments: argparse.Namespace) -> Report:
    read_settings()
    if supervisor := os.environ.get(SUPERVISOR):
        end_with(int(supervisor))
    uvicorn.run(
        _application(),
        host=arguments.host,
        port=arguments.port,
        forwarded_allow_ips=arguments.proxy,
        log_config=None,
        access_log=False,
        # Who follows a task would hold up the end for as long as it runs.
        timeout_graceful_shutdown=_LAST_WORDS_S,
    )
    return Report(show=lambda: None)


def _application() -> Any:  # noqa: ANN401 - what Uvicorn serves
    """Import the application; what that makes stays, and is never looked through for garbage.

    A quarter of the start was spent on looking.
    """
    gc.disable()
    application = import_from_string("app.main:app")
    gc.freeze()
    gc.enable()
    return application
