"""The package of a request: the search log, who searches elsewhere, and how the package was given."""

from alembic import op

revision = "0018_packages"
down_revision = "0017_personal_data"
branch_labels = None
depends_on = None

TABLES = [
    "alter table request_items add column decide_by date",
    """
    create table request_searches (
      id uuid not null constraint pk_request_searches primary key,
      created_at timestamptz not null,
      request_id uuid not null constraint fk_request_searches_request_id references rights_requests (id),
      account_id uuid not null,
      on_day date not null,
      tables jsonb not null
    )
    """,
    "create index ix_request_searches_request_id on request_searches (request_id)",
    """
    create table package_releases (
      id uuid not null constraint pk_package_releases primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      request_id uuid not null constraint fk_package_releases_request_id references rights_requests (id),
      delivery text not null,
      code_channel text,
      state text not null,
      token_hash bytea constraint uq_package_releases_token_hash unique,
      code_hash bytea,
      wrong_codes integer not null,
      file_id uuid constraint fk_package_releases_file_id references files (id),
      size bigint,
      sha256 bytea,
      released_by uuid not null,
      released_on date not null,
      ready_on date,
      expires_on date,
      collected_at timestamptz,
      handed_on date,
      sealed bytea not null,
      constraint ck_package_releases_delivery_known check (delivery in ('link', 'paper', 'in_person')),
      constraint ck_package_releases_code_channel_known check (
        code_channel in ('phone', 'sms', 'post', 'in_person', 'signed_in', 'email')),
      constraint ck_package_releases_state_known check (
        state in ('preparing', 'ready', 'collected', 'handed_over', 'locked', 'expired', 'replaced', 'failed'))
    )
    """,
    "create index ix_package_releases_request_id on package_releases (request_id)",
    "alter table jobs drop constraint ck_jobs_kind_known",
    "alter table jobs add constraint ck_jobs_kind_known check ("
    "kind in ('read_import', 'apply_import', 'undo_import', 'build_export', 'build_package'))",
]

READERS = "rollbook_app, rollbook_whole"
OPEN = "request_id <> all ((select closed_walls())::uuid[])"
SEEN, CHANGED = f"(select keeps_privacy()) and {OPEN}", f"(select handles_privacy()) and {OPEN}"


def _lock() -> list[str]:
    statements = []
    for table, rights in (("request_searches", "select, insert"), ("package_releases", "select, insert, update")):
        statements += [
            f"alter table {table} enable row level security",
            f"grant {rights} on {table} to {READERS}, rollbook_privacy",
            f"create policy scope on {table} for select to {READERS} using ({SEEN})",
            f"create policy write on {table} for insert to {READERS} with check ({CHANGED})",
            f"create policy change on {table} for update to {READERS} using ({CHANGED}) with check ({CHANGED})",
            f"create policy within on {table} to rollbook_privacy using (true) with check (true)",
        ]
    return [
        *statements,
        "create trigger append_only before update or delete on request_searches for each row execute function append_only()",
        # Whoever is asked what they hold sees that they are asked, and no more of the request.
        f"create policy own on search_tasks for select to {READERS} using (account_id = (select acting_account()))",
        # What the worker packs, and what whoever has both halves of the key collects.
        "grant select on files, file_pieces to rollbook_privacy",
        *(
            f"create policy packages on {table} for select to rollbook_privacy using (true)"
            for table in ("files", "file_pieces")
        ),
    ]


def upgrade() -> None:
    for statement in (*TABLES, *_lock()):
        op.execute(statement)
