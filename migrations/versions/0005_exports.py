"""Exports: members taken out as a file, on the record."""

from alembic import op

revision = "0005_exports"
down_revision = "0004_imports"
branch_labels = None
depends_on = None

READERS = "rollbook_app, rollbook_whole"
#: The record is its asker's, and that of whoever may confirm exports where it reaches.
OWN = "account_id = (select acting_account())"
SEEN = f"{OWN} or branch_id = any ((select reach('exports_write'))::uuid[])"

NOT_WALLED = "coalesce(wall_key, '00000000-0000-0000-0000-000000000000') <> all ((select closed_walls())::uuid[])"
DERIVED_TABLES = ("audit_entries", "events", "access_log", "files")
DERIVED_SCOPE = """
  case resource
    when 'members' then branch_id = any ((select reach('members'))::uuid[])
    when 'offices' then branch_id = any ((select reach('offices'))::uuid[])
    when 'branches' then branch_id = any ((select reach('branches'))::uuid[])
    when 'grants' then branch_id = any ((select reach('grants'))::uuid[])
    when 'imports' then subject_id = any (array(select id from imports))
    when 'exports' then subject_id = any (array(select id from exports))
    else false
  end
"""

TABLE = """
create table exports (
  id uuid not null constraint pk_exports primary key,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  version integer not null,
  account_id uuid not null constraint fk_exports_account_id references accounts (id),
  client_id uuid not null constraint fk_exports_client_id references clients (id),
  sign_in_id uuid not null,
  branch_id uuid not null constraint fk_exports_branch_id references branches (id),
  unit_ids uuid[] not null,
  state text not null
    constraint ck_exports_state_known
    check (state in ('asked', 'preparing', 'ready', 'expired', 'refused', 'failed', 'cancelled')),
  format text not null constraint ck_exports_format_known check (format in ('csv', 'xlsx')),
  use text not null constraint ck_exports_use_known check (use in ('contact', 'records')),
  contact_by text constraint ck_exports_contact_by_known check (contact_by in ('email', 'phone', 'sms', 'post')),
  columns text[] not null,
  filters jsonb not null,
  purpose text not null,
  rows integer not null,
  omitted integer not null,
  without_address integer not null,
  decided_by uuid constraint ck_exports_second_person check (decided_by <> account_id),
  decision_reason text,
  file_id uuid constraint fk_exports_file_id references files (id),
  job_id uuid,
  expires_at timestamptz
)
"""


def upgrade() -> None:
    op.execute(TABLE)
    op.execute("create index ix_exports_account_id on exports (account_id)")
    op.execute("create index ix_exports_branch_id_state on exports (branch_id, state)")
    op.execute("create index ix_exports_expires_at on exports (expires_at)")
    op.execute("alter table exports enable row level security")
    op.execute(f"grant select, insert, update on exports to {READERS}")
    op.execute(f"create policy scope on exports for select to {READERS} using ({SEEN})")
    op.execute(f"create policy write on exports for insert to {READERS} with check ({OWN})")
    op.execute(f"create policy change on exports for update to {READERS} using ({SEEN}) with check ({SEEN})")
    # Whoever sweeps finds the files whose time is over, and destroys their keys; a job that fails is noted for nobody.
    op.execute("grant select, update (state, version, updated_at) on exports to rollbook_system")
    op.execute("create policy system on exports for select to rollbook_system using (true)")
    op.execute(
        "create policy failed on exports for update to rollbook_system "
        "using (state = 'preparing') with check (state in ('failed', 'cancelled'))"
    )
    for table in DERIVED_TABLES:
        op.execute(f"drop policy scope on {table}")
        op.execute(f"create policy scope on {table} for select to {READERS} using (({DERIVED_SCOPE}) and {NOT_WALLED})")
