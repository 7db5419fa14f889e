import argparse
import os

from app.cli.output import Report
from app.cli.service import LINES, become, read_settings, worker_words

# Whoever waits for an answer of the API on the same machine goes before a solve.
_NICE = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "line",
        choices=LINES,
        help="what it waits for: solves, which take long, or all the other jobs",
    )


def run(arguments: argparse.Namespace) -> Report:
    settings = read_settings()
    if arguments.line == "solves":
        os.nice(_NICE)
    become(worker_words(arguments.line, settings))
