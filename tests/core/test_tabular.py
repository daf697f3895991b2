"""Tables in text files, however they are written; and what is no table, refused whole in a sentence."""

import time
from pathlib import Path

import pytest

from app.core.tabular import GLANCE, UNREADABLE, FileRefused, Layout, glance, open_table
from tests.core.tabular_files import cells_of, read, recognise, refusal

HEAD = "Given name,Family name,Email\n"
ANN = ["Ann", "Smith", "ann@example.org"]
LINE = ",".join(ANN) + "\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "members.csv"


@pytest.mark.parametrize("delimiter", ",;\t|")
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_delimiter_and_line_end(path: Path, delimiter: str, end: str) -> None:
    table = read(path, (HEAD + LINE * 3).replace(",", delimiter).replace("\n", end))
    assert table.layout == Layout("csv", 1, encoding="utf-8", delimiter=delimiter)
    assert [(record.number, record.cells) for record in table.rows()] == [(2, ANN), (3, ANN), (4, ANN)]


def test_line_ends_of_all_kinds_in_one_file(path: Path) -> None:
    table = read(path, HEAD[:-1] + "\r\nAnn,Smith,\rBob,Jones,\nCai,Evans,\r\n")
    assert [row[0] for row in cells_of(table)] == ["Ann", "Bob", "Cai"]


@pytest.mark.parametrize(
    ("codec", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
        ("utf-32-le", "utf-32-le"),
        ("utf-32-be", "utf-32-be"),
        ("cp1252", "cp1252"),
    ],
)
def test_any_encoding(path: Path, codec: str, found: str) -> None:
    table = read(path, (HEAD + "Siân,Ó Briain,s@example.org\n").encode(codec))
    assert (table.encoding, table.headings[0]) == (found, "Given name")
    assert cells_of(table) == [["Siân", "Ó Briain", "s@example.org"]]
    assert [code for code, _ in table.notes] == (["encoding_supposed"] if codec == "cp1252" else [])


def test_letters_other_than_latin_in_utf_16(path: Path) -> None:
    table = read(path, (HEAD + "Жанна,Ковальчук,\n" * 30).encode("utf-16-le"))
    assert cells_of(table)[0][:2] == ["Жанна", "Ковальчук"]


def test_marks_of_the_byte_order_within_files_put_together(path: Path) -> None:
    table = read(path, b"\xef\xbb\xbf".join([HEAD.encode(), LINE.encode(), LINE.encode()]))
    assert cells_of(table) == [ANN, ANN]


def test_what_cannot_be_read_is_marked_in_its_cell(path: Path) -> None:
    assert cells_of(read(path, HEAD.encode() + b"A\0nn,Smith,\n")) == [[f"A{UNREADABLE}nn", "Smith", ""]]
    assert cells_of(read(path, HEAD.encode() + b"A,Smith,\n\0,x,\n"))[1] == [UNREADABLE, "x", ""]
    long = HEAD + "Zoë,Ó Briain,\n" * 5
    assert cells_of(read(path, long.encode() + b"Zo\xff,Smith,\n"))[-1] == [f"Zo{UNREADABLE}", "Smith", ""]


def test_the_delimiter_may_be_told(path: Path) -> None:
    table = read(path, "sep=;\nGiven name;Family name\nAnn, B;Smith\n")
    assert (table.delimiter, table.header, table.headings) == (";", 1, ("Given name", "Family name"))
    assert [(record.number, record.cells) for record in table.rows()] == [(2, ["Ann, B", "Smith"])]


def test_commas_within_marks_do_not_cut(path: Path) -> None:
    rows = "".join(f'{number};"1, High Street, Ambridge, Borsetshire";x\n' for number in range(5))
    table = read(path, f"Given name;Address;Email\n{rows}")
    assert (table.delimiter, {len(row) for row in cells_of(table)}) == (";", {3})


def test_one_column(path: Path) -> None:
    table = read(path, "Email\nann@example.org\n\nbob@example.org\n")
    assert (table.headings, [(r.number, r.cells) for r in table.rows()]) == (
        ("Email",),
        [(2, ["ann@example.org"]), (4, ["bob@example.org"])],
    )


def test_lines_above_the_headings_are_passed_over(path: Path) -> None:
    above = 'Members of the branch\n"Printed on 1 May\nby Zoë"\n\n;;\n'
    table = read(path, above + (HEAD + LINE).replace(",", ";"))
    assert (table.header, [record.number for record in table.rows()]) == (5, [6])


def test_groups_above_and_field_names_below_the_headings_are_no_data(path: Path) -> None:
    table = read(path, "Person,,Contact\n" + HEAD + "first_name,last_name,mail\n" + LINE)
    assert (table.headings[0], table.header, cells_of(table)) == ("Given name", 3, [ANN])
    assert [code for code, _ in table.notes] == ["headings_repeated"]


def test_without_headings_no_row_is_taken_for_them(path: Path) -> None:
    table = read(path, LINE * 2)
    assert (table.header, table.headings) == (0, ("Column 1", "Column 2", "Column 3"))
    assert cells_of(table) == [ANN, ANN]
    assert [code for code, _ in table.notes] == ["headings_missing"]


def test_headings_nobody_knows_are_said_to_be_so(path: Path) -> None:
    table = read(path, "Vorname;Nachname;1985\nZoë;Schmidt;1\n")
    assert (table.headings, [code for code, _ in table.notes]) == (
        ("Vorname", "Nachname", "1985"),
        ["headings_unknown"],
    )


def test_headings_name_one_column_each(path: Path) -> None:
    table = read(path, "Email,Email,Email (2),,given name,,\na,b,c,d,e,,\n")
    assert table.headings == ("Email", "Email (2)", "Email (2) (2)", "Column 4", "given name")


def test_ragged_rows_are_handed_on_and_trailing_delimiters_are_not(path: Path) -> None:
    table = read(path, "Given name,Family name,,\nAnn\nAnn,Smith,,,\nAnn,Smith,x,y\n,,,\n")
    assert cells_of(table) == [["Ann"], ["Ann", "Smith", "", ""], ["Ann", "Smith", "x", "y"]]


def test_marks_in_the_middle_stay(path: Path) -> None:
    table = read(path, HEAD + 'Ann "Annie",Smith,\n"Bob ""B""",Jones,\n"Cai" x,Evans,\n')
    assert [row[0] for row in cells_of(table)] == ['Ann "Annie"', 'Bob "B"', "Cai x"]


def test_a_mark_that_stays_open_is_refused_with_its_line(path: Path) -> None:
    assert "line 3 is never closed" in refusal(path, HEAD + LINE + '"Bob,Jones,\n' + LINE * 20)
    assert "line 3 is never closed" in refusal(path, HEAD + LINE + '"Bob,Jones,\n' + LINE * 1000)
    assert "line 400 is never closed" in refusal(path, HEAD + LINE * 398 + '"Bob,Jones,\n' + LINE)


def test_ten_megabytes_in_a_cell(path: Path) -> None:
    assert "longer than 1000000 characters" in refusal(path, HEAD + "x" * 10_000_000 + ",y,z\n")
    assert "line 3" in refusal(path, HEAD + LINE + '"' + "x" * 10_000_000 + '",y,z\n')
    assert "line 2" in refusal(path, HEAD + '"' + ("x" * 900_000 + "\n") * 10 + '",y,z\n')
    assert "too large a cell" in refusal(path, HEAD + "x" * 200_000 + ",y,z\n")


def test_many_columns(path: Path) -> None:
    wide = ",".join(f"h{number}" for number in range(200)) + "\n"
    assert len(read(path, wide + wide).headings) == 200
    wide = ",".join(f"h{number}" for number in range(5000)) + "\n"
    assert refusal(path, wide + wide) == "The file cannot be read: it has more than 500 columns."


@pytest.mark.parametrize("content", [HEAD + "\n" * 100_000 + LINE, "\n" * 400_000 + HEAD + LINE])
def test_empty_rows_without_end(path: Path, content: str) -> None:
    path.write_text(content)
    begun = time.process_time()
    assert [record.cells for record in open_table(path, recognise).rows()] == [ANN]
    assert time.process_time() - begun < 3


def test_empty_rows_and_nothing_else(path: Path) -> None:
    assert refusal(path, "\r\n" * 10_000) == "The file cannot be read: it holds no rows."
    assert refusal(path, ",,,\r\n" * 10_000) == "The file cannot be read: it holds no rows."


def test_only_headings(path: Path) -> None:
    table = read(path, HEAD[:-1])
    assert (len(table.headings), cells_of(table)) == (3, [])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (b" \r\n\0", "it is empty"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "protected by a password"),
        (b"\x1f\x8b\x08\x00", "compressed"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"PK\x05\x06" + bytes(18), "an archive without anything"),
        (b"\xef\xbb\xbf <!DOCTYPE html><table>", "a web page"),
        (b'<?xml version="1.0"?><Workbook>', "XML"),
        (b'[{"email": 1}]', "JSON"),
        (b"{\\rtf1 a,b}", "a text document"),
        (bytes(range(256)) * 4, "not text"),
        (b"a,b\n" + b"\0" * 9 + b"1,2\n" * 2, "not text"),
    ],
)
def test_other_files_are_refused_by_their_kind(path: Path, content: bytes, reason: str) -> None:
    assert reason in refusal(path, content)


def test_a_glance_tells_before_the_file_is_there() -> None:
    glance(HEAD.encode())
    glance(HEAD.encode("utf-16"))
    glance(b"PK\x03\x04" + bytes(100))
    glance(b"\n" * GLANCE)
    for start in (b"", b"\n\n", b"%PDF-1.4", b"\xd0\xcf\x11\xe0", b"\x1f\x8b"):
        with pytest.raises(FileRefused):
            glance(start)


def test_a_directory_and_nothing_at_all(tmp_path: Path) -> None:
    for path, reason in ((tmp_path, "a directory"), (tmp_path / "none.csv", "no such file")):
        with pytest.raises(FileRefused, match=reason):
            open_table(path, recognise)


def test_a_file_that_changes_while_it_is_read(path: Path) -> None:
    table = read(path, HEAD + LINE)
    path.write_text(HEAD + LINE + LINE)
    with pytest.raises(FileRefused, match="changed"):
        list(table.rows())


def test_a_layout_is_kept_as_json() -> None:
    for layout in (Layout("csv", 3, encoding="utf-16", delimiter=";"), Layout("xlsx", 1, sheet="People")):
        assert Layout.from_json(layout.as_json()) == layout
