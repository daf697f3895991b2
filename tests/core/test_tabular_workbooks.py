"""Tables in workbooks; and what a parser of workbooks must not be given, as it was seen to behave.

What was seen: a range is held whole, so that two cells in far corners abort the process for want of memory, and a row
number of many digits is taken as it comes; cells with a style only are not loaded; an error comes as an empty text;
a sheet in UTF-16 comes as empty; a text that cells share is copied into each.
"""

import io
import struct
import time
import zipfile
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

import pytest

from app.core.tabular import UNREADABLE, FileRefused, Layout, archive, open_table, sheet
from tests.core.tabular_files import (
    cell,
    cells_of,
    raw_workbook,
    read,
    recognise,
    refusal,
    sheet_xml,
    styles,
    workbook,
)

HEAD = ["Given name", "Family name", "Email"]
ANN = ["Ann", "Smith", "ann@example.org"]
HEADINGS = f'<row r="1">{cell("A1", "Given name")}{cell("B1", "Email")}</row>'
UNUSUAL = "unusual way"
SHEET = "xl/worksheets/sheet1.xml"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "upload"


def values(path: Path, cells: str, parts: Mapping[str, str] | None = None) -> list[str]:
    """What the cells of one row come to."""
    return cells_of(read(path, raw_workbook(f'{HEADINGS}<row r="2">{cells}</row>', parts=parts)))[0]


def test_a_workbook_is_read_like_a_text(path: Path) -> None:
    table = read(path, workbook([[], ["Members of the branch"], [], HEAD, ANN, [], ANN]))
    assert (table.layout, table.headings) == (Layout("xlsx", 4, sheet="Sheet1"), tuple(HEAD))
    assert [(record.number, record.cells) for record in table.rows()] == [(5, ANN), (7, ANN)]
    assert (table.encoding, table.delimiter, table.notes) == (None, None, ())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("007", "007"),
        (7, "7"),
        (447400123456, "447400123456"),
        (2.5, "2.5"),
        (0.1 + 0.2, "0.3"),
        (True, "TRUE"),
        (False, "FALSE"),
        (date(1984, 5, 17), "1984-05-17"),
        (datetime.fromisoformat("1984-05-17"), "1984-05-17"),
        (datetime.fromisoformat("1984-05-17T09:30:00"), "1984-05-17 09:30:00"),
        (" Zoë \n x", " Zoë \n x"),
    ],
)
def test_cells_are_text(path: Path, value: object, text: str) -> None:
    assert cells_of(read(path, workbook([HEAD, ["x", value, "x"]]))) == [["x", text, "x"]]
    if isinstance(value, date):
        assert cells_of(read(path, workbook([HEAD, ["x", value, "x"]], date_1904=True))) == [["x", text, "x"]]


def test_durations_times_shares_and_days_a_little_short(path: Path) -> None:
    row = '<c r="A2" s="1"><v>1.25</v></c><c r="B2" s="2"><v>0.5</v></c><c r="C2" s="3"><v>0.25</v></c>'
    row += '<c r="D2" s="4"><v>45000.9999999</v></c>'
    found = values(path, row, {"xl/styles.xml": styles(0, 46, 20, 10, 14)})
    assert found == ["30:00:00", "12:00:00", "0.25", "2023-03-16"]


def test_a_formula_is_what_it_came_to_and_an_error_is_empty(path: Path) -> None:
    row = '<c r="A2" t="str"><f>"0"&amp;"7"</f><v>07</v></c><c r="B2"><f>1+1</f><v>2</v></c>'
    row += '<c r="C2" t="e"><v>#N/A</v></c>'
    table = read(path, raw_workbook(f'{HEADINGS}<row r="2">{row}{cell("D2", "x")}</row>'))
    assert cells_of(table) == [["07", "2", "", "x"]]
    assert [code for code, _ in table.notes] == ["cells_with_errors"]


def test_what_cannot_be_read_is_marked_in_its_cell(path: Path) -> None:
    row = f'<c r="A2"><v>1e400</v></c>{cell("B2", "a_x0000_b_x000D_c")}'
    assert values(path, row) == [UNREADABLE, f"a{UNREADABLE}b\rc"]


def test_cells_and_rows_that_do_not_say_where_they_are(path: Path) -> None:
    rows = "<row><c t='inlineStr'><is><t>Email</t></is></c></row>"
    rows += "<row r='4'><c><v>1</v></c></row><row><c><v>2</v></c></row>"
    assert [(record.number, record.cells) for record in read(path, raw_workbook(rows)).rows()] == [
        (4, ["1"]),
        (5, ["2"]),
    ]


def test_a_merged_cell_stands_in_its_first_place(path: Path) -> None:
    merged = '<mergeCells><mergeCell ref="A2:B2"/></mergeCells></worksheet>'
    xml = sheet_xml(f'{HEADINGS}<row r="2">{cell("A2", "x")}<c r="B2"/></row>').replace("</worksheet>", merged)
    assert cells_of(read(path, raw_workbook("", parts={SHEET: xml}))) == [["x", ""]]


def test_the_first_visible_sheet_that_holds_rows(path: Path) -> None:
    table = read(path, workbook([], [["Email"], ["hidden"]], [HEAD, ANN], [["x"]], hidden=[1]))
    assert (table.layout.sheet, cells_of(table)) == ("Sheet3", [ANN])
    assert [code for code, _ in table.notes] == ["sheets_not_read", "sheets_hidden"]
    assert "no rows" in refusal(path, workbook([], [[" "]]))


def test_columns_have_a_limit(path: Path) -> None:
    assert len(read(path, workbook([[f"h{number}" for number in range(200)]])).headings) == 200
    assert "more than 500 columns" in refusal(path, workbook([[f"h{number}" for number in range(5000)]]))


def test_a_workbook_that_changes_while_it_is_read(path: Path) -> None:
    table = read(path, workbook([HEAD, ANN]))
    path.write_bytes(workbook([HEAD, ANN, ANN]))
    with pytest.raises(FileRefused, match="changed"):
        list(table.rows())


@pytest.mark.parametrize(
    "rows",
    [
        f'{HEADINGS}<row r="1048576">{cell("XFD1048576", "x")}</row>',
        f'{HEADINGS}<row r="1048576"><c t="n" r="XFD1048576"><v>1</v></c></row>',
        f'{HEADINGS}<row r="6000000">{cell("A6000000", "x")}</row>',
        f'{HEADINGS}<row r="2"><c r="A99999999999999"><v>1</v></c></row>',
        f'{HEADINGS}<row r="99999999999999999999"><c><v>1</v></c></row>',
        f'{HEADINGS}<row r="2"><c r="XFE2"><v>1</v></c></row>',
        f'{HEADINGS}<row r="2"><c r="AAAAAAAAAA2"><v>1</v></c></row>',
        f"""{HEADINGS}<row r="2"><c s=" r='A2'" r="XFD1048576"><v>1</v></c></row>""",
        f"""{HEADINGS}<row r="2"><c s=">" r = "XFD1048576"><v>1</v></c></row>""",
        f'{HEADINGS}<!-- <row> --><row r="2"><c r="A2"><v>1</v></c></row>',
        f'<!DOCTYPE x [<!ENTITY a "x">]>{HEADINGS}',
    ],
)
def test_cells_in_far_corners_are_refused_before_they_take_memory(path: Path, rows: str) -> None:
    reason = refusal(path, raw_workbook(rows))
    assert UNUSUAL in reason or "span more than" in reason


def test_a_sheet_that_its_parser_would_not_see(path: Path) -> None:
    assert "no rows" in refusal(path, raw_workbook("", parts={SHEET: sheet_xml(HEADINGS).encode("utf-16")}))
    assert UNUSUAL in refusal(path, raw_workbook(HEADINGS + "\0"))


def test_styled_rows_without_end(path: Path) -> None:
    rows = "".join(f'<row r="{row}"><c r="A{row}" s="1"/><c r="XFD{row}" s="1"/></row>' for row in range(2, 40_000))
    content = raw_workbook(f'{HEADINGS}<row r="2">{cell("A2", "Ann")}</row>' + rows)
    begun = time.process_time()
    assert cells_of(read(path, content)) == [["Ann", ""]]
    assert time.process_time() - begun < 2


def test_styled_cells_have_a_limit(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "MOST_TAGS", 1_000)
    rows = '<row r="2">' + '<c r="A2" s="1"/>' * 1_001 + "</row>"
    assert "more than 1000 cells" in refusal(path, raw_workbook(HEADINGS + rows))


def test_one_long_text_in_many_cells(path: Path) -> None:
    strings = "<si><t>Given name</t></si><si/><si><t>" + "x" * 30_000 + "</t></si>"
    rows = "".join(f'<row r="{row}"><c r="A{row}" t="s"><v>{{0}}</v></c></row>' for row in range(2, 18_000))
    first = '<row r="1"><c r="A1" t="s"><v>0</v></c></row>'
    assert "too much text" in refusal(path, raw_workbook(first + rows.replace("{0}", "2"), strings=strings))
    assert "too much text" in refusal(path, raw_workbook(first + rows.replace("{0}", " 2"), strings=strings))
    assert len(cells_of(read(path, raw_workbook(first + rows.replace("{0}", "0"), strings=strings)))) == 17_998


def test_a_bomb_is_found_by_unpacking(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_UNPACKED", 20_000_000)
    content = raw_workbook(HEADINGS, parts={"xl/media/image1.png": bytes(30_000_000)})
    assert len(content) < 300_000
    assert "unpacked it is larger" in refusal(path, content)


def test_sizes_are_not_believed(path: Path) -> None:
    content = bytearray(raw_workbook(HEADINGS, parts={"xl/zeros.bin": bytes(1_000_000)}))
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        place = packed.getinfo("xl/zeros.bin").header_offset
    directory = content.rindex(b"xl/zeros.bin") - 46
    for field in (place + 22, directory + 24):
        content[field : field + 4] = struct.pack("<I", 10)
    assert "damaged" in refusal(path, bytes(content))


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"xl/vbaProject.bin": b"x"}, "carries macros"),
        ({"xl/macrosheets/sheet1.xml": "<x/>"}, "carries macros"),
        ({"[Content_Types].xml": '<x ContentType="application/vnd.ms-excel.sheet.macroEnabled.main+xml"/>'}, "macros"),
        ({"word/document.xml": "<x/>"}, "a text document"),
        ({"content.xml": "<x/>"}, "an OpenDocument file"),
        ({"xl/workbook.bin": b"x"}, "a binary workbook"),
        ({"xl/WORKBOOK.xml": b"x"}, "other things"),
        ({"xl/workbook.xml": b"<workbook"}, "damaged"),
        ({f"xl/{number}": b"" for number in range(2_001)}, "an archive of more"),
        ({SHEET: b"<worksheet><sheetData><row><c"}, "damaged"),
        ({SHEET: b"<worksheet><sheetData><row><c>"}, "damaged"),
        ({SHEET: b"<worksheet><sheetData>" + b"x" * 4_000_000}, "unusual"),
    ],
)
def test_what_is_no_workbook_without_macros_is_refused(path: Path, parts: dict[str, bytes], reason: str) -> None:
    assert reason in refusal(path, raw_workbook(HEADINGS, parts=parts))


def test_archives_and_damage(path: Path) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr("members.csv", "Email\nann@example.org\n")
    assert "an archive and no workbook" in refusal(path, made.getvalue())
    content = workbook([HEAD, ANN])
    assert "damaged" in refusal(path, content[: len(content) // 2])
    assert "damaged" in refusal(path, content[:200] + b"xxxx" + content[204:])
    assert "password" in refusal(path, _encrypted(content))


def _encrypted(content: bytes) -> bytes:
    """The flag that says so, set on the first entry."""
    directory = content.index(b"PK\x01\x02")
    return content[: directory + 8] + b"\x01" + content[directory + 9 :]


def test_a_sheet_is_found_whatever_the_file_is_called(tmp_path: Path) -> None:
    path = tmp_path / "members.csv"
    path.write_bytes(workbook([HEAD, ANN]))
    assert open_table(path, recognise).layout.format == "xlsx"
