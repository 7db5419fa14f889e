import argparse
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

from rich.console import Console

from app.cli import inputs
from app.cli.output import BadInput, Report, finding
from app.cli.render.numbers import counted, short_number
from app.cli.render.summary import print_sentence
from app.cli.render.terminal import console, fit
from app.files.comparison import Comparison, compare_documents
from app.files.loaded import LoadedProgramme
from app.files.schedule_document import ScheduleDocument
from app.scheduling.api import evaluate
from app.scheduling.domain.problem import Grid
from app.scheduling.domain.result import Term

_MOST_PEOPLE = 60
_MOST_NAMED = 10
_OTHER_INPUT = (
    "the two schedules were made from different input, so their terms may not mean the same; "
    "--program FILE scores both by one programme"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("before", metavar="A", type=Path, help="a schedule, JSON or CSV")
    parser.add_argument("after", metavar="B", type=Path, help="another one")
    inputs.add_schedule_programme(parser)
    parser.add_argument(
        "--base", metavar="SCHEDULE", type=Path, help="the schedule that stability compares with"
    )


def run(arguments: argparse.Namespace) -> Report:
    loaded = inputs.optional_programme(arguments)
    base = None
    if loaded is not None:
        base, loaded = inputs.base(arguments.base, loaded)
    elif arguments.base is not None:
        raise BadInput("--base is scored by a programme file: add --program FILE")
    paths = arguments.before, arguments.after
    before, after = (inputs.schedule(path, loaded) for path in paths)
    terms = (_terms(document, loaded, base) for document in (before, after))
    comparison = compare_documents(before, after, *terms)
    findings = []
    if loaded is None and _input_hash(before) != _input_hash(after):
        findings.append(finding(_OTHER_INPUT, severity="info", rule="provenance"))
    return Report(
        status="SAME" if comparison.same else "DIFFERENT",
        findings=findings,
        fields={
            **asdict(comparison),
            "by_person": [{"name": n, "changes": count} for n, count in comparison.by_person],
            "by_period": [{"period": p, "changes": count} for p, count in comparison.by_period],
        },
        show=lambda: _show(comparison, [str(found["message"]) for found in findings]),
    )


def _terms(
    document: ScheduleDocument, loaded: LoadedProgramme | None, base: Grid | None
) -> list[Term]:
    if loaded is not None:
        return list(evaluate(loaded.program, document.grid, base).terms)
    return [] if document.outcome is None else list(document.outcome.terms)


def _input_hash(document: ScheduleDocument) -> str | None:
    return None if document.provenance is None else document.provenance.input_hash


def _show(comparison: Comparison, notes: Sequence[str]) -> None:
    screen = console()
    people = "1 person" if comparison.people == 1 else f"{comparison.people} people"
    size = f"{people} in {counted(comparison.periods, 'period')}"
    if comparison.same:
        screen.print(f"The two schedules place everybody alike ({size}).", style="bold green")
    else:
        changed = counted(len(comparison.changes), "change")
        who = len(comparison.by_person)
        screen.print(f"{changed} for {who} of {size}", style="bold")
    for note in notes:
        print_sentence(screen, note, "dim")
    for words, names in (
        ("People only in A", comparison.people_only_before),
        ("People only in B", comparison.people_only_after),
        ("Periods only in A", comparison.periods_only_before),
        ("Periods only in B", comparison.periods_only_after),
    ):
        if names:
            shown = ", ".join(names[:_MOST_NAMED])
            more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
            print_sentence(screen, f"{words}: {shown}{more}")
    _show_changes(screen, comparison)
    _show_terms(screen, comparison)
    _show_staffing(screen, comparison)


def _show_changes(screen: Console, comparison: Comparison) -> None:
    if not comparison.changes:
        return
    screen.print()
    screen.print("Changes by person, most first (period: A → B)", style="underline")
    by_name = {
        person: list(group)
        for person, group in groupby(comparison.changes, key=lambda change: change.name)
    }
    for name, count in comparison.by_person[:_MOST_PEOPLE]:
        cells = ", ".join(
            f"{change.period}: {change.before or '–'} → {change.after or '–'}"
            for change in by_name[name]
        )
        print_sentence(screen, f"{name} ({count})  {cells}")
    if len(comparison.by_person) > _MOST_PEOPLE:
        screen.print(f"and {len(comparison.by_person) - _MOST_PEOPLE} more people; --json has all")
    screen.print()
    periods = ", ".join(f"{period}: {count}" for period, count in comparison.by_period)
    print_sentence(screen, f"Changes by period  {periods}")


def _show_terms(screen: Console, comparison: Comparison) -> None:
    if not comparison.terms:
        return
    width = min(44, max(len(term.name) for term in comparison.terms), screen.width - 30)
    screen.print()
    screen.print(f"{fit('Term', width)} {'A':>9} {'B':>9} {'B - A':>9}", style="underline")
    for term in comparison.terms:
        known = term.before is not None and term.after is not None
        change = (term.after or 0) - (term.before or 0) if known else None
        cells = f"{short_number(term.before):>9} {short_number(term.after):>9} "
        style = "" if change else "dim"
        screen.print(f"{fit(term.name, width)} {cells}{short_number(change):>9}", style=style)
    values = [(term.before or 0, term.after or 0) for term in comparison.terms]
    before, after = sum(old for old, _ in values), sum(new for _, new in values)
    totals = f"{short_number(before):>9} {short_number(after):>9} {short_number(after - before):>9}"
    screen.print(f"{fit('objective', width)} {totals}", style="bold")


def _show_staffing(screen: Console, comparison: Comparison) -> None:
    if not comparison.staffing:
        return
    screen.print()
    screen.print("Staffing that differs (period: A → B, ! too few)", style="underline")
    for name, group in groupby(comparison.staffing, key=lambda change: change.name):
        cells = ", ".join(
            f"{change.period}: {change.before:g}{'!' * change.short_before} → "
            f"{change.after:g}{'!' * change.short_after}"
            for change in group
        )
        print_sentence(screen, f"{name}  {cells}")
