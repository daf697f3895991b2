"""Matters of data protection, seen by their team unless they concern one of it: requests first of all."""

from alembic import op

revision = "0016_data_protection"
down_revision = "0015_break_glass"
branch_labels = None
depends_on = None

#: Works where the team does not see: what officers log, what is searched, the duties of the worker.
ROLE = """
do $$
begin
  if not exists (select from pg_roles where rolname = 'rollbook_privacy') then
    create role rollbook_privacy nologin noinherit;
  end if;
end $$
"""

TABLES = [
    """
    create table matter_steps (
      id uuid not null constraint pk_matter_steps primary key,
      created_at timestamptz not null,
      subject_id uuid not null,
      action text not null,
      from_state text,
      to_state text not null,
      on_day date not null,
      due_on date,
      late boolean not null,
      account_id uuid,
      sealed bytea not null
    )
    """,
    "create index ix_matter_steps_subject_id_id on matter_steps (subject_id, id)",
    """
    create table rights_requests (
      id uuid not null constraint pk_rights_requests primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      reference text not null constraint uq_rights_requests_reference unique,
      kind text not null,
      made_by text not null,
      channel text not null,
      person_id uuid constraint fk_rights_requests_person_id references people (id),
      marketing boolean not null,
      division text not null,
      state text not null,
      state_since date not null,
      received_on date not null,
      logged_by uuid,
      identity_asked_on date,
      identity_received_on date,
      fee_pence integer,
      fee_reason text,
      fee_asked_on date,
      fee_received_on date,
      extended_on date,
      extension_reason text,
      extension_late boolean,
      clock_started_on date,
      paused_since date,
      paused_days integer not null,
      due_on date,
      internal_due_on date,
      extension_notice_by date,
      ended_on date,
      ended_late boolean,
      refusal_ground text,
      searched_on date,
      information jsonb not null,
      sealed bytea not null,
      constraint ck_rights_requests_kind_known check (
        kind in ('access', 'rectification', 'erasure', 'restriction', 'portability', 'objection')),
      constraint ck_rights_requests_state_known check (
        state in ('received', 'identity', 'clarifying', 'searching', 'review', 'released', 'partly_released', 'nothing_held',
          'assessing', 'granted', 'partly_granted', 'refused', 'withdrawn')),
      constraint ck_rights_requests_made_by_known check (made_by in ('person', 'representative', 'parent')),
      constraint ck_rights_requests_channel_known check (
        channel in ('email', 'letter', 'phone', 'in_person', 'web', 'social_media', 'other')),
      constraint ck_rights_requests_division_known check (division in ('england-and-wales', 'scotland', 'northern-ireland')),
      constraint ck_rights_requests_extension_reason_known check (extension_reason in ('complexity', 'number_of_requests')),
      constraint ck_rights_requests_fee_reason_known check (
        fee_reason in ('manifestly_unfounded', 'excessive', 'further_copies')),
      constraint ck_rights_requests_refusal_ground_known check (
        refusal_ground in ('manifestly_unfounded', 'excessive', 'identity_unproved', 'no_authority', 'exemption',
          'legal_obligation', 'legal_claims', 'compelling_grounds', 'accurate', 'not_applicable'))
    )
    """,
    "create index ix_rights_requests_due_on on rights_requests (due_on, id)",
    "create index ix_rights_requests_received_on on rights_requests (received_on, id)",
    "create index ix_rights_requests_person_id on rights_requests (person_id)",
    """
    create table request_pauses (
      id uuid not null constraint pk_request_pauses primary key,
      created_at timestamptz not null,
      request_id uuid not null constraint fk_request_pauses_request_id references rights_requests (id),
      asked_on date not null,
      answered_on date
    )
    """,
    "create index ix_request_pauses_request_id on request_pauses (request_id)",
    """
    create table request_items (
      id uuid not null constraint pk_request_items primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      request_id uuid not null constraint fk_request_items_request_id references rights_requests (id),
      number integer not null,
      wall_key uuid,
      kind text not null,
      source text not null,
      row_id uuid,
      file_id uuid constraint fk_request_items_file_id references files (id),
      proposal text not null,
      decision text,
      exemption text,
      decided_by uuid,
      sealed bytea not null,
      constraint ck_request_items_kind_known check (kind in ('row', 'file', 'outside')),
      constraint ck_request_items_proposal_known check (proposal in ('release', 'redact', 'withhold')),
      constraint ck_request_items_decision_known check (decision in ('release', 'redact', 'withhold')),
      constraint ck_request_items_exemption_known check (
        exemption in ('crime_taxation', 'immigration', 'legal_proceedings', 'regulatory_functions', 'rights_of_others',
          'legal_privilege', 'self_incrimination', 'corporate_finance', 'management_forecasts', 'negotiations',
          'confidential_references', 'exam_scripts', 'health', 'social_work', 'education'))
    )
    """,
    "create unique index ix_request_items_request_id_number on request_items (request_id, number)",
    """
    create table search_tasks (
      id uuid not null constraint pk_search_tasks primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      request_id uuid not null constraint fk_search_tasks_request_id references rights_requests (id),
      account_id uuid not null constraint fk_search_tasks_account_id references accounts (id),
      place text not null,
      due_on date not null,
      reminded_on date,
      answered_on date,
      found boolean,
      waived_on date,
      sealed bytea not null,
      constraint ck_search_tasks_place_known check (place in ('inbox', 'messages', 'paper', 'device', 'other'))
    )
    """,
    "create index ix_search_tasks_request_id on search_tasks (request_id)",
    "create index ix_search_tasks_account_id on search_tasks (account_id)",
]

READERS = "rollbook_app, rollbook_whole"
NOBODY = "'00000000-0000-0000-0000-000000000000'::uuid"
#: By which key a matter is closed to whomever it concerns.
KEYS = {
    "rights_requests": "id",
    "matter_steps": "subject_id",
    "request_pauses": "request_id",
    "request_items": "request_id",
    "search_tasks": "request_id",
}

FUNCTIONS = [
    """
    create function organisation() returns uuid stable security definer set search_path = public, pg_temp language sql as $$
      select id from branches where parent_id is null
    $$
    """,
    # The team holds its rights at the root.
    """
    create function keeps_privacy() returns boolean stable security definer set search_path = public, pg_temp language sql as $$
      select coalesce(organisation() = any (nullif(current_setting('rollbook.privacy', true), '')::uuid[]), false)
    $$
    """,
    """
    create function handles_privacy() returns boolean stable security definer set search_path = public, pg_temp language sql as $$
      select coalesce(organisation() = any (nullif(current_setting('rollbook.privacy_write', true), '')::uuid[]), false)
    $$
    """,
    # How many pieces a search found, and where their decision stands: of those behind the walls of cases only the number.
    """
    create function counted_items(p_request uuid)
    returns table (items bigint, undecided bigint, undecided_behind_walls bigint, given bigint, held_back bigint)
    stable security definer set search_path = public, pg_temp language sql as $$
      select count(*), count(*) filter (where decision is null),
        count(*) filter (where decision is null and wall_key is not null),
        count(*) filter (where decision in ('release', 'redact')),
        count(*) filter (where decision in ('redact', 'withhold'))
      from request_items where request_id = p_request
    $$
    """,
    "revoke all on function organisation(), keeps_privacy(), handles_privacy(), counted_items(uuid) from public",
    f"grant execute on function organisation(), keeps_privacy(), handles_privacy(), counted_items(uuid), closed_walls() "
    f"to {READERS}, rollbook_privacy",
    "grant execute on function organisation() to rollbook_self, rollbook_case, rollbook_system, rollbook_erase",
]

DERIVED_TABLES = ("audit_entries", "events", "access_log", "files")
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
    when 'privacy' then (select keeps_privacy())
    when 'disputes' then wall_key is not null
    else false
  end
"""
#: What derives from a walled record is seen by the record's own people, and from a matter by nobody whom it concerns.
WITHIN_WALLS = (
    f"coalesce(wall_key, {NOBODY}) = any ((select open_walls())::uuid[]) "
    f"and coalesce(subject_id, {NOBODY}) <> all ((select closed_walls())::uuid[])"
)
ROOT = "(select id from branches where parent_id is null)"


def _lock_matters() -> list[str]:
    statements = []
    for table, key in KEYS.items():
        open_to = f"{key} <> all ((select closed_walls())::uuid[])"
        seen, changed = f"(select keeps_privacy()) and {open_to}", f"(select handles_privacy()) and {open_to}"
        if table == "request_items":
            seen, changed = (f"wall_key is null and {condition}" for condition in (seen, changed))
        rights = "select, insert" if table == "matter_steps" else "select, insert, update"
        statements += [
            f"alter table {table} enable row level security",
            f"grant {rights} on {table} to {READERS}, rollbook_privacy",
            f"create policy scope on {table} for select to {READERS} using ({seen})",
            f"create policy write on {table} for insert to {READERS} with check ({changed})",
            f"create policy change on {table} for update to {READERS} using ({changed}) with check ({changed})",
            f"create policy within on {table} to rollbook_privacy using (true) with check (true)",
        ]
    behind = "wall_key = any ((select case_reach())::uuid[])"
    return [
        *statements,
        f"create policy behind on request_items to {READERS} using ({behind}) with check ({behind})",
        "create trigger append_only before update or delete on matter_steps for each row execute function append_only()",
        "grant select, update on rights_requests to rollbook_erase",
        "create policy erase on rights_requests to rollbook_erase using (true) with check (true)",
    ]


def _lock_what_derives() -> list[str]:
    statements = []
    for table in DERIVED_TABLES:
        statements += [
            f"drop policy scope on {table}",
            f"create policy scope on {table} for select to {READERS} using (({DERIVED_SCOPE}) and {WITHIN_WALLS})",
            f"grant insert on {table} to rollbook_privacy",
            f"create policy matters on {table} for insert to rollbook_privacy with check (true)",
        ]
    for table, resource in (("audit_entries", "audit"), ("access_log", "access_log")):
        watched = f"coalesce(branch_id, {ROOT}) = any ((select reach('{resource}'))::uuid[])"
        statements += [
            f"drop policy auditor on {table}",
            f"create policy auditor on {table} for select to {READERS} using ({watched} and {WITHIN_WALLS})",
        ]
    return statements


#: What is needed to log a matter for somebody, to close it to them, and to write to them.
WITHIN = [
    "grant select, insert, update on walls to rollbook_privacy",
    "create policy matters on walls to rollbook_privacy using (true) with check (true)",
    "grant select (id, given_name, family_name, preferred_name, email, email_key, preferred_language, objections, erased_at, "
    "branch_ids, version), update (objections, version, updated_at) on people to rollbook_privacy",
    "create policy matters on people to rollbook_privacy using (true) with check (true)",
    "grant select on members to rollbook_privacy",
    "create policy matters on members for select to rollbook_privacy using (true)",
    "grant select (id, name, email, email_key, person_id, state) on accounts to rollbook_privacy",
    "create policy matters on accounts for select to rollbook_privacy using (true)",
    "grant select, insert on envelope_keys to rollbook_privacy",
    "create policy matters on envelope_keys to rollbook_privacy using (true) with check (true)",
    "grant insert on mail_outbox to rollbook_privacy",
    "create policy matters on mail_outbox for insert to rollbook_privacy with check (true)",
    "grant select on branches to rollbook_privacy",
    "create policy matters on branches for select to rollbook_privacy using (true)",
]


def upgrade() -> None:
    op.execute(ROLE)
    op.execute("grant rollbook_privacy to rollbook_app")
    op.execute("grant usage on schema public to rollbook_privacy")
    op.execute("grant select on alembic_version to rollbook_privacy")
    for statement in (*TABLES, *FUNCTIONS, *_lock_matters(), *_lock_what_derives(), *WITHIN):
        op.execute(statement)
