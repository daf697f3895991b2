"""Interim measures and their reviews; who was told what is late; two more restrictions."""

from alembic import op

revision = "0014_measures"
down_revision = "0013_hearings"
branch_labels = None
depends_on = None

READERS = "rollbook_app, rollbook_whole"
SEEN = "dispute_id = any ((select case_reach())::uuid[])"

TABLES = [
    """
    create table dispute_measures (
      id uuid not null constraint pk_dispute_measures primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      dispute_id uuid not null constraint fk_dispute_measures_dispute_id references disputes (id),
      party_id uuid not null constraint fk_dispute_measures_party_id references dispute_parties (id),
      kind text not null
        constraint ck_dispute_measures_kind_known check (kind in ('suspension', 'office_suspension', 'attendance')),
      safeguarding boolean not null,
      starts_on date not null,
      ends_on date,
      review_by date not null,
      escalated_on date,
      lifted_on date,
      account_id uuid not null,
      sealed bytea not null
    )
    """,
    "create index ix_dispute_measures_dispute_id on dispute_measures (dispute_id)",
    "create index ix_dispute_measures_party_id on dispute_measures (party_id)",
    "create index ix_dispute_measures_review_by on dispute_measures (review_by) where lifted_on is null",
    """
    create table dispute_measure_reviews (
      id uuid not null constraint pk_dispute_measure_reviews primary key,
      created_at timestamptz not null,
      dispute_id uuid not null constraint fk_dispute_measure_reviews_dispute_id references disputes (id),
      measure_id uuid not null constraint fk_dispute_measure_reviews_measure_id references dispute_measures (id),
      on_day date not null,
      due_on date not null,
      late boolean not null,
      outcome text not null
        constraint ck_dispute_measure_reviews_outcome_known check (outcome in ('keep', 'vary', 'lift')),
      account_id uuid not null,
      sealed bytea not null
    )
    """,
    "create index ix_dispute_measure_reviews_dispute_id on dispute_measure_reviews (dispute_id)",
    "create index ix_dispute_measure_reviews_measure_id_id on dispute_measure_reviews (measure_id, id)",
    """
    create table dispute_digests (
      id uuid not null constraint pk_dispute_digests primary key,
      created_at timestamptz not null,
      account_id uuid not null
        constraint fk_dispute_digests_account_id references accounts (id)
        constraint uq_dispute_digests_account_id unique,
      on_day date not null
    )
    """,
]

LOCKS = [
    *(
        statement
        for table in ("dispute_measures", "dispute_measure_reviews")
        for statement in (
            f"alter table {table} enable row level security",
            f"grant select, insert on {table} to {READERS}, rollbook_case",
            f"create policy scope on {table} for select to {READERS} using ({SEEN})",
            f"create policy write on {table} for insert to {READERS} with check ({SEEN})",
            f"create policy within on {table} to rollbook_case using (true) with check (true)",
        )
    ),
    f"grant update on dispute_measures to {READERS}, rollbook_case",
    f"create policy change on dispute_measures for update to {READERS} using ({SEEN}) with check ({SEEN})",
    "create trigger append_only before update or delete on dispute_measure_reviews "
    "for each row execute function append_only()",
    # Whose cases are late is told by nobody but the worker.
    "alter table dispute_digests enable row level security",
    "grant select, insert, update on dispute_digests to rollbook_case",
    "create policy within on dispute_digests to rollbook_case using (true) with check (true)",
    # What statistics leave out: cases that are closed to whoever asks.
    "grant execute on function closed_walls() to rollbook_case",
]

#: Held back from office while keeping it, and from meetings: neither touches the standing.
RESTRICTIONS = [
    "alter table member_restrictions drop constraint ck_member_restrictions_kind_known",
    "alter table member_restrictions add constraint ck_member_restrictions_kind_known check (kind in "
    "('suspended', 'excluded', 'expelled', 'barred_from_office', 'barred_from_candidacy', 'suspended_from_office', "
    "'kept_from_meetings'))",
    "grant select (person_id, kind, starts_on, ends_on) on member_restrictions to rollbook_auth",
    "create policy rights on member_restrictions for select to rollbook_auth using (true)",
]


def upgrade() -> None:
    for statement in (*TABLES, *LOCKS, *RESTRICTIONS):
        op.execute(statement)
