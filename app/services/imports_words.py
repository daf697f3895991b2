"""What other systems' words and numbers mean here.

Each reader raises ValueError (a `PydanticCustomError`) with its code.
"""

import phonenumbers
from pydantic_core import PydanticCustomError

from app.core.text import fold
from app.models.members import Language, MemberType, Relationship

_TYPE_WORDS = {
    MemberType.full: "full|standard|ordinary|member|individual|general|waged|full member|full rate|participant|leader",
    MemberType.youth: "youth|young|young member|student|under 26|under 27|under 30",
    MemberType.concession: "concession|concessionary|unwaged|low income|low waged|retired|reduced|reduced rate",
    MemberType.supporter: "supporter|friend|contact|registered supporter",
}
#: What membership systems call their kinds, folded. An alliance's leaders and participants are its members in full.
TYPES = {word: kind for kind, words in _TYPE_WORDS.items() for word in words.split("|")}
_LANGUAGES = {"en": Language.english, "english": Language.english, "saesneg": Language.english}
_LANGUAGES |= {"cy": Language.welsh, "welsh": Language.welsh, "cymraeg": Language.welsh}
_MOBILE = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)


def read_phone(text: str, *, country: str) -> tuple[str, bool]:
    """A telephone number in E.164 as dialled in a country, and whether it is a mobile's."""
    # Who lives abroad may well have kept a British number.
    for region in dict.fromkeys((country, "GB")):
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            continue
        if not number.extension and phonenumbers.is_valid_number(number):
            kind = phonenumbers.number_type(number)
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), kind in _MOBILE
    raise PydanticCustomError("phone_not_valid", "This is not a valid telephone number.")


def read_type(text: str) -> MemberType:
    kind = TYPES.get(fold(text))
    if kind is None:
        raise PydanticCustomError(
            "type_unknown", "This is no kind of membership; say in the mapping what it stands for."
        )
    return kind


def read_relationship(text: str) -> Relationship:
    if fold(text) not in ("member", "supporter"):
        raise PydanticCustomError("relationship_unknown", "This is neither member nor supporter.")
    return Relationship(fold(text))


def read_language(text: str) -> Language:
    language = _LANGUAGES.get(fold(text))
    if language is None:
        raise PydanticCustomError("language_unknown", "This is neither English nor Welsh.")
    return language


def read_number(text: str) -> str:
    number = text.strip().upper()
    if not (number.isascii() and number.replace("-", "").isalnum() and len(number) <= 20):
        raise PydanticCustomError("number_not_valid", "A number has up to 20 letters, digits and hyphens.")
    return number
