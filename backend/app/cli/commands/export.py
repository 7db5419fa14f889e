import argparse
from pathlib import Path

from app.cli import inputs
from app.cli.output import Report
from app.files.reading import write_atomically
from app.files.schedule_document import ScheduleDocument

_FORMATS = ("xlsx", "csv", "html")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("schedule", metavar="SCHEDULE", type=Path, help="the schedule, JSON or CSV")
    parser.add_argument("--to", choices=_FORMATS, required=True, help="what to make of it")
    parser.add_argument(
        "-o", "--output", metavar="OUT", type=Path, help="where it goes (<schedule>.<format>)"
    )
    inputs.add_schedule_programme(parser)


def run(arguments: argparse.Namespace) -> Report:
    stem = arguments.schedule.name.removesuffix(".json").removesuffix(".csv")
    output = inputs.output_path(arguments.output, f"{stem}.{arguments.to}")
    document = inputs.schedule(arguments.schedule, inputs.optional_programme(arguments))
    write_atomically(output, _content(document, arguments.to))
    return Report(fields={"file": str(output), "format": arguments.to}, show=lambda: print(output))


def _content(document: ScheduleDocument, form: str) -> bytes:
    # Each format's writer is imported alone: a CSV does not pay for Excel.
    if form == "xlsx":
        from app.files.exports.workbook import write_workbook  # noqa: PLC0415

        return write_workbook(document)
    if form == "html":
        from app.files.exports.web import write_web_page  # noqa: PLC0415

        return write_web_page(document).encode()
    from app.files.schedule_file import to_csv  # noqa: PLC0415

    return to_csv(document).encode()
