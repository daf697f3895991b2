"""UK postcodes by form: outward and inward code, letters where Royal Mail puts them, an area that exists.

Whether a postcode of the right form is in use, only the ONS Postcode Directory can say.
"""

import re
from itertools import product
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

# The letter that ends A9A may be M, N, R, V, X or Y, which textbooks refuse: the old W1M to W1Y have them.
_FORM = re.compile(
    r"[A-PR-UWYZ]([0-9]{1,2}|[A-HK-Y][0-9]{1,2}|[0-9][A-HJKMNPR-Y]|[A-HK-Y][0-9][ABEHMNPRV-Y])"
    r" [0-9][ABD-HJLNP-UW-Z]{2}"
)
_GIROBANK = "GIR 0AA"
# The 121 areas of the United Kingdom, the Crown Dependencies, British forces (BF) and non-geographic (BX).
_AREA_CODES = """
AB AL B BA BB BD BF BH BL BN BR BS BT BX CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC
EH EN EX FK FY G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME
MK ML N NE NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY
TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS WV YO ZE
"""
_AREAS = frozenset(_AREA_CODES.split())
_SEPARATORS = re.compile(r"[\W_]+")


def normalise(text: str) -> str:
    """The postcode in its one spelling, `SW1A 1AA`.

    Raises ValueError (a `PydanticCustomError`): `postcode_zero_or_letter_o` where swapping the two somewhere
    gives a valid one, else `postcode_not_valid`.
    """
    if _is_valid(text):
        return text
    compact = _SEPARATORS.sub("", text)
    compact = compact.upper() if compact.isascii() else ""
    spaced = f"{compact[:-3]} {compact[-3:]}"
    if _is_valid(spaced):
        return spaced
    if len(compact) <= 7 and any(map(_is_valid, _respelled(spaced))):
        raise PydanticCustomError(
            "postcode_zero_or_letter_o",
            "This is not a valid UK postcode; look whether a zero and a letter O were confused.",
        )
    raise PydanticCustomError("postcode_not_valid", "This is not a valid UK postcode.")


def _is_valid(spaced: str) -> bool:
    if not _FORM.fullmatch(spaced):
        return spaced == _GIROBANK
    area = spaced[0] if spaced[1].isdigit() else spaced[:2]
    return area in _AREAS


def _respelled(spaced: str) -> list[str]:
    choices = ("0O" if char in "0O" else char for char in spaced)
    return ["".join(chars) for chars in product(*choices)]


def district(postcode: str) -> str:
    """The outward code of a normalised postcode: `SW1A` of `SW1A 1AA`."""
    return postcode.partition(" ")[0]


Postcode = Annotated[
    str,
    StringConstraints(strict=True, strip_whitespace=True),
    Field(min_length=5, max_length=16, json_schema_extra={"examples": ["SW1A 1AA"]}),
    AfterValidator(normalise),
]
"""A UK postcode in any spelling, kept as `SW1A 1AA`."""
