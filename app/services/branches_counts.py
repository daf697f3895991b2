"""How many members and supporters a unit has, on a day."""

from datetime import date, timedelta
from uuid import UUID

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Invalid
from app.core.permissions import Permission
from app.services.branches import find_branch
from app.services.restrictions import RESTRICTED

_TALLY = """
json_build_object(
  'branch_id', $2::uuid,
  'as_of', $1::date,
  'current', count(*) filter (where relationship = 'member' and standing = 'current'),
  'arrears', count(*) filter (where relationship = 'member' and standing = 'arrears'),
  'lapsed', count(*) filter (where relationship = 'member' and standing = 'lapsed'),
  'suspended', count(*) filter (where relationship = 'member' and standing = 'suspended'),
  'supporters', count(*) filter (where relationship = 'supporter' and standing = 'current'),
  'units', (select count(*) from branches where path @> array[$2::uuid] and status <> 'dissolved')
)::text
"""
_UNITS = "any ((select array_agg(id) from branches where path @> array[$2::uuid])::uuid[])"

_TODAY = f"""
select {_TALLY} from (
  select m.relationship,
    standing_on(
      m.decided_standing, m.decided_from, m.decided_until, m.restricted, m.paid_until, m.lapses_on, $1::date
    ) as standing
  from members m where m.branch_id = {_UNITS}
) counted
"""

#: What was decided and paid, what restricted, and where the member was, as the dated facts have it. Who has no dated
#: facts counts as the record stands. Whose term ran out is in arrears for three calendar months: paid until
#: 31 August, lapsed on 1 December. `$3` is the instant at which the day ended.
_ON_A_DAY = f"""
select {_TALLY} from (
  select m.relationship,
    standing_on(
      coalesce(d.standing, m.decided_standing),
      coalesce(d.starts_on, m.decided_from),
      case when d.standing is null then m.decided_until else d.until end,
      held.restricted,
      coalesce(t.ends_on - 1, m.paid_until),
      coalesce((t.ends_on + interval '3 months')::date, m.lapses_on),
      $1::date
    ) as standing
  from members m
  left join lateral (
    select s.standing, s.starts_on, s.until from standings s
    where s.member_id = m.id and s.starts_on <= $1 order by s.starts_on desc, s.created_at desc limit 1
  ) d on true
  left join (
    select r.member_id, {RESTRICTED} as restricted from member_restrictions r
    where r.starts_on <= $1 and coalesce($1 < r.ends_on, true) group by r.member_id
  ) held on held.member_id = m.id
  left join lateral (
    select max(p.ends_on) as ends_on from membership_terms p where p.member_id = m.id and p.starts_on <= $1
  ) t on true
  left join lateral (
    select x.from_branch_id from transfers x
    where x.member_id = m.id and x.state = 'accepted' and x.decided_at >= $3 order by x.decided_at limit 1
  ) left_later on true
  where m.joined_on <= $1 and coalesce(left_later.from_branch_id, m.branch_id) = {_UNITS}
) counted
"""


async def count_members(session: Session, actor: Actor, branch_id: UUID, as_of: date | None) -> bytes:
    """The unit's members by standing, its supporters and its open units, everything below included, as JSON.

    `as_of` (today if left out) reads the dated facts: joining, paid terms, decisions, transfers. It counts
    whom the actor can see today; the number of units is always today's. Raises `NotFound`, `Forbidden`, and
    `Invalid` for a day to come.
    """
    row = await find_branch(session, actor, branch_id)
    actor.must(Permission.members_read, row["path"])
    today = clock.today()
    if as_of is not None and as_of > today:
        raise Invalid.at("#query/as_of", "in_future", "Nobody has counted the days to come.")
    if as_of is None or as_of == today:
        tally: str = await session.fetchval(_TODAY, today, branch_id)
    else:
        day_after = clock.day_starts(as_of + timedelta(days=1))
        tally = await session.fetchval(_ON_A_DAY, as_of, branch_id, day_after)
    return tally.encode()
