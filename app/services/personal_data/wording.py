"""The words of a package: tables, fields and values as people say them, in English and Welsh."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, cast

from sqlmodel import SQLModel

from app.core.clock import LONDON
from app.models.members import Language
from app.models.reference_data import enums, words_of
from app.services.disputes.letter_words import written_day

#: A text by its place in `words.json`, English first.
Words = Mapping[str, Mapping[str, list[str]]]

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*")
_PLACE = {Language.english: 0, Language.welsh: 1}


@cache
def _words() -> Words:
    return cast("Words", json.loads(Path(__file__).with_name("words.json").read_text("utf-8")))


def word(room: str, key: str, language: Language) -> str:
    """What something is called: a table or a field that has no words of its own by its own name."""
    said = _words()[room].get(key)
    return said[_PLACE[language]] if said is not None else key.replace("_", " ").capitalize()


def phrase(key: str, language: Language) -> str:
    return _words()["phrases"][key][_PLACE[language]]


def information_heads(language: Language) -> dict[str, str]:
    """The headings of the nine answers of article 15, in order."""
    return {key: said[_PLACE[language]] for key, said in _words()["information"].items()}


@cache
def _enums(table: str) -> Mapping[str, type[StrEnum]]:
    """By column, the kind of code that stands in it."""
    found = SQLModel.metadata.tables.get(table)
    checks = [check.info for check in found.constraints if "enum" in check.info] if found is not None else []
    return {info["column"]: info["enum"] for info in checks if info["enum"] in enums()}


def said_of(table: str, values: Mapping[str, Any], names: Mapping[str, str], language: Language) -> Iterator[list[str]]:
    """Each field of a row with what it says; fields that are empty, or only ids, are left to the computer's copy."""
    for name, value in values.items():
        if text := said(value, names, language, _enums(table).get(name)):
            yield [word("fields", name, language), text]


def said(value: Any, names: Mapping[str, str], language: Language, kind: type[StrEnum] | None = None) -> str:
    """A value in words; nothing for one that says nothing to people. `names` says what ids stand for."""
    if isinstance(value, bool):
        return phrase("yes" if value else "no", language)
    if isinstance(value, Mapping):
        parts = ((word("fields", str(name), language), said(one, names, language)) for name, one in value.items())
        return "\n".join(f"{name}: {text}" for name, text in parts if text)
    if isinstance(value, list):
        return "\n".join(filter(None, (said(one, names, language, kind) for one in value)))
    return (
        _said_of_text(value, names, language, kind) if isinstance(value, str) else "" if value is None else str(value)
    )


def _said_of_text(value: str, names: Mapping[str, str], language: Language, kind: type[StrEnum] | None) -> str:
    if kind is not None and value in set(kind):
        return words_of(kind(value), language)
    if _ID.fullmatch(value):
        return names.get(value, "")
    if _DAY.fullmatch(value):
        return written_day(date.fromisoformat(value), language)
    if _INSTANT.fullmatch(value):
        at = datetime.fromisoformat(value).astimezone(LONDON)
        return f"{written_day(at.date(), language)}, {at:%H:%M}"
    if value in _words()["phrases"]:
        return phrase(value, language)
    mark = phrase("[redacted]", language)
    return value.replace("[redacted]", mark)
