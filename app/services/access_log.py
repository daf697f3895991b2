"""Who has read what: for those who watch over it, and for the people whose records were read."""

from typing import Any
from uuid import UUID

import asyncpg

from app.core.actor import Actor
from app.core.db import Session
from app.core.paging import Body, Decorate, Listing, PageQuery, Where, list_page
from app.services.audit import IN_REACH, TrailQuery, narrow

_SOURCE: dict[str, Any] = {
    "source": "access_log a",
    "key": "a.id",
    "sorts": {"created_at": ("a.created_at", "timestamptz")},
}
ACCESS = Listing(
    resource="access_log",
    columns={
        "id": "a.id",
        "created_at": "utc(a.created_at)",
        "resource": "a.resource",
        "subject_id": "a.subject_id",
        "branch_id": "a.branch_id",
        "account_id": "a.account_id",
        "client_id": "a.client_id",
        "purpose": "a.purpose",
    },
    **_SOURCE,
)
OWN_ACCESS = Listing(
    resource="own_access",
    columns={
        "id": "a.id",
        "created_at": "utc(a.created_at)",
        "dispute_id": "a.wall_key",
        "purpose": "a.purpose",
    },
    facts={"account_id": "a.account_id", "client_id": "a.client_id"},
    **_SOURCE,
)


class AccessLogQuery(TrailQuery):
    """Which reads; the newest come first."""


class OwnAccessQuery(PageQuery):
    """The reads of one's own record, and of the cases of which one was told, the newest first."""


async def list_access(session: Session, actor: Actor, query: AccessLogQuery) -> Body:
    """A page of the log of reads in the units where the actor may see it. Raises `CursorInvalid`."""
    where = Where()
    where.add(IN_REACH.format("access_log"))
    narrow(where, query, alias="a")
    return await list_page(session, actor, ACCESS, where, query, sort="-created_at")


async def list_own_access(session: Session, actor: Actor, query: OwnAccessQuery) -> Body:
    """A page of who has read the actor's own record, in the scope of that record. Raises `CursorInvalid`.

    Of a case to which they are a party, once they were told of it, whoever worked on it; never what other parties read.
    """

    async def prepare(rows: list[asyncpg.Record]) -> Decorate:
        return await _with_names(session, rows)

    return await list_page(session, actor, OWN_ACCESS, Where(), query, sort="-created_at", prepare=prepare)


async def _with_names(session: Session, rows: list[asyncpg.Record]) -> Decorate:
    """Accounts and clients live behind sign-in, whose role alone may name them."""
    ids = {row[column] for row in rows for column in ("account_id", "client_id")}
    async with session.as_role("rollbook_auth"):
        found = await session.fetch(
            "select id, name from accounts where id = any ($1) "
            "union all select id, name from clients where id = any ($1)",
            list(ids),
        )
    names: dict[UUID, str] = {row["id"]: row["name"] for row in found}
    return lambda row: {"account_name": names[row["account_id"]], "client_name": names[row["client_id"]]}
