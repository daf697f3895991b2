"""What other systems' words and numbers mean here.

Each reader raises ValueError (a `PydanticCustomError`) with its code.
"""

import re
from functools import lru_cache

import phonenumbers
from pydantic_core import PydanticCustomError

from app.core.text import fold
from app.models.members import Channel, DecidedStanding, Language, MemberType, Relationship

_TYPE_WORDS = {
    MemberType.full: "full|standard|ordinary|member|individual|general|waged|full member|full rate|participant|leader|"
    "life|lifetime|life member|regular",
    MemberType.youth: "youth|young|young member|student|under 26|under 27|under 30",
    MemberType.concession: "concession|concessionary|unwaged|low income|low waged|retired|reduced|reduced rate",
    MemberType.supporter: "supporter|friend|contact|registered supporter",
}
#: What membership systems call their kinds, folded. An alliance's leaders and participants are its members in full.
TYPES = {word: kind for kind, words in _TYPE_WORDS.items() for word in words.split("|")}
_LANGUAGES = {"en": Language.english, "english": Language.english, "saesneg": Language.english}
_LANGUAGES |= {"cy": Language.welsh, "welsh": Language.welsh, "cymraeg": Language.welsh}
_LANGUAGES |= {f"en {place}": Language.english for place in ("gb", "us", "ie", "au", "ca")}
_LANGUAGES |= {f"english {place}": Language.english for place in ("united kingdom", "united states", "uk", "us")}
_LANGUAGES |= {"cy gb": Language.welsh, "welsh united kingdom": Language.welsh}

_ANSWERS = {True: "yes y true t 1 x on ie ydy", False: "no n false f 0 off na nac"}
_YES_OR_NO = {word: answer for answer, words in _ANSWERS.items() for word in words.split()} | {"✓": True, "✔": True}
_CHANNEL_WORDS = {
    Channel.email: "email|e mail|emails|e mails|newsletter",
    Channel.phone: "phone|telephone|call|calls|phone calls",
    Channel.sms: "sms|text|texts|text message|text messages",
    Channel.post: "post|mail|letter|letters|leaflets",
}
_CHANNELS: dict[str, tuple[Channel, ...]] = {
    word: (channel,) for channel, words in _CHANNEL_WORDS.items() for word in words.split("|")
}
_CHANNELS |= {word: tuple(Channel) for word in ("all", "any", "everything")}
_BETWEEN = re.compile(r"[;,|/\n]")
#: What is decided of somebody, and what follows from the calendar and so decides nothing here.
_STANDING_WORDS = {
    DecidedStanding.resigned: "resigned|cancelled|canceled|withdrawn|left|resignation",
    DecidedStanding.expelled: "expelled",
    DecidedStanding.deceased: "deceased|dead|died",
    DecidedStanding.suspended: "suspended",
    None: "new|current|grace|grace period|expired|pending|active|arrears|in arrears|lapsed|paid|unpaid|overdue|"
    "renewed|member|supporter",
}
_STANDINGS = {word: standing for standing, words in _STANDING_WORDS.items() for word in words.split("|")}
_GENDER_WORDS = (
    "female|male|woman|man|other|non-binary|nonbinary|non binary|transgender|trans|intersex|unknown|unspecified|"
    "not stated|not specified|not known|prefer not to say|self-describe|benyw|gwryw"
)
_GENDERS = frozenset(_GENDER_WORDS.split("|"))
_MOBILE = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)


def _pattern(kind: phonenumbers.PhoneNumberDesc | None) -> re.Pattern[str]:
    assert kind is not None
    assert kind.national_number_pattern is not None
    return re.compile(kind.national_number_pattern)


_BRITISH = phonenumbers.PhoneMetadata.metadata_for_region("GB")
assert _BRITISH is not None
_BRITISH_LINE, _BRITISH_MOBILE = _pattern(_BRITISH.fixed_line), _pattern(_BRITISH.mobile)
#: A number of ten digits as it is mostly written: what the library would find, found in a tenth of its time.
_AS_MOSTLY_WRITTEN = re.compile(r"(?:0|\+44 ?)([127](?:[ -]?[0-9]){9})")


@lru_cache(maxsize=4_096)
def read_phone(text: str, *, country: str) -> tuple[str, bool]:
    """A telephone number in E.164 as dialled in a country, and whether it is a mobile's."""
    if country == "GB" and (written := _AS_MOSTLY_WRITTEN.fullmatch(text)):
        national = written[1].replace(" ", "").replace("-", "")
        if _BRITISH_MOBILE.fullmatch(national):
            return f"+44{national}", True
        if _BRITISH_LINE.fullmatch(national):
            return f"+44{national}", False
    # Who lives abroad may well have kept a British number.
    for region in dict.fromkeys((country, "GB")):
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            continue
        # A number is valid that is of some kind; asked for both, the library would look it up twice.
        kind = phonenumbers.number_type(number)
        if not number.extension and kind != phonenumbers.PhoneNumberType.UNKNOWN:
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), kind in _MOBILE
    raise PydanticCustomError("phone_not_valid", "This is not a valid telephone number.")


@lru_cache(maxsize=4_096)
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


def read_yes_no(text: str) -> bool:
    answer = _YES_OR_NO.get(text.casefold())
    if answer is None:
        raise PydanticCustomError("answer_not_yes_or_no", "This is neither yes nor no; say in the mapping which it is.")
    return answer


def read_channels(text: str) -> tuple[Channel, ...]:
    """The channels named in a list such as "email; post", each once, as they come."""
    named = [fold(part) for part in _BETWEEN.split(text) if fold(part)]
    if not named or not all(part in _CHANNELS for part in named):
        raise PydanticCustomError(
            "channel_unknown", "Name channels only: email, phone, sms, post, with semicolons between them."
        )
    return tuple(dict.fromkeys(channel for part in named for channel in _CHANNELS[part]))


def read_standing(text: str) -> DecidedStanding | None:
    """What was decided; None for a standing that follows from what is paid."""
    word = fold(text)
    if word not in _STANDINGS:
        raise PydanticCustomError(
            "standing_unknown",
            "This is no standing; say in the mapping what it stands for: current, resigned, expelled, suspended or "
            "deceased.",
        )
    return _STANDINGS[word]


def check_gender(text: str) -> None:
    """A gender in words, or the number of a choice in the old system; a cell such as "Cat" is neither."""
    if text.casefold() not in _GENDERS and not (len(text) == 1 and text.isdecimal()):
        raise PydanticCustomError("gender_not_known", "Nothing is taken from this column, but this is no gender.")


def read_number(text: str) -> str:
    number = text.strip().upper()
    if not (number.isascii() and number.replace("-", "").isalnum() and len(number) <= 20):
        raise PydanticCustomError("number_not_valid", "A number has up to 20 letters, digits and hyphens.")
    return number
