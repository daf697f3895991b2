"""Erasing a person: everything that says who they are or how to reach them goes, a tombstone stays.

What goes is read from the privacy classes of the columns, in every table that has a row about the person: by a foreign
key to `people` or `members` or a column of that name, or by hanging from the person's account. So a table that comes
later is emptied too. What stays is listed here: ids, and the dates and states by which the organisation counts. Sealed
fields and files go with their keys, in every back-up too; the trail keeps ids and the names of fields.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Column, LargeBinary, Table, Text
from sqlmodel import SQLModel

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import NotFound
from app.core.privacy import Privacy
from app.models.accounts import AccountState
from app.models.members import Channel, Language
from app.models.operations import ErasedKind, Erasure
from app.services.changes import record_change
from app.services.envelopes import destroy_key

ROLE = "rollbook_erase"
SPEAKS = frozenset(Privacy) - {Privacy.none}

#: What stays of somebody, by table: without it the counts of past years would change, or a decision lose its date.
KEPT: dict[str, frozenset[str]] = {
    "people": frozenset({"branch_ids"}),
    "members": frozenset(
        {
            "branch_id", "relationship", "type", "joined_on", "paid_until", "lapses_on",
            "decided_standing", "decided_from", "decided_until", "restricted",
        }
    ),
    "member_restrictions": frozenset({"kind", "starts_on", "ends_on"}),
    "membership_terms": frozenset({"branch_id", "starts_on", "ends_on"}),
    "standings": frozenset({"branch_id", "standing", "starts_on", "until"}),
    "office_terms": frozenset({"branch_id", "office_type_id", "how_chosen", "starts_on", "ends_on", "state"}),
    "transfers": frozenset({"from_branch_id", "to_branch_id", "state"}),
    "grants": frozenset({"role", "branch_id", "starts_on", "ends_on", "state"}),
    "sign_ins": frozenset({"last_used_at"}),
    # A case keeps its course; who is behind a party or a part goes with the name, unless the case's own time is over.
    "dispute_parties": frozenset({"role", "unit_id", "identity_withheld"}),
    "dispute_parts": frozenset({"part", "recused"}),
}  # fmt: skip

#: Tables of which no row stays: questions and offers that only the living person could answer.
DROPPED = frozenset({"possible_duplicates", "password_resets"})

#: What hangs from an account and speaks of its holder; the rest is what the account did for the organisation.
ABOUT_THE_HOLDER = frozenset({"grants", "sign_ins", "password_resets"})

#: What is written where nothing would not do: shapes that are promised, indexes that want one of a kind, locks.
WRITTEN: dict[tuple[str, str], str] = {
    ("people", "given_name"): "'Erased'",
    ("people", "family_name"): "'person'",
    # Not the words above: nobody is to be found by them.
    ("people", "sort_name"): "''",
    ("people", "search_name"): "''",
    ("people", "preferred_language"): f"'{Language.english}'",
    ("people", "country"): "'GB'",
    ("people", "objections"): f"'{{{','.join(Channel)}}}'",
    ("members", "number"): "'X-' || upper(right(replace(id::text, '-', ''), 16))",
    ("members", "sort_name"): "''",
    ("members", "search_name"): "''",
    ("office_terms", "holder_name"): "'Erased person'",
    ("transfers", "member_name"): "'Erased person'",
    ("accounts", "email"): "id || '@erased.example'",
    ("accounts", "email_key"): "id || '@erased.example'",
    ("accounts", "name"): "'Erased person'",
    ("accounts", "state"): f"'{AccountState.disabled}'",
    # As many cells as the file has columns.
    ("import_rows", "cells"): "array_to_json(array_fill(''::text, array[jsonb_array_length(cells)]))::jsonb",
}

_ABOUT = (
    "select array_agg(m.id) as members, (array_agg(m.branch_id))[1] as branch from members m where m.person_id = $1"
)
_END_SIGN_INS = "update sign_ins set ended_at = $2 where account_id = any ($1) and ended_at is null"
#: Answers kept for a repeat of the request that made the record.
_FORGET_ANSWERS = "delete from idempotency_keys where subject_id = any ($1)"


@dataclass(frozen=True, slots=True)
class Emptying:
    """What is done to the rows of one table: $1 the person, $2 their memberships, $3 their accounts, $4 the instant."""

    table: str
    columns: frozenset[str]
    sql: str


async def erase_person(
    session: Session, actor: Actor | None, person_id: UUID, *, erased_at: datetime | None = None
) -> bool:
    """Erase a person; whether that may be is the caller's to judge. False if it was done before.

    Raises `NotFound`. `erased_at` is given where an erasure of another day is done again.
    """
    at = erased_at or clock.now()
    async with session.as_role(ROLE):
        person = await session.fetchrow("select erased_at from people where id = $1 for update", person_id)
        found = await session.fetchrow(_ABOUT, person_id)
        accounts = [r["id"] for r in await session.fetch("select id from accounts where person_id = $1", person_id)]
    if person is None or found is None:
        raise NotFound("person")
    if person["erased_at"] is not None:
        return False
    members: list[UUID] = found["members"] or []
    async with session.as_role(ROLE):
        await _empty_everywhere(session, (person_id, members, accounts, at))
        await session.execute(_END_SIGN_INS, accounts, clock.now())
        await session.execute(_FORGET_ANSWERS, [person_id, *members])
        await session.execute("update people set erased_at = $2 where id = $1", person_id, at)
    for subject_id in (person_id, *members):
        await destroy_key(session, subject_id)
    await note_erasure(session, actor, ErasedKind.person, person_id, at)
    async with session.as_role(ROLE):
        await record_change(
            session,
            actor,
            "person.erased",
            resource="members",
            subject_id=members[0] if members else person_id,
            branch_id=found["branch"],
            fields={"person_id": str(person_id)},
        )
    return True


async def note_erasure(session: Session, actor: Actor | None, kind: ErasedKind, subject_id: UUID, at: datetime) -> None:
    """Write a line of the ledger, unless it is there."""
    line = Erasure(kind=kind, subject_id=subject_id, erased_at=at, account_id=actor.account_id if actor else None)
    async with session.as_role(ROLE):
        if not await session.fetchval("select exists (select from erasures where subject_id = $1)", subject_id):
            await session.insert(line)


async def _empty_everywhere(session: Session, values: Sequence[object]) -> None:
    for emptying in plan():
        # A statement names only some of its four values, and the others would have no type.
        named = f"with given as (select $1::uuid, $2::uuid[], $3::uuid[], $4::timestamptz) {emptying.sql}"
        await session.execute(named, *values)


@cache
def plan() -> tuple[Emptying, ...]:
    """What an erasure does, table by table, `people` first, as every writer of a record begins there."""
    tables = sorted(SQLModel.metadata.sorted_tables, key=lambda table: table.name != "people")
    return tuple(made for table in tables if (made := _emptying(table)) is not None)


def _emptying(table: Table) -> Emptying | None:
    links = [link for column in table.columns if (link := _link(table, column)) is not None]
    if not links:
        return None
    rows = " or ".join(links)
    if table.name in DROPPED:
        return Emptying(table.name, frozenset(table.columns.keys()), f"delete from {table.name} where {rows}")
    changed = {column.name: _nothing(table, column) for column in table.columns if _goes(table, column)}
    if "version" in table.columns:
        changed |= {"version": "version + 1", "updated_at": "$4"}
    if not changed:
        return None
    written = ", ".join(f"{name} = {value}" for name, value in changed.items())
    return Emptying(table.name, frozenset(changed), f"update {table.name} set {written} where {rows}")


def _link(table: Table, column: Column[Any]) -> str | None:
    """The condition under which a row is about the person, if this column can tell."""
    targets = {key.column.table.name for key in column.foreign_keys}
    if table.name == "people":
        return "id = $1" if column.primary_key else None
    if "people" in targets or column.name.endswith("person_id"):
        return f"{column.name} = $1"
    if "members" in targets or column.name.endswith("member_id"):
        return f"{column.name} = any ($2)"
    if "accounts" in targets and table.name in ABOUT_THE_HOLDER:
        return f"{column.name} = any ($3)"
    return None


def _goes(table: Table, column: Column[Any]) -> bool:
    return column.info["privacy"] in SPEAKS and column.name not in KEPT.get(table.name, ())


def _nothing(table: Table, column: Column[Any]) -> str:
    """The SQL of what an emptied column holds. Raises LookupError for one of which it is not decided."""
    if (written := WRITTEN.get((table.name, column.name))) is not None:
        return written
    if column.nullable:
        return "null"
    if isinstance(column.type, ARRAY):
        return "'{}'"
    if isinstance(column.type, LargeBinary):
        return "''"
    if isinstance(column.type, Text) and not column.unique:
        return "'Erased'"
    raise LookupError(f"what an erasure leaves in {table.name}.{column.name} is not decided")
