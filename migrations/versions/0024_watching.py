"""Who has read what, watched: alerts of what is unusual; and exports that may have held oneself."""

from alembic import op

revision = "0024_watching"
down_revision = "0023_retention"
branch_labels = None
depends_on = None

READERS = "rollbook_app, rollbook_whole"
OPEN_TO = "id <> all ((select closed_walls())::uuid[])"

STATEMENTS = [
    """
    create table access_days (
      id uuid not null constraint pk_access_days primary key,
      created_at timestamptz not null,
      account_id uuid not null constraint fk_access_days_account_id references accounts (id),
      on_day date not null,
      reads integer not null
    )
    """,
    "create unique index ix_access_days_account_id_on_day on access_days (account_id, on_day)",
    "alter table access_days enable row level security",
    "grant select, insert, update, delete on access_days to rollbook_privacy",
    "create policy within on access_days to rollbook_privacy using (true) with check (true)",
    """
    create table access_alerts (
      id uuid not null constraint pk_access_alerts primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      rule text not null,
      account_id uuid constraint fk_access_alerts_account_id references accounts (id),
      record_id uuid,
      on_day date not null,
      count integer not null,
      usual integer,
      state text not null,
      state_since date not null,
      outcome text,
      breach_id uuid constraint fk_access_alerts_breach_id references breaches (id),
      constraint ck_access_alerts_rule_known check (rule in ('night_export', 'unusual_reads', 'many_readers')),
      constraint ck_access_alerts_state_known check (state in ('open', 'looked_into')),
      constraint ck_access_alerts_outcome_known check (outcome in ('harmless', 'misuse', 'breach'))
    )
    """,
    "create unique index ix_access_alerts_found on access_alerts (rule, coalesce(account_id, record_id), on_day)",
    "create index ix_access_alerts_on_day on access_alerts (on_day, id)",
    "alter table access_alerts enable row level security",
    f"grant select, insert, update on access_alerts to {READERS}, rollbook_privacy",
    f"create policy scope on access_alerts for select to {READERS} using ((select keeps_privacy()) and {OPEN_TO})",
    f"create policy write on access_alerts for insert to {READERS} with check ((select handles_privacy()) and {OPEN_TO})",
    f"create policy change on access_alerts for update to {READERS} "
    f"using ((select handles_privacy()) and {OPEN_TO}) with check ((select handles_privacy()) and {OPEN_TO})",
    "create policy within on access_alerts to rollbook_privacy using (true) with check (true)",
    # Exports of units in which the acting person is or was a member or supporter.
    """
    create function own_exports() returns uuid[] stable security definer set search_path = public, pg_temp language sql as $$
      select coalesce(array_agg(e.id), '{}') from exports e
      where e.unit_ids && (
        select coalesce(array_agg(distinct above), '{}') from members m
        left join membership_terms t on t.member_id = m.id
        join branches b on b.id in (m.branch_id, t.branch_id), unnest(b.path) above
        where m.person_id = acting_person())
    $$
    """,
    "revoke all on function own_exports() from public",
    "grant execute on function own_exports() to rollbook_self",
    "create policy own_exports on access_log for select to rollbook_self "
    "using (resource = 'exports' and purpose = 'export' and subject_id = any ((select own_exports())::uuid[]) "
    # Whoever was not on record yet was in none.
    "and created_at >= (select min(m.created_at) from members m))",
]


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
