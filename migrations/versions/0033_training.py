"""Training: courses, sessions, places and certificates, who teaches, who was nominated, what offices require."""

from alembic import op

revision = "0033_training"
down_revision = "0032_power"
branch_labels = None
depends_on = None

TABLES = [
    """
    create table courses (
      id uuid not null constraint pk_courses primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      branch_id uuid not null constraint fk_courses_branch_id references branches (id),
      key text not null,
      name text not null,
      name_cy text,
      description text,
      kind text not null,
      half_days integer not null,
      valid_months integer,
      capacity integer,
      state text not null,
      state_since date not null,
      constraint ck_courses_kind_known check (
        kind in ('taster', 'community_leadership', 'national_residential', 'officer', 'workshop', 'other')),
      constraint ck_courses_state_known check (
        state in ('offered', 'retired'))
    )
    """,
    "create index ix_courses_branch_id_name_id on courses (branch_id, name, id)",
    "create index ix_courses_name_id on courses (name, id)",
    "create unique index uq_courses_branch_id_key on courses (branch_id, key)",
    """
    create table office_requirements (
      id uuid not null constraint pk_office_requirements primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      branch_id uuid not null constraint fk_office_requirements_branch_id references branches (id),
      office_type_id uuid not null constraint fk_office_requirements_office_type_id references office_types (id),
      course_id uuid not null constraint fk_office_requirements_course_id references courses (id),
      starts_on date not null,
      ends_on date
    )
    """,
    "create index ix_office_requirements_course_id on office_requirements (course_id)",
    "create index ix_office_requirements_created_at_id on office_requirements (created_at, id)",
    "create index ix_office_requirements_office_type_id on office_requirements (office_type_id)",
    """
    create table training_sessions (
      id uuid not null constraint pk_training_sessions primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      branch_id uuid not null constraint fk_training_sessions_branch_id references branches (id),
      course_id uuid not null constraint fk_training_sessions_course_id references courses (id),
      starts_on date not null,
      ends_on date not null,
      venue text,
      capacity integer,
      state text not null,
      state_since date not null,
      constraint ck_training_sessions_state_known check (
        state in ('planned', 'confirmed', 'held', 'closed', 'cancelled'))
    )
    """,
    "create index ix_training_sessions_branch_id_starts_on_id on training_sessions (branch_id, starts_on, id)",
    "create index ix_training_sessions_course_id on training_sessions (course_id)",
    "create index ix_training_sessions_starts_on_id on training_sessions (starts_on, id)",
    """
    create table enrolments (
      id uuid not null constraint pk_enrolments primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      branch_id uuid not null constraint fk_enrolments_branch_id references branches (id),
      offered_in uuid not null constraint fk_enrolments_offered_in references branches (id),
      training_session_id uuid not null
        constraint fk_enrolments_training_session_id references training_sessions (id),
      person_id uuid not null constraint fk_enrolments_person_id references people (id),
      completed boolean not null,
      state text not null,
      state_since date not null,
      constraint ck_enrolments_state_known check (
        state in ('waiting', 'enrolled', 'attended', 'absent', 'withdrawn'))
    )
    """,
    "create index ix_enrolments_branch_id_created_at_id on enrolments (branch_id, created_at, id)",
    "create index ix_enrolments_created_at_id on enrolments (created_at, id)",
    "create index ix_enrolments_offered_in on enrolments (offered_in)",
    "create index ix_enrolments_person_id on enrolments (person_id)",
    "create index ix_enrolments_training_session_id_created_at_id on enrolments (training_session_id, created_at, id)",
    """
    create table training_crew (
      id uuid not null constraint pk_training_crew primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      branch_id uuid not null constraint fk_training_crew_branch_id references branches (id),
      training_session_id uuid not null
        constraint fk_training_crew_training_session_id references training_sessions (id),
      account_id uuid not null constraint fk_training_crew_account_id references accounts (id),
      part text not null,
      half_days integer not null,
      constraint ck_training_crew_part_known check (
        part in ('preparation', 'delivery', 'evaluation'))
    )
    """,
    "create index ix_training_crew_account_id on training_crew (account_id)",
    "create index ix_training_crew_training_session_id on training_crew (training_session_id)",
    """
    create table certificates (
      id uuid not null constraint pk_certificates primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      branch_id uuid not null constraint fk_certificates_branch_id references branches (id),
      offered_in uuid not null constraint fk_certificates_offered_in references branches (id),
      enrolment_id uuid not null constraint fk_certificates_enrolment_id references enrolments (id),
      course_id uuid not null constraint fk_certificates_course_id references courses (id),
      person_id uuid not null constraint fk_certificates_person_id references people (id),
      number text not null,
      completed_on date not null,
      issued_on date not null,
      expires_on date
    )
    """,
    "create index ix_certificates_branch_id_issued_on_id on certificates (branch_id, issued_on, id)",
    "create unique index ix_certificates_enrolment_id on certificates (enrolment_id)",
    "create index ix_certificates_issued_on_id on certificates (issued_on, id)",
    "create index ix_certificates_offered_in on certificates (offered_in)",
    "create index ix_certificates_person_id on certificates (person_id)",
    """
    create table nominations (
      id uuid not null constraint pk_nominations primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      branch_id uuid not null constraint fk_nominations_branch_id references branches (id),
      leader_id uuid not null constraint fk_nominations_leader_id references leaders (id),
      person_id uuid not null constraint fk_nominations_person_id references people (id),
      course_id uuid not null constraint fk_nominations_course_id references courses (id),
      training_session_id uuid constraint fk_nominations_training_session_id references training_sessions (id),
      enrolment_id uuid constraint fk_nominations_enrolment_id references enrolments (id),
      nominated_by uuid not null constraint fk_nominations_nominated_by references accounts (id),
      state text not null,
      state_since date not null,
      sealed bytea not null,
      constraint ck_nominations_state_known check (
        state in ('nominated', 'accepted', 'declined', 'withdrawn'))
    )
    """,
    "create index ix_nominations_branch_id_created_at_id on nominations (branch_id, created_at, id)",
    "create index ix_nominations_course_id on nominations (course_id)",
    "create index ix_nominations_created_at_id on nominations (created_at, id)",
    "create index ix_nominations_leader_id on nominations (leader_id)",
    "create index ix_nominations_person_id on nominations (person_id)",
]

#: What is taught is for everybody who sees organising anywhere.
ALL_SEE = "(select nullif(current_setting('rollbook.organising', true), '') is not null)"
HERE = "branch_id = any ((select reach('{}'))::uuid[])"
OFFERED_HERE = "offered_in = any ((select reach('{}'))::uuid[])"
RUN = HERE.format("organising_write")

#: By table: what is seen, what is changed, and whether somebody is in it.
LOCKS = {
    "courses": (ALL_SEE, RUN, False),
    "office_requirements": (ALL_SEE, RUN, False),
    "training_sessions": (ALL_SEE, RUN, False),
    "enrolments": (HERE.format("organising"), RUN, True),
    "training_crew": (HERE.format("organising"), RUN, False),
    "certificates": (HERE.format("organising"), RUN, True),
    "nominations": (HERE.format("meetings"), HERE.format("meetings_write"), True),
}

READERS = "rollbook_app, rollbook_whole"
#: What the unit sees and changes that holds a session, wherever somebody comes from: a policy of its own for each.
OFFERED = [
    statement.format(table=table)
    for table in ("enrolments", "certificates")
    for statement in (
        f"create policy offered on {{table}} for select to {READERS} using ({OFFERED_HERE.format('organising')})",
        f"create policy offered_write on {{table}} for insert to {READERS} "
        f"with check ({OFFERED_HERE.format('organising_write')})",
        f"create policy offered_change on {{table}} for update to {READERS} "
        f"using ({OFFERED_HERE.format('organising_write')}) with check ({OFFERED_HERE.format('organising_write')})",
    )
]

#: Places are counted, and given to whoever waits first, past the reach of whoever acts; so are certificates sought of
#: officers, and the days of somebody reckoned, wherever they were given.
RECKONING = [
    "grant select on courses, training_sessions, enrolments, training_crew, certificates to rollbook_system",
    "grant update on training_sessions, enrolments to rollbook_system",
    *(
        f"create policy reckoning on {table} for select to rollbook_system using (true)"
        for table in ("courses", "training_sessions", "enrolments", "training_crew", "certificates")
    ),
    *(
        f"create policy places on {table} for update to rollbook_system using (true) with check (true)"
        for table in ("training_sessions", "enrolments")
    ),
]


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
    for table, (seen, changed, about_people) in LOCKS.items():
        op.execute(f"call lock_rows('{table}', $${seen}$$, $${changed}$$, {str(about_people).lower()})")
    for statement in (*OFFERED, *RECKONING):
        op.execute(statement)
