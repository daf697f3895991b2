"""Campaigns: who takes part, the steps of their course, objectives with measurements, milestones."""

from alembic import op

revision = "0027_campaigns"
down_revision = "0026_organisations"
branch_labels = None
depends_on = None

TABLES = [
    """
    create table campaign_branches (
      id uuid not null constraint pk_campaign_branches primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      campaign_id uuid not null constraint fk_campaign_branches_campaign_id references campaigns (id),
      branch_id uuid not null constraint fk_campaign_branches_branch_id references branches (id),
      from_day date not null,
      until_day date
    )
    """,
    "create index ix_campaign_branches_campaign_id_branch_id on campaign_branches (campaign_id, branch_id)",
    "create index ix_campaign_branches_branch_id on campaign_branches (branch_id)",
    """
    create table campaign_organisations (
      id uuid not null constraint pk_campaign_organisations primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      campaign_id uuid not null constraint fk_campaign_organisations_campaign_id references campaigns (id),
      organisation_id uuid not null constraint fk_campaign_organisations_organisation_id references organisations (id),
      role text not null,
      from_day date not null,
      until_day date,
      constraint ck_campaign_organisations_role_known check (role in ('taking_part', 'strategic_partner', 'supporter'))
    )
    """,
    "create index ix_campaign_organisations_campaign_id_organisation_id "
    "on campaign_organisations (campaign_id, organisation_id)",
    "create index ix_campaign_organisations_organisation_id on campaign_organisations (organisation_id)",
    """
    create table campaign_steps (
      id uuid not null constraint pk_campaign_steps primary key,
      created_at timestamptz not null,
      campaign_id uuid not null constraint fk_campaign_steps_campaign_id references campaigns (id),
      action text not null,
      from_state text not null,
      to_state text not null,
      on_day date not null,
      account_id uuid not null constraint fk_campaign_steps_account_id references accounts (id),
      note text
    )
    """,
    "create index ix_campaign_steps_campaign_id_on_day on campaign_steps (campaign_id, on_day)",
    """
    create table campaign_objectives (
      id uuid not null constraint pk_campaign_objectives primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      branch_id uuid not null constraint fk_campaign_objectives_branch_id references branches (id),
      campaign_id uuid not null constraint fk_campaign_objectives_campaign_id references campaigns (id),
      name text not null,
      name_cy text,
      unit text not null,
      baseline double precision not null,
      target_value double precision not null,
      due_on date,
      state text not null,
      state_since date not null,
      constraint ck_campaign_objectives_state_known check (state in ('pursued', 'dropped'))
    )
    """,
    "create index ix_campaign_objectives_campaign_id_name_id on campaign_objectives (campaign_id, name, id)",
    """
    create table campaign_measurements (
      id uuid not null constraint pk_campaign_measurements primary key,
      created_at timestamptz not null,
      objective_id uuid not null constraint fk_campaign_measurements_objective_id references campaign_objectives (id),
      value double precision not null,
      on_day date not null,
      note text,
      measured_by uuid not null constraint fk_campaign_measurements_measured_by references accounts (id)
    )
    """,
    "create index ix_campaign_measurements_objective_id_on_day_id on campaign_measurements (objective_id, on_day, id)",
    """
    create table campaign_milestones (
      id uuid not null constraint pk_campaign_milestones primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      branch_id uuid not null constraint fk_campaign_milestones_branch_id references branches (id),
      campaign_id uuid not null constraint fk_campaign_milestones_campaign_id references campaigns (id),
      name text not null,
      name_cy text,
      due_on date not null,
      reached_on date,
      state text not null,
      state_since date not null,
      constraint ck_campaign_milestones_state_known check (state in ('planned', 'reached', 'dropped'))
    )
    """,
    "create index ix_campaign_milestones_campaign_id_due_on_id on campaign_milestones (campaign_id, due_on, id)",
]

#: The campaigns in which a unit of the actor's takes part, or one above it: whoever is in a unit sees what it is in.
#: Runs as the owner, since who takes part is seen with the campaign, and the campaign by who takes part.
JOINED = """
create function campaigns_joined() returns uuid[] stable security definer set search_path = public, pg_temp
language sql as $$
  with roots as (select nullif(current_setting('rollbook.organising', true), '')::uuid[] as ids)
  select coalesce(array_agg(distinct c.campaign_id), '{}')
  from campaign_branches c join branches b on b.id = c.branch_id
  where c.until_day is null and (
    b.path && (select ids from roots)
    or c.branch_id in (select unnest(r.path) from branches r where r.id = any ((select ids from roots)::uuid[]))
  )
$$
"""

#: Whether a measured value is at its target or beyond it, on the side on which it lies from where things stood.
REACHED = """
create function objective_reached(baseline double precision, target double precision, latest double precision)
returns boolean immutable parallel safe language sql as $$
  select coalesce(case when target >= baseline then latest >= target else latest <= target end, false)
$$
"""

OF_CAMPAIGN = "exists (select from campaigns c where c.id = {0}.campaign_id)"
#: Whoever sees a campaign because they take part in it changes nothing that hangs from it.
OF_OWN_CAMPAIGN = (
    "exists (select from campaigns c where c.id = {0}.campaign_id "
    "and c.branch_id = any ((select reach('organising_write'))::uuid[]))"
)
OF_OBJECTIVE = "exists (select from campaign_objectives o where o.id = campaign_measurements.objective_id)"
OF_OWN_OBJECTIVE = (
    "exists (select from campaign_objectives o where o.id = campaign_measurements.objective_id "
    "and o.branch_id = any ((select reach('organising_write'))::uuid[]))"
)

PARTS = ("campaign_branches", "campaign_organisations", "campaign_steps", "campaign_objectives", "campaign_milestones")


def upgrade() -> None:
    for statement in (*TABLES, REACHED, JOINED, "revoke all on function campaigns_joined() from public"):
        op.execute(statement)
    op.execute("grant execute on function campaigns_joined() to rollbook_app, rollbook_whole")
    op.execute(
        "create policy joined on campaigns for select to rollbook_app, rollbook_whole "
        "using (id = any ((select campaigns_joined())::uuid[]))"
    )
    for table in PARTS:
        op.execute(f"call lock_rows('{table}', $${OF_CAMPAIGN.format(table)}$$, $${OF_OWN_CAMPAIGN.format(table)}$$)")
    op.execute(f"call lock_rows('campaign_measurements', $${OF_OBJECTIVE}$$, $${OF_OWN_OBJECTIVE}$$)")
