"""What waits, domain by domain: one query for each kind of thing, and who may act on it."""

from dataclasses import dataclass
from functools import cache

from app.core.permissions import Permission
from app.models.tasks import TaskKind

_ME = "with me as materialized (select $1::uuid as account_id, $2::uuid as person_id, $3::date as today)"
_WAITING = "waiting_{number} (branch_id, due_on, number) as materialized ({sql})"
_TASKS = """
select '{kind}' as kind, u.held, sum(w.number) as count, min(w.due_on) as due_on
from waiting_{number} w join branches b on b.id = w.branch_id
join unnest({units}::uuid[]) u(held) on b.path @> array[u.held] {above} group by u.held
"""
#: What a statement is given before the units of each kind: account, person and day.
_GIVEN = 3


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """One kind of thing that waits for holders of a permission.

    `sql` gives a row of (branch_id, due_on, number) for each; it may use `me` (account_id, person_id, today) and
    `{units}`, those from which down the permission is held. `from_above` when the right must be held at a unit above
    the one concerned; `role` for tables under a role of their own. `href` may hold `{branch_id}`, the unit.
    """

    kind: TaskKind
    permission: Permission
    sql: str
    href: str
    from_above: bool = False
    role: str | None = None


@cache
def statement_of(kinds: tuple[Waiting, ...]) -> str:
    """How many of each kind wait below each of its units: of account, person, day, and the units of each kind in order.

    One statement for all: what a kind costs by itself is mostly its way to the database and back.
    """
    waits, tasks = [_ME], []
    for number, kind in enumerate(kinds):
        units = f"${number + 1 + _GIVEN}"
        waits.append(_WAITING.format(number=number, sql=kind.sql.format(units=units)))
        above = "and b.id <> u.held" if kind.from_above else ""
        tasks.append(_TASKS.format(kind=kind.kind, number=number, units=units, above=above))
    return f"{', '.join(waits)} {' union all '.join(tasks)}"


#: Requests over data that wait for the team, and not for the requester.
_REQUESTS = (
    "select organisation(), r.due_on, 1 from rights_requests r where r.ended_on is null and r.paused_since is null "
    "and r.state <> 'identity' and {}"
)

#: A new domain adds its line.
WAITING: tuple[Waiting, ...] = (
    Waiting(
        kind=TaskKind.transfers_to_decide,
        permission=Permission.members_transfer,
        sql="select t.to_branch_id, null::date, 1 from transfers t, me "
        "where t.state = 'asked' and t.asked_by <> me.account_id",
        href="/v1/transfers?state=asked&direction=in",
    ),
    Waiting(
        kind=TaskKind.terms_to_confirm,
        permission=Permission.offices_confirm,
        sql="select t.branch_id, t.starts_on, 1 from office_terms t, me where t.state = 'proposed' "
        "and t.recorded_by <> me.account_id and t.person_id is distinct from me.person_id",
        href="/v1/office-terms?standing=proposed",
        from_above=True,
    ),
    Waiting(
        kind=TaskKind.grants_to_confirm,
        permission=Permission.grants_confirm,
        sql="select g.branch_id, g.starts_on, 1 from grants g, me where g.state = 'proposed' "
        "and g.proposed_by <> me.account_id and g.account_id <> me.account_id",
        href="/v1/grants?state=proposed",
        role="rollbook_auth",
    ),
    Waiting(
        kind=TaskKind.offices_to_fill,
        permission=Permission.offices_record,
        # Seats less those taken, summed over both: of a join between the two the planner thinks far too little.
        sql="select branch_id, null::date, sum(free) from ("
        "  select b.id, o.id, o.seats from branches b join office_types o on o.required and b.kind = any (o.kinds) "
        "  where b.path && {units} and b.status = 'recognised' "
        "  union all select t.branch_id, t.office_type_id, -1 from office_terms t, me "
        "  where t.state in ('proposed', 'confirmed') and (t.ends_on is null or me.today < t.ends_on)"
        ") seats (branch_id, office_type_id, free) group by branch_id, office_type_id having sum(free) > 0",
        href="/v1/vacancies",
    ),
    Waiting(
        kind=TaskKind.data_complaints_to_answer,
        permission=Permission.privacy_handle,
        sql="select organisation(), c.acknowledge_by, 1 from data_complaints c "
        "where c.state not in ('answered', 'withdrawn')",
        href="/v1/data-complaints?open=true",
    ),
    Waiting(
        kind=TaskKind.breaches_to_handle,
        permission=Permission.privacy_handle,
        sql="select organisation(), (b.due_at at time zone 'Europe/London')::date, 1 from breaches b "
        "where b.state <> 'closed'",
        href="/v1/breaches?open=true",
    ),
    Waiting(
        kind=TaskKind.access_alerts_to_look_into,
        permission=Permission.privacy_handle,
        sql="select organisation(), null::date, 1 from access_alerts x where x.state = 'open'",
        href="/v1/access-alerts?state=open",
    ),
    Waiting(
        kind=TaskKind.erasures_to_approve,
        permission=Permission.privacy_approve,
        sql="select organisation(), null::date, 1 from erasure_cases e, me "
        "where e.state = 'proposed' and e.proposed_by <> me.account_id",
        href="/v1/erasures?state=proposed",
    ),
    Waiting(
        kind=TaskKind.retention_runs_to_approve,
        permission=Permission.privacy_approve,
        sql="select organisation(), null::date, 1 from retention_runs r, me "
        "where r.state = 'dry_run' and r.proposed_by <> me.account_id",
        href="/v1/retention-runs?state=dry_run",
    ),
    Waiting(
        kind=TaskKind.access_requests_to_answer,
        permission=Permission.privacy_handle,
        sql=_REQUESTS.format("r.kind = 'access'"),
        href="/v1/subject-access-requests?open=true&paused=false&sort=due_on",
    ),
    Waiting(
        kind=TaskKind.rights_requests_to_answer,
        permission=Permission.privacy_handle,
        sql=_REQUESTS.format("r.kind <> 'access'"),
        href="/v1/rights-requests?open=true&paused=false&sort=due_on",
    ),
)


@dataclass(frozen=True, kw_only=True)
class WaitingInCase:
    """One kind of thing that waits in cases: `sql` gives (case, due_on), and may use `me` (account_id, today)."""

    kind: TaskKind
    permission: Permission
    sql: str
    href: str

    @property
    def statement(self) -> str:
        return f"select '{self.kind}', waits.*, '{self.permission}' from ({self.sql}) waits"


IN_CASES: tuple[WaitingInCase, ...] = (
    WaitingInCase(
        kind=TaskKind.disputes_to_handle,
        permission=Permission.disputes_handle,
        sql="select d.id, d.due_on from disputes d where d.stayed_on is null and d.state in "
        "('received', 'acknowledged', 'needs_information', 'informal', 'responded', 'reported', 'appealed')",
        href="/v1/disputes?part=receiver&open=true",
    ),
    WaitingInCase(
        kind=TaskKind.disputes_overdue,
        permission=Permission.disputes_read,
        sql="select d.id, d.due_on from disputes d, me where d.due_on < me.today and d.stayed_on is null",
        href="/v1/disputes?overdue=true",
    ),
    WaitingInCase(
        kind=TaskKind.measures_to_review,
        permission=Permission.disputes_handle,
        sql="select m.dispute_id, m.review_by from dispute_measures m, me "
        "where m.lifted_on is null and coalesce(me.today < m.ends_on, true) and m.review_by < me.today + 7",
        href="/v1/disputes?part=receiver&open=true",
    ),
    WaitingInCase(
        kind=TaskKind.appeals_to_decide,
        permission=Permission.disputes_decide_appeal,
        sql="select d.id, d.due_on from disputes d where d.stayed_on is null and d.state = 'appeal_listed'",
        href="/v1/disputes?state=appeal_listed",
    ),
    WaitingInCase(
        kind=TaskKind.disclosures_to_decide,
        permission=Permission.disputes_handle,
        sql="select i.wall_key, i.decide_by from request_items i where i.decision is null and i.wall_key is not null",
        href="/v1/disputes?part=receiver&open=true",
    ),
)
