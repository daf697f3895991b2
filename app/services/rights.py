"""Who may do what, now: an account's grants and offices, cut to what its client may do."""

import hashlib
from collections import OrderedDict, defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import asyncpg

from app.core import clock
from app.core.actor import Actor
from app.core.db import Database, Session
from app.core.permissions import GRANTS, Permission, Role
from app.core.tokens import Claims
from app.models.accounts import AccountState

#: How many tokens a process remembers; the oldest goes first.
REMEMBERED = 10_000
#: Who asks for the demo's clock, in the order of asking; and who of them was the last that it was set for.
_turns, _followed = count(1), 0

_STANDING = (
    "standing_on(m.decided_standing, m.decided_from, m.decided_until, m.restricted, m.paid_until, m.lapses_on, $2)"
)
#: A role is held by a confirmed grant within its dates, unless its holder is a member suspended or expelled; or
#: through a confirmed office term within its dates by somebody whose membership stands and who is not suspended from
#: office. A person without a membership (staff, a partner's leader) is not held to one.
_LIVE = f"""(
  select g.account_id, g.role, g.branch_id, null::uuid as office_type_id from grants g
  where g.state = 'confirmed' and g.starts_on <= $2 and (g.ends_on is null or $2 < g.ends_on)
    and not exists (
      select from accounts a join members m on m.person_id = a.person_id
      where a.id = g.account_id and {_STANDING} in ('suspended', 'expelled'))
  union all
  select a.id, o.role, t.branch_id, o.id from office_terms t
  join office_types o on o.id = t.office_type_id
  join accounts a on a.person_id = t.person_id
  where t.state = 'confirmed' and o.role is not null
    and t.starts_on <= $2 and (t.ends_on is null or $2 < t.ends_on)
    and not exists (
      select from members m where m.person_id = t.person_id and (
        m.relationship = 'supporter' or {_STANDING} not in ('current', 'arrears')))
    and not exists (
      select from member_restrictions r where r.person_id = t.person_id and r.kind = 'suspended_from_office'
      and r.starts_on <= $2 and (r.ends_on is null or $2 < r.ends_on))
) live"""
HELD_ROLES = f"""
select live.role, live.branch_id, not exists (select from branches c where c.parent_id = live.branch_id) as leaf
from {_LIVE} where live.account_id = $1
"""
#: Whoever holds a role at one of these units today, by which office or by a grant, and what they are called.
_HOLDERS = f"""
select distinct live.role, live.office_type_id, live.branch_id, a.id as account_id, a.name as account_name,
  o.name as office, o.name_cy as office_cy, b.name as branch_name, b.name_cy as branch_name_cy,
  cardinality(b.path) as depth
from {_LIVE} join accounts a on a.id = live.account_id and a.state = 'active'
join branches b on b.id = live.branch_id left join office_types o on o.id = live.office_type_id
where live.branch_id = any ($1) order by depth desc, account_name, account_id
"""

_WHO = """
select a.id, a.person_id, c.id as client_id, c.scopes, c.kind,
  (select id from branches where parent_id is null) as organisation_id
"""
_IN_GOOD_STANDING = "a.state = 'active' and c.revoked_at is null"

SIGNED_IN = f"""{_WHO}
from sign_ins s join accounts a on a.id = s.account_id join clients c on c.id = s.client_id
where s.id = $1 and s.account_id = $2 and s.ended_at is null and s.expires_at > $3 and {_IN_GOOD_STANDING}
"""
AT_WORK = f"{_WHO} from accounts a, clients c where a.id = $1 and c.id = $2 and {_IN_GOOD_STANDING}"


async def actor_of(database: Database, claims: Claims) -> Actor | None:
    """The actor of a verified token; None when the sign-in, the account or the client is no longer good."""
    return await actor_signed_in(database, claims.sub, claims.sid)


async def actor_signed_in(database: Database, account_id: UUID, sign_in_id: UUID) -> Actor | None:
    """An account's actor through a sign-in; None when that, the account or the client is no longer good."""
    async with database.transaction(role="rollbook_auth") as session:
        found = await session.fetchrow(SIGNED_IN, sign_in_id, account_id, datetime.now(UTC))
        return await _actor(session, found, sign_in_id)


async def actor_at_work(database: Database, account_id: UUID, client_id: UUID, sign_in_id: UUID) -> Actor | None:
    """Who asked for a job, with the rights of this moment; None when the account or the client is no longer good.

    Signing out does not stop what was asked for: `sign_in_id` only says from where that was.
    """
    async with database.transaction(role="rollbook_auth") as session:
        found = await session.fetchrow(AT_WORK, account_id, client_id)
        return await _actor(session, found, sign_in_id)


async def _actor(session: Session, found: Mapping[str, Any] | None, sign_in_id: UUID) -> Actor | None:
    if found is None or found["organisation_id"] is None:
        return None
    held = await session.fetch(HELD_ROLES, found["id"], clock.today())
    scopes = frozenset(p for p in Permission if found["kind"] == "first_party" or p in found["scopes"])
    roles = _pairs(held)
    return Actor(
        account_id=found["id"],
        person_id=found["person_id"],
        client_id=found["client_id"],
        sign_in_id=sign_in_id,
        organisation_id=found["organisation_id"],
        reach=_reach(roles, scopes),
        roles=roles,
        leaves=frozenset(row["branch_id"] for row in held if row["leaf"]),
        scopes=scopes,
    )


async def roles_of(session: Session, account_id: UUID) -> frozenset[tuple[Role, UUID]]:
    """The (role, unit) pairs that an account holds today; none when it is not active.

    Needs the role `rollbook_auth`.
    """
    if await session.fetchval("select state from accounts where id = $1", account_id) != AccountState.active:
        return frozenset()
    return _pairs(await session.fetch(HELD_ROLES, account_id, clock.today()))


async def holders_at(session: Session, unit_ids: Iterable[UUID]) -> list[asyncpg.Record]:
    """Who holds which role at one of these units today, the lowest unit first. Needs the role `rollbook_auth`."""
    return await session.fetch(_HOLDERS, list(unit_ids), clock.today())


async def holders_of(session: Session, permission: Permission, unit_id: UUID) -> list[UUID]:
    """The accounts that hold a permission at exactly this unit today. Needs the role `rollbook_auth`."""
    held = await holders_at(session, [unit_id])
    return sorted({row["account_id"] for row in held if permission in GRANTS[Role(row["role"])]})


def _pairs(held: Iterable[Mapping[str, Any]]) -> frozenset[tuple[Role, UUID]]:
    return frozenset((Role(row["role"]), row["branch_id"]) for row in held)


def _reach(roles: frozenset[tuple[Role, UUID]], scopes: frozenset[Permission]) -> dict[Permission, frozenset[UUID]]:
    units: defaultdict[Permission, set[UUID]] = defaultdict(set)
    for role, branch_id in roles:
        for permission in GRANTS[role] & scopes:
            units[permission].add(branch_id)
    return {permission: frozenset(ids) for permission, ids in units.items()}


@dataclass(frozen=True, slots=True)
class _Known:
    """An actor, when its token ends, and the day for which its rights were worked out."""

    actor: Actor
    token_ends: datetime
    day_starts: datetime
    day_ends: datetime


class RightsCache:
    """What this process knows of who may do what. Forgotten whole at any change of rights, and at midnight.

    `is_fresh` says whether changes are being heard; while they are not, nothing is remembered.
    """

    def __init__(self, is_fresh: Callable[[], bool]) -> None:
        self._is_fresh = is_fresh
        self._known: OrderedDict[bytes, _Known] = OrderedDict()
        self._generation = 0

    def forget(self) -> None:
        self._generation += 1
        self._known.clear()

    async def get(self, token: str, work_out: Callable[[], Awaitable[tuple[Actor, datetime] | None]]) -> Actor | None:
        """The actor of a token, worked out once; `work_out` gives the actor and when the token ends."""
        key = hashlib.sha256(token.encode()).digest()
        known = self._known.get(key)
        # Both ends of the day count: the demo's clock can be set back as well as on.
        if (
            known is not None
            and self._is_fresh()
            and datetime.now(UTC) < known.token_ends
            and known.day_starts <= clock.now() < known.day_ends
        ):
            return known.actor
        # The day is fixed before the work begins: rights worked out across midnight belong to the day that
        # has ended.
        generation, day = self._generation, clock.today()
        found = await work_out()
        if found is None:
            self._known.pop(key, None)
            return None
        actor, token_ends = found
        # A change heard while this was worked out may not be in it: then it is used once and not kept.
        if generation == self._generation and self._is_fresh():
            starts, ends = clock.day_starts(day), clock.day_starts(day + timedelta(days=1))
            self._known[key] = _Known(actor, token_ends, starts, ends)
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return actor


async def follow_clock(database: Database) -> None:
    """Take over the demo's clock as it is set in the database.

    Of two who ask at once the first may be the slower one, and would put back what the second has found.
    """
    global _followed  # noqa: PLW0603  (a process has one clock)
    turn = next(_turns)
    async with database.transaction(role="rollbook_system") as session:
        seconds = await session.fetchval("select offset_seconds from demo_clock")
    if turn > _followed:
        _followed = turn
        clock.set_offset(timedelta(seconds=seconds or 0))
