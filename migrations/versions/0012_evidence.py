"""Evidence, letters and links to files."""

from alembic import op

revision = "0012_evidence"
down_revision = "0011_disputes"
branch_labels = None
depends_on = None

READERS = "rollbook_app, rollbook_whole"
SEEN = "dispute_id = any ((select case_reach())::uuid[])"

TABLES = [
    """
    create table dispute_evidence (
      id uuid not null constraint pk_dispute_evidence primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      dispute_id uuid not null constraint fk_dispute_evidence_dispute_id references disputes (id),
      number integer not null,
      edition integer not null,
      replaces_id uuid constraint fk_dispute_evidence_replaces_id references dispute_evidence (id),
      redacts_id uuid constraint fk_dispute_evidence_redacts_id references dispute_evidence (id),
      file_id uuid not null constraint fk_dispute_evidence_file_id references files (id),
      media_type text not null,
      size bigint not null,
      sha256 bytea not null,
      added_by uuid not null,
      added_by_party_id uuid constraint fk_dispute_evidence_added_by_party_id references dispute_parties (id),
      set_aside boolean not null,
      sealed bytea not null
    )
    """,
    "create index ix_dispute_evidence_dispute_id_number on dispute_evidence (dispute_id, number)",
    "create index ix_dispute_evidence_replaces_id on dispute_evidence (replaces_id)",
    "create index ix_dispute_evidence_redacts_id on dispute_evidence (redacts_id)",
    """
    create table dispute_disclosures (
      id uuid not null constraint pk_dispute_disclosures primary key,
      created_at timestamptz not null,
      dispute_id uuid not null constraint fk_dispute_disclosures_dispute_id references disputes (id),
      party_id uuid not null constraint fk_dispute_disclosures_party_id references dispute_parties (id),
      kind text not null
        constraint ck_dispute_disclosures_kind_known
        check (kind in ('notice', 'evidence', 'report', 'measure', 'hearing', 'decision', 'appeal', 'letter')),
      subject_id uuid not null,
      account_id uuid
    )
    """,
    "create index ix_dispute_disclosures_dispute_id on dispute_disclosures (dispute_id)",
    "create index ix_dispute_disclosures_party_id_subject_id on dispute_disclosures (party_id, subject_id)",
    """
    create table dispute_correspondence (
      id uuid not null constraint pk_dispute_correspondence primary key,
      created_at timestamptz not null,
      dispute_id uuid not null constraint fk_dispute_correspondence_dispute_id references disputes (id),
      direction text not null
        constraint ck_dispute_correspondence_direction_known check (direction in ('incoming', 'outgoing')),
      channel text not null
        constraint ck_dispute_correspondence_channel_known
        check (channel in ('email', 'post', 'phone', 'in_person', 'own_page')),
      on_day date not null,
      party_id uuid constraint fk_dispute_correspondence_party_id references dispute_parties (id),
      file_id uuid constraint fk_dispute_correspondence_file_id references files (id),
      template text
        constraint ck_dispute_correspondence_template_known
        check (template in ('acknowledgement', 'notice', 'interim_measure', 'outcome', 'appeal_outcome')),
      account_id uuid not null,
      sealed bytea not null
    )
    """,
    "create index ix_dispute_correspondence_dispute_id_id on dispute_correspondence (dispute_id, id)",
    """
    create table file_links (
      id uuid not null constraint pk_file_links primary key,
      created_at timestamptz not null,
      token_hash bytea not null constraint uq_file_links_token_hash unique,
      file_id uuid not null constraint fk_file_links_file_id references files (id),
      subject_id uuid not null,
      account_id uuid not null constraint fk_file_links_account_id references accounts (id),
      sign_in_id uuid not null,
      own_record boolean not null,
      expires_at timestamptz not null,
      used_at timestamptz
    )
    """,
    "create index ix_file_links_file_id on file_links (file_id)",
    "create index ix_file_links_expires_at on file_links (expires_at)",
]

CASE_TABLES = ("dispute_evidence", "dispute_disclosures", "dispute_correspondence")
#: What was shown, and what was written, stands as it was.
APPEND_ONLY = ("dispute_disclosures", "dispute_correspondence")

#: A party sees what was disclosed to them, and the files of just that.
FUNCTIONS = [
    """
    create function disclosed_subjects() returns uuid[] stable security definer set search_path = public, pg_temp
    language sql as $$
      select coalesce(array_agg(distinct subject_id), '{}') from dispute_disclosures
      where party_id = any ((select own_parties())::uuid[])
    $$
    """,
    """
    create function disclosed_files() returns uuid[] stable security definer set search_path = public, pg_temp
    language sql as $$
      select coalesce(array_agg(file_id), '{}') from (
        select file_id from dispute_evidence where id = any ((select disclosed_subjects())::uuid[])
        union
        select file_id from dispute_correspondence
        where id = any ((select disclosed_subjects())::uuid[]) and file_id is not null
      ) shown
    $$
    """,
    "revoke all on function disclosed_subjects(), disclosed_files() from public",
    "grant execute on function disclosed_subjects(), disclosed_files() to rollbook_self",
]

PARTY = [
    "grant select on dispute_evidence, dispute_disclosures, dispute_correspondence, files, file_pieces to rollbook_self",
    "create policy party on dispute_disclosures for select to rollbook_self "
    "using (party_id = any ((select own_parties())::uuid[]))",
    *(
        f"create policy party on {table} for select to rollbook_self using (id = any ((select disclosed_subjects())::uuid[]))"
        for table in ("dispute_evidence", "dispute_correspondence")
    ),
    "create policy party on files for select to rollbook_self using (id = any ((select disclosed_files())::uuid[]))",
    "create policy party on file_pieces for select to rollbook_self "
    "using (file_id = any ((select disclosed_files())::uuid[]))",
    "grant select on envelope_keys to rollbook_self",
    "create policy party on envelope_keys for select to rollbook_self "
    "using (subject_id = any ((select party_reach())::uuid[]))",
    # Where a letter goes, and in which language.
    "grant select (address_lines, town, postcode) on people to rollbook_case",
    # What a party brings in is written within the case.
    "grant insert on file_pieces to rollbook_case",
    "create policy within on file_pieces for insert to rollbook_case with check (true)",
]

#: Whoever asks for a link writes it and cannot read it; it is taken by the role that works out rights.
LINKS = [
    "alter table file_links enable row level security",
    f"grant insert on file_links to {READERS}, rollbook_self",
    f"create policy own on file_links for insert to {READERS}, rollbook_self "
    "with check (account_id = (select acting_account()))",
    "grant select, update (used_at) on file_links to rollbook_auth",
    "create policy sign_in on file_links to rollbook_auth using (true) with check (true)",
    "grant select, delete on file_links to rollbook_system",
    "create policy system on file_links to rollbook_system using (true)",
]


def _lock_cases() -> list[str]:
    statements = []
    for table in CASE_TABLES:
        statements += [
            f"alter table {table} enable row level security",
            f"grant select, insert on {table} to {READERS}, rollbook_case",
            f"create policy scope on {table} for select to {READERS} using ({SEEN})",
            f"create policy write on {table} for insert to {READERS} with check ({SEEN})",
            f"create policy within on {table} to rollbook_case using (true) with check (true)",
        ]
    # Setting an item aside is all that can be done to it.
    statements += [
        "grant update (set_aside, sealed, version, updated_at) on dispute_evidence to rollbook_app, rollbook_whole",
        f"create policy change on dispute_evidence for update to {READERS} using ({SEEN}) with check ({SEEN})",
    ]
    return statements + [
        f"create trigger append_only before update or delete on {table} for each row execute function append_only()"
        for table in APPEND_ONLY
    ]


def upgrade() -> None:
    for statement in (*TABLES, *_lock_cases(), *FUNCTIONS, *PARTY, *LINKS):
        op.execute(statement)
