"""Erasing a person: everything that says who they are or how to reach them goes, a tombstone stays.

What goes is read from the privacy classes of the columns, in every table that has a row about the person: by a foreign
key to `people` or `members` or a column of that name, or by hanging from the person's account. So a table that comes
later is emptied too. What stays is listed here: ids, and the dates and states by which the organisation counts. Sealed
fields and files go with their keys, in every back-up too; the trail keeps ids and the names of fields.
"""

from collections.abc import Mapping, Sequence
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
from app.services.erasures.reach import Reached, find_known, reach_copies
from app.services.person_links import about

ROLE = "rollbook_erase"
SPEAKS = frozenset(Privacy) - {Privacy.none}

#: Said of a table of which every column stays.
EVERYTHING = frozenset({"*"})

#: What stays of somebody, by table: without it the counts of past years would change, or a decision lose its date.
#: On which basis each stays is told in `erasures_account.BASIS`.
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
    # That a right was used, and how it was answered, must be shown for as long as the matter is kept.
    "rights_requests": EVERYTHING,
    "data_complaints": EVERYTHING,
    "erasure_cases": EVERYTHING,
    "legal_holds": EVERYTHING,
    # Which run made somebody a tombstone; what it put aside of them goes.
    "retention_items": frozenset({"since", "state", "reason", "done_on"}),
    # That somebody was met is counted; with whom, where and what for goes.
    "one_to_ones": frozenset({"on_day"}),
    "guardian_consents": frozenset({"relationship", "given_on", "withdrawn_on"}),
    # How many led, of which tier, and how many were trained, is counted on any day; who it was goes.
    "leaders": frozenset({"state_since"}),
    "leader_tiers": frozenset({"reached", "from_day"}),
    "enrolments": frozenset({"completed", "state"}),
    # Consent must be shown to have been given, and when it was taken back (UK GDPR art. 7(1)).
    "stories": frozenset(
        {"consent_uses", "consent_explicit", "consent_given_on", "consent_until", "consent_withdrawn_on"}
    ),
    "testimonies": frozenset(
        {"consent_uses", "consent_explicit", "consent_given_on", "consent_until", "consent_withdrawn_on"}
    ),
}  # fmt: skip

#: Tables of which no row stays: questions and offers that only the living person could answer, and somebody's place on
#: a map of power with the ties to it, or in a meeting that is counted without them, which nothing is without its name.
DROPPED = frozenset(
    {
        "action_roles", "affiliations", "cadence_targets", "certificates", "core_team_members", "leader_followers",
        "leader_steps", "nominations", "one_to_one_notes", "organiser_leave", "password_resets",
        "possible_duplicates", "power_actors", "power_ties", "representatives", "session_participants",
        "testimony_specials",
    }
)  # fmt: skip

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
    ("one_to_ones", "purpose"): "'other'",
    # They lead no more.
    ("leaders", "state"): "'left'",
    # As many cells as the file has columns.
    ("import_rows", "cells"): "array_to_json(array_fill(''::text, array[jsonb_array_length(cells)]))::jsonb",
}

#: A statement names only some of its four values, and the others would have no type.
GIVEN = "with given as (select $1::uuid, $2::uuid[], $3::uuid[], $4::timestamptz)"
_ABOUT = (
    "select array_agg(m.id) as members, (array_agg(m.branch_id))[1] as branch from members m where m.person_id = $1"
)
_END_SIGN_INS = "update sign_ins set ended_at = $2 where account_id = any ($1) and ended_at is null"
#: Answers kept for a repeat of the request that made the record.
_FORGET_ANSWERS = "delete from idempotency_keys where subject_id = any ($1)"


@dataclass(frozen=True, slots=True)
class Emptying:
    """What is done to the rows of one table: $1 the person, $2 their memberships, $3 their accounts, $4 the instant.

    `change` is the statement but for its `where`, which `rows` is; `written` what each column holds afterwards.
    """

    table: str
    columns: frozenset[str]
    change: str
    rows: str
    written: Mapping[str, str]

    @property
    def sql(self) -> str:
        return f"{self.change} where {self.rows}"


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure did: the rows that it changed or took away, by table, and what it reached beside them."""

    at: datetime
    rows: Mapping[str, int]
    keys: int
    reached: Reached


async def erase_person(
    session: Session, actor: Actor | None, person_id: UUID, *, erased_at: datetime | None = None
) -> Erased | None:
    """Erase a person; whether that may be is the caller's to judge. None if it was done before.

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
        return None
    members: list[UUID] = found["members"] or []
    async with session.as_role(ROLE):
        known = await find_known(session, person_id, members)
        rows = await _empty_everywhere(session, (person_id, members, accounts, at))
        await session.execute(_END_SIGN_INS, accounts, clock.now())
        await session.execute(_FORGET_ANSWERS, [person_id, *members])
        await session.execute("update people set erased_at = $2 where id = $1", person_id, at)
    for subject_id in (person_id, *members):
        await destroy_key(session, subject_id)
    rows_of_files = next(emptying for emptying in plan() if emptying.table == "import_rows")
    reached = await reach_copies(session, actor, known, rows_of_files.change)
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
    return Erased(at, rows, 1 + len(members), reached)


async def note_erasure(session: Session, actor: Actor | None, kind: ErasedKind, subject_id: UUID, at: datetime) -> None:
    """Write a line of the ledger, unless it is there."""
    line = Erasure(kind=kind, subject_id=subject_id, erased_at=at, account_id=actor.account_id if actor else None)
    async with session.as_role(ROLE):
        if not await session.fetchval("select exists (select from erasures where subject_id = $1)", subject_id):
            await session.insert(line)


async def _empty_everywhere(session: Session, values: Sequence[object]) -> dict[str, int]:
    """Returns how many rows of each table it was."""
    rows = {}
    for emptying in plan():
        done = await session.execute(f"{GIVEN} {emptying.sql}", *values)
        rows[emptying.table] = int(done.rpartition(" ")[2])
    return rows


@cache
def plan() -> tuple[Emptying, ...]:
    """What an erasure does, table by table, `people` first, as every writer of a record begins there."""
    tables = sorted(SQLModel.metadata.sorted_tables, key=lambda table: table.name != "people")
    return tuple(made for table in tables if (made := _emptying(table)) is not None)


@cache
def linked() -> Mapping[str, str]:
    """By table, the condition for the rows about a person: of each it is decided what goes and what stays."""
    found = {}
    for table in SQLModel.metadata.sorted_tables:
        if links := [link for column in table.columns if (link := about(table, column)) is not None]:
            found[table.name] = " or ".join(links)
    return found


def stays(column: Column[Any]) -> bool:
    """Whether a column that says something of a person stays as it is."""
    kept = KEPT.get(column.table.name, frozenset())
    return kept is EVERYTHING or column.name in kept


def _emptying(table: Table) -> Emptying | None:
    rows = linked().get(table.name)
    if rows is None:
        return None
    if table.name in DROPPED:
        return Emptying(table.name, frozenset(table.columns.keys()), f"delete from {table.name}", rows, {})
    speaking = [column for column in table.columns if column.info["privacy"] in SPEAKS and not stays(column)]
    written = {column.name: _nothing(table, column) for column in speaking}
    if not written:
        return None
    counted = {"version": "version + 1", "updated_at": "$4"} if "version" in table.columns else {}
    said = ", ".join(f"{name} = {value}" for name, value in (written | counted).items())
    return Emptying(table.name, frozenset(written | counted), f"update {table.name} set {said}", rows, written)


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
