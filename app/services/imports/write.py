"""The writing of an import, batch by batch and set by set, straight from its staged rows and in the actor's scope."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic_core import to_json

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.statements import table_of
from app.models.members import Member, MemberCreate, Person
from app.services.changes import record_rows, speaks
from app.services.members import person_columns
from app.services.membership_terms import lapse_day

Side = Literal["new", "old"]

_PERSON = [
    column.name
    for column in table_of(Person).columns
    if column.name not in ("id", "created_at", "updated_at", "version", "branch_ids", "erased_at")
]
_MEMBER = ("type", "joined_on", "paid_until", "lapses_on")
_NAMES = ("given_name", "preferred_name", "family_name", "email")
#: A member's fields that a row can give, as the trail names them; of some it may hold the value.
SPOKEN = tuple(name for name in MemberCreate.model_fields if name != "branch_id")
VALUED = frozenset(name for name in SPOKEN if speaks(Person, name))
_VALUED_CHANGES = [*VALUED, *(name for name in _MEMBER if speaks(Member, name))]

#: The rows of a batch.
IN_BATCH = "r.import_id = $1 and r.number > $2 and r.number <= $3"
_PEOPLE = f"""
insert into people (id, created_at, updated_at, version, branch_ids, {", ".join(_PERSON)})
select r.person_id, $4, $4, 1, array[(r.proposed -> 'member' ->> 'branch_id')::uuid],
  {", ".join(f"p.{c}" for c in _PERSON)}
from import_rows r cross join lateral jsonb_populate_record(null::people, r.proposed -> 'person') p
where {IN_BATCH} and r.outcome = 'create' order by r.number
"""
_MEMBERS = f"""
insert into members (id, created_at, updated_at, version, person_id, branch_id, relationship, number, type, joined_on,
  paid_until, lapses_on, decided_standing, decided_from, decided_until, sort_name, search_name, source_key)
select r.member_id, $4, $4, 1, r.person_id, m.branch_id, m.relationship,
  coalesce(m.number, nextval('member_numbers')::text), m.type, m.joined_on, m.paid_until, m.lapses_on,
  d.standing, d.starts_on, d.until,
  r.proposed -> 'person' ->> 'sort_name', r.proposed -> 'person' ->> 'search_name', m.source_key
from import_rows r
cross join lateral jsonb_populate_record(null::members, r.proposed -> 'member') m
left join lateral (
  select s ->> 'standing' as standing, (s ->> 'starts_on')::date as starts_on, (s ->> 'until')::date as until
  from (select r.proposed -> 'standing' as s) decided
  where s ->> 'standing' is not null and coalesce((s ->> 'until')::date > $5, true)
) d on true
where {IN_BATCH} and r.outcome = 'create' order by r.number
"""
_TERMS = f"""
insert into membership_terms (id, created_at, member_id, branch_id, starts_on, ends_on)
select (r.proposed -> 'term' ->> 'id')::uuid, $4, r.member_id,
  case r.outcome when 'create' then (r.proposed -> 'member' ->> 'branch_id')::uuid
    else (select m.branch_id from members m where m.id = r.member_id) end,
  (r.proposed -> 'term' ->> 'starts_on')::date,
  (r.proposed -> 'term' ->> 'ends_on')::date
from import_rows r
where {IN_BATCH} and (r.outcome = 'create' and r.proposed ? 'term' or r.outcome = 'update' and r.changes ? 'paid_until')
"""
_STANDINGS = f"""
insert into standings (id, created_at, member_id, branch_id, standing, starts_on, until, decided_by)
select gen_random_uuid(), $4, r.member_id, (r.proposed -> 'member' ->> 'branch_id')::uuid, s.standing, s.starts_on,
  s.until, $5
from import_rows r cross join lateral jsonb_populate_record(null::standings, nullif(r.proposed -> 'standing', 'null')) s
where {IN_BATCH} and r.outcome = 'create' and s.standing is not null
"""
_HIGHEST = f"""
select coalesce(max((r.proposed -> 'member' ->> 'number')::bigint), 0) from import_rows r
where {IN_BATCH} and r.outcome = 'create' and r.proposed -> 'member' ->> 'number' ~ '^[0-9]{{1,9}}$'
"""
#: Numbers handed out later must be none that a file has brought in.
_PAST_THEIRS = "select setval('member_numbers', $1) where $1 > (select last_value from member_numbers)"

_NEWCOMERS = """
select r.member_id as subject_id, (r.proposed -> 'member' ->> 'branch_id')::uuid as branch_id, r.trail as fields
from import_rows r
where r.import_id = $8 and r.number > $9 and r.number <= $10 and r.outcome = 'create' order by r.number
"""
_CORRECTED = """
select r.member_id as subject_id, m.branch_id, (
    select jsonb_object_agg(f.key, case when f.key = any ($11::text[])
      then jsonb_build_object('old', f.value -> $12::text, 'new', f.value -> $10::text) else 'true'::jsonb end)
    from jsonb_each(r.changes) f
  ) as fields
from import_rows r join members m on m.id = r.member_id
where r.import_id = $8 and r.number = any ($9::bigint[]) order by r.number
"""
_DUPLICATES = f"""
select note_duplicates(array(select r.person_id from import_rows r where {IN_BATCH} and r.outcome = 'create'), $1)
"""

#: What a row's changes make of a record; `$3` is the side, `$4` what follows from them, by the number of the row.
_WANTED = """
select r.person_id, r.member_id, r.number, coalesce(
    (select jsonb_object_agg(f.key, f.value -> $3::text) from jsonb_each(r.changes) f), '{}')
    || coalesce($4::text::jsonb -> r.number::text, '{}') as wanted
from import_rows r where r.import_id = $1 and r.number = any ($2::bigint[])
"""
_CORRECT_PEOPLE = f"""
update people p set ({", ".join(_PERSON)}) = (
    select {", ".join(f"w.{c}" for c in _PERSON)} from jsonb_populate_record(p, r.wanted) w),
  version = p.version + 1, updated_at = $5
from ({_WANTED}) r
where p.id = r.person_id and r.wanted ?| $6::text[]
"""
_CORRECT_MEMBERS = f"""
update members m set ({", ".join(_MEMBER)}) = (
    select {", ".join(f"w.{c}" for c in _MEMBER)} from jsonb_populate_record(m, r.wanted) w),
  version = m.version + 1, updated_at = $5
from ({_WANTED}) r where m.id = r.member_id
"""
#: Rows from whose changes something follows, with the record and what they make of it.
_FOLLOWING = """
select r.number, to_jsonb(p) || coalesce(
    (select jsonb_object_agg(f.key, f.value -> $3::text) from jsonb_each(r.changes) f), '{}') as person,
  r.changes -> 'paid_until' ->> $3::text as paid_until, r.changes ? 'paid_until' as pays
from import_rows r join people p on p.id = r.person_id
where r.import_id = $1 and r.number = any ($2::bigint[]) and r.changes ?| array['paid_until', 'given_name',
  'preferred_name', 'family_name', 'email']
"""


async def add_people(session: Session, actor: Actor, import_id: UUID, after: int, through: int, *, most: int) -> None:
    """Write those whom the rows of a batch propose to create, with what each leaves behind."""
    batch = (import_id, after, through)
    now = clock.now()
    await session.execute(_PAST_THEIRS, await session.fetchval(_HIGHEST, *batch))
    await session.execute(_PEOPLE, *batch, now)
    await session.execute(_MEMBERS, *batch, now, clock.today())
    await session.execute(_STANDINGS, *batch, now, actor.account_id)
    await record_rows(session, actor, "member.created", most, _NEWCOMERS, *batch, resource="members")
    await session.execute(_DUPLICATES, *batch)


async def add_terms(session: Session, _actor: Actor, import_id: UUID, after: int, through: int) -> None:
    """Write the periods paid for, of those who came in and of those whose last day paid for has moved."""
    await session.execute(_TERMS, import_id, after, through, clock.now())


async def correct_people(
    session: Session, actor: Actor, import_id: UUID, numbers: Sequence[int], side: Side = "new"
) -> None:
    """Write one side of the changes of these rows: `new` as they are applied, `old` as they are taken back."""
    if not numbers:
        return
    following = to_json(await _following(session, import_id, numbers, side)).decode()
    now = clock.now()
    await session.execute(_CORRECT_PEOPLE, import_id, list(numbers), side, following, now, _PERSON)
    await session.execute(_CORRECT_MEMBERS, import_id, list(numbers), side, following, now)
    other = "old" if side == "new" else "new"
    await record_rows(
        session,
        actor,
        "member.updated",
        len(numbers),
        _CORRECTED,
        import_id,
        list(numbers),
        side,
        _VALUED_CHANGES,
        other,
        resource="members",
    )


async def _following(
    session: Session, import_id: UUID, numbers: Sequence[int], side: Side
) -> Mapping[str, Mapping[str, Any]]:
    """What follows from the changes of rows, by their numbers: names to sort and search by, the day of lapsing."""
    follows: dict[str, dict[str, Any]] = {}
    for row in await session.fetch(_FOLLOWING, import_id, list(numbers), side):
        found = person_columns(row["person"], only=())
        if row["pays"]:
            found["lapses_on"] = lapse_day(date.fromisoformat(row["paid_until"])) if row["paid_until"] else None
        follows[str(row["number"])] = found
    return follows
