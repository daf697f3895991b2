import unicodedata
from typing import Annotated

import pytest
from email_validator import EmailNotValidError, validate_email
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from app.core.text import Email, Line, LongText, Name, Phone, ShortText, clean, email_key, fold, may_be_same_name

any_text = st.text(st.characters(codec=None), max_size=30)


def parse(kind: object, value: object) -> str:
    return TypeAdapter(kind).validate_python(value)


def refusal(kind: object, value: object) -> str:
    with pytest.raises(ValidationError) as caught:
        parse(kind, value)
    (error,) = caught.value.errors(include_input=False, include_context=False)
    if isinstance(value, str) and len(value.strip()) > 1:
        assert value.strip() not in error["msg"]
    return error["type"]


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("Łukasz Żółć", "lukasz zolc"),
        ("Søren Ærø", "soren aero"),
        ("Weiß", "weiss"),
        ("WEISS", "weiss"),
        ("Đặng Thị Hồng", "dang thi hong"),
        ("İbrahim Yıldız", "ibrahim yildiz"),
        ("Þórður Guðrún", "thordur gudrun"),
        ("Œuvre", "oeuvre"),
        ("Siân Ŵyn", "sian wyn"),
        ("O'Brien", "obrien"),
        ("O’Brien", "obrien"),
        ("Smith-Jones", "smith jones"),
        ("Smith – Jones", "smith jones"),
        ("  Ann   St. John ", "ann st john"),
        ("Ann_Smith/2", "ann smith 2"),
        ("ＡＮＮ", "ann"),
        ("Ze\u200dta", "zeta"),
        ("Жанна", "жанна"),
        ("مُحَمَّد", "محمد"),
        ("हिन्दी", "हिनदी"),
        ("김민준", "김민준"),
        ("!?", ""),
    ],
)
def test_names_fold(name: str, folded: str) -> None:
    assert fold(name) == folded


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Siân Puw", "PUW, SIAN", True),
        ("Siân", "Siân Mair Puw", True),
        ("Siân Puw", "Siân Parry", False),
        ("", "Siân Puw", False),
        ("...", "...", False),
    ],
)
def test_names_that_may_be_one_persons(one: str, other: str, same: bool) -> None:
    assert may_be_same_name(one, other) is same
    assert may_be_same_name(other, one) is same


@given(any_text)
def test_folding_is_settled_after_once(text: str) -> None:
    once = fold(text)
    assert fold(once) == once
    assert once == once.strip()
    assert "  " not in once


@given(st.text(st.characters(codec="ascii"), max_size=30))
def test_plain_text_folds_as_it_does_beside_accents(text: str) -> None:
    assert fold(f"{text} é") == f"{fold(text)} e".strip()


def test_folding_is_settled_for_every_cased_or_accented_character() -> None:
    chars = (chr(code) for code in range(0x1FFFF) if unicodedata.category(chr(code)) not in {"Cn", "Co", "Cs", "Lo"})
    assert [c for c in chars if fold(fold(c)) != fold(c) or fold(unicodedata.normalize("NFD", c)) != fold(c)] == []


@given(st.text(st.characters(categories=["Lu", "Ll"], max_codepoint=0x24F), max_size=20))
def test_case_and_composition_make_no_difference(text: str) -> None:
    assert fold(text.lower()) == fold(text) == fold(unicodedata.normalize("NFD", text))


@pytest.mark.parametrize("bad", [*"\0\x07\x1b\x7f\x85\t\n", "\ud800", "\u202e", "\u2066", "\u2028"])
def test_a_line_refuses_what_hides_or_breaks(bad: str) -> None:
    with pytest.raises(ValueError, match="not allowed") as caught:
        clean(f"Ann{bad}Smith")
    assert "Ann" not in str(caught.value)
    assert refusal(Name, f"Ann{bad}Smith") == "character_not_allowed"


def test_cleaning() -> None:
    assert clean("  Ann \u00a0  Smith\n") == "Ann Smith"
    assert clean("Sia\u0302n") == "Siân"
    assert clean("שָׁלוֹם محمد") == unicodedata.normalize("NFC", "שָׁלוֹם محمد")
    assert clean("می\u200cخواهم") == "می\u200cخواهم"
    assert clean(" one\r\ntwo\rthree\n\tfour ", multiline=True) == "one\ntwo\nthree\n\tfour"


@pytest.mark.parametrize("bad", ["\0", "\x1b", "\x7f", "\u202e", "\ud800", "\u2029"])
def test_longer_text_refuses_them_too(bad: str) -> None:
    assert refusal(LongText, f"one\n{bad}two") == "character_not_allowed"


@given(any_text)
def test_cleaned_text_is_clean(text: str) -> None:
    for multiline in (False, True):
        try:
            once = clean(text, multiline=multiline)
        except ValueError:
            continue
        assert clean(once, multiline=multiline) == once
        once.encode()


def test_lengths_count_after_cleaning() -> None:
    assert parse(Name, " " * 500 + "e\u0301" * 100) == "é" * 100
    assert refusal(Name, "x" * 101) == "string_too_long"
    assert parse(LongText, "x" * 10_000)
    assert refusal(LongText, "x" * 10_001) == "string_too_long"
    assert parse(Annotated[str, Line(0, 3)], "  ") == ""


@pytest.mark.parametrize("blank", ["", "   ", "\u200b", "\u200d \ufeff", "\u00ad"])
def test_invisible_is_empty(blank: str) -> None:
    assert refusal(ShortText, blank) == "string_too_short"


@pytest.mark.parametrize("value", [b"Ann", 1, None, ["Ann"]])
@pytest.mark.parametrize("kind", [Name, LongText, Email, Phone])
def test_only_text_is_text(kind: object, value: object) -> None:
    assert refusal(kind, value) == "string_type"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Ann.Smith@EXAMPLE.org", "Ann.Smith@example.org"),
        ("  ann+party@example.org ", "ann+party@example.org"),
        ("ann@rollbook.example", "ann@rollbook.example"),
        ("ann@BÜCHER.example", "ann@xn--bcher-kva.example"),
    ],
)
def test_email_keeps_its_local_part(sent: str, kept: str) -> None:
    assert parse(Email, sent) == kept
    assert parse(Email, kept) == kept


@pytest.mark.parametrize(
    "sent",
    [
        "ann@b-alone",
        "a b@x.org",
        "a@x..org",
        "é@example.org",
        "ann@x.test",
        "Ann <ann@x.org>",
        '"a b"@x.org',
        "ann@[127.0.0.1]",
        "ann@example.org\nBcc: x@y.org",
        "ann@x\x00.org",
        "ann@example�.org",
    ],
)
def test_email_refuses(sent: str) -> None:
    assert refusal(Email, sent) in {"email_not_valid", "string_unicode"}


@given(
    st.text("aZ09._+-'!é\" @<>()\\", max_size=8),
    st.sampled_from(["example.org", "EXAMPLE.org", "münchen.example.org", "exa_mple.org", "localhost", "[127.0.0.1]"]),
)
def test_an_email_is_judged_the_same_whether_or_not_its_domain_is_known(local: str, domain: str) -> None:
    def judge(text: str) -> str | None:
        try:
            return validate_email(text, check_deliverability=False, allow_smtputf8=False).ascii_email
        except EmailNotValidError:
            return None

    def kept(text: str) -> str | None:
        try:
            return parse(Email, text)
        except ValidationError:
            return None

    text = f"{local}@{domain}".strip()
    assert kept(text) == (judge(text) if len(text) >= 6 else None)


def test_email_lengths_and_comparison() -> None:
    assert refusal(Email, "a@b") == "string_too_short"
    assert refusal(Email, "a" * 60 + "@" + ".".join(["b" * 60] * 4) + ".org") == "string_too_long"
    assert email_key("ANN@X.ORG") == email_key("ann@x.org") == "ann@x.org"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("07400 123456", "+447400123456"),
        ("(07400) 123456", "+447400123456"),
        ("0044 7400123456", "+447400123456"),
        ("+44 (0)7400 123456", "+447400123456"),
        ("+44 (0)20 7946 0018", "+442079460018"),
        ("020 7946 0018", "+442079460018"),
        ("0161 496 0000", "+441614960000"),
        ("028 9018 0123", "+442890180123"),
        ("0300 123 1113", "+443001231113"),
        ("+353 1 234 5678", "+35312345678"),
        ("07911 123456", "+447911123456"),
    ],
)
def test_phone_is_kept_as_e164(sent: str, kept: str) -> None:
    assert parse(Phone, sent) == kept
    assert parse(Phone, kept) == kept


@pytest.mark.parametrize(
    "sent",
    [
        "07400 12345",
        "074001234567",
        "1234",
        "07700 900123",
        "020 7946 0018 x12",
        "nothing",
        "+",
        "+++++",
        "07400\0123456",
    ],
)
def test_phone_refuses(sent: str) -> None:
    assert refusal(Phone, sent) in {"phone_not_valid", "string_too_short"}


@given(any_text)
def test_no_text_breaks_a_type(text: str) -> None:
    for kind in (Name, ShortText, LongText, Email, Phone):
        try:
            kept = parse(kind, text)
        except ValidationError:
            continue
        assert parse(kind, kept) == kept


class _Form(BaseModel):
    name: Name
    note: LongText | None = None
    email: Email
    phone: Phone


def test_the_document_states_type_and_limits() -> None:
    app = FastAPI()

    @app.post("/forms")
    async def send(form: _Form) -> _Form:
        return form

    stated = app.openapi()["components"]["schemas"]["_Form"]["properties"]
    assert stated["name"] == {"type": "string", "minLength": 1, "maxLength": 100, "title": "Name"}
    assert stated["note"]["anyOf"] == [
        {"type": "string", "minLength": 1, "maxLength": 10_000},
        {"type": "null"},
    ]
    for field, form, most in (("email", "email", 254), ("phone", "phone", 40)):
        assert (stated[field]["type"], stated[field]["format"], stated[field]["maxLength"]) == (
            "string",
            form,
            most,
        )
