"""Excel workbooks read as tables, whatever is inside them.

A workbook is a ZIP of XML: before calamine reads it, every part is unpacked within a bound and
scanned, since calamine takes errors and uncalculated formulas for empty cells, and makes room for
the whole rectangle up to the last cell.
"""

import io
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

from app.files.faults import FileFault, InvalidFile, Place, shown
from app.files.tables import MOST_ROWS, CellValue, Row, Table, Unreadable, column_letters
from app.scheduling.domain.program import nearest

LARGEST_UNPACKED = 64 * 2**20
MOST_CELLS = 2_000_000
_MOST_PARTS = 2_000
_MOST_COLUMNS = 2_000
_LONGEST_TEXT = 32_767
_BOOK, _RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_ADDRESS = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_DAMAGES = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError),
    *(ValueError, OverflowError, NotImplementedError, RuntimeError),
)
"""What unpacking a damaged ZIP file raises."""


@dataclass(slots=True)
class _Part:
    """What the scan of one part found: extent, text and cells without a value."""

    rows: int = 0
    columns: int = 0
    cells: int = 0
    text: int = 0
    bad: list[tuple[int, int, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Scan:
    """What the scan of a whole workbook found."""

    file: str
    parts: dict[str, _Part] = field(default_factory=dict)
    sheets: dict[str, str] = field(default_factory=dict)
    targets: dict[str, str] = field(default_factory=dict)
    lengths: list[int] = field(default_factory=list)

    def sheet(self, name: str) -> _Part:
        target = self.targets.get(self.sheets.get(name, ""), "")
        part = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
        if part not in self.parts:
            _refuse(self.file, f"the workbook's sheet {name!r} is not where Excel puts it")
        return self.parts[part]


def read_workbook(content: bytes, shown_as: str, sheet: str, header_row: int) -> Table:
    """Read one sheet, the first without a name.

    Raises
    ------
    InvalidFile
        When it is no workbook, has no such sheet or is too large; when a cell holds an error or a
        formula that was never calculated.
    """
    unpacked, scan = _unpack(content, shown_as)
    # Reading workbooks costs 20 ms at import, which programmes without one should not pay.
    from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415

    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(unpacked)) as book:
            names = book.sheet_names
            if not names:
                _refuse(shown_as, "the workbook has no sheet")
            if sheet and sheet not in names:
                _refuse(shown_as, f"sheet {sheet!r} is missing", nearest(sheet, set(names)))
            name = sheet or names[0]
            grid = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except CalamineError as error:
        _refuse(shown_as, f"this is no readable Excel workbook: {shown(str(error))}")
    except BaseException as error:
        # A panic of the Rust library does not derive from Exception.
        if type(error).__name__ == "PanicException":
            _refuse(shown_as, "this is no readable Excel workbook")
        raise
    return _table(shown_as, name, header_row, _with_bad_cells(grid, scan.sheet(name)))


def _table(file: str, sheet: str, header_row: int, grid: Sequence[Sequence[CellValue]]) -> Table:
    def blank(values: Sequence[CellValue]) -> bool:
        return all(value is None or not str(value).strip() for value in values)

    top = grid[header_row - 1] if len(grid) >= header_row else []
    if blank(top):
        place = Place(file=file, line=header_row, cell=f"{sheet}!A{header_row}")
        raise InvalidFile([FileFault(place, "", "the table has no header row")])
    if len(grid) - header_row > MOST_ROWS:
        _refuse(file, f"sheet {sheet!r} has more than {MOST_ROWS} rows")
    return Table(
        file=file,
        sheet=sheet,
        header_row=header_row,
        header=tuple(_name(value) for value in top),
        rows=tuple(
            Row(number, tuple(_value(value) for value in values))
            for number, values in enumerate(grid[header_row:], header_row + 1)
            if not blank(values)
        ),
    )


def _name(value: CellValue) -> str:
    if value is None or isinstance(value, Unreadable):
        return ""
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value) if whole and isinstance(value, float) else value).strip()


def _value(value: CellValue) -> CellValue:
    return value.strip() or None if isinstance(value, str) else value


def _refuse(file: str, message: str, mend: str = "") -> NoReturn:
    raise InvalidFile([FileFault(Place(file=file), "", message, mend)])


def _with_bad_cells(
    grid: Sequence[Sequence[CellValue]], part: _Part
) -> Sequence[Sequence[CellValue]]:
    """Return the grid with the cells that calamine takes for empty marked as unreadable."""
    if not part.bad:
        return grid
    height = max(len(grid), *(row for row, _, _ in part.bad))
    width = max(len(grid[0]) if grid else 0, *(column for _, column, _ in part.bad))
    marked: list[list[CellValue]] = [[*row, *[None] * (width - len(row))] for row in grid]
    marked += [[None] * width for _ in range(height - len(marked))]
    for row, column, why in part.bad:
        marked[row - 1][column - 1] = Unreadable(why)
    return marked


def _unpack(content: bytes, file: str) -> tuple[bytes, _Scan]:
    """Return the XML parts as a plain ZIP of at most `LARGEST_UNPACKED` bytes, and their scan."""
    scan = _Scan(file)
    plain = io.BytesIO()
    room = LARGEST_UNPACKED
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed, zipfile.ZipFile(plain, "w") as out:
            parts = {info.filename: info for info in packed.infolist()}
            if len(parts) > _MOST_PARTS:
                _refuse(file, f"the workbook has more than {_MOST_PARTS} parts")
            if _BOOK not in parts:
                _refuse(file, "this ZIP file is no Excel workbook", "save it as .xlsx")
            # Shared text first: how much of it a sheet shows is needed when the sheet is scanned.
            for name in sorted(
                parts, key=lambda part: (not part.endswith("sharedStrings.xml"), part)
            ):
                if not name.endswith((".xml", ".rels")):
                    continue
                with packed.open(parts[name]) as part:
                    text = part.read(room + 1)
                room -= len(text)
                if room < 0:
                    megabytes = LARGEST_UNPACKED // 2**20
                    _refuse(file, f"the workbook unpacks to more than {megabytes} MB")
                _scan_part(scan, name, text)
                out.writestr(name, text)
    except InvalidFile:
        raise
    except _DAMAGES as error:
        _refuse(file, f"this is no readable Excel workbook: {shown(str(error))}")
    return plain.getvalue(), scan


def _scan_part(scan: _Scan, name: str, text: bytes) -> None:
    part = scan.parts.setdefault(name, _Part())
    handler = _Handler(scan, name, part)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = handler.doctype
    parser.StartElementHandler = handler.start
    parser.EndElementHandler = handler.end
    parser.CharacterDataHandler = handler.characters
    try:
        parser.Parse(text, True)  # noqa: FBT003 - the C function takes no keyword
    except expat.ExpatError as error:
        _refuse(scan.file, f"the workbook's {name} is damaged: {error}")


@dataclass(slots=True)
class _Handler:
    """Follows one XML part: cells of a sheet, shared text, sheets of the book, relations."""

    scan: _Scan
    name: str
    part: _Part
    row: int = 0
    column: int = 0
    kind: str = ""
    formula: bool = False
    collecting: bool = False
    text: str = ""

    def doctype(self, *_: object) -> None:
        _refuse(self.scan.file, "the workbook declares a document type, which none needs")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "c":
            self._start_cell(attributes)
        elif name == "row":
            number = attributes.get("r", "")
            self.row = int(number) if number.isdecimal() and len(number) < 9 else self.row + 1
            self.column = 0
        elif name == "f":
            self.formula = True
        elif name in {"v", "is", "si"}:
            self.collecting, self.text = True, ""
        elif name == "sheet" and self.name == _BOOK:
            relation = next((v for k, v in attributes.items() if k.endswith(":id")), "")
            self.scan.sheets[attributes.get("name", "")] = relation
        elif name == "Relationship" and self.name == _RELATIONS:
            self.scan.targets[attributes.get("Id", "")] = attributes.get("Target", "")

    def _start_cell(self, attributes: dict[str, str]) -> None:
        address = _ADDRESS.fullmatch(attributes.get("r", ""))
        if address:
            self.column = 0
            for letter in address[1]:
                self.column = self.column * 26 + ord(letter) - ord("A") + 1
            self.row = int(address[2])
        else:
            self.column += 1
        self.kind = attributes.get("t", "")
        self.formula = self.collecting = False
        self.text = ""

    def characters(self, text: str) -> None:
        if self.collecting:
            self.text += text
            if len(self.text) > _LONGEST_TEXT:
                _refuse(self.scan.file, f"a cell has more than {_LONGEST_TEXT} characters")

    def end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name == "c":
            self._end_cell()
        elif name == "si":
            self.scan.lengths.append(len(self.text))
        if name in {"v", "is", "si"}:
            self.collecting = False

    def _end_cell(self) -> None:
        part = self.part
        part.cells += 1
        if self.kind == "e":
            message = f"the cell holds the error {shown(self.text)}"
            part.bad.append((self.row, self.column, message))
        elif self.formula and not self.text and self.kind != "str":
            message = "the cell's formula was never calculated: open and save the workbook in Excel"
            part.bad.append((self.row, self.column, message))
        if self.text or self.formula:
            part.rows, part.columns = max(part.rows, self.row), max(part.columns, self.column)
        if self.kind == "s" and self.text.isdecimal() and len(self.text) < 9:
            number = int(self.text)
            part.text += self.scan.lengths[number] if number < len(self.scan.lengths) else 0
        too_large = (
            part.columns > _MOST_COLUMNS
            or part.rows * part.columns > MOST_CELLS
            or part.cells > MOST_CELLS
            or part.text > LARGEST_UNPACKED
        )
        if too_large:
            address = f"{column_letters(self.column - 1)}{self.row}"
            _refuse(self.scan.file, f"a sheet of the workbook is too large: see cell {address}")
