"""Vacancies: required offices that are not filled, over the whole of what one sees, in one statement."""

from uuid import UUID

from app.core.actor import Actor
from app.core.db import Session
from app.core.paging import Where

#: Units are those whose terms the actor reads: elsewhere every office would look empty. Only recognised units
#: owe officers. `vacant_since` is the day on which the latest term there ended; null if nobody ever served.
_VACANCIES = """
with served as (
  select t.branch_id, t.office_type_id,
    count(*) filter (where t.state = 'confirmed' and (t.ends_on is null or $1::date < t.ends_on)) as filled,
    max(t.ends_on) filter (where t.ends_on <= $1::date) as last_end
  from office_terms t join office_types o on o.id = t.office_type_id
  where t.starts_on <= $1::date and (t.ends_on is null or t.starts_on < t.ends_on)
    and (t.state = 'confirmed' or t.state = 'removed' and (o.role is null or t.confirmed_at is not null))
  group by t.branch_id, t.office_type_id
)
select json_build_object('as_of', $1::date, 'data', coalesce(json_agg(json_build_object(
  'branch_id', b.id,
  'branch_name', b.name,
  'office_type_id', o.id,
  'office', o.name,
  'seats', o.seats,
  'filled', coalesce(s.filled, 0),
  'vacant_since', s.last_end
) order by b.name, b.id, o.name), '[]'))::text
from branches b join office_types o on o.required and o.kinds @> array[b.kind]
left join served s on s.branch_id = b.id and s.office_type_id = o.id
where b.status = 'recognised' and b.id = any ((select reach('offices'))::uuid[])
  and coalesce(s.filled, 0) < o.seats
"""


async def list_vacancies(session: Session, _actor: Actor, *, within: UUID | None = None) -> bytes:
    """Every required office without enough serving officers, in reach or below one unit of it, as JSON."""
    where = Where()
    if within is not None:
        where.add("b.path @> array[{}::uuid]", within)
    body: str = await session.fetchval(f"{_VACANCIES} and {where.sql}", *where.values)
    return body.encode()
