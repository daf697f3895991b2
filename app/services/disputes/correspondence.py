"""The log of what was written and said in a case: entered by hand, or made by writing a letter. None of it changes."""

from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
from pydantic import Field

from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import new_id
from app.core.paging import Answer, Body, Decorate, Listing, PageQuery, Where, fetch_one, list_page, with_fields
from app.core.permissions import Permission
from app.models.dispute_disclosures import DisclosureKind
from app.models.dispute_evidence import (
    CorrespondenceCreate,
    Direction,
    DisputeCorrespondence,
    LetterCreate,
)
from app.models.disputes import PartyRole
from app.models.file_links import FileLinkRead
from app.models.members import Language
from app.services.disputes import letters
from app.services.disputes.case import Case, hold_case, note, open_case, opener, record_case_read, seal, unseal
from app.services.disputes.disclosing import disclose
from app.services.disputes.letter_words import SUBJECTS
from app.services.file_links import make_link
from app.services.files import store_file

TABLE = "dispute_correspondence"

CORRESPONDENCE = Listing(
    resource="disputes",
    source="dispute_correspondence c",
    key="c.id",
    columns={
        "id": "c.id",
        "direction": "c.direction",
        "channel": "c.channel",
        "on_day": "c.on_day",
        "party_id": "c.party_id",
        "has_file": "c.file_id is not null",
        "template": "c.template",
        "account_id": "c.account_id",
        "created_at": "utc(c.created_at)",
    },
    sorts={"created_at": ("c.created_at", "timestamptz")},
    facts={"id": "c.id", "dispute_id": "c.dispute_id", "file_id": "c.file_id", "sealed": "c.sealed"},
)

_READER = "select preferred_language, address_lines, town, postcode from people where id = $1"


class LetterNotForParty(Conflict):
    code = "letter_not_for_party"
    sentence = "This letter is not for a {role}."


class CorrespondenceQuery(PageQuery):
    """The log, the latest first."""

    party_id: UUID | None = Field(default=None, description="Only what was exchanged with this party.")
    direction: Direction | None = Field(default=None, description="In or out.")


async def list_correspondence(session: Session, actor: Actor, dispute_id: UUID, query: CorrespondenceQuery) -> Body:
    """A page of the log. Raises `NotFound`, `Forbidden`, `CursorInvalid`. The read is logged."""
    case = await open_case(session, actor, dispute_id, Permission.disputes_examine)
    where = Where()
    where.add("c.dispute_id = {}", dispute_id)
    if query.party_id is not None:
        where.add("c.party_id = {}", query.party_id)
    if query.direction is not None:
        where.add("c.direction = {}", query.direction)
    await record_case_read(session, actor, case, "correspondence")

    async def prepare(_rows: list[asyncpg.Record]) -> Decorate:
        texts = await opener(session, dispute_id)
        return lambda row: _told(texts(TABLE, row["id"], row["sealed"]))

    return await list_page(session, actor, CORRESPONDENCE, where, query, sort="-created_at", prepare=prepare)


async def log_correspondence(session: Session, actor: Actor, dispute_id: UUID, data: CorrespondenceCreate) -> Answer:
    """Enter what was written or said. Raises as `hold_case`, and `Invalid` for a day to come or a stranger."""
    case = await hold_case(session, actor, dispute_id, Permission.disputes_record)
    if data.on_day > case.today:
        raise Invalid.at("/on_day", "in_future", "Enter what has been, on its day.")
    if data.party_id is not None:
        await _party(session, case, data.party_id)
    row = DisputeCorrespondence(
        dispute_id=case.id,
        direction=data.direction,
        channel=data.channel,
        on_day=data.on_day,
        party_id=data.party_id,
        account_id=actor.account_id,
        sealed=b"",
    )
    return await _enter(session, actor, case, row, data.subject, data.text)


async def send_letter(session: Session, actor: Actor, dispute_id: UUID, data: LetterCreate) -> Answer:
    """Write a letter to a party, keep it with the case, and lay it on the party's own page.

    Raises as `hold_case`, `Invalid` for a stranger, `LetterNotForParty`, `LetterNotDue`.
    """
    case = await hold_case(session, actor, dispute_id, Permission.disputes_record)
    party = await _party(session, case, data.party_id)
    if PartyRole(party["role"]) not in letters.FOR[data.template] or party["struck_at"] is not None:
        raise LetterNotForParty(role=party["role"])
    reader = await _reader(session, case, party, data.language)
    pdf = await letters.write(session, actor, case, data.template, reader, data.text)
    subject = SUBJECTS[data.template, reader.language]
    file_id = await store_file(
        session,
        actor,
        resource="disputes",
        subject_id=case.id,
        branch_id=case.row["branch_id"],
        name=f"{case.row['reference']} {subject}.pdf",
        media_type="application/pdf",
        chunks=_whole(pdf),
        wall_key=case.id,
    )
    row = DisputeCorrespondence(
        dispute_id=case.id,
        direction=Direction.outgoing,
        channel=data.channel,
        on_day=case.today,
        party_id=data.party_id,
        file_id=file_id,
        template=data.template,
        account_id=actor.account_id,
        sealed=b"",
    )
    made = await _enter(session, actor, case, row, subject, data.text)
    await disclose(session, actor, case, data.party_id, DisclosureKind.letter, [made.id])
    return made


async def link_letter(session: Session, actor: Actor, dispute_id: UUID, correspondence_id: UUID) -> FileLinkRead:
    """A link to the file of a letter. Raises `NotFound`, `Forbidden`."""
    case = await open_case(session, actor, dispute_id, Permission.disputes_examine)
    row = await fetch_one(session, actor, CORRESPONDENCE, correspondence_id)
    if row is None or row["dispute_id"] != case.id or row["file_id"] is None:
        raise NotFound("letter")
    return await make_link(session, actor, row["file_id"], subject_id=case.id)


async def _enter(
    session: Session, actor: Actor, case: Case, row: DisputeCorrespondence, subject: str, text: str | None
) -> Answer:
    row.id = new_id()
    row.sealed = await seal(session, case.id, TABLE, row.id, {"subject": subject, "text": text})
    await session.insert(row)
    entered = {"correspondence_id": str(row.id), "direction": str(row.direction), "template": row.template}
    await note(session, actor, case, "dispute.correspondence_entered", fields=entered)
    shown = await fetch_one(session, actor, CORRESPONDENCE, row.id)
    assert shown is not None
    return Answer(row.id, 1, with_fields(shown["json"], {"subject": subject, "text": text}))


async def _party(session: Session, case: Case, party_id: UUID) -> asyncpg.Record:
    row = await session.fetchrow("select * from dispute_parties where id = $1 and dispute_id = $2", party_id, case.id)
    if row is None:
        raise Invalid.at("/party_id", "no_party", "Name a party of this case.")
    return row


async def _reader(session: Session, case: Case, party: asyncpg.Record, language: Language | None) -> letters.Reader:
    """A party as the reader of a letter, in the language asked for or their own."""
    said = await unseal(session, case.id, "dispute_parties", party["id"], party["sealed"])
    person = None
    if party["person_id"] is not None:
        async with session.as_role("rollbook_case"):
            person = await session.fetchrow(_READER, party["person_id"])
    address = (said.get("postal_address") or "").splitlines()
    if person is not None:
        lines = [*(person["address_lines"] or ()), person["town"], person["postcode"]]
        address = [line for line in lines if line]
        language = language or Language(person["preferred_language"] or Language.english)
    return letters.Reader(party, language or Language.english, said.get("name") or case.row["reference"], address)


def _told(texts: dict[str, str]) -> dict[str, str | None]:
    return {"subject": texts.get("subject"), "text": texts.get("text")}


async def _whole(content: bytes) -> AsyncIterator[bytes]:
    yield content
