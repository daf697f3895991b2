"""What an import is measured against: what somebody who knows the tables writes by hand.

COPY into a stage of text, one statement that validates, and one statement for each table: as the owner, without
policies, preview, batches or anything to resume from. The tables, their indexes and their triggers are the same.
"""

from __future__ import annotations

from pathlib import Path

import asyncpg

from benchmarks.bulk.rows import HEADINGS
from benchmarks.bulk.timing import Phases

_COLUMNS = [heading.lower().replace(" ", "_") for heading in HEADINGS]
STAGE = (
    "create temporary table stage (number bigint generated always as identity, "
    f"{', '.join(f'{name} text' for name in _COLUMNS)}) on commit drop"
)

_PHONE = "nullif(regexp_replace(regexp_replace({0}, '[^0-9+]', '', 'g'), '^0', '+44'), '')"
_DAY = "case when {0} ~ '^[0-3][0-9]/[01][0-9]/[12][0-9]{{3}}$' then to_date({0}, 'DD/MM/YYYY') end"

#: Every row, typed, with what is wrong with it; those on record by their key are left out.
CHECK = f"""
create temporary table checked on commit drop as
select read.*, array_remove(array[
    case when given_name = '' or length(given_name) > 100 or family_name = '' or length(family_name) > 100
      then 'name' end,
    case when email is not null and email !~ '^[^@\\s]+@[a-z0-9-]+(\\.[a-z0-9-]+)+$' then 'email' end,
    case when mobile_phone !~ '^\\+44[0-9]{{9,10}}$' or home_phone !~ '^\\+44[0-9]{{9,10}}$' then 'phone' end,
    case when postcode !~ '^[A-Z]{{1,2}}[0-9][A-Z0-9]? [0-9][A-Z]{{2}}$' then 'postcode' end,
    case when date_of_birth is null and birth_given or date_of_birth > current_date then 'date_of_birth' end,
    case when joined_on is null or joined_on > current_date then 'joined_on' end,
    case when paid_until is null then 'paid_until' end,
    case when branch_id is null then 'branch' end,
    case when type is null then 'type' end
  ], null) as faults
from (
  select s.number, contact_id as source_key, trim(first_name) as given_name, trim(last_name) as family_name,
    nullif(lower(trim(email)), '') as email,
    {_PHONE.format("mobile")} as mobile_phone, {_PHONE.format("home_phone")} as home_phone,
    address, town, nullif(upper(trim(postcode)), '') as postcode,
    {_DAY.format("date_of_birth")} as date_of_birth, date_of_birth <> '' as birth_given,
    {_DAY.format("join_date")} as joined_on, {_DAY.format("paid_until")} as paid_until,
    case lower(membership_type) when 'full' then 'full' when 'concession' then 'concession' when 'youth' then 'youth' end as type,
    b.id as branch_id,
    uuidv7() as person_id, uuidv7() as member_id
  from stage s left join branches b on lower(b.name) = lower(trim(s.branch))
  where not exists (select from members m where m.source_key = s.contact_id)
) read
"""

PEOPLE = """
insert into people (id, created_at, updated_at, version, branch_ids, given_name, family_name, sort_name, search_name,
  date_of_birth, preferred_language, email, email_key, mobile_phone, home_phone, address_lines, town, postcode,
  country, objections)
select person_id, now(), now(), 1, array[branch_id], given_name, family_name,
  lower(family_name || ' ' || given_name), lower(given_name || ' ' || family_name), date_of_birth, 'en', email, email,
  mobile_phone, home_phone, array[address], town, postcode, 'GB', '{}'
from checked where faults = '{}' order by number
"""
MEMBERS = """
insert into members (id, created_at, updated_at, version, person_id, branch_id, relationship, number, type, joined_on,
  paid_until, lapses_on, sort_name, search_name, source_key)
select member_id, now(), now(), 1, person_id, branch_id, 'member', nextval('member_numbers')::text, type, joined_on,
  paid_until, (paid_until + 1 + interval '3 months')::date, lower(family_name || ' ' || given_name),
  lower(given_name || ' ' || family_name), source_key
from checked where faults = '{}' order by number
"""
TERMS = """
insert into membership_terms (id, created_at, member_id, branch_id, starts_on, ends_on)
select uuidv7(), now(), member_id, branch_id, greatest(joined_on, (paid_until + 1 - interval '1 year')::date),
  paid_until + 1
from checked where faults = '{}' and joined_on <= paid_until order by number
"""
AUDIT = """
insert into audit_entries (id, created_at, transaction, action, resource, subject_id, branch_id, fields)
select uuidv7(), now(), pg_current_xact_id()::text::bigint, 'member.created', 'members', member_id, branch_id,
  '{"given_name": true, "family_name": true, "email": true, "postcode": true}'
from checked where faults = '{}' order by number
"""
EVENTS = """
insert into events (id, created_at, transaction, type, resource, subject_id, branch_id, data)
select uuidv7(), now(), pg_current_xact_id()::text::bigint, 'member.created', 'members', member_id, branch_id, '{}'
from checked where faults = '{}' order by number
"""


async def import_by_hand(owner: str, path: Path, phases: Phases, *, trail: bool) -> int:
    """Bring a file in; with `trail`, leave an audit entry and an event for each, as ours does. Returns how many."""
    connection = await asyncpg.connect(owner)
    work = connection.transaction()
    await work.start()
    with phases("stage"):
        await connection.execute(STAGE)
        await connection.copy_to_table("stage", source=path, columns=_COLUMNS, format="csv", header=True)
        await connection.execute("analyze stage")
    with phases("validate"):
        await connection.execute(CHECK, timeout=3600)
        await connection.execute("analyze checked")
    merge = {"people": PEOPLE, "members": MEMBERS, "terms": TERMS}
    written = {}
    for name, sql in (merge | ({"audit": AUDIT, "events": EVENTS} if trail else {})).items():
        with phases(name):
            written[name] = int((await connection.execute(sql, timeout=3600)).rpartition(" ")[2])
    with phases("commit"):
        await work.commit()
    await connection.close()
    return written["members"]
