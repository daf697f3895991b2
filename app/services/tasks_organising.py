"""What waits in organising: whom to see, what was promised, which institutions go cold, what is to be evaluated."""

from app.core.permissions import Permission
from app.models.tasks import TaskKind
from app.services.organisations import GONE_COLD
from app.services.tasks_waiting import Waiting

P = Permission

#: Days ahead that an organiser's week looks, and for what is settled between institutions.
WEEK, SEASON = 7, 60

WAITING: tuple[Waiting, ...] = (
    Waiting(
        kind=TaskKind.one_to_ones_to_hold,
        permission=P.meetings_record,
        sql="select o.branch_id, o.on_day, 1 from one_to_ones o, me "
        f"where o.organiser_id = me.account_id and o.state = 'planned' and o.on_day < me.today + {WEEK}",
        href="/v1/one-to-ones?mine=true&state=planned&sort=on_day",
    ),
    Waiting(
        kind=TaskKind.next_steps_to_settle,
        permission=P.meetings_record,
        sql="select o.branch_id, o.next_step_due_on, 1 from one_to_ones o, me "
        "where o.organiser_id = me.account_id and o.state = 'held' and o.next_step_kept is null "
        f"and o.next_step_due_on < me.today + {WEEK}",
        href="/v1/one-to-ones?mine=true&state=held&next_step_open=true",
    ),
    Waiting(
        kind=TaskKind.institutions_gone_cold,
        permission=P.organising_run,
        sql=f"select o.branch_id, null::date, 1 from organisations o, me where {GONE_COLD.replace('$1', 'me.today')}",
        href="/v1/organisations?cold=true",
    ),
    Waiting(
        kind=TaskKind.memberships_to_renew,
        permission=P.organising_run,
        sql="select o.branch_id, o.renewal_on, 1 from organisations o, me "
        f"where o.state in ('active', 'at_risk') and o.renewal_on < me.today + {SEASON}",
        href="/v1/organisations?members=true&sort=renewal_on",
    ),
    Waiting(
        kind=TaskKind.pledges_to_settle,
        permission=P.organising_run,
        sql="select p.branch_id, p.due_on, 1 from pledges p, me "
        f"where p.state in ('made', 'confirmed') and p.due_on < me.today + {WEEK}",
        href="/v1/pledges?open=true&sort=due_on",
    ),
    Waiting(
        kind=TaskKind.actions_to_evaluate,
        permission=P.organising_run,
        sql="select a.branch_id, null::date, 1 from actions a where a.state = 'held'",
        href="/v1/actions?state=held",
    ),
    Waiting(
        kind=TaskKind.leader_steps_to_take,
        permission=P.meetings_record,
        sql="select l.branch_id, s.due_on, 1 from leader_steps s join leaders l on l.id = s.leader_id, me "
        f"where s.state = 'open' and s.due_on < me.today + {WEEK} and l.state <> 'left'",
        href="/v1/leaders",
    ),
    Waiting(
        kind=TaskKind.reports_to_read,
        permission=P.supervision_set,
        sql="select r.branch_id, r.state_since, 1 from organiser_reports r, me "
        "where r.state = 'sent' and r.account_id <> me.account_id",
        href="/v1/organiser-reports?state=sent",
    ),
    Waiting(
        kind=TaskKind.reports_to_send_again,
        permission=P.meetings_record,
        sql="select r.branch_id, r.state_since, 1 from organiser_reports r, me "
        "where r.state = 'returned' and r.account_id = me.account_id",
        href="/v1/organiser-reports?state=returned",
    ),
    Waiting(
        kind=TaskKind.reports_to_write,
        permission=P.meetings_record,
        # For whoever held a one-to-one last month and has not reported it: the report is due within a week of the next.
        sql="select m.branch_id, (date_trunc('month', me.today)::date + 7), 1 from me, lateral ("
        "  select o.branch_id from one_to_ones o where o.organiser_id = me.account_id and o.state = 'held' "
        "  and o.on_day >= date_trunc('month', me.today) - interval '1 month' "
        "  and o.on_day < date_trunc('month', me.today) limit 1) m "
        "where not exists (select from organiser_reports r where r.account_id = me.account_id "
        "  and r.starts_on < date_trunc('month', me.today) "
        "  and r.ends_on > date_trunc('month', me.today) - interval '1 month')",
        href="/v1/me/reports/draft?branch_id={branch_id}",
    ),
)
