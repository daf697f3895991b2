"""The feed of events, in an order in which a late commit is never skipped.

Events are ordered by the transaction that wrote them, then by id, and shown only once every transaction that
began before has ended: what is still to come always stands behind what was shown.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

import asyncpg
from pydantic import BaseModel, ConfigDict, Field

from app.core import clock
from app.core.actor import Actor
from app.core.crypto import DecryptionFailed
from app.core.db import Session
from app.core.errors import FieldError
from app.core.paging import Body, CursorInvalid

#: For how long the feed can be read back.
KEPT = timedelta(days=90)

EventType = Annotated[str, Field(max_length=60, pattern=r"^[a-z_]+\.[a-z_]+$", examples=["member.created"])]

# One statement, so that horizon and rows are of one snapshot. Without a row it still tells the horizon.
FEED = """
with horizon as materialized (select order_horizon() as ended_before)
select h.ended_before, e.transaction, e.id, e.json
from horizon h left join lateral (
  select e.transaction, e.id, json_build_object(
    'id', e.id, 'type', e.type, 'created_at', utc(e.created_at), 'subject_id', e.subject_id,
    'branch_id', e.branch_id, 'data', e.data)::text as json
  from events e
  where e.transaction < h.ended_before and (e.transaction, e.id) > ($1, $2) and e.created_at >= $3
    and ($4::text[] is null or e.type = any ($4))
  order by e.transaction, e.id limit $5
) e on true
order by e.transaction, e.id
"""


class CursorExpired(CursorInvalid):
    """The reader was away for longer than events are kept: some may be missed, so it must begin again."""

    code = "cursor_expired"
    sentence = "This cursor is older than {days} days: read the records anew, then the feed without it."


class EventsQuery(BaseModel):
    """Where to go on from, and which types of event to read."""

    model_config = ConfigDict(extra="forbid")

    after: Annotated[str, Field(max_length=600)] | None = Field(
        default=None, description="`next_cursor` of the last answer; left out: from the oldest event kept."
    )
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    type: Annotated[list[EventType], Field(max_length=20)] | None = Field(
        default=None, description="Only events of these types."
    )


NO_ID = UUID(int=0)


@dataclass(frozen=True, order=True, slots=True)
class Place:
    """A place in the feed: everything up to and including it has been read."""

    transaction: int
    id: UUID = NO_ID


async def read_events(session: Session, actor: Actor, query: EventsQuery) -> Body:
    """A stretch of the feed of what the actor may read. Raises `CursorInvalid` and `CursorExpired`."""
    after = _open_cursor(session, actor, query.after)
    rows = await session.fetch(FEED, after.transaction, after.id, clock.now() - KEPT, query.type, query.limit + 1)
    found = [row for row in rows if row["id"] is not None]
    shown, has_more = found[: query.limit], len(found) > query.limit
    cursor = _seal_cursor(session, actor, _reached(after, shown, rows[0]["ended_before"], has_more=has_more))
    tail = json.dumps({"next_cursor": cursor, "has_more": has_more})
    content = f'{{"data": [{", ".join(row["json"] for row in shown)}], {tail[1:]}'
    return Body(content.encode(), cursor if has_more else None)


def _reached(after: Place, shown: Sequence[asyncpg.Record], ended_before: int, *, has_more: bool) -> Place:
    if has_more:
        return Place(shown[-1]["transaction"], shown[-1]["id"])
    # All below the horizon has been looked through, also what was not for this reader: go on from there.
    return max(after, Place(ended_before))


def _seal_cursor(session: Session, actor: Actor, place: Place) -> str:
    told = [place.transaction, str(place.id), int(datetime.now(UTC).timestamp())]
    return session.keys.seal_token(f"events:{actor.account_id}", json.dumps(told).encode())


def _open_cursor(session: Session, actor: Actor, cursor: str | None) -> Place:
    if cursor is None:
        return Place(0)
    try:
        told = session.keys.open_token(f"events:{actor.account_id}", cursor)
    except DecryptionFailed:
        raise CursorInvalid(
            errors=(FieldError("#query/after", "cursor_invalid", "Leave it out to begin again."),)
        ) from None
    transaction, row_id, made_at = json.loads(told)
    if datetime.now(UTC) - datetime.fromtimestamp(made_at, UTC) > KEPT:
        raise CursorExpired(days=KEPT.days)
    return Place(transaction, UUID(row_id))
