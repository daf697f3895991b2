"""Text as people send it: lines and longer texts, e-mail addresses, telephones, names folded for search.

Every type states its limits in the JSON Schema, and refuses with a code and a sentence that do not repeat the
input.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, ClassVar

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, Field, GetCoreSchemaHandler, StringConstraints
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

_NO_DECOMPOSITION = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th"}
    | {"ħ": "h", "\u0131": "i", "ŋ": "n", "ŧ": "t", "ĸ": "k", "ə": "e", "ƒ": "f"}
)
_APOSTROPHES = frozenset("'`\u00b4\u2018\u2019\u201b\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u02c8\u2032\uff07")
_BIDI_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LINE_BREAKS = frozenset("\u2028\u2029")
_NEW_LINE = re.compile(r"\r\n?")
#: What `fold` makes of each sign of ASCII that is neither letter nor digit.
_ASCII_SIGNS = {code: "" if chr(code) in _APOSTROPHES else " " for code in range(128) if not chr(code).isalnum()}
#: Local parts of up to 64 characters that every mail server takes as they are.
_ATOMS = re.compile(r"(?=.{1,64}\Z)[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*", re.ASCII)
_LONGEST_EMAIL = 254


def fold(text: str) -> str:
    """The form in which names are sorted and searched: no case, no accents, no punctuation, single spaces.

    Apostrophes and invisible characters vanish (O'Brien is found as obrien); hyphens and all other signs
    part words as a space does. Letters of other scripts stay. May be longer than `text`, or empty.
    """
    if text.isascii():
        folded = text.lower()
        return " ".join((folded if folded.isalnum() else folded.translate(_ASCII_SIGNS)).split())
    bare = (_folded(char) for char in _decompose(_decompose(text.casefold()).casefold()))
    return unicodedata.normalize("NFC", " ".join("".join(bare).split()))


def may_be_same_name(one: str, other: str) -> bool:
    """Whether two names can be of one person: every word of the one is a word of the other, in whatever order."""
    words, others = frozenset(fold(one).split()), frozenset(fold(other).split())
    return bool(words and others) and (words <= others or others <= words)


def _decompose(text: str) -> str:
    return unicodedata.normalize("NFKD", text.translate(_NO_DECOMPOSITION))


def _folded(char: str) -> str:
    if char in _APOSTROPHES or unicodedata.combining(char) or unicodedata.category(char) in {"Cf", "Me"}:
        return ""
    # A mark that does not combine is a vowel sign of an Indic or Thai word, and as good as a letter.
    return char if char.isalnum() or unicodedata.category(char) in {"Mn", "Mc"} else " "


def clean(text: str, *, multiline: bool = False) -> str:
    """`text` in NFC without blank ends; on one line, inner blanks become single spaces.

    Raises ValueError (a `PydanticCustomError`, whose type is the code) for control characters, lone
    surrogates and bidirectional overrides, which can make a text read otherwise than it is stored.
    Right-to-left letters and the marks that shape them are text like any other.
    """
    text = text.strip()
    if multiline:
        text = _NEW_LINE.sub("\n", text)
    allowed = "\n\t" if multiline else ""
    plain = text.isascii() and text.isprintable()
    if not plain and any(_is_forbidden(char) and char not in allowed for char in text):
        raise PydanticCustomError("character_not_allowed", "The text holds a character that is not allowed here.")
    if not multiline:
        text = " ".join(text.split())
    return unicodedata.normalize("NFC", text)


def _is_forbidden(char: str) -> bool:
    return unicodedata.category(char) in {"Cc", "Cs"} or char in _BIDI_OVERRIDES or char in _LINE_BREAKS


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text between two lengths, counted after cleaning: `Annotated[str, Line(1, 200)]`."""

    multiline: ClassVar[bool] = False
    min_length: int
    max_length: int

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        # Strict, because lax mode would take bytes past the cleaning.
        text = core_schema.str_schema(strict=True, min_length=self.min_length, max_length=self.max_length)
        return core_schema.no_info_before_validator_function(self._cleaned, text)

    def _cleaned(self, value: object) -> object:
        if not isinstance(value, str):
            return value
        text = clean(value, multiline=self.multiline)
        # Joiners and the like are legitimate inside a word, but do not make a text by themselves.
        return text if any(char.isprintable() and char != " " for char in text) else ""


class Lines(Line):
    """Text of several lines between two lengths; line ends are stored as a single newline."""

    multiline = True


Name = Annotated[str, Line(1, 100)]
ShortText = Annotated[str, Line(1, 200)]
LongText = Annotated[str, Lines(1, 10_000)]


def _email(text: str) -> str:
    local, _, domain = text.rpartition("@")
    # Of a local part that needs no judging the domain is judged once, not with every address that is in it.
    known = _address(f"x@{domain}") if _ATOMS.fullmatch(local) else None
    address = f"{local}{known[1:]}" if known else None
    if address is None or len(address) > _LONGEST_EMAIL:
        address = _address(text)
    if address is None:
        raise PydanticCustomError("email_not_valid", "This is not a valid e-mail address.")
    return address


@lru_cache(maxsize=4_096)
def _address(text: str) -> str | None:
    """An address with the ASCII form of its domain, the one spelling which every mail server takes."""
    try:
        return validate_email(text, check_deliverability=False, allow_smtputf8=False).ascii_email
    except EmailNotValidError:
        return None


def email_key(email: str) -> str:
    """The form in which two e-mail addresses are compared: nobody's mail server tells Ann@ from ann@."""
    return email.lower()


def _phone(text: str) -> str:
    try:
        number = phonenumbers.parse(text, "GB")
    except phonenumbers.NumberParseException:
        number = phonenumbers.PhoneNumber()
    # E.164 has no room for an extension: dropping it would store another number than the one given.
    if number.extension or not phonenumbers.is_valid_number(number):
        raise PydanticCustomError("phone_not_valid", "This is not a valid telephone number.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


_trimmed = StringConstraints(strict=True, strip_whitespace=True)

Email = Annotated[
    str,
    _trimmed,
    Field(
        min_length=6,
        max_length=_LONGEST_EMAIL,
        json_schema_extra={"format": "email", "examples": ["ann.smith@example.org"]},
    ),
    AfterValidator(_email),
]
"""As its owner writes it, the domain in lower case; judged by syntax alone. Compare by `email_key`."""

Phone = Annotated[
    str,
    _trimmed,
    Field(min_length=4, max_length=40, json_schema_extra={"format": "phone", "examples": ["+447400123456"]}),
    AfterValidator(_phone),
]
"""A valid number in E.164. Without a country code it is read as British; foreign ones stay foreign."""
