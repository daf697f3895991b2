"""One-to-ones and their notes by tier, guardians' consents, and what an organiser's cadence is reckoned from."""

from alembic import op

revision = "0028_one_to_ones"
down_revision = "0027_campaigns"
branch_labels = None
depends_on = None

READERS = "rollbook_app, rollbook_whole"
SEEN = "branch_id = any ((select reach('meetings'))::uuid[])"
CHANGED = "branch_id = any ((select reach('meetings_write'))::uuid[])"
OWN = "account_id = (select acting_account())"
OWN_NOTES = "organiser_id = (select acting_account())"

TABLES = [
    """
    create table guardian_consents (
      id uuid not null constraint pk_guardian_consents primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      branch_id uuid not null constraint fk_guardian_consents_branch_id references branches (id),
      person_id uuid not null constraint fk_guardian_consents_person_id references people (id),
      relationship text not null,
      given_on date not null,
      withdrawn_on date,
      state text not null,
      state_since date not null,
      sealed bytea not null,
      constraint ck_guardian_consents_relationship_known check (
        relationship in ('parent', 'legal_guardian', 'carer', 'local_authority')),
      constraint ck_guardian_consents_state_known check (state in ('given', 'withdrawn'))
    )
    """,
    "create index ix_guardian_consents_branch_id_id on guardian_consents (branch_id, id)",
    "create index ix_guardian_consents_person_id on guardian_consents (person_id)",
    """
    create table one_to_ones (
      id uuid not null constraint pk_one_to_ones primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      branch_id uuid not null constraint fk_one_to_ones_branch_id references branches (id),
      person_id uuid not null constraint fk_one_to_ones_person_id references people (id),
      organiser_id uuid not null constraint fk_one_to_ones_organiser_id references accounts (id),
      organisation_id uuid constraint fk_one_to_ones_organisation_id references organisations (id),
      campaign_id uuid constraint fk_one_to_ones_campaign_id references campaigns (id),
      on_day date not null,
      starts_at timestamptz,
      minutes integer,
      purpose text not null,
      tier text not null,
      next_step_due_on date,
      next_step_kept boolean,
      next_step_settled_on date,
      state text not null,
      state_since date not null,
      constraint ck_one_to_ones_purpose_known check (
        purpose in ('get_to_know', 'recruit', 'agitate', 'propose_action', 'evaluate', 'follow_up', 'pastoral', 'other')),
      constraint ck_one_to_ones_state_known check (state in ('planned', 'held', 'missed', 'cancelled')),
      constraint ck_one_to_ones_tier_known check (tier in ('organiser', 'supervisor', 'team'))
    )
    """,
    "create index ix_one_to_ones_branch_id_on_day_id on one_to_ones (branch_id, on_day, id)",
    "create index ix_one_to_ones_on_day_id on one_to_ones (on_day, id)",
    "create index ix_one_to_ones_person_id on one_to_ones (person_id)",
    "create index ix_one_to_ones_organiser_id_on_day on one_to_ones (organiser_id, on_day)",
    "create index ix_one_to_ones_organisation_id on one_to_ones (organisation_id)",
    """
    create table one_to_one_notes (
      id uuid not null constraint pk_one_to_one_notes primary key
        constraint fk_one_to_one_notes_id references one_to_ones (id),
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      branch_id uuid not null constraint fk_one_to_one_notes_branch_id references branches (id),
      person_id uuid not null constraint fk_one_to_one_notes_person_id references people (id),
      organiser_id uuid not null constraint fk_one_to_one_notes_organiser_id references accounts (id),
      tier text not null,
      announced_on date not null,
      announced_again_on date,
      special text[] not null,
      explicit_consent_on date,
      sealed bytea not null,
      constraint ck_one_to_one_notes_tier_known check (tier in ('organiser', 'supervisor', 'team'))
    )
    """,
    "create index ix_one_to_one_notes_branch_id on one_to_one_notes (branch_id)",
    "create index ix_one_to_one_notes_person_id on one_to_one_notes (person_id)",
    "create index ix_one_to_one_notes_organiser_id on one_to_one_notes (organiser_id)",
    """
    create table organiser_leave (
      id uuid not null constraint pk_organiser_leave primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      account_id uuid not null constraint fk_organiser_leave_account_id references accounts (id),
      starts_on date not null,
      ends_on date not null,
      portion text not null,
      state text not null,
      state_since date not null,
      constraint ck_organiser_leave_portion_known check (portion in ('whole', 'half')),
      constraint ck_organiser_leave_state_known check (state in ('taken', 'cancelled'))
    )
    """,
    "create index ix_organiser_leave_account_id_starts_on on organiser_leave (account_id, starts_on)",
    """
    create table cadence_targets (
      id uuid not null constraint pk_cadence_targets primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      branch_id uuid not null constraint fk_cadence_targets_branch_id references branches (id),
      account_id uuid not null constraint fk_cadence_targets_account_id references accounts (id),
      per_day_tenths integer not null,
      fte_percent integer not null,
      from_day date not null
    )
    """,
    "create index ix_cadence_targets_account_id_from_day on cadence_targets (account_id, from_day)",
    "create index ix_cadence_targets_branch_id on cadence_targets (branch_id)",
]

#: What a table shows, and what may be written of it, to whom.
LOCKS = {
    "guardian_consents": (SEEN, CHANGED),
    "one_to_ones": (SEEN, CHANGED),
    # The narrowest tier; the wider ones have policies of their own below. Nobody writes in another's notes.
    "one_to_one_notes": (f"{OWN_NOTES} and {SEEN}", f"{OWN_NOTES} and {CHANGED}"),
    "organiser_leave": (OWN, OWN),
    "cadence_targets": (
        "branch_id = any ((select reach('supervision'))::uuid[])",
        "branch_id = any ((select reach('supervision_write'))::uuid[])",
    ),
}

TIERS = [
    f"create policy team on one_to_one_notes for select to {READERS} using (tier = 'team' and {SEEN})",
    f"create policy supervisor on one_to_one_notes for select to {READERS} "
    "using (tier = 'supervisor' and branch_id = any ((select reach('supervision'))::uuid[]))",
    # Rows that an erasure takes away are put back where a run of retention is undone.
    "grant insert on one_to_one_notes, organiser_leave, cadence_targets to rollbook_erase",
    # One's own figures, and the weekly ones, are reckoned by the role that knows who holds which right.
    "grant select on organiser_leave, cadence_targets to rollbook_auth",
    "create policy reckoning on organiser_leave for select to rollbook_auth using (true)",
    "create policy reckoning on cadence_targets for select to rollbook_auth using (true)",
]


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
    for table, (seen, changed) in LOCKS.items():
        op.execute(f"call lock_rows('{table}', $${seen}$$, $${changed}$$, true)")
    for statement in TIERS:
        op.execute(statement)
