"""The same POST twice does its work once: the answer is kept with the work, and given again."""

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import asyncpg

from app.core import clock
from app.core.actor import Actor
from app.core.crypto import DecryptionFailed
from app.core.db import Session
from app.core.errors import Conflict, Invalid, NotFound
from app.core.permissions import BY_PART, Permission
from app.models.frame import IdempotencyKey

KEPT = timedelta(hours=24)
READS = frozenset(str(permission) for permission in frozenset(Permission) - BY_PART if permission.endswith(":read"))
#: Records that can leave a branch, or are their maker's own: with the question whether one is still to be seen.
SEEN = {
    "members": "select true from members where id = $1",
    "imports": "select true from imports where id = $1",
    "exports": "select true from exports where id = $1",
    "duplicates": "select true from possible_duplicates where id = $1",
    "jobs": "select true from jobs where id = $1",
    "disputes": "select true from disputes where id = $1",
}


class KeyInFlight(Conflict):
    code = "idempotency_key_in_flight"
    sentence = "The first request with this Idempotency-Key is still being worked on; repeat in a moment."


class KeyReused(Invalid):
    code = "idempotency_key_reused"
    sentence = "This Idempotency-Key was used for another request: take a new key for a new request."


@dataclass(frozen=True, slots=True)
class Claim:
    """A key, taken for one request of one account through one client on one route."""

    account_id: UUID
    key_hash: bytes
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


async def claim_key(
    session: Session, actor: Actor, *, key: str, route: str, path: str, body: bytes
) -> tuple[Claim, Answer | None]:
    """Take the key, or find the answer that it stands for.

    Raises `KeyInFlight` while another request holds it, `KeyReused` when it stood for another request, and `NotFound`
    when the actor may no longer see what was made.
    """
    name = f"{actor.account_id}:{actor.client_id}:{route}:{key}"
    claim = Claim(actor.account_id, session.keys.blind_index("idempotency", name), _fingerprint(path, body))
    lock = int.from_bytes(claim.key_hash[:8], signed=True)
    if not await session.fetchval("select pg_try_advisory_xact_lock($1)", lock):
        raise KeyInFlight
    row = await session.fetchrow("select * from idempotency_keys where key_hash = $1", claim.key_hash)
    if row is None:
        return claim, None
    if row["fingerprint"] != claim.fingerprint:
        raise KeyReused
    await _authorise_anew(session, row, actor)
    try:
        body = session.keys.open_bytes("idempotency", row["sealed_body"])
    except DecryptionFailed:
        raise NotFound from None
    return claim, Answer(row["status"], row["headers"], body)


async def keep_answer(session: Session, claim: Claim, answer: Answer) -> None:
    """Keep the answer in the transaction of the work it speaks of."""
    resource, branch_id, subject_id = session.touched or (None, None, None)
    await session.insert(
        IdempotencyKey(
            account_id=claim.account_id,
            key_hash=claim.key_hash,
            fingerprint=claim.fingerprint,
            status=answer.status,
            headers=answer.headers,
            sealed_body=session.keys.seal_bytes("idempotency", answer.body),
            resource=resource,
            branch_id=branch_id,
            subject_id=subject_id,
        )
    )


async def drop_old_keys(session: Session) -> None:
    await session.execute("delete from idempotency_keys where created_at < $1", clock.now() - KEPT)


async def _authorise_anew(session: Session, kept: asyncpg.Record, actor: Actor) -> None:
    """What may no longer be seen is not shown again: the branch must be in reach, and the record not have left it."""
    resource, branch_id = kept["resource"], kept["branch_id"]
    if branch_id is None or resource is None:
        return
    reads = f"{resource}:read"
    if reads in READS:
        path = await session.fetchval("select path from branches where id = $1", branch_id)
        if not actor.can(Permission(reads), path or ()):
            raise NotFound
    if resource in SEEN and not await session.fetchval(SEEN[resource], kept["subject_id"]):
        raise NotFound


def _fingerprint(path: str, body: bytes) -> bytes:
    with suppress(ValueError):
        body = json.dumps(json.loads(body), sort_keys=True, separators=(",", ":")).encode()
    return hashlib.sha256(path.encode() + b"\n" + body).digest()
