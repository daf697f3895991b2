import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from app.core.postcodes import Postcode, district, normalise

VALID = {
    "SW1A 1AA": "SW1A 1AA",
    "sw1a1aa": "SW1A 1AA",
    " sw1a  1aa ": "SW1A 1AA",
    "sw1a-1aa": "SW1A 1AA",
    "m11ae": "M1 1AE",
    " ec1a 1bb ": "EC1A 1BB",
    "B33 8TH": "B33 8TH",
    "CR2 6XH": "CR2 6XH",
    "DN55 1PT": "DN55 1PT",
    "W1A 0AX": "W1A 0AX",
    "EC1A 1BB": "EC1A 1BB",
    "SW112AZ": "SW11 2AZ",
    "GIR0AA": "GIR 0AA",
    "BF1 2AA": "BF1 2AA",
    "WC2N 5DU": "WC2N 5DU",
    "JE2 3AB": "JE2 3AB",
    "GY1 1AA": "GY1 1AA",
    "IM1 1AA": "IM1 1AA",
    "EH99 1SP": "EH99 1SP",
    "CF99 1SN": "CF99 1SN",
    "W1 1AA": "W1 1AA",
    "BX1 1LT": "BX1 1LT",
    "W1Y 1AA": "W1Y 1AA",
}
INVALID = [
    "QA1 1AA",
    "VX1 1AA",
    "XA1 1AA",
    "AI1 1AA",
    "AJ1 1AA",
    "AZ1 1AA",
    "A1 1CA",
    "A1 1IA",
    "XM4 5HQ",
    "P1 3AX",
    "OX1 1A0",
    "SW1A1A",
    "SW1A 1AAA",
    "M1 1A",
    "",
    "BFPO 58",
    "ASCN 1ZZ",
    "NPT 1AA",
    "GIR 0AB",
    "GIR",
    "SW1A 1AÉ",
    "ﬁ1 1AA",
    "SW1A 1AA\u0661",
    "\u0131M1 1AA",
    "M1 1AE M1 1AE",
]


@pytest.mark.parametrize(("sent", "kept"), VALID.items())
def test_valid(sent: str, kept: str) -> None:
    assert normalise(sent) == kept
    assert TypeAdapter(Postcode).validate_python(sent) == kept


@pytest.mark.parametrize("sent", INVALID)
def test_invalid(sent: str) -> None:
    with pytest.raises(PydanticCustomError) as caught:
        normalise(sent)
    assert caught.value.type == "postcode_not_valid"
    with pytest.raises(ValidationError):
        TypeAdapter(Postcode).validate_python(sent)


@pytest.mark.parametrize("sent", ["P01 3AX", "p013ax", "M1 OAE", "0X1 1AA", "L0 OAA", "S015 2AA"])
def test_a_zero_for_the_letter_is_said_in_general_words(sent: str) -> None:
    with pytest.raises(PydanticCustomError) as caught:
        normalise(sent)
    assert caught.value.type == "postcode_zero_or_letter_o"
    assert sent not in str(caught.value)
    assert "PO1" not in str(caught.value)


@given(st.text(max_size=20) | st.text("ABOPWM0189 ", max_size=9))
def test_what_is_accepted_has_one_spelling(text: str) -> None:
    try:
        kept = normalise(text)
    except ValueError:
        return
    assert normalise(kept) == normalise(kept.lower().replace(" ", "")) == kept


def test_a_flood_of_zeros_is_not_respelled() -> None:
    with pytest.raises(PydanticCustomError) as caught:
        normalise("0" * 100_000)
    assert caught.value.type == "postcode_not_valid"


@pytest.mark.parametrize(("postcode", "outward"), [("SW1A 1AA", "SW1A"), ("M1 1AE", "M1"), ("GIR 0AA", "GIR")])
def test_district(postcode: str, outward: str) -> None:
    assert district(postcode) == outward


def test_the_document_states_the_limits() -> None:
    app = FastAPI()

    @app.get("/")
    async def ask(postcode: Postcode) -> None: ...

    (stated,) = app.openapi()["paths"]["/"]["get"]["parameters"]
    assert stated["schema"]["type"] == "string"
    assert (stated["schema"]["minLength"], stated["schema"]["maxLength"]) == (5, 16)
