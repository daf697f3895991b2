"""The keys that sign access tokens: made at the first start, kept sealed, rotated by hand or by year."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

from app.core.db import Database, Session
from app.core.tokens import LIFETIME, KeyRing, new_signing_key_pem
from app.models.accounts import SigningKey

AUDIENCE = "rollbook"
#: How long a key that signs no more still verifies, for a process that has not heard of the change.
STILL_VERIFIES = timedelta(days=1)
#: Seconds within which every process has heard of a new key.
HEARD = 1.0
_LOCK = 7_265_318
#: The key in use first: it is the one that is not to be retired.
_RING = """
select id, sealed_pem from signing_keys where retired_at is null or retired_at > $1
order by retired_at is null desc, id desc
"""


async def load_key_ring(database: Database, *, issuer: str) -> KeyRing:
    """The ring of every key that may still be met, the one in use first. Makes a key when there is none."""
    async with database.transaction(role="rollbook_auth") as session:
        await _one_at_a_time(session)
        oldest = datetime.now(UTC) - LIFETIME
        rows = await session.fetch(_RING, oldest)
        if not rows:
            await session.insert(_sealed_key(database))
            rows = await session.fetch(_RING, oldest)
    pems = [database.keys.open_bytes(_purpose(row["id"]), row["sealed_pem"]) for row in rows]
    return KeyRing(pems, issuer=issuer, audience=AUDIENCE, now=lambda: datetime.now(UTC))


async def rotate_key(database: Database) -> UUID:
    """Make a new signing key and put it to use; tokens of the one before stay good. Takes a second.

    The new key is made known before it signs: otherwise one process would hand out tokens that another does
    not know yet.
    """
    key = _sealed_key(database)
    async with database.transaction(role="rollbook_auth") as session:
        key.retired_at = datetime.now(UTC) + STILL_VERIFIES
        await session.insert(key)
    await asyncio.sleep(HEARD)
    async with database.transaction(role="rollbook_auth") as session:
        await _one_at_a_time(session)
        retired = datetime.now(UTC) + STILL_VERIFIES
        await session.execute("update signing_keys set retired_at = $1 where retired_at is null", retired)
        await session.execute("update signing_keys set retired_at = null where id = $1", key.id)
    return key.id


async def _one_at_a_time(session: Session) -> None:
    await session.execute("select pg_advisory_xact_lock($1)", _LOCK)


def _sealed_key(database: Database) -> SigningKey:
    key = SigningKey(created_at=datetime.now(UTC), sealed_pem=b"")
    key.sealed_pem = database.keys.seal_bytes(_purpose(key.id), new_signing_key_pem())
    return key


def _purpose(key_id: UUID) -> str:
    return f"signing key {key_id}"
