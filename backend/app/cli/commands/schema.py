import argparse
import json

from app.cli.output import Report
from app.files.programme_schema import programme_schema


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: there is one schema."""


def run(arguments: argparse.Namespace) -> Report:  # noqa: ARG001 -- every command has this signature
    document = programme_schema()
    return Report(
        fields={"schema": document},
        show=lambda: print(json.dumps(document, indent=2, ensure_ascii=False)),
    )
