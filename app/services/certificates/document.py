"""A certificate as a document, in the language that the person prefers."""

import asyncio
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import NotFound
from app.core.typesetting import typeset
from app.models.members import Language
from app.services.certificates import NOUN
from app.services.disputes.letter_words import written_day
from app.services.unit_records import read_record

MEDIA_TYPE = "application/pdf"
_TEMPLATES = Path(__file__).with_name("templates")
_ABOUT = """
select p.given_name || ' ' || p.family_name as person, p.preferred_language as language,
  c.name as course, c.name_cy as course_cy, c.half_days, o.name as unit, o.name_cy as unit_cy,
  h.name as house, h.name_cy as house_cy, s.starts_on, s.ends_on, s.venue
from certificates t join people p on p.id = t.person_id join courses c on c.id = t.course_id
join enrolments e on e.id = t.enrolment_id join training_sessions s on s.id = e.training_session_id
join branches o on o.id = t.offered_in join branches h on h.parent_id is null
where t.id = $1
"""
_WORDS: Mapping[Language, Mapping[str, str]] = {
    Language.english: {
        "title": "Certificate",
        "attended": "has attended and completed",
        "number": "Number",
        "held": "Held",
        "by": "By",
        "venue": "At",
        "days": "Days",
        "issued_on": "Issued on",
        "valid_until": "Valid until",
        "to": "{0} to {1}",
    },
    Language.welsh: {
        "title": "Tystysgrif",
        "attended": "wedi mynychu a chwblhau",
        "number": "Rhif",
        "held": "Cynhaliwyd",
        "by": "Gan",
        "venue": "Yn",
        "days": "Diwrnodau",
        "issued_on": "Dyroddwyd ar",
        "valid_until": "Yn ddilys hyd",
        "to": "{0} hyd {1}",
    },
}


async def write_certificate(session: Session, actor: Actor, certificate_id: UUID) -> bytes:
    """The certificate as a PDF, the same each time. Raises `NotFound`, also for somebody out of sight. It is logged."""
    held = await read_record(session, actor, NOUN, certificate_id, "document")
    row = await session.fetchrow(_ABOUT, certificate_id)
    if row is None:
        raise NotFound("certificate")
    values = _values(held.row, row)
    return await asyncio.to_thread(typeset, _TEMPLATES, "certificate.typ", values, day=held.row["issued_on"])


def _values(held: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    language = Language(row["language"])
    words = _WORDS[language]

    def named(name: str) -> str:
        own = row[f"{name}_cy"] if language is Language.welsh else None
        return str(own or row[name])

    def day(value: date) -> str:
        return written_day(value, language)

    days = day(row["starts_on"])
    if row["ends_on"] > row["starts_on"]:
        days = words["to"].format(days, day(row["ends_on"]))
    head = {
        "held": days,
        "days": f"{row['half_days'] / 2:g}",
        "venue": row["venue"],
        "by": named("unit"),
        "number": held["number"],
        "issued_on": day(held["issued_on"]),
        # The last day on which it holds: so people read it.
        "valid_until": day(held["expires_on"] - timedelta(days=1)) if held["expires_on"] else None,
    }
    return {
        "lang": language.value,
        "title": words["title"],
        "house": named("house"),
        "person": row["person"],
        "attended": words["attended"],
        "course": named("course"),
        "head": [{"label": words[name], "value": value} for name, value in head.items() if value],
    }
