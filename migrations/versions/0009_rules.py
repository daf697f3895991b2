"""The rule book, procedures as data, and who receives complaints."""

from alembic import op

revision = "0009_rules"
down_revision = "0008_search"
branch_labels = None
depends_on = None

READERS = "rollbook_app, rollbook_whole"

#: Works behind the walls where an actor does not see: intake, conflicts of interest, effects, duties of the worker.
ROLE = """
do $$
begin
  if not exists (select from pg_roles where rolname = 'rollbook_case') then
    create role rollbook_case nologin noinherit;
  end if;
end $$
"""

TABLES = [
    """
    create table rule_clauses (
      id uuid not null constraint pk_rule_clauses primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      number text not null,
      number_key text not null,
      edition integer not null,
      title text not null,
      text text not null,
      adopted_by text,
      starts_on date not null,
      ends_on date,
      constraint uq_rule_clauses_number_edition unique (number, edition),
      constraint ck_rule_clauses_days check (starts_on <= ends_on)
    )
    """,
    "create index ix_rule_clauses_number_key_id on rule_clauses (number_key, id)",
    """
    create table procedures (
      id uuid not null constraint pk_procedures primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      key text not null,
      edition integer not null,
      name text not null,
      name_cy text,
      starts_on date not null,
      is_default boolean not null,
      definition jsonb not null,
      constraint uq_procedures_key_edition unique (key, edition)
    )
    """,
    """
    create table receivers (
      id uuid not null constraint pk_receivers primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      procedure_key text not null,
      position integer not null,
      account_id uuid not null constraint fk_receivers_account_id references accounts (id),
      external boolean not null,
      ended_at timestamptz
    )
    """,
    "create index ix_receivers_procedure_key_position on receivers (procedure_key, position)",
    "create index ix_receivers_account_id on receivers (account_id)",
]

#: Everybody reads them; what cannot be changed once it stands is left out of the columns that may be.
BOOKS = {
    "rule_clauses": ("rules", "ends_on, version, updated_at"),
    "procedures": ("procedures", "is_default, version, updated_at"),
}

DERIVED_TABLES = ("audit_entries", "events", "access_log", "files")
NOT_WALLED = "coalesce(wall_key, '00000000-0000-0000-0000-000000000000') <> all ((select closed_walls())::uuid[])"
DERIVED_SCOPE = """
  case resource
    when 'members' then branch_id = any ((select reach('members'))::uuid[])
    when 'offices' then branch_id = any ((select reach('offices'))::uuid[])
    when 'branches' then branch_id = any ((select reach('branches'))::uuid[])
    when 'grants' then branch_id = any ((select reach('grants'))::uuid[])
    when 'imports' then subject_id = any (array(select id from imports))
    when 'exports' then subject_id = any (array(select id from exports))
    when 'rules' then (select acting_account()) is not null
    when 'procedures' then (select acting_account()) is not null
    else false
  end
"""


def _managed(resource: str) -> str:
    """At the root, where the whole organisation is managed."""
    units = f"nullif(current_setting('rollbook.{resource}_write', true), '')::uuid[]"
    return f"(select array(select id from branches where parent_id is null) && {units})"


def upgrade() -> None:
    op.execute(ROLE)
    op.execute("grant rollbook_case to rollbook_app")
    op.execute("grant usage on schema public to rollbook_case")
    op.execute("grant select on alembic_version to rollbook_case")
    for statement in TABLES:
        op.execute(statement)
    everybody = f"{READERS}, rollbook_self, rollbook_case"
    for table, (resource, changing) in BOOKS.items():
        managed = _managed(resource)
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"grant select, insert, update ({changing}) on {table} to {READERS}")
        op.execute(f"grant select on {table} to rollbook_self, rollbook_case")
        op.execute(f"create policy everyone on {table} for select to {everybody} using (true)")
        op.execute(f"create policy write on {table} for insert to {READERS} with check ({managed})")
        op.execute(f"create policy change on {table} for update to {READERS} using ({managed}) with check ({managed})")
    managed = _managed("procedures")
    op.execute("alter table receivers enable row level security")
    op.execute(f"grant select, insert, update (ended_at, version, updated_at) on receivers to {READERS}")
    op.execute("grant select on receivers to rollbook_case")
    op.execute(f"create policy scope on receivers for select to {READERS} using ({managed})")
    op.execute("create policy intake on receivers for select to rollbook_case using (true)")
    op.execute(f"create policy write on receivers for insert to {READERS} with check ({managed})")
    op.execute(f"create policy change on receivers for update to {READERS} using ({managed}) with check ({managed})")
    for table in DERIVED_TABLES:
        op.execute(f"drop policy scope on {table}")
        op.execute(f"create policy scope on {table} for select to {READERS} using (({DERIVED_SCOPE}) and {NOT_WALLED})")
