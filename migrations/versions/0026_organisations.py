"""Organisations: their way into membership by day, their years of membership, and the people who belong to them."""

from alembic import op

revision = "0026_organisations"
down_revision = "0025_organising"
branch_labels = None
depends_on = None

TABLES = [
    """
    create table organisation_steps (
      id uuid not null constraint pk_organisation_steps primary key,
      created_at timestamptz not null,
      organisation_id uuid not null constraint fk_organisation_steps_organisation_id references organisations (id),
      from_state text not null,
      to_state text not null,
      on_day date not null,
      account_id uuid not null,
      note text
    )
    """,
    "create index ix_organisation_steps_organisation_id_on_day_id on organisation_steps (organisation_id, on_day, id)",
    """
    create table organisation_terms (
      id uuid not null constraint pk_organisation_terms primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      organisation_id uuid not null constraint fk_organisation_terms_organisation_id references organisations (id),
      begun text not null,
      starts_on date not null,
      ends_on date not null,
      dues_pence bigint not null,
      constraint ck_organisation_terms_begun_known check (begun in ('joined', 'renewed'))
    )
    """,
    "create index ix_organisation_terms_organisation_id_starts_on on organisation_terms (organisation_id, starts_on)",
    """
    create table affiliations (
      id uuid not null constraint pk_affiliations primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      organisation_id uuid not null constraint fk_affiliations_organisation_id references organisations (id),
      person_id uuid not null constraint fk_affiliations_person_id references people (id),
      kind text not null,
      title text,
      starts_on date not null,
      ends_on date,
      constraint ck_affiliations_kind_known check (
        kind in ('member', 'staff', 'clergy', 'student', 'parent', 'trustee', 'governor', 'officer', 'volunteer', 'other'))
    )
    """,
    "create index ix_affiliations_organisation_id_id on affiliations (organisation_id, id)",
    "create index ix_affiliations_person_id on affiliations (person_id)",
    """
    create table representatives (
      id uuid not null constraint pk_representatives primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      organisation_id uuid not null constraint fk_representatives_organisation_id references organisations (id),
      person_id uuid not null constraint fk_representatives_person_id references people (id),
      role text not null,
      starts_on date not null,
      ends_on date,
      constraint ck_representatives_role_known check (role in ('lead', 'voting', 'dues', 'deputy'))
    )
    """,
    "create index ix_representatives_organisation_id_id on representatives (organisation_id, id)",
    "create index ix_representatives_person_id on representatives (person_id)",
]


IN_CARE = "o.branch_id = any ((select reach('organising_write'))::uuid[])"


def _seen(table: str) -> str:
    return f"exists (select from organisations o where o.id = {table}.organisation_id)"


def _changed(table: str) -> str:
    """Only where it is cared for: its own people see it, and write nothing."""
    return f"exists (select from organisations o where o.id = {table}.organisation_id and {IN_CARE})"


LOCKS = [
    # An institution's own people see it, and what hangs from it, in whosever care it is.
    "create policy own on organisations for select to rollbook_app, rollbook_whole "
    "using (unit_id = any ((select reach('organising'))::uuid[]))",
    *[
        f"call lock_rows('{table}', $${_seen(table)}$$, $${_changed(table)}$$, {about_people})"
        for table, about_people in (
            ("organisation_steps", "false"),
            ("organisation_terms", "false"),
            ("affiliations", "true"),
            ("representatives", "true"),
        )
    ],
]


def upgrade() -> None:
    for statement in (*TABLES, *LOCKS):
        op.execute(statement)
