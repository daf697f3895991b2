"""Files for the tests of tables: texts as bytes, and workbooks down to their XML."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from app.core.tabular import FileRefused, Record, Table, open_table

KNOWN = {"given name", "family name", "email", "first_name", "last_name"}
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"


def recognise(cells: Sequence[str]) -> int:
    return sum(cell.lower() in KNOWN for cell in cells)


def read(path: Path, content: bytes | str) -> Table:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return open_table(path, recognise)


def cells_of(table: Table) -> list[list[str]]:
    return [record.cells for record in table.rows()]


def refusal(path: Path, content: bytes | str) -> str:
    """The sentence with which a file is refused, when opened or later."""
    try:
        found: list[Record] = list(read(path, content).rows())
    except FileRefused as error:
        return error.detail
    raise AssertionError(f"read as {len(found)} rows")


def workbook(*sheets: Sequence[Sequence[Any]], hidden: Sequence[int] = (), **options: Any) -> bytes:
    """Sheets as a spreadsheet program writes them; dates and numbers in their formats."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True, "default_date_format": "dd/mm/yyyy"} | options) as book:
        for place, rows in enumerate(sheets):
            sheet = book.add_worksheet()
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
            if place in hidden:
                sheet.hide()
    return made.getvalue()


def raw_workbook(rows: str, *, strings: str = "", parts: Mapping[str, str | bytes] | None = None) -> bytes:
    """A workbook with one sheet of given XML, and other parts added or put in place of its own."""
    content: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEET_TYPE}"/></Types>',
        "_rels/.rels": _links("officeDocument", "xl/workbook.xml"),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_LINKS}"><sheets>'
        '<sheet name="People" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _links("worksheet", "worksheets/sheet1.xml"),
        "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}">{strings}</sst>',
        "xl/worksheets/sheet1.xml": sheet_xml(rows),
    } | dict(parts or {})
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, part in content.items():
            archive.writestr(name, part)
    return made.getvalue()


def _links(kind: str, target: str) -> str:
    link = f'<Relationship Id="rId1" Type="{_LINKS}/{kind}" Target="{target}"/>'
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{link}</Relationships>'


def styles(*formats: int) -> str:
    """Formats of cells by the numbers that all spreadsheet programs know them by; a cell's `s` counts them from 0."""
    found = "".join(f'<xf numFmtId="{number}"/>' for number in formats)
    return f'<styleSheet xmlns="{_MAIN}"><cellXfs>{found}</cellXfs></styleSheet>'


def sheet_xml(rows: str) -> str:
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>'


def cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'
