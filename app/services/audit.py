"""The audit trail: reading it, sealing it in a chain, and proving that nothing in it was touched since.

A seal covers every entry of the transactions after the seal before, up to one below which all have ended: a
late commit is in the next seal, never left out. Its digest is SHA-256 over the digest before, the canonical
JSON of each entry and what the seal says of itself; its MAC is made with the application's secret, so that
whoever owns the database alone can neither change an entry nor make the chain anew.
"""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any
from uuid import UUID

import asyncpg
from pydantic import Field

from app.core.actor import Actor
from app.core.crypto import MasterKey
from app.core.db import Database, Session
from app.core.paging import Body, Listing, PageQuery, Where, list_page
from app.core.permissions import Permission
from app.core.text import ShortText
from app.models.audit import AuditSeal, AuditVerification
from app.models.base import Instant

#: About how many entries one seal covers; the last transaction in it is never split.
BATCH = 5_000
#: How many entries are held in memory at a time.
CHUNK = 1_000
SYSTEM = "rollbook_system"
#: Held while a seal is made: two sealers would make two seals of one number.
LOCK = 0x5EA1

TRAIL = Listing(
    resource="audit",
    source="audit_entries a",
    key="a.id",
    columns={
        "id": "a.id",
        "created_at": "utc(a.created_at)",
        "action": "a.action",
        "resource": "a.resource",
        "subject_id": "a.subject_id",
        "branch_id": "a.branch_id",
        "account_id": "a.account_id",
        "client_id": "a.client_id",
        "fields": "a.fields",
    },
    sorts={"created_at": ("a.created_at", "timestamptz")},
)
#: Whoever may see a record may see its trail; this list is for those who may read the trail itself.
IN_REACH = (
    "coalesce(a.branch_id, (select id from branches where parent_id is null)) = any ((select reach('{}'))::uuid[])"
)


class TrailQuery(PageQuery):
    """Which entries; the newest come first."""

    subject_id: UUID | None = Field(default=None, description="What was done to this record.")
    account_id: UUID | None = Field(default=None, description="What this account did.")
    resource: ShortText | None = Field(default=None, examples=["members"])
    from_: Annotated[Instant | None, Field(alias="from", description="At this instant or later.")] = None
    to: Instant | None = Field(default=None, description="Before this instant.")


class AuditQuery(TrailQuery):
    action: ShortText | None = Field(default=None, examples=["member.updated"])


async def list_entries(session: Session, actor: Actor, query: AuditQuery) -> Body:
    """A page of the trail of the units where the actor may read it, newest first. Raises `CursorInvalid`."""
    where = Where()
    where.add(IN_REACH.format("audit"))
    narrow(where, query, alias="a")
    if query.action is not None:
        where.add("a.action = {}", query.action)
    return await list_page(session, actor, TRAIL, where, query, sort="-created_at")


def narrow(where: Where, query: TrailQuery, *, alias: str) -> None:
    """Add the filters that the trail of changes and the log of reads have in common."""
    for name in ("subject_id", "account_id", "resource"):
        if (value := getattr(query, name)) is not None:
            where.add(f"{alias}.{name} = {{}}", value)
    if query.from_ is not None:
        where.add(f"{alias}.created_at >= {{}}", query.from_)
    if query.to is not None:
        where.add(f"{alias}.created_at < {{}}", query.to)


async def verify_trail(session: Session, actor: Actor) -> AuditVerification:
    """Prove the whole trail. Raises `Forbidden` for those who may not read all of it."""
    actor.must(Permission.audit_read, [actor.organisation_id])
    return await verify(session.database)


async def seal(database: Database) -> int:
    """Seal what has been finished since the last seal. Returns how many entries; 0 while another seals."""
    total = 0
    while sealed := await _seal_batch(database):
        total += sealed
    return total


async def _seal_batch(database: Database) -> int:
    async with database.transaction(role=SYSTEM) as session:
        if not await session.fetchval("select pg_try_advisory_xact_lock($1)", LOCK):
            return 0
        last = await session.fetchrow("select * from audit_seals order by number desc limit 1")
        start = last["to_transaction"] if last else 0
        end = await session.fetchval(
            "select max(batch.transaction) from ("
            "select transaction from audit_entries where transaction > $1 "
            "and transaction < (select order_horizon()) "
            "order by transaction, id limit $2) batch",
            start,
            BATCH,
        )
        if end is None:
            return 0
        number = last["number"] + 1 if last else 1
        previous = last["digest"] if last else b""
        digest, entries = await _digest(session, previous, number, start, end)
        mac = session.keys.blind_index("audit seal", digest.hex())
        await session.insert(
            AuditSeal(
                number=number,
                from_transaction=start + 1,
                to_transaction=end,
                entries=entries,
                digest=digest,
                mac=mac,
            )
        )
        return entries


async def verify(database: Database) -> AuditVerification:
    """Compute the chain anew over every entry that it covers."""
    async with database.transaction(role=SYSTEM) as session:
        seals = await session.fetch("select * from audit_seals order by number")
        broken, counted, previous, reached = None, 0, b"", 0
        for number, found in enumerate(seals, start=1):
            digest, entries = await _digest(session, previous, number, reached, found["to_transaction"])
            if broken is None and not _holds(found, number, reached, entries, digest):
                broken = number
            counted += entries
            previous, reached = found["digest"], found["to_transaction"]
        if broken is None:
            broken = _first_unproved(session.keys, seals)
        unsealed = await session.fetchval("select count(*) from audit_entries where transaction > $1", reached)
    return AuditVerification(
        whole=broken is None,
        seals=len(seals),
        entries=counted,
        unsealed=unsealed,
        broken_at_seal=broken,
        newest_digest=previous.hex() or None,
    )


def _holds(found: asyncpg.Record, number: int, start: int, entries: int, digest: bytes) -> bool:
    said = (found["number"], found["from_transaction"], found["entries"])
    return said == (number, start + 1, entries) and hmac.compare_digest(found["digest"], digest)


def _first_unproved(keys: MasterKey, seals: list[asyncpg.Record]) -> int | None:
    """The first seal behind the newest one that a secret in use proves; a proved seal proves all before it.

    Thus the seals made under a secret that has since been replaced stay proved.
    """
    for found in reversed(seals):
        if found["mac"] in keys.blind_indexes("audit seal", found["digest"].hex()):
            return None if found is seals[-1] else int(found["number"]) + 1
    return int(seals[0]["number"]) if seals else None


async def _digest(session: Session, previous: bytes, number: int, start: int, end: int) -> tuple[bytes, int]:
    """The digest of a seal over the entries after transaction `start` up to `end`, and their number."""
    digest, entries = hashlib.sha256(previous), 0
    async for row in _entries(session, start, end):
        digest.update(_canonical(row))
        entries += 1
    digest.update(_canonical({"number": number, "from": start + 1, "to": end, "entries": entries}))
    return digest.digest(), entries


async def _entries(session: Session, start: int, end: int) -> AsyncIterator[asyncpg.Record]:
    place = (start + 1, UUID(int=0))
    while True:
        rows = await session.fetch(
            "select * from audit_entries where (transaction, id) > ($1, $2) and transaction <= $3 "
            "order by transaction, id limit $4",
            *place,
            end,
            CHUNK,
        )
        for row in rows:
            yield row
        if len(rows) < CHUNK:
            return
        place = (rows[-1]["transaction"], rows[-1]["id"])


def _canonical(said: Mapping[str, Any]) -> bytes:
    """One line of JSON, the same for the same content: keys in order, no blanks, instants in ISO 8601."""
    line = json.dumps(dict(said), sort_keys=True, separators=(",", ":"), default=_plain)
    return line.encode() + b"\n"


def _plain(value: Any) -> str:
    return str(value) if isinstance(value, UUID) else str(value.isoformat())
