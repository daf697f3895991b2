"""Reports of organisers to whoever supervises them."""

from alembic import op

revision = "0036_reports"
down_revision = "0035_agreements"
branch_labels = None
depends_on = None

READERS = "rollbook_app, rollbook_whole"
OWN = "account_id = (select acting_account())"
SUPERVISED = "branch_id = any ((select reach('supervision'))::uuid[])"
SETTLED = "branch_id = any ((select reach('supervision_write'))::uuid[])"

STATEMENTS = [
    """
    create table organiser_reports (
      id uuid not null constraint pk_organiser_reports primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      branch_id uuid not null constraint fk_organiser_reports_branch_id references branches (id),
      account_id uuid not null constraint fk_organiser_reports_account_id references accounts (id),
      starts_on date not null,
      ends_on date not null,
      figures jsonb not null,
      sealed bytea not null,
      state text not null,
      state_since date not null,
      constraint ck_organiser_reports_state_known check (state in ('sent', 'returned', 'acknowledged'))
    )
    """,
    "create index ix_organiser_reports_account_id_starts_on on organiser_reports (account_id, starts_on)",
    "create index ix_organiser_reports_starts_on_id on organiser_reports (starts_on, id)",
    f"call lock_rows('organiser_reports', $${OWN}$$, $${OWN}$$)",
    f"create policy supervised on organiser_reports for select to {READERS} using ({SUPERVISED})",
    f"create policy settled on organiser_reports for update to {READERS} using ({SETTLED}) with check ({SETTLED})",
]


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
