import argparse

from app import __version__
from app.cli.output import Report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: the version has no options."""


def run(arguments: argparse.Namespace) -> Report:  # noqa: ARG001 -- every command has this signature
    return Report(show=lambda: print(__version__))
