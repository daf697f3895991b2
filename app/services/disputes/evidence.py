"""Evidence: numbered, kept sealed under the case's key, never changed. A correction is another edition of the item.

What is set aside, with reasons, is relied on by nobody: it
need not be shown to a respondent, and those who decide do not get it either.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import Field

from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, Invalid, NotFound, PreconditionFailed
from app.core.paging import Answer, Body, Decorate, Listing, PageQuery, Where, fetch_one, list_page, with_fields
from app.core.permissions import Permission
from app.models.dispute_disclosures import DisclosureKind
from app.models.dispute_evidence import DisputeEvidence, SetAside
from app.models.file_links import FileLinkRead
from app.services.disputes.case import Case, hold_case, note, open_case, opener, record_case_read, seal, unseal
from app.services.disputes.disclosing import disclose
from app.services.disputes.evidence_files import TABLE, Upload, judge, keep, next_number
from app.services.file_links import make_link

EVIDENCE = Listing(
    resource="disputes",
    source="dispute_evidence e",
    key="e.id",
    columns={
        "id": "e.id",
        "number": "e.number",
        "edition": "e.edition",
        "is_redacted": "e.redacts_id is not null",
        "media_type": "e.media_type",
        "size": "e.size",
        "sha256": "encode(e.sha256, 'hex')",
        "created_at": "utc(e.created_at)",
        "replaces_id": "e.replaces_id",
        "redacts_id": "e.redacts_id",
        "replaced": "exists (select from dispute_evidence n where n.replaces_id = e.id)",
        "added_by": "e.added_by",
        "added_by_party_id": "e.added_by_party_id",
        "set_aside": "e.set_aside",
        "disclosed_to": "array(select x.party_id from dispute_disclosures x where x.subject_id = e.id order by x.id)",
        "version": "e.version",
        "updated_at": "utc(e.updated_at)",
    },
    sorts={"number": ("e.number", "int")},
    facts={
        "id": "e.id",
        "dispute_id": "e.dispute_id",
        "version": "e.version",
        "number": "e.number",
        "edition": "e.edition",
        "redacts_id": "e.redacts_id",
        "replaced": "exists (select from dispute_evidence n where n.replaces_id = e.id)",
        "file_id": "e.file_id",
        "set_aside": "e.set_aside",
        "sealed": "e.sealed",
    },
)


_PARTY = """
select id, role = 'complainant' or told_at is not null as knows from dispute_parties where id = $1 and dispute_id = $2
"""


class EvidenceReplaced(Conflict):
    """There is a later edition: that is the one to work with."""

    code = "evidence_replaced"
    sentence = "This item has been replaced by a later edition."


class EvidenceRedacted(Conflict):
    code = "evidence_redacted"
    sentence = "This is a redacted copy: make another of the item itself."


class EvidenceSetAside(Conflict):
    """Nobody relies on it, so nobody who decides gets it."""

    code = "evidence_set_aside"
    sentence = "This item has been set aside: only whoever handles the case may open it."


class EvidenceQuery(PageQuery):
    """Evidence by its number."""

    replaced: bool = Field(default=False, description="Also the editions that have been replaced.")


async def list_evidence(session: Session, actor: Actor, dispute_id: UUID, query: EvidenceQuery) -> Body:
    """A page of the evidence of a case. Raises `NotFound`, `Forbidden`, `CursorInvalid`. The read is logged."""
    case = await open_case(session, actor, dispute_id, Permission.disputes_examine)
    where = Where()
    where.add("e.dispute_id = {}", dispute_id)
    if not query.replaced:
        where.add("not exists (select from dispute_evidence n where n.replaces_id = e.id)")
    await record_case_read(session, actor, case, "evidence")

    async def prepare(_rows: list[asyncpg.Record]) -> Decorate:
        texts = await opener(session, dispute_id)
        return lambda row: told(texts(TABLE, row["id"], row["sealed"]))

    return await list_page(session, actor, EVIDENCE, where, query, sort="number", prepare=prepare)


async def get_evidence(session: Session, actor: Actor, dispute_id: UUID, evidence_id: UUID) -> Answer:
    """One item, in one edition. Raises `NotFound`, `Forbidden`. The read is logged."""
    case = await open_case(session, actor, dispute_id, Permission.disputes_examine)
    await record_case_read(session, actor, case, "evidence")
    return await _answer(session, actor, case, evidence_id)


async def add_evidence(
    session: Session,
    actor: Actor,
    dispute_id: UUID,
    upload: Upload,
    *,
    title: str | None,
    note_text: str | None,
    party_id: UUID | None,
) -> Answer:
    """Take an item in, from a party if it comes from one. Raises as `hold_case`, `judge` and `keep`, and `Invalid`."""
    judged = await judge(upload)
    case = await hold_case(session, actor, dispute_id, Permission.disputes_gather)
    party = None
    if party_id is not None:
        party = await session.fetchrow(_PARTY, party_id, dispute_id)
        if party is None:
            raise Invalid.at("/party_id", "no_party", "Name a party of this case.")
    row = {"number": await next_number(session, actor, case), "added_by_party_id": party_id}
    made = await keep(session, actor, case, upload, judged, row, {"title": title, "note": note_text})
    if party is not None and party["knows"]:
        # What came from them they have seen; of a case that they do not know this tells them nothing.
        await disclose(session, actor, case, party["id"], DisclosureKind.evidence, [made])
    return await _answer(session, actor, case, made)


async def replace_evidence(
    session: Session,
    actor: Actor,
    dispute_id: UUID,
    evidence_id: UUID,
    upload: Upload,
    *,
    note_text: str | None,
    version: int | None = None,
) -> Answer:
    """Another edition of an item, or of a redacted copy: what was shown of the earlier one does not cover it.

    Raises as `add_evidence`, `EvidenceReplaced`, `PreconditionFailed`.
    """
    judged = await judge(upload)
    case, before = await _held(session, actor, dispute_id, evidence_id, Permission.disputes_gather, version)
    texts = await unseal(session, case.id, TABLE, before["id"], before["sealed"])
    row = {
        "number": before["number"],
        "edition": before["edition"] + 1,
        "replaces_id": before["id"],
        "redacts_id": before["redacts_id"],
    }
    said = {"title": texts.get("title"), "note": note_text}
    return await _answer(session, actor, case, await keep(session, actor, case, upload, judged, row, said))


async def redact_evidence(
    session: Session,
    actor: Actor,
    dispute_id: UUID,
    evidence_id: UUID,
    upload: Upload,
    *,
    title: str | None,
    note_text: str | None,
    version: int | None = None,
) -> Answer:
    """A redacted copy of an item, to be shown in its place. Raises as `replace_evidence`, `EvidenceRedacted`."""
    judged = await judge(upload)
    case, whole = await _held(session, actor, dispute_id, evidence_id, Permission.disputes_gather, version)
    if whole["redacts_id"] is not None:
        raise EvidenceRedacted
    row = {"number": whole["number"], "edition": whole["edition"], "redacts_id": whole["id"]}
    # Not the item's own title, which may say what the copy leaves out.
    said = {"title": title, "note": note_text}
    return await _answer(session, actor, case, await keep(session, actor, case, upload, judged, row, said))


async def set_aside(
    session: Session, actor: Actor, dispute_id: UUID, evidence_id: UUID, data: SetAside, *, version: int | None = None
) -> Answer:
    """Say that nobody will rely on an item. Raises as `hold_case`, `NotFound`, `EvidenceReplaced`."""
    return await _mark(session, actor, dispute_id, evidence_id, data.reason, version)


async def put_back(
    session: Session, actor: Actor, dispute_id: UUID, evidence_id: UUID, *, version: int | None = None
) -> Answer:
    """Take back that an item was set aside: it must be shown before anything is decided. Raises as `set_aside`."""
    return await _mark(session, actor, dispute_id, evidence_id, None, version)


async def link_evidence(session: Session, actor: Actor, dispute_id: UUID, evidence_id: UUID) -> FileLinkRead:
    """A link to the file of an item. Raises `NotFound`, `Forbidden`, `EvidenceSetAside`."""
    case = await open_case(session, actor, dispute_id, Permission.disputes_examine)
    row = await find_evidence(session, actor, case, evidence_id)
    must_not_be_set_aside(case, row)
    return await make_link(session, actor, row["file_id"], subject_id=case.id)


def must_not_be_set_aside(case: Case, row: Mapping[str, Any]) -> None:
    """Raises `EvidenceSetAside` for an item that only whoever handles the case may open."""
    if row["set_aside"] and not case.may(Permission.disputes_handle):
        raise EvidenceSetAside


async def find_evidence(session: Session, actor: Actor, case: Case, evidence_id: UUID) -> asyncpg.Record:
    """An item of this very case. Raises `NotFound`."""
    row = await fetch_one(session, actor, EVIDENCE, evidence_id)
    if row is None or row["dispute_id"] != case.id:
        raise NotFound("evidence")
    return row


def told(texts: Mapping[str, Any]) -> dict[str, Any]:
    """What of an item's texts its readers are told."""
    return {name: texts.get(name) for name in ("title", "name", "note", "set_aside_reason")}


async def _held(
    session: Session, actor: Actor, dispute_id: UUID, evidence_id: UUID, permission: Permission, version: int | None
) -> tuple[Case, asyncpg.Record]:
    """A case held against other writers, and the newest edition of an item."""
    case = await hold_case(session, actor, dispute_id, permission)
    row = await find_evidence(session, actor, case, evidence_id)
    if version is not None and row["version"] != version:
        raise PreconditionFailed((await _answer(session, actor, case, evidence_id)).body)
    if row["replaced"]:
        raise EvidenceReplaced
    return case, row


async def _mark(
    session: Session, actor: Actor, dispute_id: UUID, evidence_id: UUID, reason: str | None, version: int | None
) -> Answer:
    case, row = await _held(session, actor, dispute_id, evidence_id, Permission.disputes_handle, version)
    texts = await unseal(session, case.id, TABLE, row["id"], row["sealed"])
    sealed = await seal(session, case.id, TABLE, row["id"], {**texts, "set_aside_reason": reason})
    await session.update(DisputeEvidence, row["id"], {"set_aside": reason is not None, "sealed": sealed})
    what = "dispute.evidence_set_aside" if reason is not None else "dispute.evidence_put_back"
    await note(session, actor, case, what, fields={"evidence_id": str(evidence_id)})
    return await _answer(session, actor, case, evidence_id)


async def _answer(session: Session, actor: Actor, case: Case, evidence_id: UUID) -> Answer:
    row = await find_evidence(session, actor, case, evidence_id)
    texts = await unseal(session, case.id, TABLE, row["id"], row["sealed"])
    return Answer(row["id"], row["version"], with_fields(row["json"], told(texts)))
