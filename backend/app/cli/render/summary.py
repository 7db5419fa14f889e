"""A schedule's value and findings, as a coordinator reads them."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from rich.console import Console
from rich.text import Text

from app.cli.render.numbers import counted, percent, short_number
from app.cli.render.terminal import fit, printable
from app.files.exports.annual_grid import AnnualGrid
from app.scheduling.domain.result import Result, Term

Found = Mapping[str, object]

_MOST_PER_RULE = 5
_MOST_ERRORS = 200
_WIDEST_NAME = 44
_STYLES = {"error": "bold red", "warning": "yellow", "info": "dim"}


def print_sentence(console: Console, words: str, style: str = "") -> None:
    """Print a line that a terminal wraps between words and a pipe gets whole."""
    console.print(Text(printable(words), style=style), soft_wrap=not console.is_terminal)


def print_outcome(console: Console, name: str, result: Result) -> None:
    """Print status, objective, bound and gap."""
    words = {
        "OPTIMAL": "proved best",
        "FEASIBLE": "a schedule, not proved best",
        "INFEASIBLE": "no schedule keeps all rules that must hold",
        "UNKNOWN": "no schedule found in the time given",
    }[result.status]
    style = "bold green" if result.grid is not None else "bold red"
    console.print(Text(printable(name), style="bold"))
    line = Text(f"{result.status}", style=style)
    console.print(line.append(f": {words}, {result.wall_s:.1f} s", style="default"))
    if result.objective is None:
        return
    parts = [f"objective {short_number(result.objective)}"]
    if result.bound is not None:
        distance = abs(result.objective - result.bound)
        parts.append(f"bound {short_number(result.bound)} ({result.bound_source})")
        parts += [f"{short_number(distance)} apart"] if distance else []
    parts += [f"ideal {short_number(result.ideal)}", f"gap {percent(result.gap)}"]
    print_sentence(console, " · ".join(parts))


def print_terms(console: Console, terms: Sequence[Term]) -> None:
    """Print the objective by term; the values add up."""
    if not terms:
        return
    title = "Objective by rule"
    longest = max(map(len, [title, *(term.name for term in terms)]))
    width = min(_WIDEST_NAME, longest, console.width - 36)
    heads = Text(f"{fit(title, width)} {'amount':>8} {'weight':>7} {'value':>8}")
    heads.append(f" {'ideal':>8}")
    heads.stylize("underline")
    console.print()
    console.print(heads)
    for term in terms:
        numbers = (term.amount, term.weight, term.value, term.ideal)
        cells = [short_number(number) for number in numbers]
        line = f"{fit(term.name, width)} {cells[0]:>8} {cells[1]:>7} {cells[2]:>8} {cells[3]:>8}"
        console.print(line, style="dim" if term.value == term.ideal else "")


def print_staffing(console: Console, grid: AnnualGrid) -> None:
    """Print how many places stay unfilled, and whose requirements stay open."""
    word = grid.period_word.lower()
    console.print()
    short = [
        (rule, [n for n, count in enumerate(rule.counts) if count.short]) for rule in grid.staffing
    ]
    unfilled = [(rule, columns) for rule, columns in short if columns]
    if not unfilled:
        console.print(f"Every {word} is staffed.")
    else:
        total = sum(len(columns) for _, columns in unfilled)
        console.print(Text(f"Short of people: {counted(total, word)}", style="yellow"))
        for rule, columns in unfilled:
            labels = ", ".join(grid.columns[column].label for column in columns)
            print_sentence(console, f"  {rule.name}: {word} {labels}")
    rows = [row for row in grid.rows if not row.all_met]
    if not rows:
        console.print("Every requirement is met.")
    else:
        console.print(Text(f"Open requirements: {counted(len(rows), 'resident')}", style="yellow"))


def print_findings(console: Console, findings: Sequence[Found]) -> None:
    """Print errors in full, and of the rest the first few of every rule."""
    errors = [found for found in findings if found["severity"] == "error"]
    for found in errors[:_MOST_ERRORS]:
        _print_finding(console, found)
    if len(errors) > _MOST_ERRORS:
        console.print(f"  and {len(errors) - _MOST_ERRORS} more; --json lists all")
    rest = [found for found in findings if found["severity"] != "error"]
    for name, group in groupby(rest, key=lambda found: found["name"]):
        members = list(group)
        for found in members[:_MOST_PER_RULE]:
            _print_finding(console, found)
        if len(members) > _MOST_PER_RULE:
            more = len(members) - _MOST_PER_RULE
            console.print(printable(f"  and {more} more of {name}"), style="dim")


def _print_finding(console: Console, found: Found) -> None:
    severity = str(found["severity"])
    line = Text(f"  {severity:<7} ", style=_STYLES[severity])
    line.append(printable(str(found["message"])), style="default")
    console.print(line, soft_wrap=not console.is_terminal)
