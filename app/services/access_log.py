"""Who has read what: for those who watch over it, and for the people whose records were read."""

from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.paging import Body, Decorate, Listing, PageQuery, Where, list_page
from app.core.permissions import GRANTS, Permission
from app.core.text import ShortText
from app.models.audit import WhoCanSee, WhoCanSeeRead
from app.services.audit import IN_REACH, TrailQuery, narrow
from app.services.rights import holders_at

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
        "export_id": "case when a.resource = 'exports' then a.subject_id end",
        "purpose": "a.purpose",
    },
    facts={"account_id": "a.account_id", "client_id": "a.client_id", "created_at": "a.created_at"},
    **_SOURCE,
)


#: By what each of some accounts held what it held, ever: offices that carry a role, and grants.
_HELD = """
select g.account_id, g.role, null as office, null as office_cy, b.name as branch_name, b.name_cy as branch_name_cy,
  g.starts_on, g.ends_on
from grants g join branches b on b.id = g.branch_id where g.account_id = any ($1) and g.state in ('confirmed', 'ended')
union all
select a.id, o.role, o.name, o.name_cy, b.name, b.name_cy, t.starts_on, t.ends_on
from office_terms t join accounts a on a.person_id = t.person_id and a.id = any ($1)
join office_types o on o.id = t.office_type_id and o.role is not null
join branches b on b.id = t.branch_id where t.state in ('confirmed', 'ended')
"""


class AccessLogQuery(TrailQuery):
    """Which reads; the newest come first."""

    purpose: ShortText | None = Field(default=None, description="Only reads for this purpose.", examples=["export"])
    client_id: UUID | None = Field(default=None, description="Only reads through this client application.")
    branch_id: UUID | None = Field(default=None, description="Only reads of records of exactly this unit.")


class OwnAccessQuery(PageQuery):
    """The reads of one's own record, and of the cases of which one was told, the newest first."""


async def list_access(session: Session, actor: Actor, query: AccessLogQuery) -> Body:
    """A page of the log of reads in the units where the actor may see it. Raises `CursorInvalid`."""
    where = Where()
    where.add(IN_REACH.format("access_log"))
    narrow(where, query, alias="a")
    for name in ("purpose", "client_id", "branch_id"):
        if (value := getattr(query, name)) is not None:
            where.add(f"a.{name} = {{}}", value)
    return await list_page(session, actor, ACCESS, where, query, sort="-created_at")


async def list_own_access(session: Session, actor: Actor, query: OwnAccessQuery) -> Body:
    """A page of who has read the actor's own record, in the scope of that record. Raises `CursorInvalid`.

    Of a case to which they are a party, once they were told of it, whoever worked on it; never what other parties read.
    Of exports, those of units in which they are or were: they may have been in them.
    """

    async def prepare(rows: list[asyncpg.Record]) -> Decorate:
        return await _with_names(session, rows)

    return await list_page(session, actor, OWN_ACCESS, Where(), query, sort="-created_at", prepare=prepare)


async def list_who_can_see(session: Session, actor: Actor) -> WhoCanSeeRead:
    """Who holds the right to see the actor's own record today: at their unit or above it, by office or by grant."""
    path = await session.fetchval(
        "select array_agg(distinct above) from members m join branches b on b.id = m.branch_id, unnest(b.path) above "
        "where m.person_id = $1",
        actor.person_id,
    )
    async with session.as_role("rollbook_auth"):
        holders = await holders_at(session, path or [])
    return WhoCanSeeRead(
        data=[
            WhoCanSee(
                **{name: row[name] for name in (*_TITLE, "account_name", "branch_id")},
                contact=Permission.members_contact in GRANTS[row["role"]],
                export=Permission.members_export in GRANTS[row["role"]],
            )
            for row in holders
            if Permission.members_read in GRANTS[row["role"]]
        ]
    )


async def _with_names(session: Session, rows: list[asyncpg.Record]) -> Decorate:
    """Accounts and clients live behind sign-in, whose role alone may name them, and say what they held that day."""
    ids = {row[column] for row in rows for column in ("account_id", "client_id")}
    async with session.as_role("rollbook_auth"):
        found = await session.fetch(
            "select id, name from accounts where id = any ($1) "
            "union all select id, name from clients where id = any ($1)",
            list(ids),
        )
        held = await session.fetch(_HELD, list(ids))
    names: dict[UUID, str] = {row["id"]: row["name"] for row in found}

    def told(row: asyncpg.Record) -> dict[str, Any]:
        day = clock.day_of(row["created_at"])
        roles = [one for one in held if one["account_id"] == row["account_id"] and _covers(one, day)]
        return {
            "account_name": names[row["account_id"]],
            "client_name": names[row["client_id"]],
            "held": [{name: one[name] for name in _TITLE} for one in roles],
        }

    return told


_TITLE = ("role", "office", "office_cy", "branch_name", "branch_name_cy")


def _covers(held: asyncpg.Record, day: date) -> bool:
    return bool(held["starts_on"] <= day and (held["ends_on"] is None or day < held["ends_on"]))
