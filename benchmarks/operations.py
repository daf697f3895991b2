"""What is measured: each operation as our request, and as the statements of a bare handler for the same answer."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import asyncpg

from app.core.actor import Actor
from app.core.ids import new_id
from app.core.permissions import Permission
from app.services.me import ACCOUNT
from app.services.member_records import IN_LISTS, MEMBERS
from app.services.members_search import SUGGESTED
from benchmarks.fill import Scope
from benchmarks.load import CONNECTIONS, Ask, Load, exchange, http, same

#: The page that is far down a list, counted in pages of fifty.
DEEP = 1000
FREQUENT, TYPED = "smith", "smi"


@dataclass
class Cell:
    """One operation in one scope."""

    name: str
    ours: Ask
    bare: Ask
    cpu: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: {"ours": [], "bare": []})
    load: dict[str, Load] = field(default_factory=dict)

    def best(self, who: str) -> tuple[float, float]:
        """CPU ms a request, server and PostgreSQL, of the round that was disturbed least."""
        return min(self.cpu[who], key=sum)

    @property
    def ratio(self) -> float:
        return sum(self.best("ours")) / sum(self.best("bare"))


@dataclass(frozen=True, slots=True)
class Step:
    """A statement of the bare handler. A value is given as [kind, text]; the kinds are `bare.value_of`'s."""

    sql: str
    values: tuple[tuple[str, str], ...] = ()


@dataclass
class Bench:
    """The operations of one scope, as they are collected."""

    connection: asyncpg.Connection
    port: int
    scope: Scope
    token: str
    cells: list[Cell] = field(default_factory=list)
    plan: dict[str, Any] = field(default_factory=dict)

    def add(self, operation: str, ours: bytes | Ask, *steps: Step) -> None:
        name = f"{operation}-{self.scope.name}"
        self.plan[name] = [{"sql": step.sql, "values": step.values} for step in steps]
        self.cells.append(Cell(name, same(ours) if isinstance(ours, bytes) else ours, _numbered(name)))

    def request(self, method: str, path: str, body: Any = None, **headers: str) -> bytes:
        content = b"" if body is None else json.dumps(body).encode()
        return http(method, path, token=self.token, body=content, headers=headers)

    async def collect(self) -> None:
        within = await self._within()
        ids = await self.connection.fetch(
            "select m.id, m.branch_id, p.family_name from members m join people p on p.id = m.person_id "
            f"where {within} order by m.sort_name limit 8"
        )
        member = ids[0]["id"]
        one = Step(_RECORD, (("uuid", str(member)),))
        self.add("read", self.request("GET", f"/v1/members/{member}"), one)
        self.add("list", self.request("GET", "/v1/members?limit=50"), _page(within))
        await self._deep(within)
        self.add(
            "count",
            self.request("GET", "/v1/members?limit=1&count=exact"),
            Step(f"select count(*)::text from (select from members m where {within} limit 10001) counted"),
            _page(within, limit=2),
        )
        rare = (await self._rare(within))[-7:]
        for kind, fragment in (("rare", rare), ("frequent", FREQUENT)):
            hits = (
                "with hits as materialized (select m.id, m.sort_name from members m "
                f"where m.search_name like '%{fragment}%' and {within}) "
                "select id from hits order by sort_name, id limit 51"
            )
            asked = self.request("POST", "/v1/members/search", {"name": fragment})
            self.add(f"search-{kind}", asked, _page(f"m.id = any (array({hits}))"))
        self.add("suggest", self.request("POST", "/v1/members/suggest", {"text": TYPED}), _suggest(within))
        self.add(
            "me",
            self.request("GET", "/v1/me"),
            Step(ACCOUNT, (("uuid", str(self.scope.token_subject)), ("date", _today()))),
            Step("select id::text, path from branches where id = $1", (("uuid", str(self.scope.unit)),)),
        )
        self._writes(ids)

    async def _within(self) -> str:
        """The filter that a bare handler would be given instead of a policy."""
        if self.scope.name == "national":
            return "true"
        if self.scope.name == "leaf":
            return f"m.branch_id = '{self.scope.unit}'"
        rows = await self.connection.fetch("select id from branches where path @> array[$1::uuid]", self.scope.unit)
        return f"m.branch_id = any('{{{','.join(str(row['id']) for row in rows)}}}'::uuid[])"

    async def _rare(self, within: str) -> str:
        """A family name that few share: one of those that were made with letters at random behind."""
        family = "select lower(p.family_name) from members m join people p on p.id = m.person_id"
        return str(await self.connection.fetchval(f"{family} where {within} and length(p.family_name) > 8 limit 1"))

    async def _deep(self, within: str) -> None:
        """The thousandth page, or the last full one, reached as a client does: by following cursors; none of a short list."""
        cursor, passed = "", 0
        while passed < (DEEP - 1) * 50:
            after = f"&cursor={cursor}" if cursor else ""
            page = json.loads(await exchange(self.port, self.request("GET", f"/v1/members?limit=50{after}")))
            if not page["has_more"]:
                break
            cursor, passed = page["next_cursor"], passed + 50
        if not passed:
            return
        place = await self.connection.fetchrow(
            f"select m.sort_name, m.id from members m where {within} order by m.sort_name, m.id offset $1 limit 1",
            passed - 1,
        )
        deeper = f"{within} and (m.sort_name, m.id) > ('{place['sort_name']}', '{place['id']}'::uuid)"
        self.add("list-deep", self.request("GET", f"/v1/members?limit=50&cursor={cursor}"), _page(deeper))

    def _writes(self, members: list[asyncpg.Record]) -> None:
        person = {"given_name": "Wyn", "family_name": "Measured", "email": "wyn@example.org", "postcode": "E8 1AA"}
        branch = str(members[0]["branch_id"])
        made = self.request("POST", "/v1/members", {**person, "branch_id": branch, "type": "full"})
        first, second = ("new", "person"), ("new", "member")
        trail = (("new", "audit"), ("new", "event"), ("uuid", branch), ("uuid", str(self.scope.token_subject)))
        self.add(
            "create",
            made,
            Step(_PERSON, (first, ("uuid", branch))),
            Step(_MEMBER, (second, first, ("uuid", branch))),
            Step(_TRAIL, (*trail, second, ("text", "member.created"))),
            Step(_RECORD, (second,)),
        )
        numbered = ("numbered", ",".join(str(row["id"]) for row in members))

        def patch(number: int, etag: str | None) -> bytes:
            path = f"/v1/members/{members[number % len(members)]['id']}"
            if etag is None:
                return self.request("GET", path)
            return self.request("PATCH", path, {"preferred_language": "cy"}, **{"If-Match": etag})

        self.add(
            "patch",
            patch,
            Step(_RECORD, (numbered,)),
            Step("update members set version = version + 1, updated_at = now() where id = $1", (numbered,)),
            Step(
                "update people set version = version + 1, updated_at = now(), preferred_language = 'cy' "
                "where id = (select person_id from members where id = $1)",
                (numbered,),
            ),
            Step(_TRAIL, (*trail, numbered, ("text", "member.updated"))),
            Step(_RECORD, (numbered,)),
        )


_PERSON = """
insert into people (id, created_at, updated_at, version, branch_ids, given_name, family_name, sort_name, search_name,
                    preferred_language, email, email_key, address_lines, postcode, country, objections)
values ($1, now(), now(), 1, array[$2::uuid], 'Wyn', 'Measured', 'measured wyn', 'wyn measured', 'en', 'wyn@example.org',
        'wyn@example.org', '{}', 'E8 1AA', 'GB', '{}')
"""
_MEMBER = """
insert into members (id, created_at, updated_at, version, person_id, branch_id, relationship, number, type, joined_on,
                     sort_name, search_name)
values ($1, now(), now(), 1, $2, $3, 'member', nextval('member_numbers')::text, 'full', current_date, 'measured wyn',
        'wyn measured')
"""
_TRAIL = """
with trail as (
  insert into audit_entries (id, created_at, transaction, action, resource, subject_id, branch_id, account_id, fields)
  values ($1, now(), pg_current_xact_id()::text::bigint, $6, 'members', $5, $3, $4, '{}')
)
insert into events (id, created_at, transaction, type, resource, subject_id, branch_id, data)
values ($2, now(), pg_current_xact_id()::text::bigint, $6, 'members', $5, $3, '{}')
"""


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def _anybody() -> Actor:
    unit = new_id()
    return Actor(new_id(), None, new_id(), new_id(), unit, {permission: frozenset({unit}) for permission in Permission})


def _dated(sql: str) -> str:
    """Without the day as a parameter, where nothing else is one."""
    return sql.replace("$1::date", f"'{_today()}'::date")


def _record(
    condition: str,
) -> str:
    source = f"{MEMBERS.source} {MEMBERS.join}"
    return _dated(f"select {MEMBERS.json(_anybody())} from {source} where {condition}").replace("$2", "$1")


def _page(within: str, limit: int = 51) -> Step:
    order = "m.sort_name, m.id"
    page = f"(select m.* from {MEMBERS.source} where {within} order by {order} limit {limit}) m {MEMBERS.join}"
    return Step(_dated(f"select {MEMBERS.json(_anybody(), IN_LISTS)} from {page} order by {order}"))


def _suggest(within: str) -> Step:
    order, typed = "m.sort_name, m.id", f"m.sort_name >= '{TYPED}' and m.sort_name < '{TYPED}\U0010ffff' and {within}"
    page = f"(select m.* from {SUGGESTED.source} where {typed} order by {order} limit 10) m {SUGGESTED.join}"
    return Step(_dated(f"select {SUGGESTED.json(_anybody())} from {page} order by {order}"))


_RECORD = _dated(f"select {MEMBERS.json(_anybody())} from {MEMBERS.source} {MEMBERS.join} where m.id = $2").replace(
    "$2", "$1"
)


def _numbered(name: str) -> Ask:
    asks = [http("GET", f"/{name}/{number}") for number in range(CONNECTIONS)]
    return lambda number, _etag: asks[number]
