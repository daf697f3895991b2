"""Applying an import: its proposed people written batch by batch, each once, in the scope of who brings them in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from pydantic_core import to_json

from app.core import clock
from app.core.actor import Actor
from app.core.clock import months_after
from app.core.db import Session
from app.core.ids import new_id
from app.models.imports import Import, ImportCounts, ImportState
from app.models.members import Member, MemberCreate, MembershipTerm, Person
from app.services.changes import Change, changed_fields, record_change, record_changes
from app.services.imports import ImportNotReady, find_ground, find_import
from app.services.imports_preview import count_rows, mark_known
from app.services.membership_terms import lapse_day

#: People written in one transaction.
BATCH = 2_000

#: Two appliers at once would each not see the other's people: one at a time, in the whole organisation.
_ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtext('rollbook.imports.apply'))"
_NEXT = """
select number, proposed from import_rows
where import_id = $1 and number > $2 and outcome = 'create' and person_id is null order by number limit $3
"""
_STILL = """
select number, proposed from import_rows
where import_id = $1 and number = any ($2::bigint[]) and outcome = 'create' and person_id is null order by number
"""
_DONE = """
update import_rows r set person_id = x.person_id
from jsonb_to_recordset($2::text::jsonb) as x(number bigint, person_id uuid)
where r.import_id = $1 and r.number = x.number
"""
_NUMBERS = "select nextval('member_numbers')::text from generate_series(1, $1)"
#: Numbers handed out later must be none that a file has brought in.
_PAST_THEIRS = """
select setval('member_numbers', $1) where $1 > (select last_value from member_numbers)
"""
#: How long the term is of which a file tells only the end.
_TERM_MONTHS = 12


@dataclass(frozen=True, slots=True)
class _Addition:
    """One row's person and membership, about to be written: columns of either table."""

    row: int
    person: dict[str, Any]
    member: dict[str, Any]

    def term(self) -> dict[str, Any] | None:
        """The period paid for: up to a year, from the day of joining at the earliest. Dates are half-open."""
        if self.member["paid_until"] is None:
            return None
        ends_on = self.member["paid_until"] + timedelta(days=1)
        starts_on, joined_on = months_after(ends_on, -_TERM_MONTHS), self.member["joined_on"]
        if joined_on < ends_on:
            starts_on = max(starts_on, joined_on)
        return {
            "member_id": self.member["id"],
            "branch_id": self.member["branch_id"],
            "starts_on": starts_on,
            "ends_on": ends_on,
        }

    def change(self) -> Change:
        given = {name: value for name, value in self.person.items() if value and name in _SPOKEN}
        return Change(self.member["id"], self.member["branch_id"], changed_fields(Person, given))


#: A person's fields that a row can give, as the trail names them.
_SPOKEN = frozenset(MemberCreate.model_fields)


async def start_applying(session: Session, actor: Actor, import_id: UUID) -> None:
    """Begin, or go on after an interruption. Raises `NotFound`, `Forbidden`, `ImportNotReady` before preview."""
    row = await find_import(session, actor, import_id)
    await find_ground(session, actor, row)
    if row["state"] == ImportState.previewed:
        await session.update(Import, import_id, {"state": ImportState.applying})
    elif row["state"] not in (ImportState.applying, ImportState.applied):
        raise ImportNotReady(state=row["state"], action="applied")


async def apply_batch(session: Session, actor: Actor, import_id: UUID, *, after: int) -> int | None:
    """Write the next people of an import; returns the number of the last row, or None when there are no more.

    Raises `NotFound`, `Forbidden` and `ImportBranchClosed` as the actor and the branch stand at this batch.
    """
    row = await find_import(session, actor, import_id, ImportState.applying, ImportState.applied)
    await find_ground(session, actor, row)
    await session.execute(_ONE_AT_A_TIME)
    staged = await session.fetch(_NEXT, import_id, after, BATCH)
    if not staged:
        await _finish(session, actor, row)
        return None
    numbers = [line["number"] for line in staged]
    # Somebody else may have brought in the same people since the preview.
    await mark_known(session, import_id, numbers)
    still = await session.fetch(_STILL, import_id, numbers)
    await _write(session, actor, import_id, await _additions(session, still))
    return int(numbers[-1])


async def _additions(session: Session, rows: Sequence[asyncpg.Record]) -> list[_Addition]:
    unnumbered = sum(1 for row in rows if row["proposed"]["member"]["number"] is None)
    fresh = iter(await session.fetch(_NUMBERS, unnumbered))
    theirs = [row["proposed"]["member"]["number"] for row in rows]
    highest = max((int(number) for number in theirs if number and number.isdigit() and len(number) < 10), default=0)
    await session.execute(_PAST_THEIRS, highest)
    return [_addition(row["number"], row["proposed"], lambda: str(next(fresh)[0])) for row in rows]


def _addition(row: int, proposed: Mapping[str, Any], hand_out: Callable[[], str]) -> _Addition:
    person_id, planned = new_id(), proposed["member"]
    person = {**proposed["person"], "id": person_id, "branch_ids": [planned["branch_id"]]}
    paid_until = date.fromisoformat(planned["paid_until"]) if planned["paid_until"] else None
    member = {
        **planned,
        "id": new_id(),
        "person_id": person_id,
        "number": planned["number"] or hand_out(),
        "joined_on": date.fromisoformat(planned["joined_on"]),
        "paid_until": paid_until,
        "lapses_on": lapse_day(paid_until) if paid_until else None,
        "sort_name": person["sort_name"],
        "search_name": person["search_name"],
    }
    return _Addition(row, person, member)


async def _write(session: Session, actor: Actor, import_id: UUID, additions: Sequence[_Addition]) -> None:
    await session.insert_many(Person, [addition.person for addition in additions])
    await session.insert_many(Member, [addition.member for addition in additions])
    terms = [term for addition in additions if (term := addition.term()) is not None]
    await session.insert_many(MembershipTerm, terms)
    await record_changes(
        session,
        actor,
        "member.created",
        resource="members",
        made=[addition.change() for addition in additions],
    )
    done = [{"number": addition.row, "person_id": addition.person["id"]} for addition in additions]
    await session.execute(_DONE, import_id, to_json(done).decode())


async def _finish(session: Session, actor: Actor, row: asyncpg.Record) -> None:
    if row["state"] == ImportState.applied:
        return
    counts = await count_rows(session, actor, row["id"])
    await session.update(
        Import,
        row["id"],
        {"state": ImportState.applied, "applied_at": clock.now(), "counts": counts.model_dump()},
    )
    await record_change(
        session,
        actor,
        "import.applied",
        resource="members",
        subject_id=row["id"],
        branch_id=row["branch_id"],
        event=False,
    )


async def applied_counts(session: Session, actor: Actor, import_id: UUID) -> ImportCounts:
    """What came of an import. Raises `NotFound`."""
    await find_import(session, actor, import_id)
    return await count_rows(session, actor, import_id)
