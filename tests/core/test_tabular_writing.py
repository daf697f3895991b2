"""Tables written for spreadsheets: nothing in them runs, and what was written is read back as it was."""

import csv
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from app.core.db import Database
from app.core.tabular import HARMFUL, FileRefused, Layout, harmless, open_table, plain, write_table
from app.core.tabular.sheet import MOST_ROWS, WIDEST
from tests.turns import some_of

CSV = Layout("csv", encoding="utf-8", delimiter=",")
XLSX = Layout("xlsx", sheet="Sheet1")
HEAD = ["Given name", "=Family name"]

anything = st.text(
    st.sampled_from("'=+-@\t\r\n0123456789.,;|\"＝ aé") | st.characters(codec="utf-8", exclude_categories=["Cc"]),
    max_size=12,
)
#: No spreadsheet holds a NUL; a mark of the byte order is no sign, and a row of blanks is none.
cells = anything.map(lambda text: text.replace("\0", "").replace("\ufeff", ""))
tables = st.integers(1, 4).flatmap(
    lambda width: st.lists(
        st.lists(cells, min_size=width, max_size=width).filter(lambda row: "".join(row).strip()), max_size=5
    ).map(lambda rows: (width, rows))
)


@given(anything)
def test_harmless_is_undone_by_plain(text: str) -> None:
    assert plain(harmless(text)) == text


@pytest.mark.parametrize(
    "text", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "'=1", "''@x", "-"]
)
def test_formulas_get_an_apostrophe(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Ann", "'", "'tis", "O'Brien", "a=b", "+441632960001", "-5", "-0.25", "7", " =1"])
def test_numbers_and_names_are_left_alone(text: str) -> None:
    assert harmless(text) == text


@pytest.mark.parametrize("text", ["+12345", "+4416329600011234", "-5-5", "-5\n", "+441632960001\n", "--5", "-"])
def test_what_only_looks_like_a_number_is_not(text: str) -> None:
    assert harmless(text) == f"'{text}"


async def test_the_rule_means_the_same_to_postgresql(owner: Database) -> None:
    signs = [*"'=+-@\t\r\n＝＋－＠ .,a1\"\\"]
    texts = ["".join(some) for length in range(4) for some in product(signs, repeat=length)]
    texts += [
        "+441632960001",
        "+12345",
        "+441632960001\n",
        "+4416329600011234",
        "-0.25",
        "-5\n",
        "7",
        "-5-5",
        "Zoë\n=x",
    ]
    async with owner.transaction() as session:
        found = await session.fetch(
            "select case when cell ~ $2 then '''' || cell else cell end as cell from unnest($1::text[]) as t (cell)",
            texts,
            HARMFUL,
        )
    assert [row["cell"] for row in found] == [harmless(text) for text in texts]


def back(path: Path, layout: Layout, width: int, rows: list[list[str]]) -> list[list[str]]:
    headings = [f"Heading {place}" for place in range(width)]
    written = write_table(path, layout, headings, rows)
    table = open_table(path, lambda found: sum(cell in headings for cell in found) * 2)
    if written.encoding not in ("utf-8", "cp1252") and width > 1:
        assert table.layout == written
    assert table.headings == tuple(headings)
    assert [record.number for record in table.rows()] == list(range(2, len(rows) + 2))
    return [[plain(cell) for cell in record.cells] for record in table.rows()]


@given(tables, st.sampled_from(",;\t|"), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"]))
@settings(max_examples=some_of(80), deadline=None)
def test_a_text_is_read_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, table: tuple[int, list[list[str]]], delimiter: str, encoding: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "back.csv"
    assert back(path, Layout("csv", encoding=encoding, delimiter=delimiter), *table) == table[1]


@given(tables)
@settings(max_examples=some_of(20), deadline=None)
def test_a_workbook_is_read_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, table: tuple[int, list[list[str]]]
) -> None:
    assert back(tmp_path_factory.getbasetemp() / "back.xlsx", XLSX, *table) == table[1]


def test_a_text_is_written_as_it_came(tmp_path: Path) -> None:
    path = tmp_path / "refused.csv"
    layout = Layout("csv", 4, encoding="cp1252", delimiter=";")
    assert write_table(path, layout, HEAD, [["Zoë", "=x"]]) == Layout("csv", 1, encoding="cp1252", delimiter=";")
    assert path.read_bytes() == '"Given name";"\'=Family name"\r\n"Zoë";"\'=x"\r\n'.encode("cp1252")
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["Łukasz", "Ã©"])
def test_a_text_that_its_encoding_cannot_hold_or_tell_is_in_utf_8(tmp_path: Path, name: str) -> None:
    path = tmp_path / "refused.csv"
    written = write_table(path, Layout("csv", encoding="cp1252", delimiter=";"), HEAD, [[name, "x"]])
    assert (written.encoding, list(tmp_path.iterdir())) == ("utf-8-sig", [path])
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file, delimiter=";"))[1] == [name, "x"]


def test_nothing_in_a_workbook_is_more_than_text(tmp_path: Path) -> None:
    path = tmp_path / "export.xlsx"
    write_table(path, XLSX, HEAD, [["=1+1", "https://example.org"], ["007", "+441632960001"]])
    assert CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python() == [
        ["Given name", "'=Family name"],
        ["'=1+1", "https://example.org"],
        ["007", "+441632960001"],
    ]
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_workbook_cannot_hold_is_not_dropped(tmp_path: Path) -> None:
    for rows in ([["x" * 40_000]], [["x"] * (WIDEST + 1)], [[]] * MOST_ROWS):
        with pytest.raises(FileRefused, match="CSV holds"):
            write_table(tmp_path / "export.xlsx", XLSX, [], rows)
