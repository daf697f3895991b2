"""A member's record: how it is read, found and given back, by whichever verb."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import asyncpg

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import NotFound
from app.core.paging import Answer, Listing, fetch_one, with_fields
from app.core.permissions import Permission
from app.models.members import CONTACT_FIELDS, Channel, MemberSummary
from app.services.member_lifecycle import MEMBERSHIP

STANDING = (
    "standing_on(m.decided_standing, m.decided_from, m.decided_until, m.restricted, "
    "m.paid_until, m.lapses_on, $1::date)"
)
#: The restriction that bears on the standing today, with its days; null for nearly everybody.
RESTRICTION = "case when m.restricted is not null then restriction_on(m.restricted, $1::date) end"

#: A supporter has no standing, until one resigns, is excluded or dies.
SHOWN_STANDING = (
    f"case when m.relationship = 'member' or m.decided_standing is not null then {STANDING} "
    f"else ({RESTRICTION}) ->> 'standing' end"
)

#: Whoever has left, has died or had the use of their data restricted is contacted by no channel.
GONE = (
    f"(p.processing_restricted_on is not null "
    f"or coalesce({SHOWN_STANDING} in ('resigned', 'expelled', 'deceased'), false))"
)
REACHABLE_BY = (
    f"case when {GONE} then '{{}}' else "
    f"array(select unnest('{{{','.join(Channel)}}}'::text[]) except select unnest(p.objections)) end"
)

#: What is over is not told, nor whence any of it came.
_RESTRICTIONS = (
    "(select coalesce(json_agg(json_build_object('kind', r.kind, 'starts_on', r.starts_on, 'ends_on', r.ends_on) "
    "order by r.starts_on, r.id), '[]') from member_restrictions r "
    "where r.member_id = m.id and r.starts_on <= $1 and coalesce($1 < r.ends_on, true))"
)

MEMBERS = Listing(
    resource="members",
    source="members m",
    join="left join people p on p.id = m.person_id",
    key="m.id",
    branch="m.branch_id",
    columns={
        "id": "m.id",
        "person_id": "m.person_id",
        "branch_id": "m.branch_id",
        "number": "m.number",
        "relationship": "m.relationship",
        "type": "m.type",
        "standing": SHOWN_STANDING,
        "given_name": "p.given_name",
        "family_name": "p.family_name",
        "preferred_name": "p.preferred_name",
        "joined_on": "m.joined_on",
        "paid_until": "m.paid_until",
        "lapses_on": "m.lapses_on",
        "preferred_language": "p.preferred_language",
        "electoral_area": "p.electoral_area",
        "objections": "p.objections",
        "reachable_by": REACHABLE_BY,
        **{name: f"p.{name}" for name in CONTACT_FIELDS},
        "restrictions": _RESTRICTIONS,
        "processing_restricted": "p.processing_restricted_on is not null",
        "version": "m.version",
        "created_at": "utc(m.created_at)",
        "updated_at": "utc(m.updated_at)",
    },
    sorts={
        "name": ("m.sort_name", "text"),
        "joined_on": ("m.joined_on", "date"),
        "created_at": ("m.created_at", "timestamptz"),
    },
    facts={
        "id": "m.id",
        "version": "m.version",
        "person_id": "m.person_id",
        "branch_id": "m.branch_id",
        "path": "(select b.path from branches b where b.id = m.branch_id)",
        "relationship": "m.relationship",
        "standing": f"coalesce({SHOWN_STANDING}, 'supporter')",
        "restriction": f"({RESTRICTION}) ->> 'standing'",
        "joined_on": "m.joined_on",
        "decided_standing": "m.decided_standing",
        "decided_from": "m.decided_from",
        "decided_until": "m.decided_until",
        "paid_until": "m.paid_until",
        "lapses_on": "m.lapses_on",
    },
    guarded=dict.fromkeys(CONTACT_FIELDS, Permission.members_contact),
)
IN_LISTS = frozenset(MemberSummary.model_fields)


def reachable(channel: Channel) -> str:
    """The condition that a channel is in `REACHABLE_BY`, without making that list for each of many rows."""
    return f"(not {GONE} and '{channel.value}' <> all (p.objections))"


async def find_member(session: Session, actor: Actor, member_id: UUID, listing: Listing = MEMBERS) -> asyncpg.Record:
    """A member's row. Raises `NotFound`."""
    row = await fetch_one(session, actor, listing, member_id)
    if row is None:
        raise NotFound("member")
    return row


def allowed(actor: Actor, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the actor may do to a member, as clients read it."""
    return MEMBERSHIP.allowed_actions(row, lambda name: actor.can(Permission(name), row["path"]), clock.today())


def answer(actor: Actor, row: asyncpg.Record) -> Answer:
    """A member's record with what the actor may do to it."""
    body = with_fields(row["json"], {"allowed_actions": allowed(actor, row)})
    return Answer(row["id"], row["version"], body)
