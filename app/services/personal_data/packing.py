"""The package that answers a request for access: JSON, a readable PDF and the files, in one ZIP."""

import asyncio
import json
import re
import zipfile
from collections.abc import AsyncIterable, AsyncIterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

from app.core.typesetting import typeset
from app.models.members import Language
from app.models.packages import Exemption
from app.models.reference_data import words_of
from app.services.disputes.letter_words import written_day
from app.services.personal_data.wording import information_heads, phrase, said, said_of, word

TEMPLATES = Path(__file__).with_name("templates")
#: How long the name of a file in the package may be.
_LONGEST_NAME = 120
_UNSAFE = re.compile(r"[^\w.() -]")
#: A package says when it was made by its heading alone, and is the same for the same content.
_MADE_AT = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Heading:
    """What the first page says."""

    reference: str
    organisation: str
    name: str
    received_on: date
    made_on: date
    language: Language


@dataclass(frozen=True, slots=True)
class PackedItem:
    """One item as it is given: its number, its source (a table, or else `outside`), and what it says after redaction.

    `exemption` without values: it is not given, and only its number shows. `redacted` says that something in it is
    blacked out, for the reason `exemption`.
    """

    number: int
    source: str
    values: Mapping[str, Any]
    redacted: bool = False
    exemption: Exemption | None = None
    file_name: str | None = None


@dataclass(frozen=True, slots=True)
class PackedFile:
    """A file of the item `number`; `name` is as it was stored."""

    number: int
    name: str
    chunks: AsyncIterable[bytes]


async def write_package(
    path: Path,
    *,
    heading: Heading,
    information: Mapping[str, str],
    items: Sequence[PackedItem],
    files: AsyncIterator[PackedFile],
    names: Mapping[str, str] | None = None,
) -> None:
    """Write the ZIP: `package.json`, `package.pdf`, and `files/`, streamed. `information` is the nine answers by name.

    `names` says what ids stand for, such as units. Knows neither the database nor who asks. Raises `TypesettingFailed`.
    """
    in_order = sorted(items, key=lambda item: item.number)
    values = _readable(heading, information, in_order, names or {})
    pdf = await asyncio.to_thread(typeset, TEMPLATES, "package.typ", values, day=heading.made_on)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        _write(package, "package.json", _for_computers(heading, information, in_order, names or {}))
        _write(package, "package.pdf", pdf)
        async for file in files:
            with package.open(_entry(f"files/{file_name(file.number, file.name)}"), "w", force_zip64=True) as entry:
                async for chunk in file.chunks:
                    await asyncio.to_thread(entry.write, chunk)


def file_name(number: int, name: str) -> str:
    """What a file of an item is called in the package: its number keeps names apart, and nothing leads out of it."""
    plain = _UNSAFE.sub("_", name).strip(" .")[-_LONGEST_NAME:]
    return f"{number:04}-{plain or 'file'}"


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _MADE_AT)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _write(package: zipfile.ZipFile, name: str, content: bytes) -> None:
    package.writestr(_entry(name), content)


def _for_computers(
    heading: Heading, information: Mapping[str, str], items: Sequence[PackedItem], names: Mapping[str, str]
) -> bytes:
    told = {
        "heading": asdict(heading),
        "information": {key: information.get(key) for key in information_heads(heading.language)},
        "items": [{**asdict(item), "file_name": _named(item)} for item in items],
        "names": dict(names),
    }
    return json.dumps(told, ensure_ascii=False, indent=1, default=str).encode()


def _named(item: PackedItem) -> str | None:
    return file_name(item.number, item.file_name) if item.file_name is not None else None


def _readable(
    heading: Heading, information: Mapping[str, str], items: Sequence[PackedItem], names: Mapping[str, str]
) -> dict[str, Any]:
    """What the template shows: every word is here, so that there is one template for all languages."""
    language = heading.language
    given = [item for item in items if item.values]
    keys = ("title", "for", "reference", "received", "made", "about", "held", "intro", "item", "field", "value", "file")
    sources = list(dict.fromkeys(item.source for item in given))
    by_source = sorted(given, key=lambda item: (sources.index(item.source), item.number))
    return {
        "lang": language.value,
        "words": {key: phrase(key, language) for key in (*keys, "redacted", "withheld")},
        "heading": {
            **asdict(heading),
            "received_on": written_day(heading.received_on, language),
            "made_on": written_day(heading.made_on, language),
        },
        "information": [
            {"head": head, "text": information.get(key) or ""} for key, head in information_heads(language).items()
        ],
        "sources": [
            {"head": _head(source, language), "items": [_item(item, names, language) for item in held]}
            for source, held in groupby(by_source, lambda item: item.source)
        ],
        "withheld": [
            {"number": item.number, "why": words_of(item.exemption, language)}
            for item in items
            if not item.values and item.exemption is not None
        ],
    }


def _head(source: str, language: Language) -> str:
    return phrase("outside", language) if source == "outside" else word("tables", source, language)


def _item(item: PackedItem, names: Mapping[str, str], language: Language) -> dict[str, Any]:
    rows = item.values.get("rows")
    told: dict[str, Any] = {"number": item.number, "file": _named(item), "fields": [], "entries": [], "note": None}
    if isinstance(rows, list):
        told["entries"] = [_entry_of(item.source, row, names, language) for row in rows]
    else:
        told["fields"] = list(said_of(item.source, item.values, names, language))
        if isinstance(rows, int):
            told["note"] = phrase("acts", language)
    if item.redacted:
        reason = f" ({words_of(item.exemption, language)})" if item.exemption is not None else ""
        told["note"] = f"{phrase('redacted', language)}{reason}."
    return told


def _entry_of(source: str, row: Mapping[str, Any], names: Mapping[str, str], language: Language) -> list[str]:
    """A line of a trail: when, and the rest in a few words."""
    rest = {name: value for name, value in row.items() if name != "created_at"}
    lines = [f"{name}: {text}" for name, text in said_of(source, rest, names, language)]
    return [said(row.get("created_at"), names, language), "; ".join(lines).replace("\n", ", ")]
