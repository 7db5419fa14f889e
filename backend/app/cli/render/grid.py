"""The annual grid in a terminal: people by PGY, periods in pages, totals right, staffing below."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import ceil

from rich.cells import cell_len
from rich.console import Console
from rich.style import Style
from rich.text import Text

from app.cli.render.numbers import percent, short_number
from app.cli.render.terminal import fit, printable
from app.files.exports.annual_grid import (
    AnnualGrid,
    Count,
    Row,
    Staffing,
    lay_out,
    long_date,
    short_date,
)
from app.files.exports.colours import ink
from app.files.schedule_document import ScheduleDocument, ShownRotation

_LONGEST_CODE = 5
_LONGEST_NAME = 24
_LONGEST_MONTH = 3
_LONGEST_TOTAL = 9
_SHORT, _OVER = "!", "+"
_MOST_OPEN = 30


def print_schedule(console: Console, document: ScheduleDocument) -> None:
    """Print the whole schedule, as many periods side by side as the console has room for."""
    grid = lay_out(document)
    sheet = _Sheet(grid, console.width)
    console.print(Text(printable(grid.title), style="bold"))
    console.print(Text(_headline(document, grid)))
    for page in sheet.pages():
        console.print()
        for line in sheet.lines(page):
            console.print(line, no_wrap=True, overflow="crop")
    console.print()
    for line in sheet.legend():
        console.print(line, no_wrap=True, overflow="crop")
    _print_open(console, grid)


def print_person(console: Console, document: ScheduleDocument, person: str) -> None:
    """Print one person's year: every run with its dates, then every requirement."""
    grid = lay_out(document)
    row = next(row for row in grid.rows if row.person.id == person)
    shown = row.person
    facts = [f"PGY-{shown.pgy}", shown.track, f"cohort {shown.cohort}" if shown.cohort else ""]
    console.print(Text(printable(shown.name), style="bold"))
    console.print(Text(printable(" · ".join(filter(None, [*facts, grid.title])))))
    console.print()
    sheet = _Sheet(grid, console.width)
    for run in row.runs:
        first, last = grid.columns[run.first], grid.columns[run.last]
        labels = first.label if run.length == 1 else f"{first.label}–{last.label}"
        line = Text(f"{labels:>7}  {short_date(first.start):>6} – {long_date(last.end):<11}  ")
        line.append_text(sheet.cell(run.rotation))
        line.append(f" {printable(run.rotation.name) if run.rotation else 'no appointment'}")
        console.print(line, no_wrap=True, overflow="ellipsis")
    if row.tallies:
        console.print()
        console.print(Text("Requirements, done/required", style="bold"))
    for position, count in row.tallies.items():
        tally = grid.tallies[position]
        words = f"  {tally.label:<14} {count} {tally.unit}"
        console.print(_flagged(printable(words), count), no_wrap=True, overflow="ellipsis")


class _Sheet:
    """Widths and lines of one grid at one console width."""

    def __init__(self, grid: AnnualGrid, width: int) -> None:
        self.grid = grid
        self.codes = abbreviations(grid.rotations)
        longest = max(map(len, self.codes.values()))
        widest = max((len(f"{c.there:g}") for s in grid.staffing for c in s.counts), default=1)
        self.cell_width = max(longest, widest + 1, _LONGEST_MONTH) + 1
        names = max((cell_len(row.person.name) for row in grid.rows), default=0)
        staffing = max((cell_len(rule.name) for rule in grid.staffing), default=0)
        self.left = min(max(names + 2, staffing, 10), _LONGEST_NAME, width // 3) + 1
        columns = range(len(grid.columns))
        totals = [f"{row.met} {_SHORT}" for row in grid.rows]
        totals += [rule.needed(columns) for rule in grid.staffing]
        self.right = min(max(map(len, [*totals, "needed"])), _LONGEST_TOTAL) + 1
        self.per_page = max(1, (width - self.left - self.right) // self.cell_width)

    def pages(self) -> list[range]:
        """Return the columns of every page, as even as they can be."""
        total = len(self.grid.columns)
        count = ceil(total / self.per_page)
        cuts = [round(number * total / count) for number in range(count + 1)]
        return [range(first, end) for first, end in pairwise(cuts)]

    def lines(self, page: range) -> Iterator[Text]:
        yield from self._head(page)
        for section in self.grid.sections:
            yield Text(f"{printable(section.title)} ({len(section.rows)})", style="bold")
            for row in section.rows:
                yield self._row(row, page)
        if self.grid.staffing:
            title = Text(fit("Staffing", self.left), style="bold")
            title.append(" " * (self.cell_width * len(page)))
            title.append(self._total("needed"), style="bold")
            yield title
            for rule in self.grid.staffing:
                yield self._staffing(rule, page)

    def _head(self, page: range) -> Iterator[Text]:
        columns = [self.grid.columns[column] for column in page]
        word = self.grid.period_word
        total = len(self.grid.columns)
        span = f"{word}s {columns[0].label}–{columns[-1].label}" if len(columns) > 1 else word
        dates = f"{long_date(columns[0].start)} – {long_date(columns[-1].end)}"
        of_all = "" if len(page) == total else f" of {self.grid.columns[-1].label}"
        yield Text(f"{span}{of_all}: {dates}", style="underline")
        months = [f"{slot.start:%b}" for slot in columns]
        new_month = [i == 0 or month != months[i - 1] for i, month in enumerate(months)]
        cells = [month if new else "" for month, new in zip(months, new_month, strict=True)]
        yield self._header_line("", cells, "")
        yield self._header_line("from", [str(slot.start.day) for slot in columns], "")
        yield self._header_line(word, [slot.label for slot in columns], "done", style="bold")

    def _header_line(self, left: str, cells: Sequence[str], right: str, style: str = "") -> Text:
        middle = "".join(fit(cell, self.cell_width) for cell in cells)
        return Text(fit(left, self.left) + middle + self._total(right), style=style)

    def _row(self, row: Row, page: range) -> Text:
        line = Text(fit(f"  {row.person.name}", self.left - 1) + " ")
        for column in page:
            line.append_text(self.cell(row.cells[column]))
        if row.all_met:
            return line.append(self._total(row.met))
        return line.append(self._total(f"{row.met} {_SHORT}"), style="bold bright_red")

    def cell(self, rotation: ShownRotation | None) -> Text:
        """Return a code on its colour; a dot where nobody is appointed."""
        if rotation is None:
            return Text(fit("·", self.cell_width), style="dim")
        colour = self.grid.colours[rotation.code]
        style = Style(color=ink(colour), bgcolor=colour)
        return Text(fit(self.codes[rotation.code], self.cell_width), style=style)

    def _staffing(self, rule: Staffing, page: range) -> Text:
        line = Text(fit(rule.name, self.left - 1) + " ")
        for column in page:
            count = rule.counts[column]
            text = _flagged(f"{count.there:g}", count)
            text.append(" " * (self.cell_width - len(text)))
            line.append_text(text)
        return line.append(self._total(rule.needed(page)))

    def _total(self, words: str) -> str:
        return fit(f" {words}", self.right).rstrip()

    def legend(self) -> Iterator[Text]:
        """Yield the codes with their names, then the marks."""
        used = {cell.code for row in self.grid.rows for cell in row.cells if cell is not None}
        entries = []
        for rotation in self.grid.rotations:
            if rotation.code in used:
                entry = Text().append_text(self.cell(rotation))
                entry.append(f" {fit(rotation.name, _LONGEST_NAME)}")
                entries.append(entry)
        room = self.left + self.right + self.cell_width * self.per_page
        across = max(1, room // (self.cell_width + _LONGEST_NAME + 1))
        for first in range(0, len(entries), across):
            yield Text("").join(entries[first : first + across])
        if self.grid.staffing or self.grid.tallies:
            yield Text(f"{_SHORT} too few   {_OVER} too many", style="dim")


def abbreviations(rotations: Sequence[ShownRotation]) -> dict[str, str]:
    """Return a different word of at most five letters for every code."""
    short: dict[str, str] = {}
    taken: set[str] = set()
    for rotation in sorted(rotations, key=lambda rotation: len(rotation.code)):
        code = printable(rotation.code)
        word, number = code[:_LONGEST_CODE], 1
        while word in taken:
            number += 1
            word = code[: _LONGEST_CODE - len(str(number))] + str(number)
        taken.add(word)
        short[rotation.code] = word
    return short


def _flagged(text: str, count: Count) -> Text:
    if count.short:
        return Text(text + _SHORT, style="bold bright_red")
    return Text(text + _OVER, style="bold yellow") if count.over else Text(text)


def _headline(document: ScheduleDocument, grid: AnnualGrid) -> str:
    parts = [grid.dates, grid.size]
    outcome = document.outcome
    if outcome is not None:
        parts.append(outcome.status)
        if outcome.objective is not None:
            parts.append(f"objective {short_number(outcome.objective)}")
        if outcome.gap:
            parts.append(f"gap {percent(outcome.gap)}")
    return " · ".join(parts)


def _print_open(console: Console, grid: AnnualGrid) -> None:
    unmet = [row for row in grid.rows if not row.all_met]
    if not unmet:
        return
    console.print()
    console.print(Text("Open requirements", style="bold"))
    for row in unmet[:_MOST_OPEN]:
        console.print(Text(printable(f"  {row.person.name}: {', '.join(grid.open_tallies(row))}")))
    if len(unmet) > _MOST_OPEN:
        console.print(Text(f"  and {len(unmet) - _MOST_OPEN} more people"))
