"""Decision makers, their pledges, and the analysis of power that leads to them."""

from alembic import op

revision = "0032_power"
down_revision = "0031_actions"
branch_labels = None
depends_on = None

TABLES = [
    """
    create table decision_makers (
      id uuid not null constraint pk_decision_makers primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      branch_id uuid not null constraint fk_decision_makers_branch_id references branches (id),
      name text not null,
      person_id uuid constraint fk_decision_makers_person_id references people (id),
      body text not null,
      public_email text,
      public_phone text,
      website text
    )
    """,
    "create index ix_decision_makers_branch_id_name_id on decision_makers (branch_id, name, id)",
    "create index ix_decision_makers_name_id on decision_makers (name, id)",
    "create index ix_decision_makers_person_id on decision_makers (person_id)",
    """
    create table decision_maker_offices (
      id uuid not null constraint pk_decision_maker_offices primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      decision_maker_id uuid not null
        constraint fk_decision_maker_offices_decision_maker_id references decision_makers (id),
      office text not null,
      body text not null,
      starts_on date not null,
      ends_on date
    )
    """,
    "create index ix_decision_maker_offices_decision_maker_id_starts_on "
    "on decision_maker_offices (decision_maker_id, starts_on)",
    """
    create table pledges (
      id uuid not null constraint pk_pledges primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      branch_id uuid not null constraint fk_pledges_branch_id references branches (id),
      decision_maker_id uuid not null constraint fk_pledges_decision_maker_id references decision_makers (id),
      campaign_id uuid constraint fk_pledges_campaign_id references campaigns (id),
      wording text not null,
      asked_on date,
      asked_action_id uuid constraint fk_pledges_asked_action_id references actions (id),
      due_on date,
      state text not null,
      state_since date not null,
      constraint ck_pledges_state_known check (
        state in ('sought', 'undecided', 'refused', 'made', 'confirmed', 'kept', 'part_kept', 'broken', 'withdrawn'))
    )
    """,
    "create index ix_pledges_branch_id_due_on_id on pledges (branch_id, due_on, id)",
    "create index ix_pledges_created_at_id on pledges (created_at, id)",
    "create index ix_pledges_decision_maker_id on pledges (decision_maker_id)",
    "create index ix_pledges_campaign_id on pledges (campaign_id)",
    """
    create table pledge_steps (
      id uuid not null constraint pk_pledge_steps primary key,
      created_at timestamptz not null,
      pledge_id uuid not null constraint fk_pledge_steps_pledge_id references pledges (id),
      action text not null,
      to_state text not null,
      on_day date not null,
      due_on date,
      action_id uuid constraint fk_pledge_steps_action_id references actions (id),
      account_id uuid not null constraint fk_pledge_steps_account_id references accounts (id),
      sealed bytea not null,
      constraint ck_pledge_steps_to_state_known check (
        to_state in ('sought', 'undecided', 'refused', 'made', 'confirmed', 'kept', 'part_kept', 'broken', 'withdrawn'))
    )
    """,
    "create index ix_pledge_steps_pledge_id_on_day_id on pledge_steps (pledge_id, on_day, id)",
    """
    create table power_analyses (
      id uuid not null constraint pk_power_analyses primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      branch_id uuid not null constraint fk_power_analyses_branch_id references branches (id),
      campaign_id uuid not null constraint fk_power_analyses_campaign_id references campaigns (id),
      edition integer not null,
      title text not null,
      review_on date,
      agreed_on date,
      state text not null,
      state_since date not null,
      constraint ck_power_analyses_state_known check (state in ('draft', 'agreed', 'superseded'))
    )
    """,
    "create index ix_power_analyses_campaign_id_edition on power_analyses (campaign_id, edition)",
    """
    create table power_actors (
      id uuid not null constraint pk_power_actors primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      analysis_id uuid not null constraint fk_power_actors_analysis_id references power_analyses (id),
      kind text not null,
      name text,
      decision_maker_id uuid constraint fk_power_actors_decision_maker_id references decision_makers (id),
      organisation_id uuid constraint fk_power_actors_organisation_id references organisations (id),
      person_id uuid constraint fk_power_actors_person_id references people (id),
      influence integer not null,
      position integer not null,
      sealed bytea not null,
      constraint ck_power_actors_kind_known check (kind in ('person', 'body', 'organisation', 'us'))
    )
    """,
    "create index ix_power_actors_analysis_id on power_actors (analysis_id)",
    "create index ix_power_actors_decision_maker_id on power_actors (decision_maker_id)",
    "create index ix_power_actors_organisation_id on power_actors (organisation_id)",
    "create index ix_power_actors_person_id on power_actors (person_id)",
    """
    create table power_ties (
      id uuid not null constraint pk_power_ties primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      analysis_id uuid not null constraint fk_power_ties_analysis_id references power_analyses (id),
      from_actor_id uuid not null
        constraint fk_power_ties_from_actor_id references power_actors (id) deferrable initially deferred,
      to_actor_id uuid not null
        constraint fk_power_ties_to_actor_id references power_actors (id) deferrable initially deferred,
      from_person_id uuid constraint fk_power_ties_from_person_id references people (id),
      to_person_id uuid constraint fk_power_ties_to_person_id references people (id),
      kind text not null,
      strength integer not null,
      sealed bytea not null,
      constraint ck_power_ties_kind_known check (
        kind in ('influences', 'employs', 'funds', 'member_of', 'family_or_friend', 'allied', 'opposed', 'knows'))
    )
    """,
    "create index ix_power_ties_analysis_id on power_ties (analysis_id)",
    "create index ix_power_ties_from_actor_id on power_ties (from_actor_id)",
    "create index ix_power_ties_to_actor_id on power_ties (to_actor_id)",
    "create index ix_power_ties_from_person_id on power_ties (from_person_id)",
    "create index ix_power_ties_to_person_id on power_ties (to_person_id)",
]

SEEN = "branch_id = any ((select reach('organising'))::uuid[])"
CHANGED = "branch_id = any ((select reach('organising_write'))::uuid[])"


def _within(table: str, parent: str, key: str) -> str:
    return f"exists (select from {parent} p where p.id = {table}.{key})"


def _lock(table: str, seen: str, changed: str, *, about_people: bool) -> str:
    return f"call lock_rows('{table}', $${seen}$$, $${changed}$$, {str(about_people).lower()})"


#: Those without a unit of their own stand under what they belong to, by which writers are judged.
CHILDREN = [
    ("decision_maker_offices", "decision_makers", "decision_maker_id"),
    ("pledge_steps", "pledges", "pledge_id"),
    ("power_actors", "power_analyses", "analysis_id"),
    ("power_ties", "power_analyses", "analysis_id"),
]
LOCKS = [
    _lock("decision_makers", SEEN, CHANGED, about_people=True),
    _lock("pledges", SEEN, CHANGED, about_people=True),
    _lock("power_analyses", SEEN, CHANGED, about_people=False),
    *(_lock(table, *[_within(table, parent, key)] * 2, about_people=True) for table, parent, key in CHILDREN),
]


def upgrade() -> None:
    for statement in (*TABLES, *LOCKS):
        op.execute(statement)
