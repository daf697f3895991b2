"""What was disclosed to a party of a case, as they read it: evidence, and letters to them. Nothing else is there."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import asyncpg

from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import NotFound
from app.core.paging import Body, Decorate, Listing, PageQuery, Where, list_page
from app.core.permissions import Permission
from app.models.file_links import FileLinkRead
from app.services.access import record_read
from app.services.disputes import correspondence, evidence_files
from app.services.disputes.case import opener
from app.services.file_links import make_link

OWN_EVIDENCE = Listing(
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
    },
    sorts={"number": ("e.number", "int")},
    facts={"id": "e.id", "sealed": "e.sealed"},
)
OWN_LETTERS = Listing(
    resource="disputes",
    source="dispute_correspondence c",
    key="c.id",
    columns={
        "id": "c.id",
        "on_day": "c.on_day",
        "template": "c.template",
        "created_at": "utc(c.created_at)",
    },
    sorts={"created_at": ("c.created_at", "timestamptz")},
    facts={"id": "c.id", "sealed": "c.sealed"},
)


class OwnEvidenceQuery(PageQuery):
    """Evidence by its number."""


class OwnLettersQuery(PageQuery):
    """Letters, the latest first."""


async def list_own_evidence(session: Session, actor: Actor, dispute_id: UUID, query: OwnEvidenceQuery) -> Body:
    """The evidence that was disclosed to one. Raises `Forbidden`, `NotFound`, `CursorInvalid`."""
    await _note_read(session, actor, dispute_id, "disclosed_evidence")
    prepare = _opening(session, dispute_id, evidence_files.TABLE, ("title", "name"))
    where = Where()
    where.add("e.dispute_id = {}", dispute_id)
    return await list_page(session, actor, OWN_EVIDENCE, where, query, sort="number", prepare=prepare)


async def list_own_letters(session: Session, actor: Actor, dispute_id: UUID, query: OwnLettersQuery) -> Body:
    """The letters to one. Raises `Forbidden`, `NotFound`, `CursorInvalid`."""
    await _note_read(session, actor, dispute_id, "disclosed_letters")
    prepare = _opening(session, dispute_id, correspondence.TABLE, ("subject",))
    where = Where()
    where.add("c.dispute_id = {}", dispute_id)
    return await list_page(session, actor, OWN_LETTERS, where, query, sort="-created_at", prepare=prepare)


async def link_own_evidence(session: Session, actor: Actor, dispute_id: UUID, evidence_id: UUID) -> FileLinkRead:
    """A link to the file of an item that was disclosed to one. Raises `Forbidden`, `NotFound`."""
    found = "select file_id from dispute_evidence where id = $1 and dispute_id = $2"
    return await _link(session, actor, dispute_id, found, evidence_id)


async def link_own_letter(session: Session, actor: Actor, dispute_id: UUID, letter_id: UUID) -> FileLinkRead:
    """A link to the file of a letter to one. Raises `Forbidden`, `NotFound`."""
    found = "select file_id from dispute_correspondence where id = $1 and dispute_id = $2"
    return await _link(session, actor, dispute_id, found, letter_id)


async def _link(session: Session, actor: Actor, dispute_id: UUID, found: str, row_id: UUID) -> FileLinkRead:
    actor.must_be_let(Permission.disputes_read)
    file_id = await session.fetchval(found, row_id, dispute_id)
    if file_id is None:
        raise NotFound("file")
    return await make_link(session, actor, file_id, subject_id=dispute_id, own_record=True)


async def _note_read(session: Session, actor: Actor, dispute_id: UUID, purpose: str) -> None:
    actor.must_be_let(Permission.disputes_read)
    if not await session.fetchval("select true from disputes where id = $1", dispute_id):
        raise NotFound("dispute")
    await record_read(session, actor, "disputes", purpose=purpose, subject_id=dispute_id, wall_key=dispute_id)


def _opening(session: Session, dispute_id: UUID, table: str, names: tuple[str, ...]) -> Callable[..., Any]:
    """What of the texts of a page's rows a party is told."""

    async def prepare(_rows: list[asyncpg.Record]) -> Decorate:
        texts = await opener(session, dispute_id)

        def told(row: asyncpg.Record) -> dict[str, Any]:
            said = texts(table, row["id"], row["sealed"])
            return {name: said.get(name) for name in names}

        return told

    return prepare
