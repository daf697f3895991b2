"""Letters of a case: to whom each goes, when, and what of the case it says.

What has no place in a letter to a party is not gathered for it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import asyncpg

from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict
from app.models.dispute_evidence import LetterTemplate
from app.models.dispute_hearings import AppealAgainst, AppealState, SanctionState
from app.models.dispute_measures import MeasureKind
from app.models.disputes import AllegationOutcome, DisputeOutcome, DisputeState, PartyRole
from app.models.members import Language
from app.models.procedures import SanctionKind, Stage
from app.models.reference_data import words_of
from app.services.disputes.case import Case, opener
from app.services.disputes.letter_words import LASTS, set_in_type, written_day
from app.services.disputes.measures import LIVE

T, R = LetterTemplate, PartyRole

#: To whom each letter goes.
FOR: Mapping[LetterTemplate, frozenset[PartyRole]] = {
    T.acknowledgement: frozenset({R.complainant}),
    T.notice: frozenset({R.respondent}),
    T.interim_measure: frozenset({R.respondent}),
    T.outcome: frozenset({R.complainant, R.respondent}),
    T.appeal_outcome: frozenset({R.complainant, R.respondent}),
}
_DECIDING = ("decide", "warn", "declare_ineligible", "dismiss")
_STEP = """
select id, on_day, sealed from dispute_steps where dispute_id = $1 and action = any ($2) order by id desc limit 1
"""
_ALLEGATIONS = """
select a.id, a.number, a.respondent_id, a.conduct_from, a.conduct_until, a.outcome, a.sealed,
  c.number as clause, c.title
from dispute_allegations a join rule_clauses c on c.id = a.clause_id where a.dispute_id = $1 order by a.number
"""
_SHOWN = """
select e.id, e.number, e.sealed from dispute_evidence e join dispute_disclosures x on x.subject_id = e.id
where x.party_id = $1 order by e.number, e.id
"""
_MEASURES = f"select m.* from dispute_measures m where m.party_id = $2 and {LIVE} order by m.id"
_SANCTIONS = "select * from sanctions where party_id = $1 and state in ('pending', 'in_force') order by id"
#: What was decided first is told as it was, so not after an appeal has changed it.
_CHANGED_ON_APPEAL = """
select exists (select from dispute_appeals where dispute_id = $1 and state in ('upheld', 'varied'))
"""
_APPEAL = """
select * from dispute_appeals where dispute_id = $1 and state <> 'lodged'
order by (party_id = $2) desc, decided_on desc, id desc limit 1
"""


class LetterNotDue(Conflict):
    """The case has not come to what the letter says, or whoever it is for has not been told of it."""

    code = "letter_not_due"
    sentence = "The case has not come to what this letter says."


@dataclass(frozen=True, slots=True)
class Reader:
    """To whom a letter goes: a party of the case."""

    row: asyncpg.Record
    language: Language
    name: str
    address: list[str]


async def write(
    session: Session, actor: Actor, case: Case, template: LetterTemplate, reader: Reader, text: str | None
) -> bytes:
    """The letter to a party, from what stands in the case. Raises `LetterNotDue`."""
    common = await _common(session, actor, case, reader)
    values = {**common, **await _GATHER[template](session, case, reader), "text": text}
    return await asyncio.to_thread(set_in_type, template, reader.language, values, case.today)


async def _common(session: Session, actor: Actor, case: Case, reader: Reader) -> dict[str, Any]:
    named = "select name, name_cy from {} where {}"
    house = await session.fetchrow(named.format("branches", "parent_id is null"))
    procedure = await session.fetchrow(named.format("procedures", "id = $1"), case.row["procedure_id"])
    async with session.as_role("rollbook_case"):
        signatory = await session.fetchval("select name from accounts where id = $1", actor.account_id)
    assert house is not None
    assert procedure is not None
    part = min(case.parts)
    return {
        "organisation": _name(house, reader.language),
        "date": written_day(case.today, reader.language),
        "reference": case.row["reference"],
        "recipient": {"name": reader.name, "address": reader.address},
        "procedure": _name(procedure, reader.language),
        "receiver": _body(case, case.definition.receiver, reader.language),
        "signatory": {"name": signatory, "role": words_of(part, reader.language)},
    }


async def _acknowledgement(_session: Session, case: Case, reader: Reader) -> dict[str, Any]:
    if case.state == DisputeState.received:
        raise LetterNotDue
    due = case.row["due_on"] if case.state == DisputeState.acknowledged else None
    return {
        "received_on": written_day(case.row["received_on"], reader.language),
        "due": written_day(due, reader.language) if due else None,
    }


async def _notice(session: Session, case: Case, reader: Reader) -> dict[str, Any]:
    if case.row["notice_on"] is None or reader.row["told_at"] is None:
        raise LetterNotDue
    texts = await opener(session, case.id)
    first = case.definition.body(case.definition.first)
    shown = await session.fetch(_SHOWN, reader.row["id"])
    return {
        "allegations": await _allegations(session, case, reader),
        "evidence": [
            {"number": row["number"], "title": texts("dispute_evidence", row["id"], row["sealed"]).get("title")}
            for row in shown
        ],
        "sanctions": [words_of(sanction, reader.language) for sanction in first.sanctions],
        "first_body": _body(case, first.key, reader.language),
        "response_due": written_day(case.row["response_due_on"], reader.language),
    }


async def _interim_measure(session: Session, case: Case, reader: Reader) -> dict[str, Any]:
    rows = await session.fetch(_MEASURES, case.today, reader.row["id"])
    if reader.row["told_at"] is None or not rows:
        raise LetterNotDue
    texts, language = await opener(session, case.id), reader.language
    return {
        "measures": [
            {
                "label": words_of(MeasureKind(row["kind"]), language),
                "starts_on": written_day(row["starts_on"], language),
                "review_by": written_day(row["review_by"], language),
                "text": texts("dispute_measures", row["id"], row["sealed"]).get("text"),
            }
            for row in rows
        ],
        "review_days": case.definition.limits[Stage.review_measure].days,
    }


async def _outcome(session: Session, case: Case, reader: Reader) -> dict[str, Any]:
    row, language = case.row, reader.language
    step = await session.fetchrow(_STEP, case.id, list(_DECIDING))
    changed = await session.fetchval(_CHANGED_ON_APPEAL, case.id)
    if step is None or row["decided_on"] is None or changed or _is_unaware(reader):
        raise LetterNotDue
    decided = case.definition.body(row["deciding_body"] or case.definition.receiver)
    due = row["appeal_due_on"] if decided.appeal_to else None
    texts = await opener(session, case.id)
    return {
        "deciding_body": _body(case, decided.key, language),
        "decided_on": written_day(row["decided_on"], language),
        "outcome": words_of(DisputeOutcome(row["outcome"]), language) if row["outcome"] else None,
        "allegations": [one for one in await _allegations(session, case, reader) if one["outcome"]],
        "reasons": texts("dispute_steps", step["id"], step["sealed"]).get("reasons"),
        "sanctions": await _sanctions(session, reader),
        "appeal_due": written_day(due, language) if due else None,
        "appeal_body": _body(case, decided.appeal_to, language) if decided.appeal_to else None,
    }


async def _appeal_outcome(session: Session, case: Case, reader: Reader) -> dict[str, Any]:
    """Of the party's own appeal if there is one, else of the other side's."""
    appeal = await session.fetchrow(_APPEAL, case.id, reader.row["id"])
    if appeal is None or _is_unaware(reader):
        raise LetterNotDue
    decided = case.definition.body(case.row["deciding_body"] or case.definition.receiver)
    said = (await opener(session, case.id))("dispute_appeals", appeal["id"], appeal["sealed"])
    reopened = appeal["against"] == AppealAgainst.dismissal and appeal["state"] == AppealState.upheld
    return {
        "appeal_body": _body(case, decided.appeal_to or decided.key, reader.language),
        "decided_on": written_day(appeal["decided_on"], reader.language),
        "outcome": words_of(AppealState(appeal["state"]), reader.language),
        "reasons": said.get("reasons") or said.get("discretion"),
        "reopened": reopened,
        "sanctions": [] if reopened else await _sanctions(session, reader),
    }


_GATHER: Mapping[LetterTemplate, Callable[[Session, Case, Reader], Awaitable[dict[str, Any]]]] = {
    T.acknowledgement: _acknowledgement,
    T.notice: _notice,
    T.interim_measure: _interim_measure,
    T.outcome: _outcome,
    T.appeal_outcome: _appeal_outcome,
}


async def _sanctions(session: Session, reader: Reader) -> list[str]:
    """What was imposed on the reader, with its days."""
    told, language = [], reader.language
    for row in await session.fetch(_SANCTIONS, reader.row["id"]):
        days = {name: written_day(row[name], language) for name in ("starts_on", "ends_on") if row[name]}
        how = LASTS[language][SanctionState(row["state"]), row["ends_on" if row["starts_on"] else "months"] is not None]
        told.append(f"{words_of(SanctionKind(row['kind']), language)}{how.format(months=row['months'], **days)}")
    return told


def _is_unaware(reader: Reader) -> bool:
    """A dismissal is no news for somebody who was never told of the complaint."""
    return reader.row["role"] == R.respondent and reader.row["told_at"] is None


async def _allegations(session: Session, case: Case, reader: Reader) -> list[dict[str, Any]]:
    """What is alleged: for a respondent, against them."""
    texts = await opener(session, case.id)
    told = []
    for row in await session.fetch(_ALLEGATIONS, case.id):
        if reader.row["role"] == R.respondent and row["respondent_id"] != reader.row["id"]:
            continue
        said = texts("dispute_allegations", row["id"], row["sealed"])
        days = [row["conduct_from"], row["conduct_until"]]
        told.append(
            {
                "number": row["number"],
                "clause": row["clause"],
                "title": row["title"],
                "days": " – ".join(dict.fromkeys(written_day(day, reader.language) for day in days)),
                "text": said.get("text"),
                "reasons": said.get("reasons"),
                "outcome": words_of(AllegationOutcome(row["outcome"]), reader.language) if row["outcome"] else None,
            }
        )
    return told


def _name(row: Mapping[str, Any], language: Language) -> str:
    name: str = (row["name_cy"] if language is Language.welsh else None) or row["name"]
    return name


def _body(case: Case, key: str, language: Language) -> str:
    body = case.definition.body(key)
    return (body.name_cy if language is Language.welsh else None) or body.name
