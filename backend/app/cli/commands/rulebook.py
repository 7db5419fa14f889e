import argparse
from pathlib import Path

from app.cli import inputs
from app.cli.output import Report, engine_findings, say
from app.files.exports.rule_book import rule_book_html, rule_book_markdown
from app.files.reading import write_atomically


def add_arguments(parser: argparse.ArgumentParser) -> None:
    inputs.add_programme(parser)
    parser.add_argument("--to", choices=("md", "html"), default="md", help="format (md)")
    parser.add_argument(
        "-o", "--output", metavar="OUT", type=Path, help="where it goes (standard output)"
    )


def run(arguments: argparse.Namespace) -> Report:
    output = None if arguments.output is None else inputs.output_path(arguments.output, "")
    loaded = inputs.programme(arguments)
    text = rule_book_html(loaded) if arguments.to == "html" else rule_book_markdown(loaded)
    if output is not None:
        write_atomically(output, text.encode())
    findings = engine_findings(loaded.findings)

    def show() -> None:
        for found in findings:
            say(str(found["message"]))
        print(text if output is None else output, end="" if output is None else "\n")

    return Report(
        findings=findings,
        fields={
            "format": arguments.to,
            "file": None if output is None else str(output),
            "document": text if output is None else None,
        },
        show=show,
    )
