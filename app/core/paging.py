"""Lists and reads, for every noun: rows as JSON built by PostgreSQL, keyset cursors, field rights.

The scope of a read is stated once, in the policy of its table. What is added here are the caller's filters, and the
branch itself when the scope is exactly one, which lets the planner walk that branch's own index.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Generic, Literal, Protocol, TypeVar
from uuid import UUID

import asyncpg
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_json

from app.core import clock
from app.core.actor import Actor
from app.core.crypto import DecryptionFailed
from app.core.db import Session
from app.core.errors import FieldError, Invalid
from app.core.permissions import Permission

T = TypeVar("T")
#: Past this an exact count says "at least" rather than count on.
COUNT_CAP = 10_000
CURSOR = "cursor"


class CursorInvalid(Invalid):
    status = 400
    code = "cursor_invalid"
    sentence = "This cursor is not one of ours, or belongs to another query: begin again without it."


class CountRead(BaseModel):
    value: Annotated[int, Field(ge=0, le=COUNT_CAP)]
    relation: Literal["eq", "gte"]


class Page(BaseModel, Generic[T]):
    """A page of a list. Pass `next_cursor` back as `cursor` for the next one; it is null on the last page."""

    data: Annotated[list[T], Field(max_length=200)]
    next_cursor: Annotated[str, Field(max_length=600)] | None
    has_more: bool
    count: CountRead | None = Field(default=None, description="Only with count=exact.")


class PageQuery(BaseModel):
    """The parameters that every list takes; a list's own query extends it. Unknown parameters are refused."""

    model_config = ConfigDict(extra="forbid")

    cursor: Annotated[str, Field(max_length=600)] | None = Field(
        default=None, description="`next_cursor` of the page before."
    )
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    count: Literal["exact"] | None = Field(default=None, description=f"Ask for the total, exact up to {COUNT_CAP}.")

    def fingerprint(self) -> str:
        """What the caller asked for, whatever the page: a cursor belongs to it."""
        asked = self.model_dump_json(exclude={"cursor", "limit", "count"}, exclude_defaults=True)
        return hashlib.sha256(f"{type(self).__name__}{asked}".encode()).hexdigest()[:16]


class Where:
    """Conditions and their values, numbered as they come. `$1` is always the day on which the question is asked."""

    def __init__(self, day: date | None = None) -> None:
        self.values: list[object] = [day or clock.today()]
        # Said in every statement, so that the day has its place whether or not a column speaks of it.
        self.conditions: list[str] = ["$1::date is not null"]

    def value(self, value: object) -> str:
        self.values.append(value)
        return f"${len(self.values)}"

    def add(self, condition: str, *values: object) -> None:
        """Add a condition; each `{}` in it becomes the place of the next value."""
        self.conditions.append(condition.format(*[self.value(value) for value in values]))

    @property
    def sql(self) -> str:
        return " and ".join(self.conditions)


@dataclass(frozen=True)
class Listing:
    """How one noun is read: its rows, the JSON of each, what it may be sorted by, and which fields need a right.

    `columns` maps a field to the SQL of its value; `guarded` maps a field to the permission without which it is left
    out; `facts` are further values that a lifecycle's guards look at; `sorts` maps a sort's name to (SQL, SQL type).
    """

    resource: str
    source: str
    columns: Mapping[str, str]
    sorts: Mapping[str, tuple[str, str]]
    key: str
    branch: str | None = None
    #: Joined to a page once it is found, where neither filters nor sorts look: the page then walks one table's index.
    join: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    guarded: Mapping[str, Permission] = field(default_factory=dict)

    def json(self, actor: Actor, only: frozenset[str] | None = None) -> str:
        """The SQL of one row's JSON, without the fields that this actor may not read.

        A right may be held in some of the branches that are seen and not in others: then each row says which it is.
        """
        needed = {permission for name, permission in self.guarded.items() if only is None or name in only}
        held = frozenset(permission for permission in needed if actor.holds(permission))
        full = self._object(only, held)
        read = actor.reach.get(Permission(f"{self.resource}:read"), frozenset()) if held else frozenset()
        part = {permission for permission in held if not read <= actor.reach[permission]}
        if not part or self.branch is None:
            return full
        units = frozenset.intersection(*(actor.reach[permission] for permission in part))
        roots = ", ".join(f"'{unit}'" for unit in sorted(units))
        within = f"(select path from branches where id = {self.branch}) && array[{roots}]::uuid[]"
        return f"case when {within} then {full} else {self._object(only, held - part)} end"

    def _object(self, only: frozenset[str] | None, held: frozenset[Permission]) -> str:
        made = self._objects.get((only, held))
        if made is None:
            names = [n for n in self.columns if only is None or n in only]
            shown = [f"'{n}', {self.columns[n]}" for n in names if n not in self.guarded or self.guarded[n] in held]
            made = self._objects[only, held] = f"json_build_object({', '.join(shown)})::text"
        return made

    @cached_property
    def _objects(self) -> dict[tuple[frozenset[str] | None, frozenset[Permission]], str]:
        return {}

    @cached_property
    def facts_sql(self) -> str:
        return "".join(f", {sql} as {name}" for name, sql in self.facts.items())

    def page(self, where: Where, order: str, limit: int) -> str:
        """A page from FROM on: its rows are found first, and only then is anything joined to them.

        A join under two policies flips to plans a hundred times dearer; so does a limit that the planner cannot see.
        """
        found = f"{self.source} where {where.sql} order by {order} limit {limit:d}"
        if not self.join:
            return found
        alias = self.key.partition(".")[0]
        return f"(select {alias}.* from {found}) {alias} {self.join} order by {order}"

    def narrow(self, actor: Actor, where: Where) -> None:
        """State the branch when the scope is exactly one unit without units below it."""
        only = actor.only_branch(self.resource)
        if only is not None and self.branch is not None:
            where.add(f"{self.branch} = {{}}", only)


@dataclass(frozen=True)
class Body:
    """JSON ready to leave, and where the next page begins."""

    content: bytes
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One record, ready to leave."""

    id: UUID
    version: int
    body: bytes


Decorate = Callable[[asyncpg.Record], Mapping[str, Any]]
Place = tuple[str, UUID]


class Finder(Protocol):
    """Finds the ids of a page by other means than conditions: where a policy would keep an index from being used."""

    page_sql: str  # gives ids for what `page` makes: the first `most` after a place, by the `sort`, then by id
    count_sql: str  # gives their number for what `total` makes, no higher than `most`

    def page(self, sort: str, *, descending: bool, after: Place | None, most: int) -> object: ...

    def total(self, most: int) -> object: ...


#: Looks up, for a whole page at once, what its rows are decorated with.
Prepare = Callable[[list[asyncpg.Record]], Awaitable[Decorate]]


async def fetch_one(
    session: Session, actor: Actor, listing: Listing, row_id: UUID, *, day: date | None = None
) -> asyncpg.Record | None:
    """One row as of a day: its JSON as `json`, its `version`, the listing's facts. None when absent or out of sight."""
    one = Where(day)
    one.add(f"{listing.key} = {{}}", row_id)
    row = f"select {listing.json(actor)} as json{listing.facts_sql}"
    return await session.fetchrow(f"{row} from {listing.source} {listing.join} where {one.sql}", *one.values)


def with_fields(row_json: str, extra: Mapping[str, Any]) -> bytes:
    """A row's JSON with further fields spliced in at its end."""
    if not extra:
        return row_json.encode()
    return f"{row_json[:-1]}, ".encode() + to_json(extra)[1:]


async def list_page(
    session: Session,
    actor: Actor,
    listing: Listing,
    where: Where,
    query: PageQuery,
    *,
    sort: str,
    only: frozenset[str] | None = None,
    decorate: Decorate | None = None,
    prepare: Prepare | None = None,
    finder: Finder | None = None,
) -> Body:
    """A page of a list in the order of `sort` (a name from the listing, `-` before it for descending), then of id.

    With a `finder` the page is what it finds, as far as the policies show it. Raises `CursorInvalid` for a cursor that
    is forged, of another query or of another account.
    """
    descending, name = sort.startswith("-"), sort.removeprefix("-")
    if name not in listing.sorts:
        raise Invalid.at("#query/sort", "unknown_sort", f"Sort by one of: {', '.join(listing.sorts)}.")
    if (needed := listing.guarded.get(name)) is not None:
        actor.must_hold(needed)
    if len(where.conditions) > 1:
        await session.plan_for_values()
    listing.narrow(actor, where)
    total = await _count(session, listing, where, finder) if query.count else None
    value, kind = listing.sorts[name]
    seal = f"{CURSOR}:{actor.account_id}:{listing.resource}:{sort}:{query.fingerprint()}"
    after = _open_cursor(session, seal, query.cursor) if query.cursor is not None else None
    if finder is not None:
        asked = finder.page(name, descending=descending, after=after, most=query.limit + 1)
        where.add(f"{listing.key} = any (array({finder.page_sql}))", asked)
    if after is not None:
        comparison = "<" if descending else ">"
        where.add(f"({value}, {listing.key}) {comparison} ({{}}::text::{kind}, {{}}::uuid)", *after)
    order = f"{value}{' desc' if descending else ''}, {listing.key}{' desc' if descending else ''}"
    facts = listing.facts_sql if decorate or prepare else ""
    rows = await session.fetch(
        f"select {listing.json(actor, only)} as json, ({value})::text as sort_value, {listing.key} as sort_id{facts} "
        f"from {listing.page(where, order, query.limit + 1)}",
        *where.values,
    )
    if prepare is not None:
        decorate = await prepare(rows)
    return _assemble(session, rows, query, seal, total, decorate)


def _assemble(
    session: Session,
    rows: list[asyncpg.Record],
    query: PageQuery,
    seal: str,
    total: dict[str, Any] | None,
    decorate: Decorate | None,
) -> Body:
    shown = rows[: query.limit]
    cursor = None
    if len(rows) > query.limit:
        last = [shown[-1]["sort_value"], str(shown[-1]["sort_id"])]
        cursor = session.keys.seal_token(seal, json.dumps(last).encode())
    items = (
        [with_fields(row["json"], decorate(row)).decode() for row in shown] if decorate else [r["json"] for r in shown]
    )
    tail: dict[str, Any] = {"next_cursor": cursor, "has_more": cursor is not None}
    if total is not None:
        tail["count"] = total
    return Body(f'{{"data": [{", ".join(items)}], {json.dumps(tail)[1:]}'.encode(), cursor)


async def _count(session: Session, listing: Listing, where: Where, finder: Finder | None) -> dict[str, Any]:
    if finder is not None:
        found = await session.fetchval(finder.count_sql.format("$1"), finder.total(COUNT_CAP + 1))
    else:
        counted = f"select from {listing.source} where {where.sql} limit {COUNT_CAP + 1}"
        found = await session.fetchval(f"select count(*) from ({counted}) counted", *where.values)
    return {"value": min(found, COUNT_CAP), "relation": "gte" if found > COUNT_CAP else "eq"}


def _open_cursor(session: Session, seal: str, cursor: str) -> Place:
    try:
        value, row_id = json.loads(session.keys.open_token(seal, cursor))
        return value, UUID(row_id)
    except DecryptionFailed:
        raise CursorInvalid(
            errors=(FieldError("#query/cursor", "cursor_invalid", "Leave it out to begin again."),)
        ) from None
