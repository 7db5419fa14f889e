import datetime as dt
import io
import zipfile
from pathlib import Path

import pytest

from app.files.faults import InvalidFile
from app.files.tables import Table, Unreadable
from app.files.workbooks import read_workbook
from tests.files.workbook_maker import HEAD, MAIN, cell, raw, save, sheet

HEADER = f"<row r='1'>{cell('A1', 'id')}{cell('B1', 'pgy')}</row>"


def read(content: bytes, name: str = "", header: int = 1) -> Table:
    return read_workbook(content, "f.xlsx", name, header)


def fault(content: bytes, name: str = "", header: int = 1) -> str:
    with pytest.raises(InvalidFile) as caught:
        read(content, name, header)
    return str(caught.value)


def test_values_keep_their_types_and_rows_their_numbers(tmp_path: Path) -> None:
    day, moment = dt.date(2026, 7, 1), dt.datetime(2026, 7, 1, 12, 30)  # noqa: DTZ001 - Excel has no zone
    rows: list[list[object]] = [
        ["title"],
        [],
        ["id", 7, None, "end"],
        [],
        ["a ", 6, 6.5, day],
        [True, moment, None, ""],
    ]
    table = read(save(tmp_path / "f.xlsx", ("One", rows)).read_bytes(), header=3)
    assert table.header == ("id", "7", "", "end")
    assert [(row.number, row.values) for row in table.rows] == [
        (5, ("a", 6.0, 6.5, day)),
        (6, (True, moment, None, None)),
    ]
    assert str(table.place(6, 1)) == "f.xlsx:One!B6"


def test_a_sheet_is_found_by_name(tmp_path: Path) -> None:
    path = save(tmp_path / "f.xlsx", ("One", [["a"], [1]]), ("Two", [["b"], [2]]))
    assert read(path.read_bytes()).header == ("a",)
    assert read(path.read_bytes(), "Two").header == ("b",)
    assert fault(path.read_bytes(), "Too") == "f.xlsx: sheet 'Too' is missing: did you mean 'Two'?"


def test_errors_and_uncalculated_formulas_are_no_blank_cells() -> None:
    cells = (
        '<c r="A2" t="e"><f>1/0</f><v>#DIV/0!</v></c><c r="B2"><f>A1</f></c>'
        '<c r="C2" t="str"><f>A1&amp;""</f><v></v></c><c r="D2"><f>1+1</f><v>2</v></c>'
    )
    table = read(raw(sheet(f"{HEADER}<row r='2'>{cells}</row>")))
    calculated = "the cell's formula was never calculated: open and save the workbook in Excel"
    assert table.rows[0].values[0] == Unreadable("the cell holds the error '#DIV/0!'")
    assert table.rows[0].values[1] == Unreadable(calculated)
    assert table.rows[0].values[3] == 2.0
    assert table.rows[0].values[2] is None


def test_a_row_of_nothing_but_errors_is_a_row() -> None:
    table = read(raw(sheet(f'{HEADER}<row r="9"><c r="B9" t="e"><v>#REF!</v></c></row>')))
    assert [row.number for row in table.rows] == [9]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no readable Excel workbook"),
        (b"id,pgy\n", "no readable Excel workbook"),
        (b"PK\x03\x04" + b"x" * 1000, "no readable Excel workbook"),
        (raw(sheet(HEADER))[:-200], "no readable Excel workbook"),
        (raw("<worksheet"), "xl/worksheets/sheet1.xml is damaged"),
        (raw(sheet("")), "the table has no header row"),
        (
            raw(sheet(f"<row r='1'><c r='A1'/></row><row r='2'>{cell('A2', 'x')}</row>")),
            "no header",
        ),
    ],
)
def test_what_is_no_workbook_is_refused(content: bytes, message: str) -> None:
    assert message in fault(content)


def test_a_zip_of_something_else_is_no_workbook() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as out:
        out.writestr("word/document.xml", "<x/>")
    assert "this ZIP file is no Excel workbook: save it as .xlsx" in fault(packed.getvalue())


def test_a_zip_bomb_is_refused() -> None:
    padding = b" " * (70 * 2**20)
    content = raw(
        sheet(HEADER), parts={"docProps/app.xml": HEAD.encode() + b"<x>" + padding + b"</x>"}
    )
    assert len(content) < 200_000
    assert fault(content) == "f.xlsx: the workbook unpacks to more than 64 MB"


def test_bytes_beyond_the_declared_size_are_not_unpacked() -> None:
    content = raw(sheet(HEADER), parts={"xl/more.xml": b"<x>" + b" " * (70 * 2**20) + b"</x>"})
    size = (70 * 2**20 + 7).to_bytes(4, "little")
    assert content.count(size) == 2
    assert "no readable Excel workbook" in fault(content.replace(size, (7).to_bytes(4, "little")))


def test_many_parts_are_refused() -> None:
    content = raw(sheet(HEADER), parts={f"xl/{n}.bin": b"" for n in range(2_001)})
    assert "more than 2000 parts" in fault(content)


def test_parts_that_no_table_needs_are_not_unpacked() -> None:
    picture = b"\0" * (70 * 2**20)
    assert read(raw(sheet(HEADER), parts={"xl/media/image.png": picture})).header == ("id", "pgy")


@pytest.mark.parametrize("address", ["XFD1048576", "ZZ1000000", "BYZ3"])
def test_a_lonely_far_cell_makes_no_room_for_all_between(address: str) -> None:
    content = raw(sheet(f"{HEADER}<row>{cell(address, 'x')}</row>"))
    assert fault(content) == f"f.xlsx: a sheet of the workbook is too large: see cell {address}"


def test_shared_text_repeated_in_many_cells_is_refused() -> None:
    shared = f"<si><t>{'x' * 30_000}</t></si>"
    cells = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 5_000))
    assert "too large" in fault(raw(sheet(cells), shared=shared))


def test_one_endless_text_is_refused() -> None:
    content = raw(sheet(f"<row r='1'>{cell('A1', 'x&amp;' * 1_000_000)}</row>"))
    assert "a cell has more than 32767 characters" in fault(content)


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/other.xml"])
def test_document_types_are_refused(part: str) -> None:
    bomb = (
        f'{HEAD}<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
        f"<worksheet {MAIN}><sheetData>&b;</sheetData></worksheet>"
    )
    packed = io.BytesIO(raw(sheet(HEADER)))
    with zipfile.ZipFile(packed) as good:
        parts = {name: good.read(name) for name in good.namelist()} | {part: bomb.encode()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as bad:
        for name, text in parts.items():
            bad.writestr(name, text)
    assert "the workbook declares a document type" in fault(out.getvalue())


def test_cells_without_addresses_are_counted_along() -> None:
    bare = cell("", "x").replace(' r=""', "")
    table = read(raw(sheet(f"<row>{bare}{bare}</row><row>{bare}<c t='e'><v>#N/A</v></c></row>")))
    assert table.rows[0].values == ("x", Unreadable("the cell holds the error '#N/A'"))


def test_relations_of_other_parts_do_not_hide_the_sheet() -> None:
    other = (
        '<Relationships><Relationship Id="rId1" Target="../drawings/drawing1.xml"/></Relationships>'
    )
    error = '<row r="2"><c r="A2" t="e"><v>#N/A</v></c></row>'
    parts = {"xl/worksheets/_rels/sheet1.xml.rels": other.encode()}
    table = read(raw(sheet(HEADER + error), parts=parts))
    assert table.rows[0].values[0] == Unreadable("the cell holds the error '#N/A'")
