"""Branches: the tree of units, what each covers, and where a new member belongs."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal
from uuid import UUID

import asyncpg
from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, NotFound, PreconditionFailed
from app.core.ids import new_id
from app.core.paging import Answer, Body, Listing, PageQuery, Where, fetch_one, list_page, with_fields
from app.core.permissions import Permission
from app.core.postcodes import district
from app.core.text import ShortText, fold
from app.models.branches import (
    TAKES_NOBODY,
    Branch,
    BranchCreate,
    BranchPropose,
    BranchRead,
    BranchStatus,
    BranchUpdate,
    District,
    GssCode,
    UnitKind,
)
from app.services.branch_lifecycle import UNIT
from app.services.changes import changed_fields, record_change

#: Which kinds of unit may stand directly below which.
BELOW: Mapping[UnitKind, frozenset[UnitKind]] = {
    UnitKind.party: frozenset({UnitKind.nation, UnitKind.region, UnitKind.local_party}),
    UnitKind.nation: frozenset({UnitKind.region, UnitKind.local_party}),
    UnitKind.region: frozenset({UnitKind.region, UnitKind.local_party}),
    UnitKind.local_party: frozenset({UnitKind.branch}),
    UnitKind.branch: frozenset(),
    UnitKind.alliance: frozenset({UnitKind.chapter, UnitKind.institution}),
    UnitKind.chapter: frozenset({UnitKind.chapter, UnitKind.cluster, UnitKind.institution}),
    UnitKind.cluster: frozenset({UnitKind.institution}),
    UnitKind.institution: frozenset(),
}
#: Units from the root to the deepest, both counted.
MAX_DEPTH = 12
#: The key of the advisory lock under which the tree changes shape.
_TREE_LOCK = 7_332_001

BRANCHES = Listing(
    resource="branches",
    source="branches b",
    key="b.id",
    columns={
        "id": "b.id",
        "parent_id": "b.parent_id",
        "path": "b.path",
        "kind": "b.kind",
        "status": "b.status",
        "status_reason": "b.status_reason",
        "name": "b.name",
        "name_cy": "b.name_cy",
        "gss_code": "b.gss_code",
        "local_authorities": "b.local_authorities",
        "postcode_districts": "b.postcode_districts",
        "version": "b.version",
        "created_at": "utc(b.created_at)",
        "updated_at": "utc(b.updated_at)",
    },
    sorts={"name": ("b.name", "text"), "created_at": ("b.created_at", "timestamptz")},
    facts={
        "id": "b.id",
        "version": "b.version",
        "parent_id": "b.parent_id",
        "path": "b.path",
        "status": "b.status",
        "kind": "b.kind",
    },
    guarded={"status_reason": Permission.branches_manage},
)
#: One unit, with what the guards of its lifecycle look at.
_DETAIL = replace(BRANCHES, facts={**BRANCHES.facts, "ties": "branch_ties(b.id, $1::date)"})
IN_LISTS = frozenset(BranchRead.model_fields)

#: The open units that cover a district ($1) or a local authority ($2): the deepest first, then by name.
_COVERING = """
from branches b where (b.postcode_districts @> array[$1::text] or b.local_authorities @> array[$2::text])
  and b.status in ('forming', 'recognised')
order by cardinality(b.path) desc, b.name, b.id
"""


class BranchClosed(Conflict):
    code = "branch_closed"
    sentence = "The branch is {status}; it takes no members."


class BranchNotOpen(Conflict):
    code = "branch_not_open"
    sentence = "The unit above is {status}; nothing can be put below it."


class KindNotBelow(Conflict):
    """See `BELOW`."""

    code = "kind_not_below"
    sentence = "A unit of the kind {kind} cannot stand directly below one of the kind {parent_kind}."


class TreeTooDeep(Conflict):
    code = "tree_too_deep"
    sentence = "The tree can be {limit} units deep."


class BranchesQuery(PageQuery):
    """What a list of units can be narrowed and sorted by."""

    parent_id: UUID | None = Field(default=None, description="Directly below this unit.")
    within: UUID | None = Field(default=None, description="This unit and everything below it.")
    kind: UnitKind | None = None
    status: BranchStatus | None = None
    local_authority: GssCode | None = Field(default=None, description="Covers this local authority.")
    postcode_district: District | None = Field(default=None, description="Covers this outward code.")
    q: ShortText | None = Field(default=None, description="Part of either name, whatever the case and accents.")
    sort: Literal["name", "-name", "created_at", "-created_at"] = "name"


class ChildrenQuery(PageQuery):
    sort: Literal["name", "-name", "created_at", "-created_at"] = "name"


async def list_branches(session: Session, actor: Actor, query: BranchesQuery) -> Body:
    """A page of units. The tree speaks of nobody: all of it is for whoever is signed in.

    Raises `CursorInvalid`.
    """
    where = Where()
    for name in ("parent_id", "kind", "status"):
        if (value := getattr(query, name)) is not None:
            where.add(f"b.{name} = {{}}", value)
    if query.within is not None:
        where.add("b.path @> array[{}::uuid]", query.within)
    if query.local_authority is not None:
        where.add("b.local_authorities @> array[{}::text]", query.local_authority)
    if query.postcode_district is not None:
        where.add("b.postcode_districts @> array[{}::text]", query.postcode_district)
    if query.q is not None:
        part = where.value(fold(query.q))
        names = (f"position({part} in {_folded(name)}) > 0" for name in ("b.name", "coalesce(b.name_cy, '')"))
        where.conditions.append(f"{part} <> '' and ({' or '.join(names)})")
    return await list_page(session, actor, BRANCHES, where, query, sort=query.sort, only=IN_LISTS)


async def list_children(session: Session, actor: Actor, branch_id: UUID, query: ChildrenQuery) -> Body:
    """A page of the units directly below one. Raises `NotFound`, `CursorInvalid`."""
    await find_branch(session, actor, branch_id)
    asked = BranchesQuery(parent_id=branch_id, **query.model_dump())
    return await list_branches(session, actor, asked)


def must_take_members(status: str) -> None:
    """Raises `BranchClosed` for the status of a unit that takes nobody in."""
    if status in TAKES_NOBODY:
        raise BranchClosed(status=status)


async def find_branch(session: Session, actor: Actor, branch_id: UUID) -> asyncpg.Record:
    """A unit's row. Raises `NotFound`. The tree is open to whoever is signed in: it speaks of nobody."""
    row = await fetch_one(session, actor, BRANCHES, branch_id)
    if row is None:
        raise NotFound("branch")
    return row


async def find_with_ties(session: Session, actor: Actor, branch_id: UUID) -> asyncpg.Record:
    """A unit's row with what still ties people to it. Raises `NotFound`."""
    row = await fetch_one(session, actor, _DETAIL, branch_id)
    if row is None:
        raise NotFound("branch")
    return row


async def get_branch(session: Session, actor: Actor, branch_id: UUID) -> Answer:
    """A unit with what the actor may do to it. Raises `NotFound`."""
    row = await find_with_ties(session, actor, branch_id)
    may = lambda name: actor.can(Permission(name), row["path"][:-1])  # noqa: E731
    actions = UNIT.allowed_actions(row, may, clock.today())
    extra = {"allowed_actions": actions}
    return Answer(row["id"], row["version"], with_fields(row["json"], extra))


async def create_branch(session: Session, actor: Actor, data: BranchCreate) -> Answer:
    """Put a forming unit below another.

    Raises `NotFound` for the unit above, `Forbidden`, `BranchNotOpen`, `KindNotBelow`, `TreeTooDeep`.
    """
    await lock_tree(session)
    parent = await find_branch(session, actor, data.parent_id)
    actor.must(Permission.branches_manage, parent["path"])
    check_place(parent, data.kind)
    branch_id = new_id()
    columns = _columns(data.model_dump())
    await session.insert(Branch(id=branch_id, path=[*parent["path"], branch_id], **columns))
    await record_change(
        session,
        actor,
        "branch.created",
        resource="branches",
        subject_id=branch_id,
        branch_id=branch_id,
        fields=changed_fields(Branch, columns),
    )
    return await get_branch(session, actor, branch_id)


async def update_branch(session: Session, actor: Actor, branch_id: UUID, data: BranchUpdate, *, version: int) -> Answer:
    """Correct a unit's names and coverage.

    Raises `NotFound`, `Forbidden`, `PreconditionFailed` with the current record.
    """
    row = await find_branch(session, actor, branch_id)
    actor.must(Permission.branches_manage, row["path"])
    if row["version"] != version:
        raise PreconditionFailed((await get_branch(session, actor, branch_id)).body)
    before = await session.fetchrow("select * from branches where id = $1 for no key update", branch_id)
    changes = _columns(data.changes())
    await session.update(Branch, branch_id, changes, version=version)
    await record_change(
        session,
        actor,
        "branch.updated",
        resource="branches",
        subject_id=branch_id,
        branch_id=branch_id,
        fields=changed_fields(Branch, changes, before),
    )
    return await get_branch(session, actor, branch_id)


async def lock_tree(session: Session) -> None:
    """Hold the tree's shape until the transaction ends: two moves at once could otherwise close a circle."""
    await session.execute("select pg_advisory_xact_lock($1)", _TREE_LOCK)


def check_place(parent: Mapping[str, Any], kind: str, *, height: int = 1) -> None:
    """Whether a unit, with `height` units from itself down, can stand below another.

    Raises `BranchNotOpen`, `KindNotBelow`, `TreeTooDeep`.
    """
    if parent["status"] not in (BranchStatus.forming, BranchStatus.recognised):
        raise BranchNotOpen(status=parent["status"])
    if kind not in BELOW[UnitKind(parent["kind"])]:
        raise KindNotBelow(kind=kind, parent_kind=parent["kind"])
    if len(parent["path"]) + height > MAX_DEPTH:
        raise TreeTooDeep(limit=MAX_DEPTH)


async def propose_branch(session: Session, _actor: Actor, postcode_district: str) -> UUID | None:
    """The unit that covers a postcode district: the deepest open one, of several the first by name."""
    found: UUID | None = await session.fetchval(f"select b.id {_COVERING} limit 1", postcode_district, None)
    return found


async def propose(session: Session, actor: Actor, data: BranchPropose) -> bytes:
    """The unit that a person living somewhere belongs to, and up to 20 others that cover the place, as JSON.

    A unit covers a place by its postcode district or by its local authority. The deepest comes first, because
    it is the nearest to the person; of equally deep ones the first by name.
    """
    rows = await session.fetch(
        f"select {BRANCHES.json(actor, IN_LISTS)} as json {_COVERING} limit 21",
        district(data.postcode),
        data.local_authority,
    )
    found = [row["json"] for row in rows]
    return f'{{"branch": {found[0] if found else "null"}, "alternatives": [{", ".join(found[1:])}]}}'.encode()


def _columns(given: dict[str, Any]) -> dict[str, Any]:
    """Coverage is a set: kept sorted, each code once."""
    sets = ("local_authorities", "postcode_districts")
    return {name: sorted(set(value)) if name in sets else value for name, value in given.items()}


def _folded(name: str) -> str:
    """The SQL of a name without case, accents and punctuation, as `app.core.text.fold` does it."""
    bare = rf"regexp_replace(normalize(lower({name}), NFD), '[\u0300-\u036f''’]', '', 'g')"
    return f"regexp_replace({bare}, '[^[:alnum:]]+', ' ', 'g')"
