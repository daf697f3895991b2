"""Restriction of processing, one's own requests, and what the worker said of matters that are nearly due."""

from alembic import op

revision = "0020_other_rights"
down_revision = "0019_erasures"
branch_labels = None
depends_on = None

TABLES = [
    """
    create table matter_reminders (
      id uuid not null constraint pk_matter_reminders primary key,
      created_at timestamptz not null,
      subject_id uuid not null,
      due_at timestamptz not null,
      mark integer not null
    )
    """,
    "create unique index uq_matter_reminders_mark on matter_reminders (subject_id, due_at, mark)",
    """
    create table privacy_digests (
      id uuid not null constraint pk_privacy_digests primary key,
      created_at timestamptz not null,
      account_id uuid not null
        constraint fk_privacy_digests_account_id references accounts (id)
        constraint uq_privacy_digests_account_id unique,
      on_day date not null
    )
    """,
    "alter table people add column processing_restricted_on date",
]

#: What is nearly due is noticed by nobody but the worker.
LOCKS = [
    *(
        statement
        for table, rights in (("matter_reminders", "select, insert"), ("privacy_digests", "select, insert, update"))
        for statement in (
            f"alter table {table} enable row level security",
            f"grant {rights} on {table} to rollbook_privacy",
            f"create policy within on {table} to rollbook_privacy using (true) with check (true)",
        )
    ),
    "grant select (processing_restricted_on), update (processing_restricted_on) on people to rollbook_privacy",
    # A change of the person is a new version of the record.
    "grant update (version, updated_at) on members to rollbook_privacy",
    "create policy rights on members for update to rollbook_privacy using (true) with check (true)",
    # Who was given data of theirs, and is to be told that it changed.
    "grant select on exports to rollbook_privacy",
    "create policy recipients on exports for select to rollbook_privacy using (true)",
    "grant select on membership_terms to rollbook_privacy",
    "create policy recipients on membership_terms for select to rollbook_privacy using (true)",
]

#: What one sees of a request about oneself: its clock, what was asked and answered, and never who deals with it.
SHOWN = (
    "id, reference, kind, channel, person_id, made_by, marketing, state, state_since, received_on, identity_asked_on, "
    "identity_received_on, fee_pence, fee_asked_on, fee_received_on, extended_on, extension_reason, extension_late, "
    "paused_since, paused_days, due_on, ended_on, refusal_ground, version, created_at, updated_at"
)
TOLD = (
    "'receive', 'ask_identity', 'ask_clarification', 'receive_clarification', 'ask_fee', 'extend', 'refuse', 'grant', "
    "'grant_in_part', 'close_nothing_held', 'withdraw'"
)
OWN = [
    """
    create function own_requests() returns uuid[] stable security definer set search_path = public, pg_temp language sql as $$
      select coalesce(array_agg(id), '{}') from rights_requests where person_id = acting_person()
    $$
    """,
    "revoke all on function own_requests() from public",
    "grant execute on function own_requests() to rollbook_self",
    f"grant select ({SHOWN}) on rights_requests to rollbook_self",
    "create policy own on rights_requests for select to rollbook_self using (id = any ((select own_requests())::uuid[]))",
    "grant select on request_pauses to rollbook_self",
    "create policy own on request_pauses for select to rollbook_self "
    "using (request_id = any ((select own_requests())::uuid[]))",
    "grant select (id, created_at, subject_id, action, on_day, due_on, late, sealed) on matter_steps to rollbook_self",
    "create policy own on matter_steps for select to rollbook_self "
    f"using (subject_id = any ((select own_requests())::uuid[]) and action in ({TOLD}))",
    "create policy own_requests on envelope_keys for select to rollbook_self "
    "using (subject_id = any ((select own_requests())::uuid[]))",
]


def upgrade() -> None:
    for statement in (*TABLES, *LOCKS, *OWN):
        op.execute(statement)
