"""The schedule as an Excel workbook to pin up."""

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from math import ceil
from types import MappingProxyType
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from app.files.exports.annual_grid import (
    AnnualGrid,
    Count,
    Row,
    Section,
    lay_out,
    long_date,
    short_date,
)
from app.files.exports.colours import ink
from app.files.schedule_document import ANNUAL, ScheduleDocument, ShownRotation

_TABLOID, _LETTER = 3, 1
_ABSENT = "–"
_MOST_TALLIES_BESIDE_THE_GRID = 12
_MOST_COLUMNS_ON_LETTER = 26
_HEAD_ROWS = 4
_RULE, _BAND, _PALE = "#b8b8b8", "#2b3440", "#e8ebef"
_SHORT_FILL, _OVER_FILL = "#f8c9c4", "#fbe3b0"
_NOTHING: Mapping[int, str] = MappingProxyType({})
_HEADER_LIMIT = 200
"""Excel refuses headers of more than 255 characters."""


def write_workbook(document: ScheduleDocument, subject: str = ANNUAL) -> bytes:
    """Return the schedule as an ``.xlsx`` file, with `subject` below its title.

    The grid (people by PGY, coloured and merged runs, done/required, staffing, legend), a sheet of
    the staffing with its limits, and one of all requirements where they do not fit beside the grid;
    what the schedule does not have is left out. Text is only ever written as text: no name can
    become a formula.
    """
    memory = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(memory, options) as workbook:
        grid = lay_out(document)
        workbook.set_properties({"title": grid.title, "subject": grid.dates})
        styles = _Styles(workbook, grid)
        _GridSheet(workbook.add_worksheet("Schedule"), grid, styles).write(subject)
        if grid.staffing:
            _StaffingSheet(workbook.add_worksheet("Staffing"), grid, styles).write()
        if grid.tallies and not _tallies_on_the_wall(grid):
            _RequirementsSheet(workbook.add_worksheet("Requirements"), grid, styles).write()
    return memory.getvalue()


class _Styles:
    """Cell formats, made once each."""

    def __init__(self, workbook: xlsxwriter.Workbook, grid: AnnualGrid) -> None:
        self._workbook = workbook
        self._made: dict[tuple[tuple[str, Any], ...], Format] = {}
        self._colours = grid.colours
        thin = {"border": 1, "border_color": _RULE}
        middle = {"align": "center", "valign": "vcenter"}
        self.title = self.make(bold=True, font_size=16, valign="vcenter")
        self.note = self.make(font_color="#555555", valign="vcenter")
        self.plain = self.make(**thin, valign="vcenter")
        self.centre = self.make(**thin, **middle)
        self.absent = self.make(**thin, **middle, bg_color="#f4f4f4", font_color="#777777")
        self.head = self.make(**thin, **middle, bold=True, bg_color=_PALE, text_wrap=True)
        self.head_left = self.make(**thin, bold=True, bg_color=_PALE, valign="vcenter")
        self.head_small = self.make(**thin, **middle, bg_color=_PALE, font_size=7, shrink=True)
        self.band = self.make(bold=True, bg_color=_BAND, font_color="#ffffff", valign="vcenter")
        self.rule = self.make(**thin, valign="vcenter", shrink=True)
        self.soft = self.make(**thin, valign="vcenter", shrink=True, italic=True)
        self.small = self.make(**thin, **middle, font_size=8, font_color="#555555", shrink=True)
        self.codes = self.make(
            **thin, valign="vcenter", indent=1, font_size=8, font_color="#555555", shrink=True
        )
        self._count = {**thin, **middle}

    def make(self, **properties: Any) -> Format:  # noqa: ANN401 -- the library's own values
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._workbook.add_format(properties)
        return self._made[key]

    def rotation(self, rotation: ShownRotation) -> Format:
        """Return the rotation's colour with the text colour that is readable on it."""
        colour = self._colours[rotation.code]
        return self.make(
            **self._count, bg_color=colour, font_color=ink(colour), font_size=9, shrink=True
        )

    def staffed(self, count: Count) -> Format:
        """Return how a number of people is shown: short and over by mark as well as colour."""
        if count.short:
            shown = {"num_format": '0.##" ▼"' if count.there % 1 else '0" ▼"'}
            return self.make(**self._count, **shown, bold=True, bg_color=_SHORT_FILL)
        if count.over:
            shown = {"num_format": '0.##" ▲"' if count.there % 1 else '0" ▲"'}
            return self.make(**self._count, **shown, bold=True, bg_color=_OVER_FILL)
        return self.centre

    def tally(self, count: Count) -> Format:
        """Return how done/required is shown."""
        if count.kept:
            return self.centre
        return self.make(**self._count, bold=True, bg_color=_SHORT_FILL)


@dataclass(slots=True)
class _Sheet:
    """What the sheets have in common: title, headings of the periods, print set-up."""

    sheet: Worksheet
    grid: AnnualGrid
    styles: _Styles
    row: int = 0

    def text(self, column: int, words: str, style: Format) -> None:
        self.sheet.write_string(self.row, column, words, style)

    def set_up(self, subject: str, first_column: int) -> None:
        """Set page, headings to repeat, and panes that stay in view."""
        sheet, grid = self.sheet, self.grid
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(_TABLOID if _is_wide(grid) else _LETTER)
        sheet.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.6)
        sheet.fit_to_pages(1, 0)
        sheet.center_horizontally()
        sheet.repeat_rows(2, _HEAD_ROWS - 1)
        sheet.repeat_columns(0, first_column - 1)
        sheet.freeze_panes(_HEAD_ROWS, first_column)
        title, dates = _header_text(grid.title), _header_text(grid.dates)
        sheet.set_header(f"&L&B{title}&C{_header_text(subject)}&R{dates}")
        sheet.set_footer(f"&L{title} · {dates}&RPage &P of &N")
        sheet.set_row(0, 24)
        sheet.write_string(0, 0, grid.title, self.styles.title)
        sheet.write_string(1, 0, f"{subject} · {grid.dates}", self.styles.note)

    def periods(self, first_column: int, width: float) -> None:
        """Write label and first day of every period, and set their width."""
        last_column = first_column + len(self.grid.columns) - 1
        self.sheet.set_column(first_column, last_column, width)
        for column, slot in enumerate(self.grid.columns, first_column):
            dates = f"{long_date(slot.start)} – {long_date(slot.end)}"
            self.sheet.write_string(2, column, slot.label, self.styles.head)
            self.sheet.write_string(3, column, short_date(slot.start), self.styles.head_small)
            self.sheet.write_comment(2, column, dates, {"x_scale": 1.2, "y_scale": 0.4})

    def heads(self, titles: list[tuple[int, str]]) -> None:
        """Write headings that span both heading rows."""
        for column, title in titles:
            self.sheet.merge_range(2, column, 3, column, "", self.styles.head)
            self.sheet.write_string(2, column, title, self.styles.head)

    def met(self, column: int, row: Row) -> None:
        """Write how many of somebody's requirements are met."""
        if row.all_met:
            self.text(column, row.met, self.styles.centre)
        else:
            self.text(column, f"{row.met} ▼", self.styles.tally(_first_open(row)))

    def key(self, column: int) -> None:
        """Write what the totals count whose headings do not say it."""
        for tally in self.grid.tallies:
            codes = "+".join(tally.rotations)
            if tally.label != codes:
                self.text(column, f"{tally.label}: {', '.join(tally.rotations)}", self.styles.note)
                self.row += 1

    def band(self, words: str, last_column: int, end: Mapping[int, str] = _NOTHING) -> None:
        """Write a section's heading across the sheet, with `end` in its column."""
        for column in range(last_column + 1):
            self.text(column, end.get(column, ""), self.styles.band)
        self.text(0, words, self.styles.band)
        self.row += 1


class _GridSheet(_Sheet):
    """The sheet for the wall."""

    def write(self, subject: str) -> None:
        grid, sheet = self.grid, self.sheet
        self.facts = ["PGY", "Cohort"] if grid.has_cohorts else ["PGY"]
        self.first = 1 + len(self.facts)
        self.after = self.first + len(grid.columns)
        beside = len(grid.tallies) <= _MOST_TALLIES_BESIDE_THE_GRID
        self.tallies = grid.tallies if beside else ()
        self.asked = bool(grid.tallies or grid.staffing)
        self.last = self.after + len(self.tallies) if self.asked else self.after - 1
        self.set_up(subject, self.first)
        sheet.set_column(0, 0, _name_width(grid))
        sheet.set_column(1, self.first - 1, 6.5)
        self.periods(self.first, _period_width(grid))
        self.heads(list(enumerate(["Name", *self.facts])))
        if self.asked:
            labels = ["Met", *(tally.label for tally in self.tallies)]
            self.heads(list(enumerate(labels, self.after)))
            sheet.set_column(self.after, self.after, 7)
        if self.tallies:
            sheet.write_string(1, self.after + 1, "Requirements: done/required", self.styles.note)
        for number, tally in enumerate(self.tallies, 1):
            names = "\n".join((*tally.names, f"in {tally.unit}"))
            sheet.set_column(self.after + number, self.after + number, _tally_width(tally.label))
            sheet.write_comment(2, self.after + number, names, {"x_scale": 1.5})
        self.row = _HEAD_ROWS
        for section in grid.sections:
            self._section(section)
        self._staffing()
        self._legend()
        printed = self.last if _tallies_on_the_wall(grid) else self.after
        sheet.print_area(0, 0, self.row, printed)

    def _section(self, section: Section) -> None:
        self.band(f"{section.title} ({len(section.rows)})", self.last)
        for row in section.rows:
            self._person(row)
            self.row += 1

    def _person(self, row: Row) -> None:
        sheet, styles = self.sheet, self.styles
        self.text(0, row.person.name, styles.rule)
        sheet.write_number(self.row, 1, row.person.pgy, styles.centre)
        if self.grid.has_cohorts:
            self.text(2, row.person.cohort, styles.centre)
        for run in row.runs:
            first, last = self.first + run.first, self.first + run.last
            style = styles.absent if run.rotation is None else styles.rotation(run.rotation)
            code = _ABSENT if run.rotation is None else run.rotation.code
            if run.length > 1:
                sheet.merge_range(self.row, first, self.row, last, "", style)
            self.text(first, code, style)
        if not self.asked:
            return
        self.met(self.after, row)
        for number in range(len(self.tallies)):
            count = row.tallies.get(number)
            if count is None:
                self.text(self.after + 1 + number, "", styles.plain)
            else:
                self.text(self.after + 1 + number, _marked(count), styles.tally(count))

    def _staffing(self) -> None:
        if not self.grid.staffing:
            return
        self.band("Staffing", self.last, {self.after: "needed"})
        everything = range(len(self.grid.columns))
        for rule in self.grid.staffing:
            style = self.styles.rule if rule.hard else self.styles.soft
            self.sheet.merge_range(self.row, 0, self.row, self.first - 1, "", style)
            self.text(0, rule.name, style)
            for column, count in enumerate(rule.counts, self.first):
                self.sheet.write_number(self.row, column, count.there, self.styles.staffed(count))
            self.text(self.after, rule.needed(everything), self.styles.small)
            self.row += 1

    def _legend(self) -> None:
        """Write codes with their names, as many side by side as the periods leave room for."""
        used = {cell.code for row in self.grid.rows for cell in row.cells if cell is not None}
        entries = [rotation for rotation in self.grid.rotations if rotation.code in used]
        self.row += 1
        self.text(0, "Legend", self.styles.head_left)
        longest = max((len(rotation.name) for rotation in entries), default=0)
        pitch = 2 + ceil(longest / _period_width(self.grid))
        across = max(1, len(self.grid.columns) // pitch)
        name = self.styles.make(valign="vcenter", indent=1)
        for number, rotation in enumerate(entries):
            if number and number % across == 0:
                self.row += 1
            column = self.first + number % across * pitch
            self.text(column, rotation.code, self.styles.rotation(rotation))
            self.text(column + 1, rotation.name, name)
        self.row += 1
        marks = f"{_ABSENT} no appointment"
        if self.asked:
            marks = f"▼ too few   ▲ too many   {marks}   italic: may give way"
        self.text(self.first, marks, self.styles.note)
        self.row += 1
        if _tallies_on_the_wall(self.grid):
            self.key(self.first)


class _StaffingSheet(_Sheet):
    """Every coverage with what is there, and what is needed below it."""

    def write(self) -> None:
        self.set_up("Staffing", 2)
        self.sheet.set_column(0, 0, 38)
        self.sheet.set_column(1, 1, 9)
        self.periods(2, max(5.0, _period_width(self.grid)))
        self.heads([(0, "Coverage"), (1, "Counts")])
        self.row = _HEAD_ROWS
        for rule in self.grid.staffing:
            style = self.styles.rule if rule.hard else self.styles.soft
            self.text(0, rule.name, style)
            self.text(1, "staffed", self.styles.centre)
            for column, count in enumerate(rule.counts, 2):
                self.sheet.write_number(self.row, column, count.there, self.styles.staffed(count))
            self.row += 1
            self.text(0, ", ".join(rule.rotations), self.styles.codes)
            self.text(1, "min–max", self.styles.small)
            for column, count in enumerate(rule.counts, 2):
                self.text(column, str(count.limits) or "–", self.styles.small)
            self.row += 1


class _RequirementsSheet(_Sheet):
    """Done/required of every person, where there are too many columns for the wall."""

    def write(self) -> None:
        self.set_up("Requirements: done/required", 2)
        longest = max((len(row.person.name) for row in self.grid.rows), default=0)
        self.sheet.set_column(0, 0, min(30.0, max(14.0, longest + 1.5)))
        self.sheet.set_column(1, 1, 8.5)
        self.heads([(0, "Name"), (1, "Met")])
        for column, tally in enumerate(self.grid.tallies, 2):
            self.sheet.set_column(column, column, _tally_width(tally.label))
            self.sheet.write_string(2, column, tally.label, self.styles.head)
            self.sheet.write_string(3, column, tally.unit, self.styles.head_small)
        self.row = _HEAD_ROWS
        for section in self.grid.sections:
            self.band(section.title, 1 + len(self.grid.tallies))
            for row in section.rows:
                self.text(0, row.person.name, self.styles.rule)
                self.met(1, row)
                for number in range(len(self.grid.tallies)):
                    count = row.tallies.get(number)
                    style = self.styles.plain if count is None else self.styles.tally(count)
                    self.text(2 + number, "" if count is None else _marked(count), style)
                self.row += 1
        self.row += 1
        self.key(0)


def _marked(count: Count) -> str:
    return f"{count} ▼" if count.short else f"{count} ▲" if count.over else str(count)


def _first_open(row: Row) -> Count:
    return next(count for count in row.tallies.values() if not count.kept)


def _is_wide(grid: AnnualGrid) -> bool:
    return len(grid.columns) > _MOST_COLUMNS_ON_LETTER


def _tallies_on_the_wall(grid: AnnualGrid) -> bool:
    """Whether all totals are printed beside the grid, without making it too small to read."""
    return not _is_wide(grid) and len(grid.tallies) <= _MOST_TALLIES_BESIDE_THE_GRID


def _name_width(grid: AnnualGrid) -> float:
    longest = max((len(row.person.name) for row in grid.rows), default=0)
    names = max((len(rule.name) for rule in grid.staffing), default=0)
    return min(30.0, max(14.0, longest + 1.5, names * 0.9 - 13))


def _period_width(grid: AnnualGrid) -> float:
    longest = min(8, max(len(rotation.code) for rotation in grid.rotations))
    return max(4.4 if _is_wide(grid) else 6.5, longest + 0.8)


def _tally_width(label: str) -> float:
    return min(20.0, max(7.5, len(label) * 1.2 + 1.5))


def _header_text(words: str) -> str:
    """Return text for a third of a page header, where "&" begins a code."""
    most = _HEADER_LIMIT // 3
    cut = words if len(words) <= most else f"{words[: most - 1].rstrip()}…"
    return cut.replace("&", "&&")
