"""Tables of people as coordinators keep them: one header row, one row each."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from app.files.faults import FileFault, InvalidFile, Place
from app.files.reading import decode
from app.scheduling.domain.program import nearest

Encoding = Literal["utf-8", "cp1252", "utf-16"]


MOST_ROWS = 100_000
_DELIMITERS = ",;\t|"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A cell without a value that could be used, and why."""

    why: str


CellValue = str | int | float | bool | date | datetime | time | timedelta | Unreadable | None


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number in the file from 1, and one value per column of the header."""

    number: int
    values: tuple[CellValue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table with a header.

    Parameters
    ----------
    file
        As the user knows it.
    sheet
        Name of the workbook's sheet; empty for CSV.
    header_row
        Number of the header's row, from 1.
    header
        Column names in order; empty where a column has none.
    rows
        Without those that are blank.
    """

    file: str
    sheet: str
    header_row: int
    header: tuple[str, ...]
    rows: tuple[Row, ...]

    def place(self, row: int, column: int = 0) -> Place:
        """Return the place of a row, or of its cell in a column counted from 0."""
        cell = f"{self.sheet}!{column_letters(column)}{row}" if self.sheet else ""
        return Place(file=self.file, line=row, column=column + 1, cell=cell)

    def column(self, name: str) -> int | None:
        """Return the position of the column with this name; None without one."""
        return self.header.index(name) if name in self.header else None

    def find_column(self, name: str) -> str | None:
        """Return the header's own spelling of a name, whatever its case, spaces and dashes."""
        wanted = _loosely(name)
        return next((own for own in self.header if own and _loosely(own) == wanted), None)

    def faults_of_columns(self, wanted: list[str]) -> Iterator[FileFault]:
        """Return the wanted columns that are missing, or there twice."""
        for name in dict.fromkeys(wanted):
            count = self.header.count(name)
            if count == 0:
                hint = nearest(name, {own for own in self.header if own})
                message = f"column {name!r} is missing"
                yield FileFault(self.place(self.header_row), "", message, hint)
            elif count > 1:
                second = self.header.index(name, self.header.index(name) + 1)
                place = self.place(self.header_row, second)
                yield FileFault(place, "", f"column {name!r} is there twice", "rename one")


def column_letters(column: int) -> str:
    """Return a workbook's letters for a column counted from 0: A, B, …, Z, AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _loosely(name: str) -> str:
    return "".join(name.casefold().replace("_", " ").replace("-", " ").split())


def read_csv(content: bytes, shown_as: str, header_row: int, encoding: Encoding) -> Table:
    """Read a CSV file; the delimiter is the one that its header has most of.

    Raises
    ------
    InvalidFile
        When it is no text, no table, or has ragged rows; all ragged rows are listed.
    """
    table, faults = scan_csv(content, shown_as, header_row, encoding)
    if faults:
        raise InvalidFile(faults)
    return table


def scan_csv(
    content: bytes, shown_as: str, header_row: int, encoding: Encoding
) -> tuple[Table, list[FileFault]]:
    """Read the rows of a CSV file that are whole, and list what is wrong with the others.

    Raises
    ------
    InvalidFile
        When it is no text, has no header, or more than `MOST_ROWS` rows.
    """
    text = _text(content, shown_as, encoding)
    lines = text.splitlines()
    first = lines[header_row - 1] if len(lines) >= header_row else ""
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: tuple[str, ...] = ()
    rows: list[Row] = []
    faults: list[FileFault] = []
    start = 1
    try:
        for values in reader:
            number, start = start, reader.line_num + 1
            if number < header_row or not any(value.strip() for value in values):
                continue
            if not header:
                header = tuple(value.strip() for value in values)
                header_row = number
                continue
            if len(values) != len(header):
                place = Place(file=shown_as, line=number)
                message = f"the row has {len(values)} columns, the header has {len(header)}"
                faults.append(FileFault(place, "", message))
            elif len(rows) < MOST_ROWS:
                rows.append(Row(number, tuple(value.strip() or None for value in values)))
            else:
                place = Place(file=shown_as, line=number)
                raise InvalidFile([FileFault(place, "", f"there are more than {MOST_ROWS} rows")])
    except csv.Error as error:
        place = Place(file=shown_as, line=reader.line_num)
        faults.append(FileFault(place, "", f"this is not CSV: {error}"))
    if not header:
        missing = FileFault(Place(file=shown_as), "", "the table has no header row")
        raise InvalidFile(faults or [missing])
    table = Table(file=shown_as, sheet="", header_row=header_row, header=header, rows=tuple(rows))
    return table, faults


def _text(content: bytes, shown_as: str, encoding: Encoding) -> str:
    if encoding == "utf-8":
        return decode(content, shown_as, "save it as UTF-8, or state its encoding")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        place = Place(file=shown_as, line=content.count(b"\n", 0, error.start) + 1)
        raise InvalidFile([FileFault(place, "", f"the text is not {encoding}")]) from error
