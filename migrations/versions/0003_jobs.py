"""Jobs: long work that survives a crash, and the engine that runs it."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0003_jobs"
down_revision = "0002_locks"
branch_labels = None
depends_on = None

#: Procrastinate's own tables, as that version makes them, in a schema that its role alone may touch.
ENGINE = Path(__file__).parents[1] / "procrastinate" / "3.10.0.sql"
READERS = "rollbook_app, rollbook_whole"

ROLE = """
do $$
begin
  if not exists (select from pg_roles where rolname = 'rollbook_jobs') then
    create role rollbook_jobs nologin noinherit;
  end if;
end $$
"""

# One statement, since the driver takes one at a time; its names are unqualified, and so go where the path points.
MAKE_ENGINE = """
do $make$
begin
  perform set_config('search_path', 'jobs_engine, pg_temp', true);
  execute $engine$ {script} $engine$;
end $make$
"""

# Whoever calls them, the engine's functions find its tables, and nobody calls them but its role.
LOCK_ENGINE = """
do $$
declare one regprocedure;
begin
  for one in select p.oid from pg_proc p where p.pronamespace = 'jobs_engine'::regnamespace loop
    execute format('alter function %s set search_path = jobs_engine, pg_temp', one);
    execute format('revoke all on function %s from public', one);
    execute format('grant execute on function %s to rollbook_jobs', one);
  end loop;
end $$
"""

FUNCTIONS = [
    # The engine learns the id of a job and nothing else, in the transaction that made it. A job that was cancelled while it
    # waited for its next try is brought forward, so that its end is heard of at once.
    """
    create function hand_over_job(p_job uuid) returns void
    security definer set search_path = public, pg_temp language plpgsql as $$
    declare found_state text;
    begin
      select state into found_state from jobs where id = p_job and account_id = acting_account();
      if found_state = 'queued' then
        perform jobs_engine.procrastinate_defer_jobs_v1(array[
          row('jobs', 'run_job', 0, p_job::text, null, jsonb_build_object('job_id', p_job), null)
          ::jobs_engine.procrastinate_job_to_defer_v1]);
      elsif found_state = 'cancelled' then
        update jobs_engine.procrastinate_jobs set scheduled_at = now() where lock = p_job::text and status = 'todo';
      else
        raise exception 'this job is not there to be handed over';
      end if;
    end $$
    """,
    # How long, in seconds, the oldest work that is due has waited for somebody to take it; and whether a worker lives.
    """
    create function queue_state() returns table (age double precision, worker_alive boolean)
    stable security definer set search_path = public, pg_temp language sql as $$
      select
        coalesce((
          select extract(epoch from now() - min(coalesce(j.scheduled_at, e.at)))::double precision
          from jobs_engine.procrastinate_jobs j
          join jobs_engine.procrastinate_events e on e.job_id = j.id and e.type = 'deferred'
          where j.status = 'todo' and (j.scheduled_at is null or j.scheduled_at <= now())), 0),
        exists (select from jobs_engine.procrastinate_workers where last_heartbeat > now() - interval '30 seconds')
    $$
    """,
    "revoke all on function hand_over_job(uuid) from public",
    f"grant execute on function hand_over_job(uuid) to {READERS}",
    "revoke all on function queue_state() from public",
    "grant execute on function queue_state() to rollbook_app",
]

OWN = "account_id = (select acting_account())"
LOCKS = [
    "alter table jobs enable row level security",
    f"grant select, insert on jobs to {READERS}",
    f"grant update (state, cancel_asked_at, finished_at, version, updated_at) on jobs to {READERS}",
    f"create policy own on jobs for select to {READERS} using ({OWN})",
    f"create policy write on jobs for insert to {READERS} with check ({OWN} and state = 'queued')",
    # Whoever asked for a job can ask for its end; how it goes is the runner's to say.
    f"create policy cancel on jobs for update to {READERS} using ({OWN}) "
    f"with check ({OWN} and cancel_asked_at is not null and state in ('running', 'cancelled'))",
    "grant usage on schema public to rollbook_jobs",
    "grant select, update, delete on jobs to rollbook_jobs",
    "create policy runner on jobs to rollbook_jobs using (true) with check (true)",
]


def _make_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("sign_in_id", sa.Uuid(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("cancel_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind in ('read_import', 'apply_import', 'undo_import', 'build_export')", name=op.f("ck_jobs_kind_known")
        ),
        sa.CheckConstraint(
            "state in ('queued', 'running', 'succeeded', 'failed', 'cancelled')", name=op.f("ck_jobs_state_known")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_jobs_account_id")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_jobs_client_id")),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_jobs_branch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    op.create_index(op.f("ix_jobs_account_id"), "jobs", ["account_id"], unique=False)
    op.create_index(op.f("ix_jobs_subject_id"), "jobs", ["subject_id"], unique=False)


def upgrade() -> None:
    op.execute(ROLE)
    op.execute("grant rollbook_jobs to rollbook_app")
    op.execute("create schema jobs_engine")
    op.get_bind().exec_driver_sql(MAKE_ENGINE.format(script=ENGINE.read_text("utf-8")))
    op.execute("set local search_path to default")
    op.execute(LOCK_ENGINE)
    op.execute("grant usage on schema jobs_engine to rollbook_jobs")
    op.execute("grant select, insert, update, delete on all tables in schema jobs_engine to rollbook_jobs")
    op.execute("grant usage on all sequences in schema jobs_engine to rollbook_jobs")
    _make_jobs()
    for statement in (*FUNCTIONS, *LOCKS):
        op.execute(statement)
