"""How often something may be tried: counted in the database, so that every process counts together."""

import ipaddress
from datetime import UTC, datetime, timedelta

from app.core.db import Database, Session
from app.core.errors import Throttled
from app.core.ids import new_id

_COUNT = """
insert into throttles (id, created_at, key_hash, window_ends_at, count) values ($1, $2, $3, $4, 1)
on conflict (key_hash) do update set
  count = case when throttles.window_ends_at <= $2 then 1 else throttles.count + 1 end,
  window_ends_at = case when throttles.window_ends_at <= $2 then $4 else throttles.window_ends_at end
returning count, window_ends_at
"""


async def count_try(database: Database, what: str, who: str, *, quota: int, window: timedelta) -> None:
    """Count one try, committed whatever comes of it. Raises `Throttled` past `quota` tries in a `window`.

    `who` is an address or an account's e-mail; only its keyed hash is kept. Real time counts, not the
    organisation's clock.
    """
    now = datetime.now(UTC)
    key = database.keys.blind_index(f"throttle:{what}", who)
    async with database.fact() as session:
        [row] = await session.fetch(_COUNT, new_id(), now, key, now + window)
    if row["count"] > quota:
        wait = max(1, int((row["window_ends_at"] - now).total_seconds()) + 1)
        raise Throttled(retry_after=wait, quota=quota, window=int(window.total_seconds()))


async def forgive(session: Session, what: str, who: str) -> None:
    """Forget the tries of somebody who has shown who they are. Needs the role `rollbook_auth`."""
    key = session.keys.blind_index(f"throttle:{what}", who)
    await session.execute("delete from throttles where key_hash = $1", key)


def neighbourhood(address: str) -> str:
    """What counts as one address: of IPv6 the /64 network, all of which is free to whoever has one of it."""
    try:
        return str(ipaddress.ip_network((address, 64), strict=False)) if ":" in address else address
    except ValueError:
        return address
