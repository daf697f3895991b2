"""One's own record: what members see of themselves, and correct."""

from dataclasses import replace

import asyncpg

from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import NotFound, PreconditionFailed
from app.core.paging import Answer
from app.models.members import OwnRecordUpdate
from app.services.access import record_read
from app.services.member_records import MEMBERS, find_member
from app.services.members import write_changes

#: Of oneself everything is to be seen that officers can see.
OWN = replace(MEMBERS, guarded={})


async def get_own_record(session: Session, actor: Actor) -> Answer:
    """The actor's own record, contact details included. Raises `NotFound` for an account that is no member's."""
    row = await _find(session, actor)
    await record_read(session, actor, "members", purpose="own_record", subject_id=row["id"], branch_id=row["branch_id"])
    return _answer(row)


async def update_own_record(session: Session, actor: Actor, data: OwnRecordUpdate, *, version: int) -> Answer:
    """Correct one's own record. Raises `NotFound`, and `PreconditionFailed` with the current record."""
    row = await _find(session, actor)
    if row["version"] != version:
        raise PreconditionFailed(_answer(row).body)
    try:
        await write_changes(session, actor, row, data.changes(), version=version)
    except PreconditionFailed:
        raise PreconditionFailed(_answer(await _find(session, actor)).body) from None
    return _answer(await _find(session, actor))


async def _find(session: Session, actor: Actor) -> asyncpg.Record:
    # The policies of this role show one person's rows and nobody else's.
    member_id = await session.fetchval("select id from members")
    if member_id is None:
        raise NotFound("member")
    return await find_member(session, actor, member_id, OWN)


def _answer(row: asyncpg.Record) -> Answer:
    return Answer(row["id"], row["version"], row["json"].encode())
