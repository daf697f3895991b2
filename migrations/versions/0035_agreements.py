"""Letters of understanding, strategic partnerships, and the income that organisers raise."""

from alembic import op

revision = "0035_agreements"
down_revision = "0034_wins"
branch_labels = None
depends_on = None

TABLES = [
    """
    create table letters_of_understanding (
      id uuid not null constraint pk_letters_of_understanding primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      organisation_id uuid not null constraint fk_letters_of_understanding_organisation_id references organisations (id),
      number integer not null,
      starts_on date not null,
      ends_on date not null,
      annual_dues_pence bigint not null,
      instalments text not null,
      turnout integer,
      we_give text not null,
      they_give text not null,
      negotiated_by uuid not null constraint fk_letters_of_understanding_negotiated_by references accounts (id),
      state text not null,
      state_since date not null,
      end_reason text,
      constraint ck_letters_of_understanding_instalments_known check (
        instalments in ('yearly', 'half_yearly', 'termly', 'quarterly', 'monthly')),
      constraint ck_letters_of_understanding_state_known check (
        state in ('draft', 'proposed', 'in_force', 'superseded', 'ended', 'declined'))
    )
    """,
    "create unique index ix_letters_of_understanding_organisation_id_number "
    "on letters_of_understanding (organisation_id, number)",
    "create index ix_letters_of_understanding_starts_on_id on letters_of_understanding (starts_on, id)",
    """
    create table letter_signatories (
      id uuid not null constraint pk_letter_signatories primary key,
      created_at timestamptz not null,
      letter_id uuid not null constraint fk_letter_signatories_letter_id references letters_of_understanding (id),
      side text not null,
      person_id uuid constraint fk_letter_signatories_person_id references people (id),
      account_id uuid constraint fk_letter_signatories_account_id references accounts (id),
      capacity text,
      signed_on date not null,
      constraint ck_letter_signatories_side_known check (side in ('theirs', 'ours'))
    )
    """,
    "create index ix_letter_signatories_letter_id on letter_signatories (letter_id)",
    "create index ix_letter_signatories_person_id on letter_signatories (person_id)",
    """
    create table strategic_partnerships (
      id uuid not null constraint pk_strategic_partnerships primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      branch_id uuid not null constraint fk_strategic_partnerships_branch_id references branches (id),
      organisation_id uuid not null constraint fk_strategic_partnerships_organisation_id references organisations (id),
      campaign_id uuid constraint fk_strategic_partnerships_campaign_id references campaigns (id),
      purpose text not null,
      starts_on date not null,
      ends_on date,
      annual_income_pence bigint,
      state text not null,
      state_since date not null,
      constraint ck_strategic_partnerships_state_known check (state in ('proposed', 'agreed', 'ended'))
    )
    """,
    "create index ix_strategic_partnerships_organisation_id on strategic_partnerships (organisation_id)",
    "create index ix_strategic_partnerships_starts_on_id on strategic_partnerships (starts_on, id)",
    """
    create table income_targets (
      id uuid not null constraint pk_income_targets primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      branch_id uuid not null constraint fk_income_targets_branch_id references branches (id),
      account_id uuid not null constraint fk_income_targets_account_id references accounts (id),
      starts_on date not null,
      ends_on date not null,
      least_pence bigint not null,
      most_pence bigint not null,
      hard_percent integer not null
    )
    """,
    "create index ix_income_targets_account_id_starts_on on income_targets (account_id, starts_on)",
    """
    create table income_lines (
      id uuid not null constraint pk_income_lines primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      branch_id uuid not null constraint fk_income_lines_branch_id references branches (id),
      account_id uuid not null constraint fk_income_lines_account_id references accounts (id),
      kind text not null,
      source text not null,
      organisation_id uuid constraint fk_income_lines_organisation_id references organisations (id),
      letter_id uuid constraint fk_income_lines_letter_id references letters_of_understanding (id),
      forecast_pence bigint not null,
      expected_on date not null,
      actual_pence bigint,
      received_on date,
      state text not null,
      state_since date not null,
      lost_reason text,
      constraint ck_income_lines_kind_known check (kind in ('hard', 'soft')),
      constraint ck_income_lines_state_known check (state in ('forecast', 'received', 'lost'))
    )
    """,
    "create index ix_income_lines_expected_on_id on income_lines (expected_on, id)",
    "create index ix_income_lines_account_id_expected_on on income_lines (account_id, expected_on)",
    "create index ix_income_lines_letter_id on income_lines (letter_id)",
]

IN_REACH = "branch_id = any ((select reach('organising'))::uuid[])"
IN_WRITING_REACH = "branch_id = any ((select reach('organising_write'))::uuid[])"
OF_ORGANISATION = "exists (select from organisations o where o.id = letters_of_understanding.organisation_id)"
OF_LETTER = "exists (select from letters_of_understanding l where l.id = letter_signatories.letter_id)"
#: Written only where the organisation is cared for.
IN_CARE = "o.branch_id = any ((select reach('organising_write'))::uuid[])"
LETTER_CHANGED = (
    f"exists (select from organisations o where o.id = letters_of_understanding.organisation_id and {IN_CARE})"
)
SIGNATORY_CHANGED = (
    "exists (select from letters_of_understanding l join organisations o on o.id = l.organisation_id "
    f"where l.id = letter_signatories.letter_id and {IN_CARE})"
)
SUPERVISED = "branch_id = any ((select reach('supervision'))::uuid[])"
SET = "branch_id = any ((select reach('supervision_write'))::uuid[])"

LOCKS = [
    f"call lock_rows('letters_of_understanding', $${OF_ORGANISATION}$$, $${LETTER_CHANGED}$$)",
    f"call lock_rows('letter_signatories', $${OF_LETTER}$$, $${SIGNATORY_CHANGED}$$, true)",
    f"call lock_rows('strategic_partnerships', $${IN_REACH}$$, $${IN_WRITING_REACH}$$)",
    f"call lock_rows('income_targets', $${SUPERVISED}$$, $${SET}$$)",
    # An organiser sees what is expected of them.
    "create policy own on income_targets for select to rollbook_app, rollbook_whole "
    "using (account_id = (select acting_account()))",
    f"call lock_rows('income_lines', $${IN_REACH}$$, $${IN_WRITING_REACH}$$)",
]


def upgrade() -> None:
    for statement in (*TABLES, *LOCKS):
        op.execute(statement)
