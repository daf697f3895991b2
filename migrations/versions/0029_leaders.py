"""Leaders, their tiers by date, followers and steps; core teams and who is in them."""

from alembic import op

revision = "0029_leaders"
down_revision = "0028_one_to_ones"
branch_labels = None
depends_on = None

TABLES = [
    """
    create table leaders (
      id uuid not null constraint pk_leaders primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      branch_id uuid not null constraint fk_leaders_branch_id references branches (id),
      person_id uuid not null constraint fk_leaders_person_id references people (id),
      organisation_id uuid constraint fk_leaders_organisation_id references organisations (id),
      followers_estimate integer,
      state text not null,
      state_since date not null,
      sealed bytea not null,
      constraint ck_leaders_state_known check (
        state in ('active', 'resting', 'left'))
    )
    """,
    "create index ix_leaders_branch_id_created_at_id on leaders (branch_id, created_at, id)",
    "create index ix_leaders_created_at_id on leaders (created_at, id)",
    "create unique index ix_leaders_one_each on leaders (branch_id, person_id) where state <> 'left'",
    "create index ix_leaders_organisation_id on leaders (organisation_id)",
    "create index ix_leaders_person_id on leaders (person_id)",
    """
    create table leader_tiers (
      id uuid not null constraint pk_leader_tiers primary key,
      created_at timestamptz not null,
      leader_id uuid not null constraint fk_leader_tiers_leader_id references leaders (id),
      person_id uuid not null constraint fk_leader_tiers_person_id references people (id),
      reached text not null,
      from_day date not null,
      action_id uuid constraint fk_leader_tiers_action_id references actions (id),
      campaign_id uuid constraint fk_leader_tiers_campaign_id references campaigns (id),
      one_to_one_id uuid,
      recorded_by uuid not null constraint fk_leader_tiers_recorded_by references accounts (id),
      sealed bytea not null,
      constraint ck_leader_tiers_reached_known check (
        reached in ('tertiary', 'secondary', 'primary'))
    )
    """,
    "create index ix_leader_tiers_leader_id_from_day on leader_tiers (leader_id, from_day)",
    "create index ix_leader_tiers_person_id on leader_tiers (person_id)",
    """
    create table leader_followers (
      id uuid not null constraint pk_leader_followers primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      leader_id uuid not null constraint fk_leader_followers_leader_id references leaders (id),
      person_id uuid not null constraint fk_leader_followers_person_id references people (id),
      action_id uuid constraint fk_leader_followers_action_id references actions (id),
      since date not null,
      ended_on date
    )
    """,
    "create index ix_leader_followers_leader_id_since_id on leader_followers (leader_id, since, id)",
    "create index ix_leader_followers_person_id on leader_followers (person_id)",
    """
    create table leader_steps (
      id uuid not null constraint pk_leader_steps primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      leader_id uuid not null constraint fk_leader_steps_leader_id references leaders (id),
      person_id uuid not null constraint fk_leader_steps_person_id references people (id),
      due_on date not null,
      done_on date,
      state text not null,
      state_since date not null,
      sealed bytea not null,
      constraint ck_leader_steps_state_known check (
        state in ('open', 'done', 'dropped'))
    )
    """,
    "create index ix_leader_steps_leader_id_due_on_id on leader_steps (leader_id, due_on, id)",
    "create index ix_leader_steps_person_id on leader_steps (person_id)",
    """
    create table core_teams (
      id uuid not null constraint pk_core_teams primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      branch_id uuid not null constraint fk_core_teams_branch_id references branches (id),
      organisation_id uuid constraint fk_core_teams_organisation_id references organisations (id),
      name text not null,
      roles text[] not null,
      state text not null,
      state_since date not null,
      constraint ck_core_teams_state_known check (
        state in ('active', 'disbanded'))
    )
    """,
    "create index ix_core_teams_branch_id_name_id on core_teams (branch_id, name, id)",
    "create index ix_core_teams_name_id on core_teams (name, id)",
    "create index ix_core_teams_organisation_id on core_teams (organisation_id)",
    """
    create table core_team_members (
      id uuid not null constraint pk_core_team_members primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      core_team_id uuid not null constraint fk_core_team_members_core_team_id references core_teams (id),
      person_id uuid not null constraint fk_core_team_members_person_id references people (id),
      role text not null,
      starts_on date not null,
      ends_on date,
      constraint ck_core_team_members_role_known check (
        role in ('chair', 'spokesperson', 'turnout', 'listening', 'research', 'treasurer', 'negotiator', 'member'))
    )
    """,
    "create index ix_core_team_members_core_team_id_starts_on_id on core_team_members (core_team_id, starts_on, id)",
    "create index ix_core_team_members_person_id on core_team_members (person_id)",
]


def _within(resource: str) -> tuple[str, str]:
    """Seen where the resource is read, changed where it is written."""
    condition = "branch_id = any ((select reach('{0}'))::uuid[])"
    return condition.format(resource), condition.format(f"{resource}_write")


def _hangs(table: str, column: str, parent: str) -> tuple[str, str]:
    """Seen and changed with what it hangs from, whose right the service judges."""
    condition = f"exists (select from {parent} p where p.id = {table}.{column})"
    return condition, condition


#: By table: what is seen, what is changed, and whether somebody is in it.
LOCKS = {
    "leaders": (*_within("meetings"), True),
    "leader_tiers": (*_hangs("leader_tiers", "leader_id", "leaders"), True),
    "leader_followers": (*_hangs("leader_followers", "leader_id", "leaders"), True),
    "leader_steps": (*_hangs("leader_steps", "leader_id", "leaders"), True),
    "core_teams": (*_within("organising"), False),
    "core_team_members": (*_hangs("core_team_members", "core_team_id", "core_teams"), True),
}


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
    for table, (seen, changed, about_people) in LOCKS.items():
        op.execute(f"call lock_rows('{table}', $${seen}$$, $${changed}$$, {str(about_people).lower()})")
