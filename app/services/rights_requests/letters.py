"""Letters to whoever made a request, in their language: general words and the reference, and nothing of the person.

A question, a notice and an answer are said in full only to whoever cannot sign in to read them: they were written to be
told to the requester, and without them a letter would tell nothing.
"""

from collections.abc import Mapping
from typing import Any

import asyncpg

from app.core.db import Session
from app.models.members import Language
from app.models.reference_data import words_of
from app.models.rights_requests import ExtensionReason, MadeBy, RefusalGround, RightsRequest
from app.services.envelopes import unseal_texts
from app.services.letters import Letter, write_letter
from app.services.matters import ROLE, Held
from app.services.outbox import send_mail

#: What is written to the requester with a step. Whoever takes their request back knows.
LETTERS: Mapping[str, Letter] = {
    "ask_identity": Letter.request_question,
    "ask_clarification": Letter.request_question,
    "ask_fee": Letter.request_question,
    "extend": Letter.request_extended,
    "refuse": Letter.request_refused,
    "grant": Letter.request_answered,
    "grant_in_part": Letter.request_answered,
    "close_nothing_held": Letter.request_answered,
    "lift_restriction": Letter.restriction_lifted,
}
_READER = """
select p.preferred_language as language, p.email, exists (
  select from accounts a where a.person_id = p.id and a.state = 'active') as signs_in
from people p where p.id = $1 and p.erased_at is null
"""
_SIGN_IN = {
    Language.english: "Sign in to read what was said.",
    Language.welsh: "Mewngofnodwch i ddarllen yr hyn a ddywedwyd.",
}


async def acknowledge(session: Session, request: RightsRequest, email: str | None) -> None:
    """Tell the requester that their request came in. Needs the role `rollbook_privacy`."""
    reader = await _reader(session, request.person_id)
    if address := _address(reader, request.made_by, email):
        message = write_letter(Letter.request_received, _language(reader), to=address, reference=request.reference)
        await send_mail(session, message)


async def write_to_requester(session: Session, held: Held, action: str, text: str | None, reason: str | None) -> None:
    """Write what a step of a request tells its requester, where an e-mail is known and the step tells them anything.

    `reason` is the value of a ground or a reason, which the letter puts into words.
    """
    if action not in LETTERS:
        return
    async with session.as_role(ROLE):
        reader = await _reader(session, held.row["person_id"])
        kept = await unseal_texts(session, held.id, "rights_requests", held.id, held.row["sealed"])
        address = _address(reader, held.row["made_by"], kept.get("email"))
        if address is None:
            return
        language = _language(reader)
        signs_in = reader is not None and reader["signs_in"] and held.row["made_by"] == MadeBy.person
        values: dict[str, Any] = {
            "reference": held.row["reference"],
            "said": _SIGN_IN[language] if signs_in else text or "",
            "why": _in_words(reason, language),
        }
        await send_mail(session, write_letter(LETTERS[action], language, to=address, **values))


async def _reader(session: Session, person_id: object) -> asyncpg.Record | None:
    return await session.fetchrow(_READER, person_id)


def _address(reader: asyncpg.Record | None, made_by: str, said: str | None) -> str | None:
    """The address that the requester gave; of a person who gave none, the one on record."""
    on_record: str | None = reader["email"] if reader is not None and made_by == MadeBy.person else None
    return said or on_record


def _language(reader: asyncpg.Record | None) -> Language:
    return Language(reader["language"]) if reader is not None else Language.english


def _in_words(reason: str | None, language: Language) -> str:
    for kind in (RefusalGround, ExtensionReason):
        if reason in set(kind):
            return words_of(kind(reason), language)
    return ""
