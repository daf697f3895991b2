"""What a file would come to: its rows held against each other, and against those on record whom the actor may see."""

from uuid import UUID

from app.core.actor import Actor
from app.core.db import Session
from app.models.imports import Import, ImportCounts, ImportState
from app.services.imports.records import find_import

#: Seconds that all rows of the largest file may take.
PATIENCE = 900.0
#: How many possible duplicates are named for a row.
MOST_NAMED = 10


def _repeated(what: str, code: str, said: str) -> str:
    return f"""
    update import_rows r
    set outcome = 'refused', person_id = null, member_id = null, changes = null,
      errors = coalesce(r.errors, '[]') || jsonb_build_array(jsonb_build_object(
        'pointer', '/{what}', 'code', '{code}', 'message', 'Row ' || again.first || ' of the file {said}'))
    from (
      select number, min(number) over (partition by proposed -> 'member' ->> '{what}') as first
      from import_rows
      where import_id = $1 and outcome <> 'refused' and proposed -> 'member' ->> '{what}' is not null
    ) again
    where r.import_id = $1 and r.number = again.number and again.first < again.number
    """


REPEATED = (
    _repeated("source_key", "row_repeated", "is the same person by the key."),
    _repeated("number", "number_repeated", "has this number."),
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
  count(*) filter (where outcome = 'update') as update,
  count(*) filter (where outcome = 'known') as known,
  count(*) filter (where outcome = 'refused') as refused,
  count(*) filter (where outcome = 'create' and possible_duplicates is not null) as possible_duplicates,
  count(*) filter (where outcome = 'create' and proposed -> 'person' ->> 'country' <> 'GB') as foreign_addresses,
  count(*) filter (where outcome <> 'refused' and errors is not null) as warnings,
  count(*) filter (where outcome in ('create', 'update')
    and number <= (select applied_through from imports where id = $1)) as applied,
  count(*) filter (where undo = 'undone') as undone,
  count(*) filter (where undo = 'changed') as changed,
  count(*) filter (where undo = 'erased') as erased
from import_rows where import_id = $1
"""


async def preview_import(session: Session, actor: Actor, import_id: UUID) -> ImportCounts:
    """Hold the rows against each other and against who is on record, within the actor's sight, and count.

    Raises `NotFound`.
    """
    row = await find_import(session, actor, import_id, hold=True)
    if row["state"] != ImportState.validated:
        return ImportCounts(**row["counts"])
    # Rows that have just come in have no statistics yet: taken for few, ten thousand are held against each other one
    # by one, and half a minute becomes an hour.
    for setting in ("enable_nestloop = off", "statement_timeout = 0", "work_mem = '64MB'"):
        await session.execute(f"set local {setting}")
    for statement in (*REPEATED, DUPLICATES):
        await session.execute(statement, import_id, patience=PATIENCE)
    counts = await count_rows(session, actor, import_id)
    await session.update(Import, import_id, {"state": ImportState.previewed, "counts": counts.model_dump()})
    return counts


async def count_rows(session: Session, _actor: Actor, import_id: UUID) -> ImportCounts:
    row = await session.fetchrow(COUNTS, import_id)
    assert row is not None
    return ImportCounts(**dict(row))
