"""Files taken in as evidence: judged by their content before any of it is kept, then sealed under the case's key."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO
from uuid import UUID

from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, TooLarge
from app.core.ids import new_id
from app.core.lifecycle import WRONG_STATE, ActionNotAllowed
from app.core.media_types import clean_name, sniff
from app.models.dispute_evidence import MOST_BYTES, DisputeEvidence
from app.services.disputes.case import Case, note, seal
from app.services.disputes.lifecycle import LIVE
from app.services.files import PIECE, store_file

TABLE = "dispute_evidence"
#: As many items, with all their editions and copies, as a case may have.
MOST_ITEMS = 1000
#: Of these, as many may come from one party.
MOST_OF_A_PARTY = 100

_FROM_PARTY = "select count(*) from dispute_evidence where added_by_party_id = $1"


class FileTooLarge(TooLarge):
    code = "file_too_large"
    sentence = "A file may have {limit} bytes at most."


class TooMuchEvidence(Conflict):
    """Of a case, or from one party: nobody fills a case up so that nothing else has a place in it."""

    code = "too_much_evidence"
    sentence = "No more than {limit} items of evidence are taken here."


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent: readable from any place."""

    name: str
    file: BinaryIO

    async def chunks(self) -> AsyncIterator[bytes]:
        """The whole of it, in pieces."""
        self.file.seek(0)
        while chunk := await asyncio.to_thread(self.file.read, PIECE):
            yield chunk


@dataclass(frozen=True, slots=True)
class Judged:
    """What an upload turned out to be."""

    name: str
    media_type: str
    size: int
    sha256: bytes


async def judge(upload: Upload) -> Judged:
    """What an upload is, by its content. Raises `FileTooLarge`, `FileTypeRefused`. No connection is held meanwhile."""
    return await asyncio.to_thread(_judge, upload)


def _judge(upload: Upload) -> Judged:
    digest, size = hashlib.sha256(), 0
    upload.file.seek(0)
    while chunk := upload.file.read(PIECE):
        digest.update(chunk)
        size += len(chunk)
        if size > MOST_BYTES:
            raise FileTooLarge(limit=MOST_BYTES)
    return Judged(clean_name(upload.name), sniff(upload.file, upload.name), size, digest.digest())


async def next_number(session: Session, _actor: Actor, case: Case) -> int:
    """The number of the next item of a case that is held. Raises `TooMuchEvidence`."""
    row = await session.fetchrow(
        "select coalesce(max(number), 0) + 1 as next, count(*) as held from dispute_evidence where dispute_id = $1",
        case.id,
    )
    assert row is not None
    if row["held"] >= MOST_ITEMS:
        raise TooMuchEvidence(limit=MOST_ITEMS)
    return int(row["next"])


async def keep(
    session: Session,
    actor: Actor,
    case: Case,
    upload: Upload,
    judged: Judged,
    row: Mapping[str, Any],
    texts: Mapping[str, str | None],
) -> UUID:
    """Keep a file with a case as an item of evidence, and return its id.

    Raises `ActionNotAllowed` where the case is over, and `TooMuchEvidence`.
    """
    if case.state not in LIVE:
        raise ActionNotAllowed(action="add_evidence", state=case.state, reason_code=WRONG_STATE)
    party_id = row.get("added_by_party_id")
    if party_id is not None and await session.fetchval(_FROM_PARTY, party_id) >= MOST_OF_A_PARTY:
        raise TooMuchEvidence(limit=MOST_OF_A_PARTY)
    file_id = await store_file(
        session,
        actor,
        resource="disputes",
        subject_id=case.id,
        branch_id=case.row["branch_id"],
        name=judged.name,
        media_type=judged.media_type,
        chunks=upload.chunks(),
        wall_key=case.id,
    )
    evidence_id = new_id()
    said = {**texts, "title": texts.get("title") or judged.name, "name": judged.name}
    item = DisputeEvidence(
        id=evidence_id,
        dispute_id=case.id,
        file_id=file_id,
        media_type=judged.media_type,
        size=judged.size,
        sha256=judged.sha256,
        added_by=actor.account_id,
        sealed=await seal(session, case.id, TABLE, evidence_id, said),
        **row,
    )
    await session.insert(item)
    await note(session, actor, case, "dispute.evidence_added", fields={"evidence_id": str(evidence_id)})
    return evidence_id
