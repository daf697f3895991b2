"""Disputes: cases behind a wall."""

from alembic import op

revision = "0011_disputes"
down_revision = "0010_restrictions"
branch_labels = None
depends_on = None

TABLES = [
    """
    CREATE TABLE disputes (
      id UUID NOT NULL,
      created_at timestamptz NOT NULL,
      updated_at timestamptz NOT NULL,
      version INTEGER NOT NULL,
      reference TEXT NOT NULL,
      procedure_id UUID NOT NULL,
      branch_id UUID NOT NULL,
      nation TEXT NOT NULL,
      kind TEXT NOT NULL,
      source TEXT NOT NULL,
      subject_unit_id UUID,
      state TEXT NOT NULL,
      outcome TEXT,
      received_on DATE NOT NULL,
      state_since DATE NOT NULL,
      due_on DATE,
      stayed_on DATE,
      stay_reason TEXT,
      notice_on DATE,
      response_due_on DATE,
      responded_on DATE,
      reported_on DATE,
      heard_on DATE,
      decided_on DATE,
      deciding_body TEXT,
      appeal_due_on DATE,
      appeal_late BOOLEAN,
      appeal_admitted BOOLEAN,
      appealed_from TEXT,
      joined_into_id UUID,
      submitted_by UUID,
      sealed BYTEA NOT NULL,
      CONSTRAINT pk_disputes PRIMARY KEY (id),
      CONSTRAINT ck_disputes_state_known CHECK (state in ('received', 'acknowledged', 'needs_information', 'informal', 'noticed', 'responded', 'investigating', 'reported', 'listed', 'heard', 'decided', 'dismissed', 'appealed', 'appeal_listed', 'final', 'closed', 'withdrawn', 'joined')),
      CONSTRAINT ck_disputes_outcome_known CHECK (outcome in ('upheld', 'partly_upheld', 'not_upheld', 'dismissed', 'resolved', 'withdrawn', 'joined')),
      CONSTRAINT ck_disputes_kind_known CHECK (kind in ('conduct', 'eligibility', 'unit', 'election', 'meeting')),
      CONSTRAINT ck_disputes_source_known CHECK (source in ('member', 'officer', 'public', 'anonymous')),
      CONSTRAINT ck_disputes_nation_known CHECK (nation in ('england', 'wales', 'scotland', 'northern_ireland')),
      CONSTRAINT ck_disputes_stay_reason_known CHECK (stay_reason in ('police', 'court', 'tribunal', 'safeguarding', 'health', 'other')),
      CONSTRAINT uq_disputes_reference UNIQUE (reference),
      CONSTRAINT fk_disputes_procedure_id FOREIGN KEY(procedure_id) REFERENCES procedures (id),
      CONSTRAINT fk_disputes_branch_id FOREIGN KEY(branch_id) REFERENCES branches (id),
      CONSTRAINT fk_disputes_subject_unit_id FOREIGN KEY(subject_unit_id) REFERENCES branches (id),
      CONSTRAINT fk_disputes_joined_into_id FOREIGN KEY(joined_into_id) REFERENCES disputes (id)
    )
    """,
    "CREATE INDEX ix_disputes_due_on ON disputes (due_on, id)",
    "CREATE INDEX ix_disputes_received_on ON disputes (received_on, id)",
    """
    CREATE TABLE dispute_parties (
      id UUID NOT NULL,
      created_at timestamptz NOT NULL,
      updated_at timestamptz NOT NULL,
      version INTEGER NOT NULL,
      dispute_id UUID NOT NULL,
      role TEXT NOT NULL,
      person_id UUID,
      account_id UUID,
      unit_id UUID,
      identity_withheld BOOLEAN NOT NULL,
      told_at timestamptz,
      struck_at timestamptz,
      sealed BYTEA NOT NULL,
      CONSTRAINT pk_dispute_parties PRIMARY KEY (id),
      CONSTRAINT ck_dispute_parties_role_known CHECK (role in ('complainant', 'respondent', 'witness', 'named')),
      CONSTRAINT fk_dispute_parties_dispute_id FOREIGN KEY(dispute_id) REFERENCES disputes (id),
      CONSTRAINT fk_dispute_parties_person_id FOREIGN KEY(person_id) REFERENCES people (id),
      CONSTRAINT fk_dispute_parties_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
      CONSTRAINT fk_dispute_parties_unit_id FOREIGN KEY(unit_id) REFERENCES branches (id)
    )
    """,
    "CREATE INDEX ix_dispute_parties_dispute_id ON dispute_parties (dispute_id)",
    "CREATE INDEX ix_dispute_parties_person_id ON dispute_parties (person_id)",
    """
    CREATE TABLE dispute_parts (
      id UUID NOT NULL,
      created_at timestamptz NOT NULL,
      updated_at timestamptz NOT NULL,
      version INTEGER NOT NULL,
      dispute_id UUID NOT NULL,
      part TEXT NOT NULL,
      account_id UUID NOT NULL,
      person_id UUID,
      panel_id UUID,
      expires_at timestamptz,
      ended_at timestamptz,
      recused BOOLEAN NOT NULL,
      sealed BYTEA NOT NULL,
      CONSTRAINT pk_dispute_parts PRIMARY KEY (id),
      CONSTRAINT ck_dispute_parts_part_known CHECK (part in ('receiver', 'clerk', 'mediator', 'investigator', 'chair', 'panellist', 'appeal_chair', 'appeal_panellist', 'observer')),
      CONSTRAINT fk_dispute_parts_dispute_id FOREIGN KEY(dispute_id) REFERENCES disputes (id),
      CONSTRAINT fk_dispute_parts_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
      CONSTRAINT fk_dispute_parts_person_id FOREIGN KEY(person_id) REFERENCES people (id)
    )
    """,
    "CREATE INDEX ix_dispute_parts_account_id ON dispute_parts (account_id) WHERE ended_at is null",
    "CREATE INDEX ix_dispute_parts_dispute_id ON dispute_parts (dispute_id)",
    """
    CREATE TABLE dispute_steps (
      id UUID NOT NULL,
      created_at timestamptz NOT NULL,
      dispute_id UUID NOT NULL,
      action TEXT NOT NULL,
      from_state TEXT,
      to_state TEXT NOT NULL,
      on_day DATE NOT NULL,
      due_on DATE,
      late BOOLEAN NOT NULL,
      account_id UUID,
      party_id UUID,
      sealed BYTEA NOT NULL,
      CONSTRAINT pk_dispute_steps PRIMARY KEY (id),
      CONSTRAINT fk_dispute_steps_dispute_id FOREIGN KEY(dispute_id) REFERENCES disputes (id),
      CONSTRAINT fk_dispute_steps_party_id FOREIGN KEY(party_id) REFERENCES dispute_parties (id)
    )
    """,
    "CREATE INDEX ix_dispute_steps_dispute_id_id ON dispute_steps (dispute_id, id)",
    """
    CREATE TABLE dispute_allegations (
      id UUID NOT NULL,
      created_at timestamptz NOT NULL,
      updated_at timestamptz NOT NULL,
      version INTEGER NOT NULL,
      dispute_id UUID NOT NULL,
      respondent_id UUID NOT NULL,
      number INTEGER NOT NULL,
      clause_id UUID NOT NULL,
      conduct_from DATE NOT NULL,
      conduct_until DATE NOT NULL,
      outcome TEXT,
      new_evidence_ids UUID[] NOT NULL,
      sealed BYTEA NOT NULL,
      CONSTRAINT pk_dispute_allegations PRIMARY KEY (id),
      CONSTRAINT ck_dispute_allegations_outcome_known CHECK (outcome in ('upheld', 'not_upheld')),
      CONSTRAINT fk_dispute_allegations_dispute_id FOREIGN KEY(dispute_id) REFERENCES disputes (id),
      CONSTRAINT fk_dispute_allegations_respondent_id FOREIGN KEY(respondent_id) REFERENCES dispute_parties (id),
      CONSTRAINT fk_dispute_allegations_clause_id FOREIGN KEY(clause_id) REFERENCES rule_clauses (id)
    )
    """,
    "CREATE INDEX ix_dispute_allegations_dispute_id ON dispute_allegations (dispute_id)",
    """
    CREATE TABLE dispute_links (
      id UUID NOT NULL,
      created_at timestamptz NOT NULL,
      dispute_id UUID NOT NULL,
      other_id UUID NOT NULL,
      CONSTRAINT pk_dispute_links PRIMARY KEY (id),
      CONSTRAINT fk_dispute_links_dispute_id FOREIGN KEY(dispute_id) REFERENCES disputes (id),
      CONSTRAINT fk_dispute_links_other_id FOREIGN KEY(other_id) REFERENCES disputes (id)
    )
    """,
    "CREATE INDEX ix_dispute_links_dispute_id ON dispute_links (dispute_id)",
    "CREATE INDEX ix_dispute_links_other_id ON dispute_links (other_id)",
]

READERS = "rollbook_app, rollbook_whole"
NOBODY = "'00000000-0000-0000-0000-000000000000'::uuid"
IN_REACH = "any ((select case_reach())::uuid[])"
CASE_TABLES = ("dispute_parties", "dispute_parts", "dispute_steps", "dispute_allegations", "dispute_links")
#: Tables with a row about a person, which an erasure reaches.
ABOUT_PEOPLE = ("dispute_parties", "dispute_parts")

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
    when 'disputes' then wall_key is not null
    else false
  end
"""
#: What derives from a walled record is seen by the record's own people, whatever the rank of others.
WITHIN_WALLS = f"coalesce(wall_key, {NOBODY}) = any ((select open_walls())::uuid[])"
ROOT = "(select id from branches where parent_id is null)"

FUNCTIONS = [
    # The units for which somebody holds an office today, and speaks.
    """
    create function units_served() returns uuid[] stable security definer set search_path = public, pg_temp language sql as $$
      select coalesce(array_agg(branch_id), '{}') from office_terms
      where person_id = acting_person() and state = 'confirmed'
        and starts_on <= (now() at time zone 'Europe/London')::date
        and (ends_on is null or (now() at time zone 'Europe/London')::date < ends_on)
    $$
    """,
    # A case is closed to whoever is named in it, in person or as an officer of a unit, and to a declared interest.
    """
    create or replace function closed_walls() returns uuid[]
    stable security definer set search_path = public, pg_temp language sql as $$
      select coalesce(array_agg(wall_key), '{}') from walls
      where ended_at is null
        and (person_id = acting_person() or account_id = acting_account() or unit_id = any ((select units_served())::uuid[]))
    $$
    """,
    # The cases in which the acting account has a part, through software that may speak of cases at all.
    """
    create function case_reach() returns uuid[] stable security definer set search_path = public, pg_temp language sql as $$
      select coalesce(array_agg(distinct dispute_id), '{}') from dispute_parts
      where account_id = acting_account() and ended_at is null and (expires_at is null or now() < expires_at)
        and nullif(current_setting('rollbook.cases', true), '') is not null
        and dispute_id <> all ((select closed_walls())::uuid[])
    $$
    """,
    f"""
    create function open_walls() returns uuid[] stable security definer set search_path = public, pg_temp language sql as $$
      select array_prepend({NOBODY}, case_reach())
    $$
    """,
    # What the acting person is a party to and has been told of: a complainant from the first day.
    """
    create function own_parties() returns uuid[] stable security definer set search_path = public, pg_temp language sql as $$
      select coalesce(array_agg(id), '{}') from dispute_parties
      where (person_id = acting_person() or account_id = acting_account() or unit_id = any ((select units_served())::uuid[]))
        and struck_at is null and (role = 'complainant' or (role = 'respondent' and told_at is not null))
    $$
    """,
    """
    create function party_reach() returns uuid[] stable security definer set search_path = public, pg_temp language sql as $$
      select coalesce(array_agg(distinct dispute_id), '{}') from dispute_parties where id = any (own_parties())
    $$
    """,
    "revoke all on function closed_walls(), units_served(), case_reach(), open_walls(), own_parties(), party_reach() from public",
    f"grant execute on function case_reach(), open_walls() to {READERS}",
    "grant execute on function own_parties(), party_reach() to rollbook_self",
]


def _lock_cases() -> list[str]:
    statements = []
    for table, key in (("disputes", "id"), *((table, "dispute_id") for table in CASE_TABLES)):
        seen = f"{key} = {IN_REACH}"
        statements += [
            f"alter table {table} enable row level security",
            f"grant select, insert, update on {table} to {READERS}, rollbook_case",
            f"create policy scope on {table} for select to {READERS} using ({seen})",
            f"create policy write on {table} for insert to {READERS} with check ({seen})",
            f"create policy change on {table} for update to {READERS} using ({seen}) with check ({seen})",
            f"create policy within on {table} to rollbook_case using (true) with check (true)",
        ]
    statements += [
        "create trigger append_only before update or delete on dispute_steps for each row execute function append_only()",
        # What a party is shown of the case itself; the rest of what they see was disclosed to them, piece by piece.
        "grant select (id, created_at, updated_at, version, reference, procedure_id, nation, kind, state, outcome, received_on, "
        "state_since, stayed_on, notice_on, response_due_on, responded_on, decided_on, appeal_due_on) on disputes to rollbook_self",
        "create policy party on disputes for select to rollbook_self using (id = any ((select party_reach())::uuid[]))",
        "grant select on dispute_parties to rollbook_self",
        "create policy party on dispute_parties for select to rollbook_self using (id = any ((select own_parties())::uuid[]))",
        "grant select, insert, update on walls to rollbook_case",
        "create policy within on walls to rollbook_case using (true) with check (true)",
    ]
    for table in ABOUT_PEOPLE:
        statements += [
            f"grant select, update on {table} to rollbook_erase",
            f"create policy erase on {table} to rollbook_erase using (true) with check (true)",
        ]
    return statements


def _lock_what_derives() -> list[str]:
    statements = []
    for table in DERIVED_TABLES:
        statements += [
            f"drop policy scope on {table}",
            f"create policy scope on {table} for select to {READERS} using (({DERIVED_SCOPE}) and {WITHIN_WALLS})",
            f"grant insert on {table} to rollbook_case",
            f"create policy within on {table} for insert to rollbook_case with check (true)",
        ]
    for table, resource in (("audit_entries", "audit"), ("access_log", "access_log")):
        watched = f"coalesce(branch_id, {ROOT}) = any ((select reach('{resource}'))::uuid[])"
        statements += [
            f"drop policy auditor on {table}",
            f"create policy auditor on {table} for select to {READERS} using ({watched} and {WITHIN_WALLS})",
        ]
    return statements


#: What the conduct of a case has to know beyond the sight of whoever conducts it.
WITHIN = [
    "grant select (id, person_id, branch_id, relationship, joined_on, decided_standing, decided_from, decided_until, paid_until, "
    "lapses_on) on members to rollbook_case",
    "create policy within on members for select to rollbook_case using (true)",
    "grant select (id, given_name, family_name, preferred_name, email, preferred_language, erased_at) on people to rollbook_case",
    "create policy within on people for select to rollbook_case using (true)",
    "grant select on office_terms, receivers, procedures, rule_clauses to rollbook_case",
    "create policy within on office_terms for select to rollbook_case using (true)",
    "grant select (id, name, email, email_key, person_id, state) on accounts to rollbook_case",
    "create policy within on accounts for select to rollbook_case using (true)",
    "grant select, insert on envelope_keys to rollbook_case",
    "create policy within on envelope_keys to rollbook_case using (true) with check (true)",
    "grant insert on mail_outbox to rollbook_case",
    "create policy within on mail_outbox for insert to rollbook_case with check (true)",
    "grant select on branches, office_types to rollbook_case",
    "create policy within on branches for select to rollbook_case using (true)",
    "create policy within on office_types for select to rollbook_case using (true)",
]


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
    # Walls are looked at by each statement; nobody's rights, as they are remembered, change with one.
    op.execute("drop trigger rights_changed on walls")
    op.execute("alter table walls alter column person_id drop not null")
    op.execute("alter table walls add column account_id uuid constraint fk_walls_account_id references accounts (id)")
    op.execute("alter table walls add column unit_id uuid constraint fk_walls_unit_id references branches (id)")
    op.execute("create index ix_walls_account_id on walls (account_id)")
    op.execute("create index ix_walls_unit_id on walls (unit_id)")
    op.execute("create index ix_walls_wall_key on walls (wall_key)")
    for statement in (*FUNCTIONS, *_lock_cases(), *_lock_what_derives(), *WITHIN):
        op.execute(statement)
