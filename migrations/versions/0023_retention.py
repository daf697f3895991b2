"""Retention: periods of rules, runs that two people decide, and what a run puts aside until its holding is over."""

from alembic import op

revision = "0023_retention"
down_revision = "0022_processing"
branch_labels = None
depends_on = None

TABLES = [
    """
    create table retention_periods (
      id uuid not null constraint pk_retention_periods primary key,
      created_at timestamptz not null,
      rule text not null,
      months integer not null,
      reason text not null,
      account_id uuid not null
    )
    """,
    "create index ix_retention_periods_rule_id on retention_periods (rule, id)",
    """
    create table retention_runs (
      id uuid not null constraint pk_retention_runs primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      reference text not null constraint uq_retention_runs_reference unique,
      rule text not null,
      months integer not null,
      state text not null,
      state_since date not null,
      counted_on date not null,
      found integer not null,
      left_out jsonb not null,
      taken integer not null,
      proposed_by uuid not null,
      decided_by uuid,
      holding_until date,
      sealed bytea not null,
      constraint ck_retention_runs_state_known check (
        state in ('dry_run', 'applying', 'holding', 'undoing', 'undone', 'final', 'refused', 'withdrawn')),
      constraint ck_retention_runs_second_person check (
        state in ('dry_run', 'refused', 'withdrawn') or coalesce(decided_by <> proposed_by, false))
    )
    """,
    "create index ix_retention_runs_rule on retention_runs (rule)",
    """
    create table retention_items (
      id uuid not null constraint pk_retention_items primary key,
      created_at timestamptz not null,
      run_id uuid not null constraint fk_retention_items_run_id references retention_runs (id),
      person_id uuid constraint fk_retention_items_person_id references people (id),
      case_id uuid,
      since date not null,
      state text not null,
      reason text,
      done_on date,
      sealed bytea not null,
      constraint ck_retention_items_has_subject check (num_nonnulls(person_id, case_id) >= 1),
      constraint ck_retention_items_state_known check (
        state in ('found', 'left_out', 'put_aside', 'restored', 'gone')),
      constraint ck_retention_items_reason_known check (
        reason in ('legal_hold', 'open_dispute', 'open_request', 'serving_officer', 'live_membership', 'holds_rights',
          'barred', 'put_aside_already', 'still_open', 'not_due', 'gone_already'))
    )
    """,
    "create index ix_retention_items_run_id on retention_items (run_id, state)",
    "create index ix_retention_items_person_id on retention_items (person_id)",
    "create index ix_retention_items_case_id on retention_items (case_id)",
    "create unique index ix_retention_items_person_aside on retention_items (person_id) where state = 'put_aside'",
    "create unique index ix_retention_items_case_aside on retention_items (case_id) where state = 'put_aside'",
]

READERS = "rollbook_app, rollbook_whole"
DEFINER = "stable security definer set search_path = public, pg_temp language sql"

FUNCTIONS = [
    # What forbids minimising somebody on a day, whatever a rule says of them; the gravest first. It knows of no rule.
    f"""
    create function retention_obstacles(p_person uuid, p_day date) returns text[] {DEFINER} as $$
      select array_remove(erasure_obstacles(p_person, p_day) || array[
        case when exists (
          select from accounts a join grants g on g.account_id = a.id
          where a.person_id = p_person and a.state = 'active' and g.state in ('proposed', 'confirmed')
          and (g.ends_on is null or p_day < g.ends_on)) then 'holds_rights' end,
        case when exists (
          select from member_restrictions r where r.person_id = p_person and r.kind in ('suspended', 'excluded', 'expelled')
          and (r.ends_on is null or p_day < r.ends_on)) then 'barred' end,
        case when exists (
          select from retention_items i where i.person_id = p_person and i.state = 'put_aside') then 'put_aside_already' end,
        case when exists (
          select from people p where p.id = p_person and p.erased_at is not null) then 'gone_already' end
      ], null)
    $$
    """,
    # The same of a case or a matter, by whatever id.
    f"""
    create function retention_case_obstacles(p_case uuid, p_day date) returns text[] {DEFINER} as $$
      select array_remove(array[
        case when exists (
          select from legal_holds h where h.state = 'in_force' and (h.until is null or p_day < h.until)
          and h.dispute_id in (select unnest(array[d.id, d.joined_into_id]) from disputes d where d.id = p_case)
        ) or exists (
          select from people_on_hold(array(
            select person_id from rights_requests where id = p_case
            union select person_id from data_complaints where id = p_case
            union select person_id from dispute_parties where dispute_id = p_case
          ), p_day)) then 'legal_hold' end,
        case when exists (
          select from disputes where id = p_case and state not in ('final', 'closed', 'withdrawn', 'joined')
        ) or exists (select from rights_requests where id = p_case and ended_on is null)
          or exists (select from data_complaints where id = p_case and ended_on is null)
          or exists (select from breaches where id = p_case and closed_on is null) then 'still_open' end,
        case when exists (
          select from retention_items i where i.case_id = p_case and i.state = 'put_aside') then 'put_aside_already' end,
        case when exists (
          select from envelope_keys k where k.subject_id = p_case and k.destroyed_at is not null)
          and not exists (select from retention_items i where i.case_id = p_case and i.state = 'put_aside')
          then 'gone_already' end
      ], null)
    $$
    """,
    # The last lock: whatever a rule, a query or an upgrade gets wrong, nothing of a current member is put aside.
    """
    create function never_put_aside() returns trigger security definer set search_path = public, pg_temp language plpgsql as $$
    declare
      day date := (clock_timestamp() at time zone 'Europe/London')::date;
    begin
      if exists (
        select from members m where m.person_id = new.person_id and m.relationship = 'member' and standing_on(
          m.decided_standing, m.decided_from, m.decided_until, m.restricted, m.paid_until, m.lapses_on,
          coalesce(new.done_on, day)) in ('current', 'arrears', 'suspended')
      ) or exists (select from people_on_hold(array[new.person_id], coalesce(new.done_on, day))) then
        raise exception 'nothing of a current member, or of somebody on legal hold, is put aside';
      end if;
      return new;
    end $$
    """,
    "revoke all on function retention_obstacles(uuid, date), retention_case_obstacles(uuid, date) from public",
    f"grant execute on function retention_obstacles(uuid, date), retention_case_obstacles(uuid, date) "
    f"to {READERS}, rollbook_privacy",
]

#: The rows come back as they were: what is put aside is emptied after this has been asked.
GUARDED = [
    "create trigger never_put_aside before insert or update of state on retention_items for each row "
    "when (new.state = 'put_aside' and new.person_id is not null) execute function never_put_aside()",
    # Words that were put aside may come back, by the role that took them and into the place where they stood.
    "drop trigger append_only on standings",
    """
    create trigger append_only before update on standings for each row
    when (current_user <> 'rollbook_erase' or (old.reason is not null and new.reason is not null) or
      (new.id, new.created_at, new.member_id, new.branch_id, new.standing, new.starts_on, new.until, new.decided_by)
      is distinct from
      (old.id, old.created_at, old.member_id, old.branch_id, old.standing, old.starts_on, old.until, old.decided_by))
    execute function append_only()
    """,
    "grant insert on possible_duplicates, password_resets to rollbook_erase",
]


def _lock() -> list[str]:
    statements = []
    open_to = {
        "retention_runs": "id <> all ((select closed_walls())::uuid[])",
        "retention_items": "run_id <> all ((select closed_walls())::uuid[])",
    }
    for table, condition in open_to.items():
        seen, changed = f"(select keeps_privacy()) and {condition}", f"(select handles_privacy()) and {condition}"
        statements += [
            f"alter table {table} enable row level security",
            f"grant select, insert, update on {table} to {READERS}, rollbook_privacy",
            f"create policy scope on {table} for select to {READERS} using ({seen})",
            f"create policy write on {table} for insert to {READERS} with check ({changed})",
            f"create policy change on {table} for update to {READERS} using ({changed}) with check ({changed})",
            f"create policy within on {table} to rollbook_privacy using (true) with check (true)",
        ]
    everybody = f"{READERS}, rollbook_self, rollbook_privacy"
    return [
        *statements,
        "grant select, update on retention_items to rollbook_erase",
        "create policy erase on retention_items to rollbook_erase using (true) with check (true)",
        "alter table retention_periods enable row level security",
        f"grant select on retention_periods to {everybody}",
        f"grant insert on retention_periods to {READERS}",
        f"create policy everyone on retention_periods for select to {everybody} using (true)",
        f"create policy write on retention_periods for insert to {READERS} with check ((select handles_privacy()))",
        "create trigger append_only before update or delete on retention_periods for each row "
        "execute function append_only()",
    ]


def upgrade() -> None:
    for statement in (*TABLES, *FUNCTIONS, *GUARDED, *_lock()):
        op.execute(statement)
