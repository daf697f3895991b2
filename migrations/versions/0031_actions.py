"""Actions: who takes part, what was promised and counted, who checks in, calendars, and what was learned."""

from alembic import op

revision = "0031_actions"
down_revision = "0030_listening"
branch_labels = None
depends_on = None

TABLES = [
    "alter table actions add column cancel_reason text",
    "create index ix_actions_code_hash on actions (code_hash)",
    """
    create table action_organisations (
      id uuid not null constraint pk_action_organisations primary key,
      created_at timestamptz not null,
      action_id uuid not null constraint fk_action_organisations_action_id references actions (id),
      organisation_id uuid not null constraint fk_action_organisations_organisation_id references organisations (id),
      joined_on date not null,
      left_on date
    )
    """,
    "create index ix_action_organisations_action_id_organisation_id on action_organisations (action_id, organisation_id)",
    "create index ix_action_organisations_organisation_id on action_organisations (organisation_id)",
    """
    create table action_roles (
      id uuid not null constraint pk_action_roles primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      action_id uuid not null constraint fk_action_roles_action_id references actions (id),
      person_id uuid not null constraint fk_action_roles_person_id references people (id),
      role text not null,
      from_day date not null,
      until_day date,
      constraint ck_action_roles_role_known check (
        role in ('chair', 'timekeeper', 'pinner', 'testimony', 'press', 'steward', 'negotiator', 'welcome', 'other'))
    )
    """,
    "create index ix_action_roles_action_id_role_id on action_roles (action_id, role, id)",
    "create index ix_action_roles_person_id on action_roles (person_id)",
    """
    create table action_turnout (
      id uuid not null constraint pk_action_turnout primary key,
      created_at timestamptz not null,
      action_id uuid not null constraint fk_action_turnout_action_id references actions (id),
      organisation_id uuid not null constraint fk_action_turnout_organisation_id references organisations (id),
      kind text not null,
      people integer not null,
      on_day date not null,
      recorded_by uuid not null constraint fk_action_turnout_recorded_by references accounts (id),
      constraint ck_action_turnout_kind_known check (kind in ('promised', 'counted'))
    )
    """,
    "create index ix_action_turnout_action_id_organisation_id_created_at "
    "on action_turnout (action_id, organisation_id, created_at)",
    "create index ix_action_turnout_organisation_id on action_turnout (organisation_id)",
    """
    create table action_check_ins (
      id uuid not null constraint pk_action_check_ins primary key,
      created_at timestamptz not null,
      action_id uuid not null constraint fk_action_check_ins_action_id references actions (id),
      client_ref uuid not null,
      at timestamptz not null,
      organisation_id uuid constraint fk_action_check_ins_organisation_id references organisations (id),
      people integer not null,
      person_id uuid constraint fk_action_check_ins_person_id references people (id),
      recorded_by uuid constraint fk_action_check_ins_recorded_by references accounts (id)
    )
    """,
    "create unique index ix_action_check_ins_action_id_client_ref on action_check_ins (action_id, client_ref)",
    "create index ix_action_check_ins_action_id_organisation_id on action_check_ins (action_id, organisation_id)",
    "create index ix_action_check_ins_person_id on action_check_ins (person_id)",
    """
    create table action_evaluations (
      id uuid not null constraint pk_action_evaluations primary key
        constraint fk_action_evaluations_id references actions (id),
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      branch_id uuid not null constraint fk_action_evaluations_branch_id references branches (id),
      on_day date not null,
      recorded_by uuid not null constraint fk_action_evaluations_recorded_by references accounts (id),
      sealed bytea not null
    )
    """,
    "create index ix_action_evaluations_branch_id on action_evaluations (branch_id)",
    """
    create table action_lessons (
      id uuid not null constraint pk_action_lessons primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      branch_id uuid not null constraint fk_action_lessons_branch_id references branches (id),
      action_id uuid not null constraint fk_action_lessons_action_id references actions (id),
      text text not null,
      topics text[] not null
    )
    """,
    "create index ix_action_lessons_action_id on action_lessons (action_id)",
    "create index ix_action_lessons_branch_id_created_at_id on action_lessons (branch_id, created_at, id)",
    "create index ix_action_lessons_created_at_id on action_lessons (created_at, id)",
    """
    create table calendar_feeds (
      id uuid not null constraint pk_calendar_feeds primary key,
      created_at timestamptz not null,
      account_id uuid not null constraint fk_calendar_feeds_account_id references accounts (id),
      client_id uuid not null constraint fk_calendar_feeds_client_id references clients (id),
      sign_in_id uuid not null,
      branch_id uuid constraint fk_calendar_feeds_branch_id references branches (id),
      campaign_id uuid constraint fk_calendar_feeds_campaign_id references campaigns (id),
      token_hash bytea not null constraint uq_calendar_feeds_token_hash unique,
      revoked_at timestamptz
    )
    """,
    "create index ix_calendar_feeds_account_id_created_at_id on calendar_feeds (account_id, created_at, id)",
]

SEEN = "branch_id = any ((select reach('organising'))::uuid[])"
CHANGED = "branch_id = any ((select reach('organising_write'))::uuid[])"
#: What hangs from an action is seen with it, and changed by whoever may change it.
OF_ACTION = "exists (select from actions a where a.id = {0}.action_id)"
OF_OWN_ACTION = (
    "exists (select from actions a where a.id = {0}.action_id "
    "and a.branch_id = any ((select reach('organising_write'))::uuid[]))"
)
OWN = "account_id = (select acting_account())"

#: By table, whether somebody is in it.
PARTS = {"action_organisations": False, "action_roles": True, "action_turnout": False, "action_check_ins": True}
OF_UNITS = {"action_evaluations": True, "action_lessons": False}

#: Whoever has the code of an action checks people in without being signed in: then the role does it that finds out who is there.
BY_CODE = [
    "grant select, update (sequence) on actions to rollbook_auth",
    "create policy by_code on actions for select to rollbook_auth using (code_hash is not null)",
    # It holds an action against its other writers, and changes nothing of it.
    "create policy held on actions for update to rollbook_auth using (code_hash is not null) with check (false)",
    "grant select on action_organisations, organisations to rollbook_auth",
    "create policy by_code on action_organisations for select to rollbook_auth using (true)",
    "create policy by_code on organisations for select to rollbook_auth using (true)",
    "grant select, insert on action_check_ins to rollbook_auth",
    "create policy by_code on action_check_ins to rollbook_auth using (true) with check (true)",
    # A calendar program cannot sign in: whose link it has is looked up before they act.
    "grant select on calendar_feeds to rollbook_auth",
    "create policy fetched on calendar_feeds for select to rollbook_auth using (true)",
]


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
    for table, about_people in PARTS.items():
        seen, changed = OF_ACTION.format(table), OF_OWN_ACTION.format(table)
        op.execute(f"call lock_rows('{table}', $${seen}$$, $${changed}$$, {str(about_people).lower()})")
    for table, about_people in OF_UNITS.items():
        op.execute(f"call lock_rows('{table}', $${SEEN}$$, $${CHANGED}$$, {str(about_people).lower()})")
    op.execute(f"call lock_rows('calendar_feeds', $${OWN}$$, $${OWN}$$)")
    for statement in BY_CODE:
        op.execute(statement)
