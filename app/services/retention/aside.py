"""Taking somebody's data away so that it can be put back exactly, and putting it back.

What goes is what an erasure would take, table by table. It is put aside sealed under the person's own key, so that an
erasure takes it too. Nothing is final here: keys, files and copies stay until the holding is over.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy.dialects import postgresql
from sqlmodel import SQLModel

from app.core import clock
from app.core.db import Session
from app.services.changes import record_change
from app.services.erasures import DROPPED, GIVEN, ROLE, Emptying, plan

#: The rows of each table, as they stand.
Aside = dict[str, list[dict[str, Any]]]

#: Holds what was put aside, and is not itself put aside.
_OWN = "retention_items"
_ABOUT = """
select array(select id from members where person_id = $1 order by id) as members,
  (select branch_id from members where person_id = $1 order by id limit 1) as branch,
  array(select id from accounts where person_id = $1) as accounts
"""
_TAKEN_MEANWHILE = "select exists (select from accounts where email_key = $1 and id <> $2)"


@dataclass(frozen=True, slots=True)
class _Who:
    person_id: UUID
    members: list[UUID]
    accounts: list[UUID]
    branch_id: UUID | None


async def take_away(session: Session, person_id: UUID) -> Aside:
    """Empty whatever says who somebody is, and return what stood there. What forbids it has been asked."""
    who = await _who(session, person_id)
    async with session.as_role(ROLE):
        rows = await session.fetch(_standing(), who.person_id, who.members, who.accounts, None)
        for emptying in _emptyings():
            await session.execute(f"{GIVEN} {emptying.sql}", who.person_id, who.members, who.accounts, clock.now())
    await _note(session, who, "person.minimised")
    return {row["name"]: row["rows"] for row in rows if row["rows"]}


async def put_back(session: Session, person_id: UUID, aside: Mapping[str, list[dict[str, Any]]]) -> None:
    """Give every column the value that was taken from it, unless it has had another since."""
    who = await _who(session, person_id)
    async with session.as_role(ROLE):
        for emptying in _emptyings():
            rows = aside.get(emptying.table, [])
            if emptying.table == "accounts":
                rows = [await _without_what_is_taken(session, row) for row in rows]
            if emptying.table in DROPPED:
                await session.execute(_bring_again(emptying), rows)
            else:
                await session.execute(_restoring()[emptying.table], rows, clock.now())
    await _note(session, who, "person.restored")


async def _who(session: Session, person_id: UUID) -> _Who:
    async with session.as_role(ROLE):
        row = await session.fetchrow(_ABOUT, person_id)
    assert row is not None, "a query without a condition gives a row"
    return _Who(person_id, row["members"], row["accounts"], row["branch"])


async def _note(session: Session, who: _Who, what: str) -> None:
    async with session.as_role(ROLE):
        await record_change(
            session,
            None,
            what,
            resource="members",
            subject_id=who.members[0] if who.members else who.person_id,
            branch_id=who.branch_id,
            fields={"person_id": str(who.person_id)},
        )


async def _without_what_is_taken(session: Session, row: dict[str, Any]) -> dict[str, Any]:
    """An address under which somebody else signs in by now stays theirs, and the account disabled."""
    if not await session.fetchval(_TAKEN_MEANWHILE, row["email_key"], UUID(row["id"])):
        return row
    return {name: value for name, value in row.items() if name not in {"email", "email_key", "state"}}


@cache
def _emptyings() -> tuple[Emptying, ...]:
    return tuple(emptying for emptying in plan() if emptying.table != _OWN)


@cache
def _standing() -> str:
    """All of somebody's rows that will be emptied, as JSON by table: of what goes whole all, else what is emptied."""
    each = []
    for emptying in _emptyings():
        columns = ", ".join([*_keys(emptying), *_columns(emptying)])
        each.append(
            f"select '{emptying.table}' as name, (select jsonb_agg(to_jsonb(held)) from "
            f"(select {columns} from {emptying.table} where {emptying.rows}) held) as rows"
        )
    return f"{GIVEN} {' union all '.join(each)}"


@cache
def _restoring() -> Mapping[str, str]:
    return {emptying.table: _restore(emptying) for emptying in _emptyings() if emptying.table not in DROPPED}


def _restore(emptying: Emptying) -> str:
    """$1 the rows as they were, $2 the instant. A column that no longer holds what emptying it left stays as it is."""
    table = SQLModel.metadata.tables[emptying.table]
    back = ", ".join(
        f"{name} = case when old.row ? '{name}' and t.{name} is not distinct from {left} "
        f"then (old.was).{name} else t.{name} end"
        for name, left in _left_behind(emptying).items()
    )
    counted = ", version = t.version + 1, updated_at = given.at" if "version" in table.columns else ""
    same = " and ".join(f"t.{name} = (old.was).{name}" for name in _keys(emptying))
    return (
        f"with given as (select $2::timestamptz as at), old as (select row, "
        f"jsonb_populate_record(null::{table.name}, row) as was from jsonb_array_elements($1::jsonb) row) "
        f"update {table.name} t set {back}{counted} from given, old where {same}"
    )


def _left_behind(emptying: Emptying) -> dict[str, str]:
    """What emptying left in each column: its words may name others, which are those of the row that was put aside."""
    table, speech = SQLModel.metadata.tables[emptying.table], postgresql.dialect()  # type: ignore[no-untyped-call]
    kinds = {name: table.columns[name].type.compile(dialect=speech) for name in _columns(emptying)}
    return {
        name: f"(select ({emptying.written[name]})::{kind} from (select (old.was).*) was)"
        for name, kind in kinds.items()
    }


def _bring_again(emptying: Emptying) -> str:
    table = emptying.table
    return (
        f"insert into {table} select * from jsonb_populate_recordset(null::{table}, $1::jsonb) on conflict do nothing"
    )


def _columns(emptying: Emptying) -> list[str]:
    """What is put aside of a table beside its key."""
    went = emptying.columns if emptying.table in DROPPED else emptying.written.keys()
    return sorted(went - set(_keys(emptying)))


def _keys(emptying: Emptying) -> list[str]:
    return [column.name for column in SQLModel.metadata.tables[emptying.table].primary_key.columns]
