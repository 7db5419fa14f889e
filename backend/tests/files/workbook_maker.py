"""Workbooks for tests: ordinary ones, and ones that no spreadsheet would write."""

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import openpyxl

HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def save(path: Path, *sheets: tuple[str, Sequence[Sequence[object]]]) -> Path:
    """Write a workbook from rows of values."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path


def raw(sheet: str, *, shared: str = "", parts: dict[str, bytes] | None = None) -> bytes:
    """Return a workbook whose one sheet is this XML, with these shared strings and more parts."""
    package = "http://schemas.openxmlformats.org/package/2006"
    content = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="rId1" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/>'
        "</Relationships>",
        "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{RELATIONS}"><sheets>'
        '<sheet name="People" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="rId1" Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{RELATIONS}/sharedStrings" Target="sharedStrings.xml"/>'
        "</Relationships>",
        "xl/sharedStrings.xml": f"<sst {MAIN}>{shared}</sst>",
        "xl/worksheets/sheet1.xml": sheet,
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
        for name, text in content.items():
            out.writestr(name, HEAD + text)
        for name, part in (parts or {}).items():
            out.writestr(name, part)
    return packed.getvalue()


def sheet(rows: str) -> str:
    """Return a sheet's XML from that of its rows."""
    return f"<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>"


def cell(address: str, text: str) -> str:
    """Return a cell with text in it."""
    return f'<c r="{address}" t="inlineStr"><is><t>{text}</t></is></c>'
