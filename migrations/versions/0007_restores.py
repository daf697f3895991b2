"""Restores: the order of changes across servers, and erasures done again."""

import sqlalchemy as sa
from alembic import op

revision = "0007_restores"
down_revision = "0006_duplicates"
branch_labels = None
depends_on = None

#: Changes stand in the order of the transactions that made them. A server counts its own from the beginning, so what is
#: restored elsewhere would be overtaken by old numbers: each restore begins a range of its own, above all before it.
#: The beginning of the range is a constant that the planner puts in place, since every change asks for it: read from the
#: table, at each change, it was measured at 25 microseconds, and every role would need a right to the table.
ORDER = [
    "create function order_base() returns bigint immutable parallel safe language sql as $$ select 0::bigint $$",
    "create function order_now() returns bigint stable language sql as "
    "$$ select pg_current_xact_id()::text::bigint + order_base() $$",
    "create function order_horizon() returns bigint stable language sql as "
    "$$ select pg_snapshot_xmin(pg_current_snapshot())::text::bigint + order_base() $$",
    """
    create function begin_order() returns trigger language plpgsql as $fn$
    begin
      execute format(
        'create or replace function order_base() returns bigint immutable parallel safe language sql as $$ select %s::bigint $$',
        new.order_base);
      return null;
    end $fn$
    """,
    "create trigger begin_order after insert on restores for each row execute function begin_order()",
]

ROLE = """
do $$
begin
  if not exists (select from pg_roles where rolname = 'rollbook_erase') then
    create role rollbook_erase nologin noinherit;
  end if;
end $$
"""

#: Whoever erases reaches every row about a person, wherever it lies; a table that comes later grants the same itself.
REACH = """
do $$
declare found text;
begin
  for found in
    select distinct c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and (
      c.relname in ('people', 'grants', 'sign_ins', 'password_resets')
      or a.attname like '%person\\_id' or a.attname like '%member\\_id')
  loop
    execute format('grant select, update on %I to rollbook_erase', found);
    execute format('create policy erase on %I to rollbook_erase using (true) with check (true)', found);
  end loop;
end $$
"""

STATEMENTS = [
    # What was decided stays decided; only the words about the person can go, and only by the role that erases.
    "drop trigger append_only on standings",
    """
    create trigger append_only before update on standings for each row
    when (current_user <> 'rollbook_erase' or new.reason is not null or
      (new.id, new.created_at, new.member_id, new.branch_id, new.standing, new.starts_on, new.until, new.decided_by)
      is distinct from
      (old.id, old.created_at, old.member_id, old.branch_id, old.standing, old.starts_on, old.until, old.decided_by))
    execute function append_only()
    """,
    "create trigger never_deleted before delete on standings for each row execute function append_only()",
    # Nobody writes an erased person's record again, by whatever road.
    """
    create function stay_erased() returns trigger language plpgsql as $$
    begin
      raise exception 'this person has been erased';
    end $$
    """,
    """
    create trigger stay_erased before update on people for each row
    when (old.erased_at is not null and to_jsonb(new) - 'branch_ids' - 'version' - 'updated_at'
          is distinct from to_jsonb(old) - 'branch_ids' - 'version' - 'updated_at')
    execute function stay_erased()
    """,
    *(
        statement
        for table in ("erasures", "restores")
        for statement in (
            f"alter table {table} enable row level security",
            f"create trigger append_only before update or delete on {table} for each row execute function append_only()",
            f"create trigger never_emptied before truncate on {table} for each statement execute function append_only()",
        )
    ),
    "grant usage on schema public to rollbook_erase",
    "grant select, insert on erasures to rollbook_erase",
    "create policy erase on erasures to rollbook_erase using (true) with check (true)",
    "grant insert on audit_entries, events to rollbook_erase",
    "create policy erase on audit_entries for insert to rollbook_erase with check (true)",
    "create policy erase on events for insert to rollbook_erase with check (true)",
    "grant delete on possible_duplicates, password_resets to rollbook_erase",
    "grant select (id, subject_id), delete on idempotency_keys to rollbook_erase",
    "create policy erase on idempotency_keys to rollbook_erase using (true)",
    "grant rollbook_erase to rollbook_app",
    # A restore ends with work under these, by an owner that need not be a superuser.
    "grant rollbook_erase, rollbook_system to current_user",
]


def upgrade() -> None:
    op.create_table(
        "restores",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("backup_made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("order_base", sa.BIGINT(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restores")),
    )
    op.create_table(
        "erasures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("kind in ('person', 'case')", name=op.f("ck_erasures_kind_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
        sa.UniqueConstraint("subject_id", name=op.f("uq_erasures_subject_id")),
    )
    op.add_column("people", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(ROLE)
    op.execute(REACH)
    for statement in ORDER + STATEMENTS:
        op.execute(statement)
