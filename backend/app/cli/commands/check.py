import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from app.cli import inputs
from app.cli.output import Finding, Report, engine_findings, finding
from app.cli.render.numbers import counted, short_number
from app.cli.render.summary import print_findings, print_terms
from app.cli.render.terminal import console
from app.files.schedule_document import ScheduleDocument
from app.scheduling.api import check, evaluate
from app.scheduling.domain.result import Score


def add_arguments(parser: argparse.ArgumentParser) -> None:
    inputs.add_programme(parser)
    parser.add_argument("schedule", metavar="SCHEDULE", type=Path, help="the schedule, JSON or CSV")
    parser.add_argument(
        "--base", metavar="SCHEDULE", type=Path, help="the schedule that stability compares with"
    )


def run(arguments: argparse.Namespace) -> Report:
    loaded = inputs.programme(arguments)
    base, loaded = inputs.base(arguments.base, loaded)
    document = inputs.schedule(arguments.schedule, loaded)
    grid = document.grid
    score = evaluate(loaded.program, grid, base)
    findings = [
        *engine_findings(loaded.findings),
        *engine_findings(check(loaded.program, grid, base)),
        *_claims(document, score, based=base is not None),
    ]
    return Report(
        status="VIOLATIONS" if any(found["severity"] == "error" for found in findings) else "OK",
        findings=findings,
        fields={
            "objective": score.objective,
            "ideal": score.ideal,
            "terms": [asdict(term) for term in score.terms],
        },
        show=lambda: show_checked(loaded.program.name, findings, score),
    )


def _claims(document: ScheduleDocument, score: Score, *, based: bool) -> list[Finding]:
    """Compare the objective that the file claims with the one that the schedule has."""
    claimed = None if document.outcome is None else document.outcome.objective
    if claimed is None or claimed == score.objective:
        return []
    why = "it was made from another version, or edited since"
    sources = () if document.provenance is None else document.provenance.sources
    for source in sources:
        if source.role == "base" and not based:
            why = f"it was made with --base {source.file}: give that schedule to the check too"
    message = (
        f"the file claims the objective {short_number(claimed)}, this programme gives "
        f"{short_number(score.objective)}: {why}"
    )
    return [
        finding(
            message,
            severity="warning",
            rule="provenance",
            name="Claimed objective",
            measured=score.objective,
            limit=claimed,
        )
    ]


def show_checked(name: str, findings: Sequence[Finding], score: Score) -> None:
    """Print what a check found, errors first, and the score."""
    screen = console()
    kinds = Counter(str(found["severity"]) for found in findings)
    errors, warnings = kinds["error"], kinds["warning"]
    verdict = "keeps every rule that must hold" if not errors else "breaks rules that must hold"
    style = "bold red" if errors else "bold green"
    screen.print(f"{name}: the schedule {verdict}", style=style)
    screen.print(f"{counted(errors, 'error')}, {counted(warnings, 'warning')}")
    print_findings(screen, findings)
    print_terms(screen, score.terms)
    screen.print(f"objective {short_number(score.objective)}, ideal {short_number(score.ideal)}")
