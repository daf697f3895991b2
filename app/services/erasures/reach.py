"""What an erasure must reach beside the rows about a person: copies of them that no id leads to.

Letters and answers kept for a repeat lie sealed under the application's own key, and are opened to be looked through.
Workbooks lie under keys of their own, and are ended where the person could stand in them. Rows of files that were
brought in hold whoever stood there, whether or not they were taken in. Files of the person go piece by piece.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from app.core import clock
from app.core.actor import Actor
from app.core.crypto import DecryptionFailed
from app.core.db import Session
from app.core.text import email_key
from app.models.exports import ExportState
from app.services.changes import record_change
from app.services.envelopes import destroy_key
from app.services.outbox import open_letter

ROLE = "rollbook_erase"
_PAGE = 500

_KNOWN = """
select p.given_name || ' ' || p.family_name as name, p.email, p.email_key,
  array(select email from accounts a where a.person_id = p.id) as sign_ins,
  exists (select from people o where o.email_key = p.email_key and o.id <> p.id and o.erased_at is null) as shared
from people p where p.id = $1
"""
_LETTERS = (
    "select id, sealed_message as sealed from mail_outbox where sealed_message <> '' and id > $1 order by id limit $2"
)
_FORGET_LETTERS = """
update mail_outbox set sealed_message = '', state = case state when 'waiting' then 'failed' else state end
where id = any ($1)
"""
_ANSWERS = "select id, sealed_body as sealed from idempotency_keys where id > $1 order by id limit $2"
_FORGET_ANSWERS = "delete from idempotency_keys where id = any ($1)"
#: Their files, and copies that lie under their key in whichever record.
FILES = """
theirs as (
  select f.id from files f
  where f.subject_id = any ($1) or f.envelope_key_id in (select k.id from envelope_keys k where k.subject_id = any ($1))
)
"""
_FORGET_FILES = f"""
with {FILES}, gone as (delete from file_pieces where file_id in (select id from theirs) returning file_id)
select count(distinct file_id) from gone
"""
# Whoever could stand in a workbook does so by a unit of theirs, now or before, that lies within its reach.
UNITS = """
units as (
  select branch_id as id from members where id = any ($1)
  union select branch_id from membership_terms where member_id = any ($1)
  union select unnest(array[from_branch_id, to_branch_id]) from transfers where member_id = any ($1)
), above as (
  select array_agg(unit) as ids from units join branches b on b.id = units.id cross join unnest(b.path) unit
)
"""
_WORKBOOKS = f"""
with {UNITS}
update exports set version = version + 1, updated_at = $2, expires_at = $2,
  state = case state when 'preparing' then 'cancelled' else state end
where format = 'xlsx' and (state = 'preparing' or (state = 'ready' and $2 < expires_at))
  and unit_ids && (select ids from above)
returning id, branch_id, state
"""


@dataclass(frozen=True, slots=True)
class Known:
    """How somebody can be known in a copy: their ids, the names and addresses under which they were on record."""

    ids: tuple[UUID, ...]
    name: str
    emails: frozenset[str]
    #: Of these the ones that nobody else has: at one that is shared, a letter is theirs only if it names them.
    own_emails: frozenset[str]


@dataclass(frozen=True, slots=True)
class Reached:
    """How many copies an erasure ended."""

    letters: int
    answers: int
    files: int
    exports: int


async def find_known(session: Session, person_id: UUID, members: Iterable[UUID]) -> Known:
    """How a person can be known, asked before they are erased. Needs the role `rollbook_erase`."""
    row = await session.fetchrow(_KNOWN, person_id)
    assert row is not None, "asked of a person who is held"
    sign_ins = {email_key(email) for email in row["sign_ins"]}
    contact = {row["email_key"]} if row["email_key"] else set()
    return Known(
        ids=(person_id, *members),
        name=row["name"].casefold(),
        emails=frozenset(sign_ins | contact),
        own_emails=frozenset(sign_ins | (set() if row["shared"] else contact)),
    )


async def reach_copies(session: Session, actor: Actor | None, known: Known, empty_rows: str) -> Reached:
    """End the copies of somebody who was erased. `empty_rows` is the plan's change of rows that were brought in."""
    async with session.as_role(ROLE):
        letters = await _forget(session, _LETTERS, _FORGET_LETTERS, lambda i, s: _is_to(session, known, i, s))
        answers = await _forget(session, _ANSWERS, _FORGET_ANSWERS, lambda _, s: _speaks_of(session, known, s))
        files = await session.fetchval(_FORGET_FILES, list(known.ids))
        if known.own_emails:
            spelt = "lower(btrim(cell))"
            found = f"exists (select from jsonb_array_elements_text(cells) cell where {spelt} = any ($1))"
            await session.execute(f"{empty_rows} where {found}", sorted(known.own_emails))
    return Reached(letters, answers, files, await _end_workbooks(session, actor, known))


async def _forget(session: Session, pages: str, forget: str, found: Callable[[UUID, bytes], bool]) -> int:
    """Look through what is sealed, a page at a time, and forget what speaks of the person."""
    after, forgotten = UUID(int=0), 0
    while page := await session.fetch(pages, after, _PAGE):
        theirs = [row["id"] for row in page if found(row["id"], row["sealed"])]
        if theirs:
            await session.execute(forget, theirs)
        after, forgotten = page[-1]["id"], forgotten + len(theirs)
    return forgotten


def _is_to(session: Session, known: Known, letter_id: UUID, sealed: bytes) -> bool:
    try:
        letter = open_letter(session.keys, letter_id, sealed)
    except DecryptionFailed:
        # Nobody will ever read it again.
        return False
    to, said = email_key(letter.to), f"{letter.subject}\n{letter.text}".casefold()
    if to in known.own_emails or any(email in said for email in known.own_emails):
        return True
    return to in known.emails and known.name in said


def _speaks_of(session: Session, known: Known, sealed: bytes) -> bool:
    try:
        body = session.keys.open_bytes("idempotency", sealed).decode(errors="replace")
    except DecryptionFailed:
        return False
    said = body.casefold()
    return any(str(one) in said for one in known.ids) or any(json.dumps(e)[1:-1] in said for e in known.emails)


async def _end_workbooks(session: Session, actor: Actor | None, known: Known) -> int:
    async with session.as_role(ROLE):
        ended = await session.fetch(_WORKBOOKS, list(known.ids), clock.now())
    for row in ended:
        await destroy_key(session, row["id"])
        async with session.as_role(ROLE):
            await record_change(
                session,
                actor,
                "export.withdrawn" if row["state"] == ExportState.cancelled else "export.expired",
                resource="exports",
                subject_id=row["id"],
                branch_id=row["branch_id"],
            )
    return len(ended)
