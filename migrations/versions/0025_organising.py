"""Organising: institutions, campaigns and actions of units, and the clusters in which an organiser works."""

from alembic import op

revision = "0025_organising"
down_revision = "0024_watching"
branch_labels = None
depends_on = None

READERS = "rollbook_app, rollbook_whole"
NOBODY = "'00000000-0000-0000-0000-000000000000'::uuid"

#: How every table of organising is locked, so that none is locked otherwise: `seen` and `changed` are conditions over
#: its rows. What has rows about people is open to the search of a request and to erasure; of what somebody did for the
#: organisation a request is told the number.
LOCK_ROWS = rf"""
create procedure lock_rows(named text, seen text, changed text, about_people boolean default false)
language plpgsql as $$
begin
  execute format('alter table %I enable row level security', named);
  execute format('grant select, insert, update, delete on %I to {READERS}', named);
  execute format('create policy scope on %I for select to {READERS} using (%s)', named, seen);
  execute format('create policy write on %I for insert to {READERS} with check (%s)', named, changed);
  execute format('create policy change on %I for update to {READERS} using (%s) with check (%s)', named, changed, changed);
  execute format('create policy remove on %I for delete to {READERS} using (%s)', named, changed);
  if about_people or exists (
    select from pg_attribute a where a.attrelid = named::regclass and not a.attisdropped
    and (a.attname = 'account_id' or a.attname like '%\_by')
  ) then
    execute format('grant select on %I to rollbook_privacy', named);
    execute format('create policy subject on %I for select to rollbook_privacy using (true)', named);
  end if;
  if about_people then
    execute format('grant select, insert, update, delete on %I to rollbook_erase', named);
    execute format('create policy erase on %I to rollbook_erase using (true) with check (true)', named);
  end if;
end $$
"""

TABLES = [
    """
    create table organisations (
      id uuid not null constraint pk_organisations primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      branch_id uuid not null constraint fk_organisations_branch_id references branches (id),
      unit_id uuid constraint fk_organisations_unit_id references branches (id),
      name text not null,
      name_cy text,
      kind text not null,
      traditions text[] not null,
      interests text,
      website text,
      charity_number text,
      postcode text,
      state text not null,
      state_since date not null,
      joined_on date,
      annual_dues_pence bigint,
      renewal_on date,
      constraint ck_organisations_kind_known check (
        kind in ('congregation', 'school', 'college', 'university', 'union', 'charity', 'community_group', 'cooperative_society',
          'health', 'housing_association', 'business', 'public_body', 'other')),
      constraint ck_organisations_state_known check (
        state in ('prospect', 'negotiating', 'agreed', 'active', 'at_risk', 'lapsed', 'left'))
    )
    """,
    "create index ix_organisations_branch_id_name_id on organisations (branch_id, name, id)",
    "create index ix_organisations_name_id on organisations (name, id)",
    "create index ix_organisations_unit_id on organisations (unit_id)",
    """
    create table campaigns (
      id uuid not null constraint pk_campaigns primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      branch_id uuid not null constraint fk_campaigns_branch_id references branches (id),
      name text not null,
      name_cy text,
      issue text not null,
      aims text not null,
      stage text not null,
      lead_person_id uuid constraint fk_campaigns_lead_person_id references people (id),
      starts_on date,
      ends_on date,
      state text not null,
      state_since date not null,
      outcome text,
      constraint ck_campaigns_stage_known check (stage in ('organise', 'listen', 'plan', 'act', 'negotiate')),
      constraint ck_campaigns_state_known check (state in ('draft', 'active', 'won', 'part_won', 'lost', 'closed'))
    )
    """,
    "create index ix_campaigns_branch_id_name_id on campaigns (branch_id, name, id)",
    "create index ix_campaigns_name_id on campaigns (name, id)",
    "create index ix_campaigns_lead_person_id on campaigns (lead_person_id)",
    """
    create table actions (
      id uuid not null constraint pk_actions primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      branch_id uuid not null constraint fk_actions_branch_id references branches (id),
      campaign_id uuid constraint fk_actions_campaign_id references campaigns (id),
      name text not null,
      kind text not null,
      issue text,
      target text,
      ask text,
      starts_at timestamptz not null,
      ends_at timestamptz not null,
      venue text,
      postcode text,
      online_url text,
      accessibility text[] not null,
      access_notes text,
      code_hash bytea,
      sequence integer not null,
      state text not null,
      state_since date not null,
      constraint ck_actions_kind_known check (
        kind in ('research_action', 'assembly', 'neighbourhood_action', 'negotiation', 'house_meeting', 'training', 'other')),
      constraint ck_actions_state_known check (
        state in ('planned', 'confirmed', 'held', 'evaluated', 'closed', 'cancelled'))
    )
    """,
    "create index ix_actions_branch_id_starts_at_id on actions (branch_id, starts_at, id)",
    "create index ix_actions_starts_at_id on actions (starts_at, id)",
    "create index ix_actions_campaign_id on actions (campaign_id)",
]

SEEN = "branch_id = any ((select reach('organising'))::uuid[])"
CHANGED = "branch_id = any ((select reach('organising_write'))::uuid[])"

DERIVED_TABLES = ("audit_entries", "events", "access_log", "files")
DERIVED_SCOPE = """
  case resource
    when 'members' then branch_id = any ((select reach('members'))::uuid[])
    when 'offices' then branch_id = any ((select reach('offices'))::uuid[])
    when 'branches' then branch_id = any ((select reach('branches'))::uuid[])
    when 'grants' then branch_id = any ((select reach('grants'))::uuid[])
    when 'organising' then branch_id = any ((select reach('organising'))::uuid[])
    when 'meetings' then branch_id = any ((select reach('meetings'))::uuid[])
    when 'supervision' then branch_id = any ((select reach('supervision'))::uuid[])
    when 'imports' then subject_id = any (array(select id from imports))
    when 'exports' then subject_id = any (array(select id from exports))
    when 'rules' then (select acting_account()) is not null
    when 'procedures' then (select acting_account()) is not null
    when 'privacy' then (select keeps_privacy())
    when 'disputes' then wall_key is not null
    else false
  end
"""
WITHIN_WALLS = (
    f"coalesce(wall_key, {NOBODY}) = any ((select open_walls())::uuid[]) "
    f"and coalesce(subject_id, {NOBODY}) <> all ((select closed_walls())::uuid[])"
)

#: Without a long lock: what is written from now on is checked at once, what is there after the lock is gone.
KINDS = (
    "kind in ('party', 'nation', 'region', 'local_party', 'branch', 'alliance', 'chapter', 'cluster', 'institution')"
)


def upgrade() -> None:
    op.execute("alter table branches drop constraint ck_branches_kind_known")
    op.execute(f"alter table branches add constraint ck_branches_kind_known check ({KINDS}) not valid")
    op.execute("alter table branches validate constraint ck_branches_kind_known")
    for statement in (LOCK_ROWS, "revoke all on procedure lock_rows(text, text, text, boolean) from public", *TABLES):
        op.execute(statement)
    for table in ("organisations", "campaigns", "actions"):
        op.execute(f"call lock_rows('{table}', $${SEEN}$$, $${CHANGED}$$, {str(table == 'campaigns').lower()})")
    for table in DERIVED_TABLES:
        op.execute(f"drop policy scope on {table}")
        op.execute(
            f"create policy scope on {table} for select to {READERS} using (({DERIVED_SCOPE}) and {WITHIN_WALLS})"
        )
