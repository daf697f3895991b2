"""Grants: roles given directly to an account at a unit. Nobody gives to themselves, nor beyond their ceiling.

Grants lie in the family of sign-in, which has no policy by unit: `VISIBLE` states the scope once, for every
read here.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal
from uuid import UUID

import asyncpg

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.core.paging import Answer, Body, Listing, PageQuery, Where, fetch_one, list_page, with_fields
from app.core.permissions import GRANTS as PERMISSIONS
from app.core.permissions import Permission, Role, within_ceiling
from app.models.accounts import AccountState, Grant, GrantCreate, GrantEnd, GrantRefuse, GrantState
from app.services import branches
from app.services.access import record_read
from app.services.changes import changed_fields, record_change
from app.services.grant_lifecycle import GRANT, first_state
from app.services.rights import roles_of

#: The grants in the actor's reach: those at or below the units where the actor may read grants.
VISIBLE = "(select * from grants where branch_id = any ((select reach('grants'))::uuid[])) g"

GRANTS = Listing(
    resource="grants",
    source=f"{VISIBLE} join accounts a on a.id = g.account_id join branches b on b.id = g.branch_id",
    key="g.id",
    columns={
        "id": "g.id",
        "account_id": "g.account_id",
        "account_name": "a.name",
        "role": "g.role",
        "branch_id": "g.branch_id",
        "starts_on": "g.starts_on",
        "ends_on": "g.ends_on",
        "state": "g.state",
        "reason": "g.reason",
        "proposed_by": "g.proposed_by",
        "confirmed_by": "g.confirmed_by",
        "end_reason": "g.end_reason",
        "version": "g.version",
        "created_at": "utc(g.created_at)",
        "updated_at": "utc(g.updated_at)",
    },
    sorts={"created_at": ("g.created_at", "timestamptz"), "starts_on": ("g.starts_on", "date")},
    facts={
        "id": "g.id",
        "version": "g.version",
        "account_id": "g.account_id",
        "person_id": "a.person_id",
        "role": "g.role",
        "branch_id": "g.branch_id",
        "path": "b.path",
        "starts_on": "g.starts_on",
        "ends_on": "g.ends_on",
        "state": "g.state",
        "confirmed_by": "g.confirmed_by",
        "end_reason": "g.end_reason",
        "proposed_by": "g.proposed_by",
        "proposer_person_id": "(select p.person_id from accounts p where p.id = g.proposed_by)",
    },
)

_SAME_RUNNING = """
select exists (
  select from grants where account_id = $1 and role = $2 and branch_id = $3
    and state in ('proposed', 'confirmed')
    and starts_on < coalesce($5::date, 'infinity') and $4::date < coalesce(ends_on, 'infinity'))
"""


class OwnGrant(Forbidden):
    code = "own_grant"
    sentence = "Nobody gives a role to themselves."


class BeyondCeiling(Forbidden):
    code = "beyond_ceiling"
    sentence = "Your roles do not let you give the role {role} at this unit."


class AccountDisabled(Conflict):
    code = "account_disabled"
    sentence = "The account is disabled: enable it first."


class GrantExists(Conflict):
    code = "grant_exists"
    sentence = "The account has this role at this unit in these days already, granted or proposed."


class GrantsQuery(PageQuery):
    """What a list of grants can be narrowed and sorted by."""

    account_id: UUID | None = None
    role: Role | None = None
    branch_id: UUID | None = None
    state: GrantState | None = None
    sort: Literal["created_at", "-created_at", "starts_on", "-starts_on"] = "-created_at"


async def list_grants(session: Session, actor: Actor, query: GrantsQuery) -> Body:
    """A page of the grants in the actor's reach, `branch_id` and below if named. Raises `CursorInvalid`."""
    where = Where()
    for name in ("account_id", "role", "state"):
        if (value := getattr(query, name)) is not None:
            where.add(f"g.{name} = {{}}", value)
    if query.branch_id is not None:
        where.add("b.path @> array[{}::uuid]", query.branch_id)
    await record_read(session, actor, "grants", purpose="list", branch_id=query.branch_id)
    async with session.as_role("rollbook_auth"):
        return await list_page(session, actor, GRANTS, where, query, sort=query.sort)


async def get_grant(session: Session, actor: Actor, grant_id: UUID) -> Answer:
    """A grant with what the actor may do to it. Raises `NotFound`. The read is logged."""
    async with session.as_role("rollbook_auth"):
        row = await _find(session, actor, grant_id)
        record = await _seen_by(session, actor, row)
    await record_read(session, actor, "grants", purpose="read", subject_id=grant_id, branch_id=row["branch_id"])
    return _answer(actor, row, record)


async def create_grant(session: Session, actor: Actor, data: GrantCreate) -> Answer:
    """Give a role to an account at a unit, from a day until, not including, another.

    A role that carries members' data or the trail stays proposed until a second person confirms it; another
    holds at once. Raises `NotFound` (unit, account), `Forbidden`, `BeyondCeiling`, `OwnGrant`,
    `AccountDisabled`, `GrantExists`, and `Invalid` for days that are past or turned round.
    """
    branch = await branches.find_branch(session, actor, data.branch_id)
    actor.must(Permission.grants_give, branch["path"])
    actor.must(Permission.grants_read, branch["path"])
    if not actor.may_give(data.role, branch["path"]):
        raise BeyondCeiling(role=data.role.value)
    starts_on = _check_days(data)
    grant = Grant(
        account_id=data.account_id,
        role=data.role,
        branch_id=data.branch_id,
        starts_on=starts_on,
        ends_on=data.ends_on,
        state=first_state(data.role),
        reason=data.reason,
        proposed_by=actor.account_id,
    )
    async with session.as_role("rollbook_auth"):
        await _check_holder(session, actor, grant)
        await session.insert(grant)
        row = await _find(session, actor, grant.id)
        record = await _seen_by(session, actor, row)
    given = {name: row[name] for name in ("account_id", "role", "branch_id", "starts_on", "ends_on", "state")}
    await _record(session, actor, f"grant.{grant.state}", row, changed_fields(Grant, given))
    return _answer(actor, row, record)


async def confirm_grant(session: Session, actor: Actor, grant_id: UUID) -> Answer:
    """Let a proposed grant take effect, as a second person: neither who proposed it nor who would hold it.

    The right to confirm at the unit or above is enough; the ceiling is the proposer's, and is looked at again
    now. Raises `NotFound`, `Forbidden`, `ActionNotAllowed`.
    """
    return await _change_state(session, actor, grant_id, "confirm", {"confirmed_by": actor.account_id})


async def refuse_grant(session: Session, actor: Actor, grant_id: UUID, data: GrantRefuse) -> Answer:
    """Turn a proposed grant down. Raises `NotFound`, `Forbidden`, `ActionNotAllowed`."""
    return await _change_state(session, actor, grant_id, "refuse", {"end_reason": data.reason})


async def end_grant(session: Session, actor: Actor, grant_id: UUID, data: GrantEnd) -> Answer:
    """End a grant, or withdraw a proposal: the power is gone at once, and today is the first day without it.

    No ceiling binds who takes away; but nobody ends their own, so that no organisation is left without
    whoever gives rights. Raises `NotFound`, `Forbidden`, `ActionNotAllowed`.
    """
    return await _change_state(session, actor, grant_id, "end", {"end_reason": data.reason})


async def _change_state(
    session: Session, actor: Actor, grant_id: UUID, action: str, values: Mapping[str, object]
) -> Answer:
    async with session.as_role("rollbook_auth"):
        await session.execute("select from grants where id = $1 for no key update", grant_id)
        row = await _find(session, actor, grant_id)
        actor.must(Permission(GRANT.permission(action)), row["path"])
        record = await _seen_by(session, actor, row)
        transition = GRANT.check(record, action, clock.today())
        changes = {**values, "state": transition.to}
        if transition.to == GrantState.ended:
            changes["ends_on"] = max(clock.today(), row["starts_on"])
        await session.update(Grant, grant_id, changes)
        after = await _find(session, actor, grant_id)
        seen = await _seen_by(session, actor, after)
    await _record(session, actor, transition.event, after, changed_fields(Grant, changes, row))
    return _answer(actor, after, seen)


def _check_days(data: GrantCreate) -> date:
    starts_on = data.starts_on or clock.today()
    if starts_on < clock.today():
        raise Invalid.at("/starts_on", "in_past", "A grant starts today or later.")
    if data.ends_on is not None and data.ends_on <= starts_on:
        raise Invalid.at(
            "/ends_on", "not_after_start", "The first day without the role comes after the first day with it."
        )
    return starts_on


async def _check_holder(session: Session, actor: Actor, grant: Grant) -> None:
    # Locked, so that two givers at once do not both find nothing running.
    holder = await session.fetchrow(
        "select id, person_id, state from accounts where id = $1 for no key update", grant.account_id
    )
    if holder is None:
        raise NotFound("account")
    if _is_self(actor, holder["id"], holder["person_id"]):
        raise OwnGrant
    if holder["state"] == AccountState.disabled:
        raise AccountDisabled
    if await session.fetchval(
        _SAME_RUNNING, grant.account_id, grant.role, grant.branch_id, grant.starts_on, grant.ends_on
    ):
        raise GrantExists


async def _seen_by(session: Session, actor: Actor, row: asyncpg.Record) -> dict[str, Any]:
    """The grant as the guards of its lifecycle look at it; see `grant_lifecycle`."""
    giver_may = False
    if row["state"] == GrantState.proposed:
        held = await roles_of(session, row["proposed_by"])
        gives = any(unit in row["path"] and Permission.grants_give in PERMISSIONS[role] for role, unit in held)
        giver_may = gives and within_ceiling(held, Role(row["role"]), row["path"])
    return {
        **dict(row),
        "by_holder": _is_self(actor, row["account_id"], row["person_id"]),
        "by_proposer": _is_self(actor, row["proposed_by"], row["proposer_person_id"]),
        "giver_may": giver_may,
    }


def _is_self(actor: Actor, account_id: UUID, person_id: UUID | None) -> bool:
    """Whether it is the actor: the same account, or another account of the same person."""
    return account_id == actor.account_id or (person_id is not None and person_id == actor.person_id)


async def _find(session: Session, actor: Actor, grant_id: UUID) -> asyncpg.Record:
    row = await fetch_one(session, actor, GRANTS, grant_id)
    if row is None:
        raise NotFound("grant")
    return row


async def _record(session: Session, actor: Actor, action: str, row: asyncpg.Record, fields: Mapping[str, Any]) -> None:
    await record_change(
        session,
        actor,
        action,
        resource="grants",
        subject_id=row["id"],
        branch_id=row["branch_id"],
        fields=fields,
    )


def _answer(actor: Actor, row: asyncpg.Record, record: Mapping[str, Any]) -> Answer:
    actions = GRANT.allowed_actions(record, lambda name: actor.can(Permission(name), row["path"]), clock.today())
    extra = {"allowed_actions": actions}
    return Answer(row["id"], row["version"], with_fields(row["json"], extra))
