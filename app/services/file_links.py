"""Links to files: each works once, for minutes, with the rights that its asker has when it is used.

A browser fetches a file without saying who asks, so that the link itself must say it. The token is random, and only its
hash is kept. Of two who use it at once one gets the file.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from app.core.actor import Actor
from app.core.db import Database, Session
from app.core.errors import NotFound
from app.models.file_links import FileLink, FileLinkRead
from app.services.rights import actor_signed_in
from app.services.sign_ins import hash_token

LIFETIME = timedelta(minutes=5)

_TAKE = """
update file_links set used_at = $2 where token_hash = $1 and used_at is null and expires_at > $2
returning account_id, sign_in_id, file_id, subject_id, own_record
"""


class FileLinkInvalid(NotFound):
    """Unknown, used, too old, or of somebody who is no longer signed in or may no longer: which of them is not told."""

    code = "file_link_invalid"
    sentence = "This link is not valid any more: ask for a new one."


@dataclass(frozen=True, slots=True)
class TakenLink:
    """A link that was just used up: for whom, and to what. Whether they may still have it is the record's to judge."""

    actor: Actor
    file_id: UUID
    subject_id: UUID
    own_record: bool


async def make_link(
    session: Session, actor: Actor, file_id: UUID, *, subject_id: UUID, own_record: bool = False
) -> FileLinkRead:
    """A link to a file of a record. Whether the actor may have it is the caller's to judge."""
    token, now = secrets.token_urlsafe(32), datetime.now(UTC)
    link = FileLink(
        created_at=now,
        token_hash=hash_token(token),
        file_id=file_id,
        subject_id=subject_id,
        account_id=actor.account_id,
        sign_in_id=actor.sign_in_id,
        own_record=own_record,
        expires_at=now + LIFETIME,
    )
    await session.insert(link)
    return FileLinkRead(url=f"/v1/file-links/{token}", expires_at=link.expires_at)


async def take_link(database: Database, token: str) -> TakenLink:
    """Use a link up, whatever comes of it. Raises `FileLinkInvalid`."""
    async with database.fact() as fact:
        row = await fact.fetchrow(_TAKE, hash_token(token), datetime.now(UTC))
    actor = await actor_signed_in(database, row["account_id"], row["sign_in_id"]) if row else None
    if row is None or actor is None:
        raise FileLinkInvalid("link")
    return TakenLink(actor, row["file_id"], row["subject_id"], row["own_record"])


async def drop_old_links(session: Session) -> None:
    await session.execute("delete from file_links where expires_at < $1", datetime.now(UTC))
