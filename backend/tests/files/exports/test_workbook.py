from dataclasses import replace
from io import BytesIO

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from app.files.exports.workbook import write_workbook
from app.scheduling.rules.requirement import Requirement
from tests.files.exports.sample import document, small_document, wide_program


@pytest.fixture(scope="module")
def book() -> Workbook:
    return load_workbook(BytesIO(write_workbook(small_document())))


@pytest.fixture(scope="module")
def sheet(book: Workbook) -> Worksheet:
    worksheet = book["Schedule"]
    assert isinstance(worksheet, Worksheet)
    return worksheet


def values(sheet: Worksheet, row: int) -> list[object]:
    return [cell.value for cell in sheet[row]]


def row_of(sheet: Worksheet, name: str) -> int:
    return next(row for row in range(1, sheet.max_row + 1) if sheet.cell(row, 1).value == name)


def test_the_sheets(book: Workbook) -> None:
    assert book.sheetnames == ["Schedule", "Staffing"]


def test_headings_name_periods_and_their_first_days(sheet: Worksheet) -> None:
    assert sheet["A1"].value == "Sample & Sons <Hospital>"
    assert "1 Jul 2026 – 30 Jun 2027" in sheet["A2"].value
    assert values(sheet, 3) == ["Name", "PGY", "Cohort", *"1234567", "Met", "W", "V"]
    assert values(sheet, 4)[3:6] == ["1 Jul", "29 Jul", "26 Aug"]


def test_runs_are_merged_and_carry_their_code(sheet: Worksheet) -> None:
    row = row_of(sheet, "Eve Ng")
    merged = {str(area) for area in sheet.merged_cells.ranges}

    assert f"F{row}:H{row}" in merged
    assert values(sheet, row) == [
        "Eve Ng", 3, "A", "C", "I", "W", None, None, "V", "–", "1/2 ▼", "3/4–5 ▼", "1/1",
    ]  # fmt: skip


def test_colours_are_the_programmes_with_readable_text(sheet: Worksheet) -> None:
    row = row_of(sheet, "=1+1")
    intensive, wards = sheet.cell(row, 4), sheet.cell(row, 5)

    assert (intensive.fill.fgColor.rgb, intensive.font.color.rgb) == ("FFF1CE63", "FF111111")
    assert (wards.fill.fgColor.rgb, wards.font.color.rgb) == ("FF1F3F5F", "FFFFFFFF")


def test_no_text_becomes_a_formula(book: Workbook) -> None:
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]

    assert {"=1+1", "=HYPERLINK(0)"} <= {cell.value for cell in cells}
    assert all(cell.data_type != "f" for cell in cells)


def test_staffing_is_numbers_whose_format_flags_them(sheet: Worksheet) -> None:
    row = row_of(sheet, "Wards | always")
    counts = [sheet.cell(row, column) for column in range(4, 11)]

    assert [cell.value for cell in counts] == [1, 2, 2, 1, 1, 0, 0]
    assert ["▲" in cell.number_format for cell in counts] == [False, True, True, *[False] * 4]
    short = [sheet.cell(row_of(sheet, "Nights"), column) for column in range(4, 11)]
    assert ["▼" in cell.number_format for cell in short] == [True] * 3 + [False] * 2 + [True] * 2
    assert values(sheet, row)[10] == "1 … ≤2"


def test_the_second_sheet_has_the_limits_of_every_period(book: Workbook) -> None:
    rows = list(book["Staffing"].iter_rows(min_row=5, values_only=True))

    assert rows[0] == ("Wards | always", "staffed", 1, 2, 2, 1, 1, 0, 0)
    assert rows[1] == ("W", "min–max", "1", "1", "1", "1", "≤2", "≤2", "≤2")


def test_the_legend_names_what_is_used(sheet: Worksheet) -> None:
    words = {str(cell.value) for row in sheet.iter_rows(min_row=10) for cell in row}

    assert {"Legend", "Wards", "Intensive care", "Nights", "Vacation"} <= words


@pytest.mark.parametrize(("name", "panes"), [("Schedule", "D5"), ("Staffing", "C5")])
def test_set_up_for_screen_and_printer(book: Workbook, name: str, panes: str) -> None:
    sheet = book[name]

    assert sheet.freeze_panes == panes
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.page_setup.fitToWidth in {None, 1}  # None: the default, one page
    assert sheet.page_setup.fitToHeight == 0
    assert sheet.print_title_rows == "$3:$4"
    assert sheet.print_title_cols == f"$A:${chr(ord(panes[0]) - 1)}"
    assert sheet.oddHeader.left.text == "&BSample && Sons <Hospital>"
    assert sheet.oddHeader.right.text == "1 Jul 2026 – 30 Jun 2027"
    assert "Page" in sheet.oddFooter.right.text


def test_many_requirements_get_a_sheet_of_their_own() -> None:
    program = wide_program()
    letters = "".join(kind.code for kind in program.rotation_types)
    book = load_workbook(BytesIO(write_workbook(document(program, {"p": letters}))))

    assert book.sheetnames == ["Schedule", "Requirements"]
    head, _, _, person = book["Requirements"].iter_rows(min_row=3, values_only=True)
    assert head == ("Name", "Met", *letters)
    assert person == ("p", f"{len(letters)}/{len(letters)}", *["1/1"] * len(letters))
    assert book["Schedule"].page_setup.paperSize == 1


def test_a_heading_that_stands_for_many_codes_is_explained() -> None:
    codes = ("A", "B", "C", "D")
    program = wide_program()
    rule = Requirement(name="Specialties", rotations=codes, min=2)
    for rules, name in (((rule,), "Schedule"), ((*program.rules, rule), "Requirements")):
        shown = document(replace(program, rules=rules), {"p": "ABCDEFGHIJKLM"})
        book = load_workbook(BytesIO(write_workbook(shown)))
        cells = [cell.value for row in book[name].iter_rows() for cell in row]
        assert {"A+3", "A+3: A, B, C, D"} <= set(cells)
