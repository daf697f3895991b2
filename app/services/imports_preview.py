"""What a staged file would come to: every row read, and held against those on record whom the actor may see."""

from collections.abc import Sequence
from uuid import UUID

from pydantic_core import to_json

from app.core.actor import Actor
from app.core.db import Session
from app.models.imports import Import, ImportCounts, ImportState
from app.services.imports import find_ground, find_import
from app.services.imports_rows import RowReader

#: Rows that are read in one transaction.
BATCH = 2_000
#: How many possible duplicates are named for a row.
MOST_NAMED = 10

_READ = "select number, cells from import_rows where import_id = $1 and number > $2 order by number limit $3"
_SET = """
update import_rows r
set outcome = x.outcome, proposed = x.proposed, errors = x.errors, person_id = null, possible_duplicates = null
from jsonb_to_recordset($2::text::jsonb) as x(number bigint, outcome text, proposed jsonb, errors jsonb)
where r.import_id = $1 and r.number = x.number
"""

#: Rows whose key is on record: the same row of the same source has come before.
KNOWN = """
update import_rows r set outcome = 'known', person_id = m.person_id
from members m
where r.import_id = $1 and r.number = any ($2::bigint[]) and r.outcome = 'create' and r.person_id is null
  and m.source_key = r.proposed -> 'member' ->> 'source_key'
"""
#: Rows whose number somebody else has.
TAKEN = """
update import_rows r
set outcome = 'refused', errors = coalesce(r.errors, '[]') || jsonb_build_array(jsonb_build_object(
  'pointer', '/number', 'code', 'number_taken', 'message', 'Somebody else on record has this number.'))
from members m
where r.import_id = $1 and r.number = any ($2::bigint[]) and r.outcome = 'create' and r.person_id is null
  and m.number = r.proposed -> 'member' ->> 'number'
"""


def _repeated(what: str, code: str, message: str) -> str:
    return f"""
    update import_rows r
    set outcome = 'refused', errors = coalesce(r.errors, '[]') || jsonb_build_array(jsonb_build_object(
      'pointer', '/{what}', 'code', '{code}', 'message', '{message}', 'row', again.first::text))
    from (
      select number, min(number) over (partition by proposed -> 'member' ->> '{what}') as first
      from import_rows
      where import_id = $1 and outcome = 'create' and proposed -> 'member' ->> '{what}' is not null
    ) again
    where r.import_id = $1 and r.number = again.number and again.first < again.number
    """


REPEATED = (
    _repeated("source_key", "row_repeated", "An earlier row of the file is the same person by the key."),
    _repeated("number", "number_repeated", "An earlier row of the file has this number."),
)


def _on_record(why: str, key: str, theirs: str) -> str:
    # Grouped before it is joined, so that one address given by a thousand people costs no thousand rows for each.
    return f"""
    select r.number, jsonb_build_object('person_id', unnest(p.ids)) as who, '{why}' as why
    from staged r join (
      select {theirs} as key, (array_agg(id order by id))[1:{MOST_NAMED}] as ids from people
      where {theirs} in (select {key} from staged) group by {theirs}
    ) p on p.key = r.{key}
    """


def _in_file(why: str, key: str) -> str:
    # Each row names its neighbours with the same value, not all of them: linear, however many there are.
    return f"""
    select number, jsonb_build_object('row', other) as who, '{why}' as why from (
      select number, unnest(array[lag(number) over same, lead(number) over same]) as other
      from staged where {key} is not null window same as (partition by {key} order by number)
    ) beside where other is not null
    """


DUPLICATES = f"""
with staged as materialized (
  select number, proposed -> 'person' ->> 'email_key' as email,
    (proposed -> 'person' ->> 'sort_name') || ' '
      || ((proposed -> 'person' ->> 'date_of_birth')::date - date '1900-01-01') as born,
    (proposed -> 'person' ->> 'sort_name') || ' ' || (proposed -> 'person' ->> 'postcode') as lives
  from import_rows where import_id = $1 and outcome = 'create'
), matches as (
  {_on_record("email", "email", "email_key")}
  union all {_on_record("name_and_date_of_birth", "born", "sort_name || ' ' || (date_of_birth - date '1900-01-01')")}
  union all {_on_record("name_and_postcode", "lives", "sort_name || ' ' || postcode")}
  union all {_in_file("email", "email")}
  union all {_in_file("name_and_date_of_birth", "born")}
  union all {_in_file("name_and_postcode", "lives")}
), pairs as (
  select number, who || jsonb_build_object('why', jsonb_agg(distinct why)) as pair,
    row_number() over (partition by number order by who) as place
  from matches group by number, who
)
update import_rows r set possible_duplicates = named.pairs
from (
  select number, jsonb_agg(pair order by place) as pairs from pairs where place <= {MOST_NAMED} group by number
) named
where r.import_id = $1 and r.number = named.number
"""

COUNTS = """
select count(*) as rows,
  count(*) filter (where outcome = 'create') as create,
  count(*) filter (where outcome = 'known') as known,
  count(*) filter (where outcome = 'refused') as refused,
  count(*) filter (where outcome = 'create' and possible_duplicates is not null) as possible_duplicates,
  count(*) filter (where outcome = 'create' and proposed -> 'person' ->> 'country' <> 'GB') as foreign_addresses,
  count(*) filter (where outcome = 'create' and errors is not null) as warnings,
  count(*) filter (where outcome = 'create' and person_id is not null) as applied
from import_rows where import_id = $1
"""


async def validate_rows(session: Session, actor: Actor, import_id: UUID, *, after: int) -> int | None:
    """Read the next rows of an import; returns the number of the last, or None when there are no more."""
    row = await find_import(
        session, actor, import_id, ImportState.uploaded, ImportState.validated, ImportState.previewed
    )
    reader = RowReader(await find_ground(session, actor, row))
    staged = await session.fetch(_READ, import_id, after, BATCH)
    if not staged:
        await session.update(Import, import_id, {"state": ImportState.validated})
        return None
    read = []
    for line in staged:
        found = reader.read(line["cells"])
        read.append(
            {
                "number": line["number"],
                "outcome": found.outcome,
                "proposed": found.proposed,
                "errors": found.errors or None,
            }
        )
    await session.execute(_SET, import_id, to_json(read).decode())
    await mark_known(session, import_id, [line["number"] for line in staged])
    return int(staged[-1]["number"])


async def mark_known(session: Session, import_id: UUID, numbers: Sequence[int]) -> None:
    """Set aside the rows whose person is on record by now, and those whose number somebody else has."""
    for statement in (KNOWN, TAKEN):
        await session.execute(statement, import_id, list(numbers))


async def preview_import(session: Session, actor: Actor, import_id: UUID) -> ImportCounts:
    """Hold the rows against each other and against who is on record, within the actor's sight, and count.

    Raises `NotFound`, `ImportNotReady`.
    """
    await find_import(session, actor, import_id, ImportState.validated, ImportState.previewed)
    # Rows that have just come in have no statistics yet: taken for few, ten thousand are held against each other one
    # by one, and half a minute becomes an hour.
    for setting in ("enable_nestloop = off", "statement_timeout = 0"):
        await session.execute(f"set local {setting}")
    for statement in (*REPEATED, DUPLICATES):
        await session.execute(statement, import_id)
    counts = await count_rows(session, actor, import_id)
    await session.update(Import, import_id, {"state": ImportState.previewed, "counts": counts.model_dump()})
    return counts


async def count_rows(session: Session, _actor: Actor, import_id: UUID) -> ImportCounts:
    row = await session.fetchrow(COUNTS, import_id)
    assert row is not None
    return ImportCounts(**dict(row))
