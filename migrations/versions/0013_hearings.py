"""Panels, meetings, decisions, sanctions and appeals."""

from alembic import op

revision = "0013_hearings"
down_revision = "0012_evidence"
branch_labels = None
depends_on = None

READERS = "rollbook_app, rollbook_whole"
SEEN = "dispute_id = any ((select case_reach())::uuid[])"

TABLES = [
    """
    create table dispute_panels (
      id uuid not null constraint pk_dispute_panels primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      dispute_id uuid not null constraint fk_dispute_panels_dispute_id references disputes (id),
      kind text not null constraint ck_dispute_panels_kind_known check (kind in ('first', 'appeal')),
      body_key text not null,
      listed_on date not null,
      dissolved_at timestamptz
    )
    """,
    "create index ix_dispute_panels_dispute_id on dispute_panels (dispute_id)",
    """
    create table dispute_meetings (
      id uuid not null constraint pk_dispute_meetings primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      dispute_id uuid not null constraint fk_dispute_meetings_dispute_id references disputes (id),
      panel_id uuid constraint fk_dispute_meetings_panel_id references dispute_panels (id),
      kind text not null
        constraint ck_dispute_meetings_kind_known check (kind in ('hearing', 'panel', 'mediation', 'interview')),
      state text not null
        constraint ck_dispute_meetings_state_known check (state in ('planned', 'held', 'cancelled')),
      starts_at timestamptz not null,
      held_on date,
      recorded_at timestamptz,
      agreed_shorter boolean not null,
      present_part_ids uuid[] not null,
      present_party_ids uuid[] not null,
      sealed bytea not null
    )
    """,
    "create index ix_dispute_meetings_dispute_id on dispute_meetings (dispute_id)",
    """
    create table sanctions (
      id uuid not null constraint pk_sanctions primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      dispute_id uuid not null constraint fk_sanctions_dispute_id references disputes (id),
      party_id uuid not null constraint fk_sanctions_party_id references dispute_parties (id),
      kind text not null
        constraint ck_sanctions_kind_known
        check (kind in ('warning', 'reprimand', 'suspension', 'exclusion', 'office_bar', 'candidacy_bar', 'expulsion', 'ineligibility')),
      months integer,
      starts_on date,
      ends_on date,
      state text not null constraint ck_sanctions_state_known check (state in ('pending', 'in_force', 'quashed'))
    )
    """,
    "create index ix_sanctions_dispute_id on sanctions (dispute_id)",
    "create index ix_sanctions_party_id on sanctions (party_id)",
    """
    create table dispute_appeals (
      id uuid not null constraint pk_dispute_appeals primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      dispute_id uuid not null constraint fk_dispute_appeals_dispute_id references disputes (id),
      party_id uuid not null constraint fk_dispute_appeals_party_id references dispute_parties (id),
      against text not null
        constraint ck_dispute_appeals_against_known check (against in ('decision', 'dismissal')),
      state text not null
        constraint ck_dispute_appeals_state_known
        check (state in ('lodged', 'refused', 'upheld', 'varied', 'dismissed')),
      lodged_on date not null,
      due_on date not null,
      late boolean not null,
      admitted boolean not null,
      decided_on date,
      sealed bytea not null
    )
    """,
    "create index ix_dispute_appeals_dispute_id on dispute_appeals (dispute_id)",
    "create index ix_dispute_appeals_party_id on dispute_appeals (party_id)",
]

CASE_TABLES = ("dispute_panels", "dispute_meetings", "sanctions", "dispute_appeals")

#: Who may sit is asked of whoever is proposed: how long a member without a break, and whether on the staff.
ELIGIBILITY = [
    "grant select (member_id, starts_on, ends_on) on membership_terms to rollbook_case",
    "grant select (member_id, standing, starts_on, until) on standings to rollbook_case",
    "grant select (account_id, state, starts_on, ends_on) on grants to rollbook_case",
    *(
        f"create policy eligibility on {table} for select to rollbook_case using (true)"
        for table in ("membership_terms", "standings", "grants")
    ),
]


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
    for table in CASE_TABLES:
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"grant select, insert, update on {table} to {READERS}, rollbook_case")
        op.execute(f"create policy scope on {table} for select to {READERS} using ({SEEN})")
        op.execute(f"create policy write on {table} for insert to {READERS} with check ({SEEN})")
        op.execute(f"create policy change on {table} for update to {READERS} using ({SEEN}) with check ({SEEN})")
        op.execute(f"create policy within on {table} to rollbook_case using (true) with check (true)")
    for statement in ELIGIBILITY:
        op.execute(statement)
