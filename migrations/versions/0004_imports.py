"""Imports: updates, undo, and what is known of the file."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004_imports"
down_revision = "0003_jobs"
branch_labels = None
depends_on = None

READERS = "rollbook_app, rollbook_whole"
NOT_WALLED = "coalesce(wall_key, '00000000-0000-0000-0000-000000000000') <> all ((select closed_walls())::uuid[])"
#: Which resource's reach a derived row stands under; an import's stands under the import itself.
DERIVED_SCOPE = """
  case resource
    when 'members' then branch_id = any ((select reach('members'))::uuid[])
    when 'offices' then branch_id = any ((select reach('offices'))::uuid[])
    when 'branches' then branch_id = any ((select reach('branches'))::uuid[])
    when 'grants' then branch_id = any ((select reach('grants'))::uuid[])
    when 'imports' then subject_id = any (array(select id from imports))
    else false
  end
"""
STATES = "'uploaded', 'validated', 'previewed', 'applying', 'applied', 'undoing', 'undone', 'failed', 'discarded'"

COLUMNS = {
    "imports": (
        sa.Column("file_name", sa.Text(), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("preset", sa.Text(), nullable=True),
        sa.Column("layout", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("notes", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("failure", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("sets_past", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("reading", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("read_through", sa.BIGINT(), server_default=sa.text("0"), nullable=False),
        sa.Column("applied_through", sa.BIGINT(), server_default=sa.text("0"), nullable=False),
        sa.Column("done", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True),
    ),
    "import_rows": (
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("person_version", sa.Integer(), nullable=True),
        sa.Column("member_version", sa.Integer(), nullable=True),
        sa.Column("trail", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("undo", sa.Text(), nullable=True),
        sa.Column("undo_reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    ),
}  # fmt: skip
CHECKS = {
    "imports": {"state": STATES},
    "import_rows": {"outcome": "'create', 'update', 'known', 'refused'", "undo": "'undone', 'changed', 'erased'"},
}

#: What undoing takes back needs a hand that may delete; it belongs to a role of its own, which does that and no more.
ROLE = """
do $$ begin
  if not exists (select from pg_roles where rolname = 'rollbook_undo') then
    create role rollbook_undo nologin noinherit;
  end if;
end $$
"""
DEFINER = "security definer set search_path = public, pg_temp language plpgsql"

FUNCTIONS = [
    # Paid periods and decided standings stay as they were written, but for those of somebody whose coming in is undone.
    """
    create or replace function append_only() returns trigger language plpgsql as $$
    begin
      if current_user = 'rollbook_undo' and tg_op = 'DELETE' and tg_table_name in ('membership_terms', 'standings') then
        return old;
      end if;
      raise exception 'this table is append-only';
    end $$
    """,
    # Whether an import is being undone by somebody who may.
    f"""
    create function must_be_undoing(p_import uuid) returns void {DEFINER} as $$
    begin
      if not exists (
        select from imports i where i.id = p_import and i.state = 'undoing' and i.branch_id = any (reach('imports_write'))
          and acting_account() is not null
      ) then
        raise exception 'this import is not being undone';
      end if;
    end $$
    """,
    # Removes whom these rows brought in, if nobody has touched them since: by version, by the trail, and by whatever
    # refers to them, tables of the future included. What the caller wrote into the rows is not believed: a person is
    # only removed if the trail says that this account created it, since this import began, and tells of nothing else.
    f"""
    create function remove_imported(p_import uuid, p_rows bigint[])
    returns table (row_number bigint, result text, referring text) {DEFINER} as $$
    declare
      one record;
      units uuid[] := reach('members_write');
    begin
      perform must_be_undoing(p_import);
      perform from people p where p.id in (
        select r.person_id from import_rows r where r.import_id = p_import and r.number = any (p_rows)
      ) order by p.id for update;
      for one in
        select r.number, r.person_id, r.member_id,
          p.id is null or to_jsonb(p) ->> 'erased_at' is not null as erased,
          p.version = r.person_version and m.version = r.member_version and m.branch_id = any (units)
            and exists (
              select from audit_entries a where a.subject_id = m.id and a.action = 'member.created' and a.created_at >= i.created_at)
            and not exists (
              select from audit_entries a where a.subject_id = m.id and a.action <> 'member.created') as untouched
        from imports i
        join import_rows r on r.import_id = i.id
        left join people p on p.id = r.person_id
        left join members m on m.id = r.member_id and m.person_id = r.person_id
        where i.id = p_import and r.number = any (p_rows) and r.number <= i.applied_through
          and r.outcome = 'create' and r.undo is null
        order by r.number
      loop
        row_number := one.number;
        referring := null;
        result := case when one.erased then 'erased' when one.untouched then 'undone' else 'changed' end;
        if result = 'undone' then
          begin
            delete from membership_terms t where t.member_id = one.member_id;
            delete from standings s where s.member_id = one.member_id;
            delete from members m where m.id = one.member_id;
            delete from people p where p.id = one.person_id;
          exception when foreign_key_violation then
            get stacked diagnostics referring = table_name;
            result := 'changed';
          end;
        end if;
        return next;
      end loop;
    end $$
    """,
    # Takes back the paid periods that these rows added to members on record.
    f"""
    create function remove_imported_terms(p_import uuid, p_rows bigint[]) returns void {DEFINER} as $$
    begin
      perform must_be_undoing(p_import);
      delete from membership_terms t using imports i, import_rows r
      where i.id = p_import and r.import_id = i.id and r.number = any (p_rows) and r.number <= i.applied_through
        and r.outcome = 'update' and r.undo is null and r.changes ? 'paid_until'
        and t.id = (r.proposed -> 'term' ->> 'id')::uuid and t.member_id = r.member_id
        and t.created_at >= i.created_at and t.branch_id = any (reach('members_write'));
    end $$
    """,
    # The sealed file of an import that is no longer needed.
    f"""
    create function erase_import_file(p_import uuid) returns void {DEFINER} as $$
    begin
      if not exists (
        select from imports i where i.id = p_import and (i.state in ('applied', 'discarded') or i.forgotten_at is not null)
      ) then
        raise exception 'this import keeps its file';
      end if;
      delete from file_pieces p using files f where p.file_id = f.id and f.resource = 'imports' and f.subject_id = p_import;
      delete from files f where f.resource = 'imports' and f.subject_id = p_import;
    end $$
    """,
    # Forgets what stood in the files of imports that nothing has happened to since a day; the counts stay.
    f"""
    create function forget_imports(p_before timestamptz, p_at timestamptz) returns setof uuid {DEFINER} as $$
    declare gone uuid;
    begin
      for gone in
        select i.id from imports i
        where i.updated_at < p_before and i.forgotten_at is null and i.state not in ('applying', 'undoing')
        order by i.updated_at limit 20 for update
      loop
        update import_rows r set cells = '[]', proposed = null, changes = null, trail = null, possible_duplicates = null
        where r.import_id = gone;
        update imports i set forgotten_at = p_at, file_name = null, file_id = null, version = i.version + 1 where i.id = gone;
        perform erase_import_file(gone);
        return next gone;
      end loop;
    end $$
    """,
]
SIGNATURES = {
    "must_be_undoing(uuid)": None,
    "remove_imported(uuid, bigint[])": READERS,
    "remove_imported_terms(uuid, bigint[])": READERS,
    "erase_import_file(uuid)": READERS,
    "forget_imports(timestamptz, timestamptz)": "rollbook_system",
}

#: What the role that undoes may do, through its functions alone: nobody can become it.
UNDO = [
    "grant select on branches, imports, import_rows, audit_entries, people, members, membership_terms, standings, files, "
    "file_pieces to rollbook_undo",
    "grant delete on people, members, membership_terms, standings, files, file_pieces to rollbook_undo",
    "grant update (version) on people to rollbook_undo",
    "grant update on imports, import_rows to rollbook_undo",
    *(
        f"create policy undo on {table} for {verb} to rollbook_undo using (true)"
        for table, verb in (("branches", "select"), ("audit_entries", "select"))
    ),
    *(
        f"create policy undo on {table} to rollbook_undo using (true) with check (true)"
        for table in ("people", "members", "membership_terms", "standings", "imports", "import_rows")
    ),
    "create policy undo on files to rollbook_undo using (resource = 'imports')",
    "create policy undo on file_pieces to rollbook_undo using (file_id in (select id from files where resource = 'imports'))",
]


#: Imports of before know neither their file nor whom each row brought in: what stood in them is forgotten, the counts
#: stay, and what was half done is over.
BEFORE = [
    "update import_rows set cells = '[]', proposed = null, possible_duplicates = null",
    """
    update imports set forgotten_at = now(), mapping = '{}',
      state = case when state in ('uploaded', 'validated', 'previewed') then 'discarded'
        when state = 'applying' then 'applied' else state end,
      counts = '{"rows": 0, "create": 0, "update": 0, "known": 0, "refused": 0, "possible_duplicates": 0,
        "foreign_addresses": 0, "warnings": 0, "applied": 0, "undone": 0, "changed": 0, "erased": 0}'::jsonb || counts
    """,
]


def _policies() -> list[str]:
    here = "branch_id = any ((select reach('imports_write'))::uuid[])"
    own = f"{here} and account_id = (select acting_account())"
    statements = [
        "drop policy own on imports",
        "drop policy staging on import_rows",
        "revoke insert on import_rows from rollbook_import",
        f"grant delete on import_rows to {READERS}",
        f"create policy own on imports to rollbook_app using ({own}) with check ({own})",
        f"create policy scope on imports to rollbook_whole using ({here}) with check ({here})",
    ]
    for table in ("audit_entries", "events", "access_log", "files"):
        statements += [
            f"drop policy scope on {table}",
            f"create policy scope on {table} for select to {READERS} using (({DERIVED_SCOPE}) and {NOT_WALLED})",
        ]
    return statements


def upgrade() -> None:
    for table, columns in COLUMNS.items():
        for column in columns:
            op.add_column(table, column)
    for table, checks in CHECKS.items():
        for name, values in checks.items():
            op.execute(f"alter table {table} drop constraint if exists ck_{table}_{name}_known")
            op.execute(
                f"alter table {table} add constraint ck_{table}_{name}_known check ({name} in ({values})) not valid"
            )
            op.execute(f"alter table {table} validate constraint ck_{table}_{name}_known")
    for statement in BEFORE:
        op.execute(statement)
    # A row is read by every statement that applies it: it lies in its page, not compressed beside it.
    op.execute("alter table import_rows set (toast_tuple_target = 8160)")
    op.execute("create index ix_imports_account_id on imports (account_id, id)")
    op.execute("create index ix_transfers_member_id on transfers (member_id)")
    op.execute(ROLE)
    op.execute("grant rollbook_undo to current_user")
    op.execute("grant usage, create on schema public to rollbook_undo")
    for statement in (*FUNCTIONS, *UNDO, *_policies()):
        op.execute(statement)
    for signature, callers in SIGNATURES.items():
        op.execute(f"alter function {signature} owner to rollbook_undo")
        op.execute(f"revoke all on function {signature} from public")
        if callers:
            op.execute(f"grant execute on function {signature} to {callers}")
    op.execute("revoke create on schema public from rollbook_undo")
