"""The figures of an organiser's report: the one-to-ones they held, and what was brought about in the unit meanwhile."""

from datetime import date, timedelta
from uuid import UUID

from app.core.actor import Actor
from app.core.db import Session
from app.models.cadence import CadenceStanding
from app.models.organiser_reports import ReportFigures
from app.services.cadence import CadenceQuery, get_own_cadence

#: What was brought about in the units at or below $1 between two days.
_FIGURES = """
with here as materialized (select id from branches where path @> array[$1::uuid]),
held as (
  select a.id from actions a where a.branch_id in (select id from here)
  and a.state in ('held', 'evaluated', 'closed') and a.starts_at >= $2::timestamp at time zone 'Europe/London'
  and a.starts_at < $3::timestamp at time zone 'Europe/London'
),
latest as (
  select distinct on (t.action_id, t.organisation_id, t.kind) t.kind, t.people from action_turnout t
  where t.action_id in (select id from held)
  order by t.action_id, t.organisation_id, t.kind, t.created_at desc, t.id desc
)
select
  (select count(*) from one_to_ones m where m.organiser_id = $4 and m.state = 'missed'
    and $2 <= m.on_day and m.on_day < $3) as one_to_ones_missed,
  (select count(distinct m.person_id) from one_to_ones m
    where m.organiser_id = $4 and m.state = 'held' and $2 <= m.on_day and m.on_day < $3 and not exists (
      select from one_to_ones e where e.person_id = m.person_id and e.state = 'held' and e.on_day < $2))
    as people_met_first,
  (select count(distinct s.organisation_id) from organisation_steps s join organisations o on o.id = s.organisation_id
    where o.branch_id in (select id from here) and s.to_state = 'active' and s.from_state = 'agreed'
    and $2 <= s.on_day and s.on_day < $3) as institutions_recruited,
  (select count(distinct s.organisation_id) from organisation_steps s join organisations o on o.id = s.organisation_id
    where o.branch_id in (select id from here) and s.to_state in ('lapsed', 'left')
    and s.from_state in ('active', 'at_risk') and $2 <= s.on_day and s.on_day < $3) as institutions_lost,
  (select count(distinct t.leader_id) from leader_tiers t where t.recorded_by = $4 and t.reached <> 'tertiary'
    and $2 <= t.from_day and t.from_day < $3) as leaders_developed,
  (select count(*) from held) as actions_held,
  (select coalesce(sum(t.people), 0) from latest t where t.kind = 'promised') as turnout_promised,
  (select coalesce(sum(t.people), 0) from latest t where t.kind = 'counted') as turnout_counted,
  (select count(*) from pledge_steps s join pledges p on p.id = s.pledge_id where p.branch_id in (select id from here)
    and s.to_state = 'made' and $2 <= s.on_day and s.on_day < $3) as pledges_made,
  (select count(*) from pledge_steps s join pledges p on p.id = s.pledge_id where p.branch_id in (select id from here)
    and s.to_state = 'kept' and $2 <= s.on_day and s.on_day < $3) as pledges_kept,
  (select count(*) from pledge_steps s join pledges p on p.id = s.pledge_id where p.branch_id in (select id from here)
    and s.to_state = 'broken' and $2 <= s.on_day and s.on_day < $3) as pledges_broken,
  (select count(*) from wins w where w.branch_id in (select id from here) and w.state <> 'withdrawn'
    and $2 <= w.won_on and w.won_on < $3) as wins,
  (select coalesce(sum(i.actual_pence), 0)::bigint from income_lines i where i.account_id = $4 and i.kind = 'hard'
    and $2 <= i.received_on and i.received_on < $3) as hard_pence,
  (select coalesce(sum(i.actual_pence), 0)::bigint from income_lines i where i.account_id = $4 and i.kind = 'soft'
    and $2 <= i.received_on and i.received_on < $3) as soft_pence
"""


async def figures_of(session: Session, actor: Actor, branch_id: UUID, starts_on: date, ends_on: date) -> ReportFigures:
    """From `starts_on` until, not including, `ends_on`. Whoever calls has judged the unit."""
    days = CadenceQuery(starts_on=starts_on, ends_on=ends_on - timedelta(days=1))
    cadence = await get_own_cadence(session, actor, days)
    row = await session.fetchrow(_FIGURES, branch_id, starts_on, ends_on, actor.account_id)
    assert row is not None, "a query without a condition gives a row"
    return ReportFigures(
        **row,
        one_to_ones_held=cadence.held,
        one_to_ones_a_day=cadence.average,
        meets_cadence=cadence.standing is not CadenceStanding.below,
        next_steps_due=cadence.next_steps.due,
        next_steps_kept=cadence.next_steps.kept,
    )
