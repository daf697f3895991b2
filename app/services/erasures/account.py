"""What an erasure leaves of somebody, in which table and why: for those who decide it, and for the certificate."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Table
from sqlmodel import SQLModel

from app.core.db import Session
from app.core.privacy import Privacy
from app.models.erasures import KeptBasis as B
from app.services.erasures import DROPPED, GIVEN, ROLE, Erased, linked, stays

#: Why something of a table stays.
BASIS: Mapping[str, Sequence[B]] = {
    "people": (B.statistics,),
    "members": (B.statistics, B.ban),
    "member_restrictions": (B.ban,),
    "membership_terms": (B.statistics,),
    "standings": (B.ban, B.statistics),
    "office_terms": (B.accountability,),
    "transfers": (B.statistics,),
    "grants": (B.accountability,),
    "sign_ins": (B.security,),
    "dispute_parties": (B.legal_claims,),
    "dispute_parts": (B.legal_claims,),
    "rights_requests": (B.accountability,),
    "erasure_cases": (B.accountability,),
    "legal_holds": (B.legal_claims,),
    "retention_items": (B.accountability,),
    "data_complaints": (B.accountability,),
    "one_to_ones": (B.statistics,),
    "guardian_consents": (B.accountability,),
    "stories": (B.accountability,),
    "testimonies": (B.accountability,),
    "leaders": (B.statistics,),
    "leader_tiers": (B.statistics,),
    "enrolments": (B.statistics,),
}

#: What stays beside the rows about them. It holds ids, or hashes that name nobody.
ELSEWHERE: Mapping[str, B] = {
    "audit_entries": B.accountability,
    "access_log": B.accountability,
    "events": B.accountability,
    "matter_steps": B.accountability,
    "exclusion_marks": B.ban,
    "objections": B.suppression,
    "erasures": B.accountability,
}

_IDS = """
select array(select id from members where person_id = $1) as members,
  array(select id from accounts where person_id = $1) as accounts
"""


async def tables_of(session: Session, person_id: UUID) -> list[dict[str, Any]]:
    """What would go and what would stay, as `ErasedTable` describes it. Whoever calls has judged who may know."""
    async with session.as_role(ROLE):
        found = await session.fetchrow(_IDS, person_id)
        assert found is not None, "a query without a condition gives a row"
        rows = await session.fetch(_counts(), person_id, found["members"], found["accounts"], None)
    return _told({row["name"]: row["rows"] for row in rows})


def certify(erased: Erased, before: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The certificate of what was done, as `ErasureCertificate` describes it. `before` is what was there of tables."""
    return {
        "erased_at": erased.at.isoformat(),
        "tables": [{**table, "rows": _done(erased, table)} for table in before],
        "kept_elsewhere": [{"what": what, "basis": basis} for what, basis in ELSEWHERE.items()],
        "keys_destroyed": erased.keys + erased.reached.exports,
        "files": erased.reached.files,
        "letters": erased.reached.letters,
        "answers": erased.reached.answers,
        "exports": erased.reached.exports,
    }


def _done(erased: Erased, table: Mapping[str, Any]) -> int | None:
    return None if table["rows"] is None else erased.rows.get(table["table"], table["rows"])


@cache
def _counts() -> str:
    each = [f"select '{name}' as name, count(*) as rows from {name} where {rows}" for name, rows in linked().items()]
    return f"{GIVEN} {' union all '.join(each)}"


def _told(rows: Mapping[str, int]) -> list[dict[str, Any]]:
    tables = [SQLModel.metadata.tables[name] for name in sorted(linked())]
    return [_table(table, rows[table.name]) for table in tables if _walled(table) or rows[table.name]]


def _table(table: Table, rows: int) -> dict[str, Any]:
    speaking = [column for column in table.columns if column.info["privacy"] is not Privacy.none]
    rows_go = table.name in DROPPED
    return {
        "table": table.name,
        # That somebody is party to a case is told by nobody but the case's own people.
        "rows": None if _walled(table) else rows,
        "erased": [column.name for column in speaking if rows_go or not stays(column)],
        "rows_go": rows_go,
        "kept": [column.name for column in speaking if not rows_go and stays(column)],
        "basis": list(BASIS.get(table.name, ())),
    }


def _walled(table: Table) -> bool:
    return table.name == "walls" or not {"dispute_id", "wall_key"}.isdisjoint(table.columns.keys())
