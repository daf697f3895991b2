"""Documents set in type: values are data, the output is the same each time, and nothing that was said is lost."""

import io
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from app.core.typesetting import TypesettingFailed, typeset
from tests.turns import some_of

DAY = date(2026, 11, 22)
TEMPLATE = """
#let values = json(bytes(sys.inputs.values))
#set document(title: "Test", author: "Nobody")
#set text(lang: "en")
#values.said
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "test.typ").write_text(TEMPLATE)
    return tmp_path


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def test_the_same_values_and_day_make_the_same_bytes(folder: Path) -> None:
    once = typeset(folder, "test.typ", {"said": "Tŷ"}, day=DAY)
    assert typeset(folder, "test.typ", {"said": "Tŷ"}, day=DAY) == once
    assert typeset(folder, "test.typ", {"said": "Tŷ"}, day=date(2026, 11, 23)) != once
    about = PdfReader(io.BytesIO(once)).metadata
    assert about is not None
    assert (about.title, about.creation_date.date() if about.creation_date else None) == ("Test", DAY)


@pytest.mark.parametrize(
    "said",
    [
        '#panic() #import "@preview/cetz:0.3.0" #read("/etc/passwd")',
        "*bold* _slanted_ `raw` $x^2$ = heading",
        "<label> @reference // remark /* more */",
        '\\ [brackets] {braces} ]]] }}} "quotes"',
        "Ŵŵ Ŷŷ Êê Ôô Ïï Łódź Αθήνα Москва שלום",
    ],
)  # fmt: skip
def test_values_are_shown_as_they_stand(folder: Path, said: str) -> None:
    assert text_of(typeset(folder, "test.typ", {"said": said}, day=DAY)) == said


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("well done 👍🏽!", "well done [thumbs up sign]!"),
        ("王", "[cjk unified ideograph-738b]"),
        ("👍 and 👎", "[thumbs up sign] and [thumbs down sign]"),
        ("\U000f1234", "[u+f1234]"),
    ],
)
def test_what_no_font_shows_is_written_out(folder: Path, said: str, shown: str) -> None:
    assert text_of(typeset(folder, "test.typ", {"said": said}, day=DAY)).lower() == shown


@settings(max_examples=some_of(60), deadline=None)
@given(said=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40))
def test_any_text_can_be_set(tmp_path_factory: pytest.TempPathFactory, said: str) -> None:
    folder = tmp_path_factory.getbasetemp() / "any"
    folder.mkdir(exist_ok=True)
    (folder / "test.typ").write_text(TEMPLATE)
    assert typeset(folder, "test.typ", {"said": said}, day=DAY).startswith(b"%PDF-1.7")


def test_a_template_that_lacks_a_value_fails_without_telling_any(folder: Path) -> None:
    with pytest.raises(TypesettingFailed) as failure:
        typeset(folder, "test.typ", {"other": "a secret"}, day=DAY)
    assert "secret" not in str(failure.value)
    assert failure.value.__cause__ is None
