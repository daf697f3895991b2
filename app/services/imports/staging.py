"""Rows on their way into the database: streamed by COPY, then held against who is on record, and written once.

COPY refuses tables that a policy guards, so lines come into a temporary table, under a role that may do nothing else;
from there the actor's own role takes them, and finds on record only whom the actor sees.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.core.db import Session

#: What a row corrects of somebody on record, if it says so itself; of the others, objections only ever grow.
CORRECTED = (
    "given_name", "family_name", "preferred_name", "date_of_birth", "email", "mobile_phone", "home_phone",
    "address_lines", "town", "postcode", "foreign_postal_code", "country", "preferred_language", "electoral_area",
    "objections", "type",
)  # fmt: skip
#: What only who decides for the whole organisation corrects.
CORRECTED_BY_WHOLE = ("joined_on", "paid_until")
_ADDRESS = "array['address_lines', 'town', 'postcode', 'foreign_postal_code']"

COLUMNS = (
    "number", "outcome", "source_key", "member_number", "cells", "proposed", "errors", "trail", "person_id",
    "member_id",
)  # fmt: skip
_STAGING = """
create temporary table import_staging (number bigint, outcome text, source_key text, member_number text, cells jsonb,
  proposed jsonb, errors jsonb, trail jsonb, person_id uuid, member_id uuid) on commit drop;
grant select on import_staging to rollbook_app, rollbook_whole
"""
_MATCHED = """
create temporary table import_matched (number bigint primary key, member_id uuid, person_id uuid, branch_id uuid,
  member_version int, person_version int, hits bigint, same boolean, inside boolean, changes jsonb) on commit drop
"""

#: Rows of somebody who is on record by the key, or by the number: a number alone could be anybody's.
_BY_KEY = """
insert into import_matched (number, member_id, person_id, branch_id, member_version, hits, same, inside)
select distinct on (s.number) s.number, m.id, m.person_id, m.branch_id, m.version,
  count(*) over (partition by s.number), true, m.branch_id = any ($1::uuid[])
from import_staging s join members m on m.source_key = s.source_key
where s.outcome = 'create'
order by s.number, m.id
"""
_BY_NUMBER = """
insert into import_matched (number, member_id, person_id, branch_id, member_version, hits, same, inside)
select s.number, m.id, m.person_id, m.branch_id, m.version, 1,
  coalesce(p.sort_name = s.proposed -> 'person' ->> 'sort_name'
    or p.email_key = s.proposed -> 'person' ->> 'email_key'
    or p.date_of_birth = (s.proposed -> 'person' ->> 'date_of_birth')::date, false),
  m.branch_id = any ($1::uuid[])
from import_staging s join members m on m.number = s.member_number left join people p on p.id = m.person_id
where s.outcome = 'create'
on conflict (number) do nothing
"""

#: What each matched row would change, from what to what. `$1` are the fields that may be changed, `$2` the mode.
_CHANGES = f"""
update import_matched x set changes = found.changes, person_version = found.person_version
from (
  select k.number, p.version as person_version,
    jsonb_object_agg(f.name, jsonb_build_object('old', f.old, 'new', f.new))
      filter (where f.name is not null) as changes
  from import_matched k
  join import_staging s on s.number = k.number
  join people p on p.id = k.person_id
  join members m on m.id = k.member_id
  cross join lateral (
    select to_jsonb(p) || to_jsonb(m) as old, (s.proposed -> 'person') || (s.proposed -> 'member') as new,
      s.proposed -> 'given' as given
  ) r
  left join lateral (
    select g.name, r.old -> g.name as old,
      case g.name when 'objections' then (
        select jsonb_agg(distinct channel)
        from jsonb_array_elements((r.old -> 'objections') || (r.new -> 'objections')) channel)
      else r.new -> g.name end as new
    from jsonb_array_elements_text(r.given) g(name)
    where g.name = any ($1::text[]) and coalesce(r.new -> g.name, 'null') not in ('null', '[]', '""')
      and case g.name
        when 'objections' then not (r.old -> 'objections') @> (r.new -> 'objections')
        when 'paid_until' then r.old ->> 'relationship' = 'member'
          and coalesce(r.new ->> 'paid_until' > (r.old ->> 'paid_until'), true)
        when 'type' then (r.old ->> 'type' = 'supporter') = (r.new ->> 'type' = 'supporter')
          and r.old ->> 'type' <> (r.new ->> 'type')
        else r.old -> g.name is distinct from r.new -> g.name end
      and ($2 = 'update' or g.name = 'objections' or (
        coalesce(r.old -> g.name, 'null') in ('null', '[]', '""') and (g.name <> all ({_ADDRESS}) or not exists (
          select from unnest({_ADDRESS}) part where coalesce(r.old -> part, 'null') not in ('null', '[]', '""')))))
    union all
    -- One address has one postal code.
    select other, r.old -> other, 'null'::jsonb
    from (values ('postcode', 'foreign_postal_code'), ('foreign_postal_code', 'postcode')) codes(filled, other)
    where $2 = 'update' and r.given ? filled and r.new ->> filled is not null and r.old ->> other is not null
      and r.new ->> other is null
  ) f on true
  where k.hits = 1 and k.same and k.inside and p.erased_at is null
  group by k.number, p.version
) found
where found.number = x.number
"""


def _said(condition: str, pointer: str, code: str, message: str) -> str:
    return (
        f"case when {condition} then jsonb_build_array(jsonb_build_object('pointer', '{pointer}', 'code', '{code}', "
        f"'message', '{message}')) else '[]' end"
    )


_SAID = " || ".join(
    (
        "coalesce(s.errors, '[]')",
        _said("not x.same", "/number", "number_taken", "Somebody else on record has this number."),
        _said("x.hits > 1", "", "key_ambiguous", "Several on record bear the key of this row; none is changed."),
        _said(
            "x.same and (not x.inside or s.proposed -> ''given'' ? ''branch_id'' "
            "and s.proposed -> ''member'' ->> ''branch_id'' <> x.branch_id::text)".replace("''", "'"),
            "/branch",
            "other_branch",
            "This member is in another branch; an import moves nobody. Ask for a transfer.",
        ),
        _said(
            "x.same and (s.proposed -> 'standing' ->> 'standing') is distinct from "
            "(select m.decided_standing from members m where m.id = x.member_id) "
            "and s.proposed -> 'standing' ->> 'standing' is not null",
            "/standing",
            "standing_differs",
            "An import changes the standing of nobody who is on record; record it with the member.",
        ),
    )
)
_WRITE = f"""
insert into import_rows (import_id, number, cells, proposed, outcome, errors, trail, person_id, member_id, changes,
  person_version, member_version)
select $1, s.number, s.cells, s.proposed,
  case when x.number is null then case when s.proposed ? 'unless_known' then 'refused' else s.outcome end
    when not x.same then 'refused' when x.changes is null then 'known' else 'update' end,
  case when x.number is null then nullif(coalesce(s.errors, '[]') || coalesce(s.proposed -> 'unless_known', '[]'), '[]')
    else nullif({_SAID}, '[]') end,
  case when x.number is null then s.trail end,
  case when x.number is null then s.person_id when x.same then x.person_id end,
  case when x.number is null then s.member_id when x.same then x.member_id end,
  x.changes,
  case when x.number is null then 1 else x.person_version end,
  case when x.number is null then 1 else x.member_version end
from import_staging s left join import_matched x on x.number = s.number
order by s.number
"""

_UNITS = "select array_agg(id) from branches where path @> array[$1::uuid]"
#: Rows that have just come in have no statistics: what is on record is looked up by its index, row by row.
_BY_INDEX = "set local enable_hashjoin = {0}; set local enable_mergejoin = {0}; set local enable_seqscan = {0}"


@dataclass(frozen=True, slots=True)
class Staged:
    """Rows ready for COPY, in pieces of whole lines; the number of the last, and how many."""

    pieces: Sequence[bytes]
    last: int
    rows: int


async def write_rows(
    session: Session, import_id: UUID, branch_id: UUID, staged: Staged, *, existing: str, whole: bool
) -> None:
    """Write rows as they were read, each with what became of it against who is on record."""
    async with session.as_role("rollbook_import"):
        await session.execute(_STAGING)
        await session.copy_text("import_staging", COLUMNS, _stream(staged.pieces))
    await session.execute(_MATCHED)
    units = await session.fetchval(_UNITS, branch_id)
    await session.execute(_BY_INDEX.format("off"))
    await session.execute(_BY_KEY, units)
    await session.execute(_BY_NUMBER, units)
    await session.execute(_BY_INDEX.format("on"))
    if existing != "skip" and await session.fetchval("select exists (select from import_matched)"):
        fields = CORRECTED + CORRECTED_BY_WHOLE if whole else CORRECTED
        await session.execute(_CHANGES, list(fields), existing)
    await session.execute(_WRITE, import_id)


async def _stream(pieces: Sequence[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
