"""The history of a member's record: every change, by whom and when."""

from uuid import UUID

import asyncpg

from app.core.actor import Actor
from app.core.db import Session
from app.core.paging import Body, Decorate, Listing, PageQuery, Where, list_page
from app.services.access import record_read
from app.services.member_records import find_member

CHANGES = Listing(
    resource="members",
    source="audit_entries a",
    key="a.id",
    columns={
        "id": "a.id",
        "created_at": "utc(a.created_at)",
        "action": "a.action",
        "account_id": "a.account_id",
        "fields": "a.fields",
    },
    # Identifiers rise with time and have an index of their own beside the subject.
    sorts={"written": ("a.id", "uuid")},
    facts={"account_id": "a.account_id"},
)


class HistoryQuery(PageQuery):
    """The changes of one record, the newest first."""


class _HistoryOf(HistoryQuery):
    """A cursor belongs to the record whose history it is."""

    member_id: UUID


async def list_changes(session: Session, actor: Actor, member_id: UUID, query: HistoryQuery) -> Body:
    """A page of a member's changes, as far as they happened in the actor's branches.

    Values stand only where their privacy class lets the trail hold them. Raises `NotFound`, `CursorInvalid`.
    """
    row = await find_member(session, actor, member_id)
    await record_read(session, actor, "members", purpose="history", subject_id=row["id"], branch_id=row["branch_id"])
    where = Where()
    where.add("a.resource = 'members' and a.subject_id = {}", member_id)

    async def prepare(rows: list[asyncpg.Record]) -> Decorate:
        names = await _names(session, {row["account_id"] for row in rows} - {None})
        return lambda row: {"account_name": names.get(row["account_id"])}

    of = _HistoryOf(**query.model_dump(), member_id=member_id)
    return await list_page(session, actor, CHANGES, where, of, sort="-written", prepare=prepare)


async def _names(session: Session, ids: set[UUID]) -> dict[UUID, str]:
    """Who is behind an account: accounts live behind sign-in, whose role alone may name them."""
    async with session.as_role("rollbook_auth"):
        found = await session.fetch("select id, name from accounts where id = any ($1)", list(ids))
    return {row["id"]: row["name"] for row in found}
