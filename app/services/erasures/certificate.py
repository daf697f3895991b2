"""The certificate of an erasure as a document, in English and Welsh: the same each time, of the day of the erasure."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from app.core.actor import Actor
from app.core.clock import LONDON
from app.core.db import Session
from app.core.errors import NotFound
from app.core.typesetting import typeset
from app.models.erasures import ErasureGround, KeptBasis
from app.models.members import Language
from app.models.reference_data import words_of
from app.services.erasures.lifecycle import ERASURE_CASE
from app.services.matters import ROLE, open_matter, record_matter_read

MEDIA_TYPE = "application/pdf"
_TEMPLATES = Path(__file__).with_name("templates")
_HOUSE = "select name, name_cy from branches where parent_id is null"
_NAMES = "select id, name from accounts where id = any ($1)"

_WORDS: Mapping[Language, Mapping[str, str]] = {
    Language.english: {
        "title": "Certificate of erasure",
        "reference": "Reference",
        "person": "Number of the erased record",
        "ground": "Ground",
        "proposed_by": "Proposed by",
        "decided_by": "Approved by",
        "erased_at": "Erased at",
        "keys_destroyed": "Keys destroyed",
        "files": "Files erased",
        "letters": "Letters erased",
        "answers": "Kept answers erased",
        "exports": "Workbooks ended",
        "gone": "What was erased",
        "gone_intro": "Fields emptied, by table. What lay sealed under a destroyed key opens nowhere, in no back-up.",
        "kept": "What stays, and why",
        "kept_intro": "Fields that stay, by table. None of them says who the person was.",
        "elsewhere": "What stays elsewhere",
        "elsewhere_intro": "Trails and marks that hold numbers or one-way hashes, and no name.",
        "whole": "the rows themselves",
        "rows": "rows: {number}",
    },
    Language.welsh: {
        "title": "Tystysgrif dileu",
        "reference": "Cyfeirnod",
        "person": "Rhif y cofnod a ddilëwyd",
        "ground": "Sail",
        "proposed_by": "Cynigiwyd gan",
        "decided_by": "Cymeradwywyd gan",
        "erased_at": "Dilëwyd am",
        "keys_destroyed": "Allweddi a ddinistriwyd",
        "files": "Ffeiliau a ddilëwyd",
        "letters": "Llythyrau a ddilëwyd",
        "answers": "Atebion cadw a ddilëwyd",
        "exports": "Llyfrau gwaith a derfynwyd",
        "gone": "Yr hyn a ddilëwyd",
        "gone_intro": "Meysydd a wagiwyd, fesul tabl. Nid yw'r hyn a seliwyd o dan allwedd a ddinistriwyd yn agor yn "
        "unman, nac mewn unrhyw gopi wrth gefn.",
        "kept": "Yr hyn sy'n aros, a pham",
        "kept_intro": "Meysydd sy'n aros, fesul tabl. Nid oes yr un ohonynt yn dweud pwy oedd y person.",
        "elsewhere": "Yr hyn sy'n aros mewn mannau eraill",
        "elsewhere_intro": "Olion a marciau sy'n dal rhifau neu stwnshau un ffordd, a dim enw.",
        "whole": "y rhesi eu hunain",
        "rows": "rhesi: {number}",
    },
}


async def write_certificate(session: Session, actor: Actor, erasure_id: UUID, language: Language) -> bytes:
    """The certificate as a PDF. Raises `Forbidden`, and `NotFound` also where nothing was erased. It is logged."""
    held = await open_matter(session, actor, ERASURE_CASE, erasure_id)
    if held.row["certificate"] is None:
        raise NotFound("certificate")
    await record_matter_read(session, actor, erasure_id, purpose="certificate")
    house = await session.fetchrow(_HOUSE)
    assert house is not None, "there is an organisation"
    async with session.as_role(ROLE):
        named = await session.fetch(_NAMES, [held.row["proposed_by"], held.row["decided_by"]])
    names = {row["id"]: row["name"] for row in named}
    welsh = house["name_cy"] if language is Language.welsh else None
    values = _values(held.row, names, welsh or house["name"], language)
    day = held.row["erased_at"].astimezone(LONDON).date()
    return await asyncio.to_thread(typeset, _TEMPLATES, "erasure.typ", values, day=day)


def _values(row: Mapping[str, Any], names: Mapping[UUID, str], controller: str, language: Language) -> dict[str, Any]:
    words, certificate = _WORDS[language], row["certificate"]
    erased_at: datetime = row["erased_at"]
    head = {
        "reference": row["reference"],
        "person": str(row["person_id"]),
        "ground": words_of(ErasureGround(row["ground"]), language),
        "proposed_by": names[row["proposed_by"]],
        "decided_by": names[row["decided_by"]],
        "erased_at": f"{erased_at:%Y-%m-%d %H:%M} UTC",
        **{name: str(certificate[name]) for name in ("keys_destroyed", "files", "letters", "answers", "exports")},
    }
    tables = certificate["tables"]
    shown = {
        "gone": [_gone(table, words) for table in tables if table["erased"]],
        "kept": [_kept(table, language) for table in tables if table["kept"]],
        "elsewhere": [_elsewhere(one, language) for one in certificate["kept_elsewhere"]],
    }
    parts = [{"title": words[n], "intro": words[f"{n}_intro"], "tables": made} for n, made in shown.items()]
    return {
        "lang": language.value,
        "title": words["title"],
        "reference": row["reference"],
        "controller": controller,
        "head": [{"label": words[name], "value": value} for name, value in head.items()],
        "parts": parts,
    }


def _gone(table: Mapping[str, Any], words: Mapping[str, str]) -> dict[str, str]:
    said = words["whole"] if table["rows_go"] else _plain(*table["erased"])
    note = "" if table["rows"] is None else f"({words['rows'].format(number=table['rows'])})"
    return {"name": _plain(table["table"]), "note": note, "columns": said}


def _kept(table: Mapping[str, Any], language: Language) -> dict[str, str]:
    return {"name": _plain(table["table"]), "note": _why(language, *table["basis"]), "columns": _plain(*table["kept"])}


def _elsewhere(one: Mapping[str, Any], language: Language) -> dict[str, str]:
    return {"name": _plain(one["what"]), "note": _why(language, one["basis"]), "columns": ""}


def _why(language: Language, *bases: str) -> str:
    return f"({', '.join(words_of(KeptBasis(basis), language) for basis in bases)})"


def _plain(*names: str) -> str:
    return ", ".join(name.replace("_", " ") for name in names)
