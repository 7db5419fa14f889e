"""The verdict on duty hours in a terminal: what is broken, and who is closest to each limit."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.text import Text

from app.cli.render.numbers import counted
from app.cli.render.summary import Found, print_findings, print_sentence
from app.cli.render.terminal import console, fit, printable
from app.files.exports.annual_grid import short_date
from app.files.exports.duty_report import DutyReport
from app.scheduling.acgme.finding import Margin

_WHO, _ON, _WHEN, _VALUE = 12, 5, 13, 12
_BROKEN = {"error": "bold bright_red", "warning": "bold yellow", "info": "bold"}

_MOST_BESIDE = 5
"""Errors that are printed beside a schedule."""


def show_verified(
    report: DutyReport,
    found: Sequence[Found],
    page: Path | None,
    *,
    notes: Sequence[Found] = (),
    programme: Sequence[Found] | None = None,
) -> None:
    """Print the law first, the programme's own rules apart from it.

    Parameters
    ----------
    found
        Findings of the audit.
    page
        Where the HTML page was written.
    notes
        What is odd in what was read.
    programme
        Findings of the check; None when there is no programme.
    """
    screen = console()
    print_verdict(screen, report)
    if programme is not None:
        _print_heading(screen, "Duty-hour rules")
    print_findings(screen, found)
    print_closest(screen, report)
    if programme is not None:
        _print_heading(screen, "Programme rules")
        errors = sum(one["severity"] == "error" for one in programme)
        warnings = sum(one["severity"] == "warning" for one in programme)
        screen.print(f"{counted(errors, 'error')}, {counted(warnings, 'warning')}")
        print_findings(screen, programme)
    if notes:
        _print_heading(screen, "About the input")
        print_findings(screen, notes)
    if page is not None:
        screen.print()
        print_sentence(screen, f"Page: {page}")


def print_duty_summary(screen: Console, report: DutyReport, found: Sequence[Found]) -> None:
    """Print how many findings there are, and the first errors, beside a schedule."""
    screen.print()
    style = "bold red" if report.count("error") else "green"
    line = Text("Duty hours: ", style="")
    screen.print(line.append(report.counts, style=style))
    errors = [one for one in found if one["severity"] == "error"]
    print_findings(screen, errors[:_MOST_BESIDE])
    if len(errors) > _MOST_BESIDE:
        screen.print(f"  and {len(errors) - _MOST_BESIDE} more errors")


def _print_heading(screen: Console, words: str) -> None:
    screen.print()
    screen.print(Text(words, style="bold underline"))


def print_verdict(screen: Console, report: DutyReport) -> None:
    """Print whether the law is kept, by what it was judged, and how many findings there are."""
    style = "bold red" if report.count("error") else "bold green"
    print_sentence(screen, f"{report.title}: {report.verdict}", style)
    people = len(report.timeline.people)
    who = report.labels[report.person] if report.person else counted(people, "resident")
    print_sentence(screen, f"{who}, {report.span}; {report.law}", "dim")
    screen.print(report.counts)


def print_closest(screen: Console, report: DutyReport) -> None:
    """Print the closest case of every rule; of one person with the arithmetic."""
    if not report.closest:
        return
    screen.print()
    if report.person:
        title = f"{report.labels[report.person]}: closest to each limit"
        screen.print(Text(printable(title), style="underline"))
        for one in report.closest:
            _print_sentence(screen, report, one)
        return
    width = max(20, screen.width - _WHO - _ON - _WHEN - _VALUE - 4)
    head = (fit("Closest to each limit", width), fit("who", _WHO), fit("on", _ON))
    screen.print(
        Text(" ".join((*head, fit("when", _WHEN), f"{'':>{_VALUE}}")).rstrip(), style="underline")
    )
    for one in report.closest:
        doubt = report.doubt(one.rule)
        cells = (
            fit(one.name, width - len(doubt)).rstrip() + doubt,
            fit(report.labels[one.person], _WHO),
            fit(one.rotation, _ON),
            fit(_days(one.first, one.last), _WHEN),
            f"{report.compared(one):>{_VALUE}}",
        )
        line = f"{fit(cells[0], width)} {' '.join(cells[1:])}"
        screen.print(Text(line, style=_style(report, one)), overflow="crop")


def _print_sentence(screen: Console, report: DutyReport, one: Margin) -> None:
    name = printable(f"  {one.name}{report.doubt(one.rule)}: ")
    screen.print(Text(name + report.compared(one), style=_style(report, one)))
    print_sentence(screen, f"    {one.message}", "dim")


def _style(report: DutyReport, one: Margin) -> str:
    return "" if one.margin >= 0 else _BROKEN[report.severity(one.rule)]


def _days(first: date, last: date) -> str:
    if first == last:
        return short_date(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{short_date(last)}"
    return f"{short_date(first)}–{short_date(last)}"
