"""The record of processing activities: the controller, its activities, its processors."""

from alembic import op

revision = "0022_processing"
down_revision = "0021_complaints_and_breaches"
branch_labels = None
depends_on = None

RECORD = "created_at timestamptz not null, updated_at timestamptz not null, version integer not null"
TABLES = [
    f"""
    create table controllers (
      id uuid not null constraint pk_controllers primary key,
      {RECORD},
      address text,
      email text,
      data_protection_contact text,
      data_protection_email text,
      registration_number text
    )
    """,
    f"""
    create table processors (
      id uuid not null constraint pk_processors primary key,
      {RECORD},
      name text not null,
      service text not null,
      country text not null,
      safeguard text,
      safeguard_text text,
      contract_on date,
      review_on date,
      terms text[] not null,
      sub_processors jsonb not null,
      ended_on date
    )
    """,
    f"""
    create table processing_activities (
      id uuid not null constraint pk_processing_activities primary key,
      {RECORD},
      key text not null constraint uq_processing_activities_key unique,
      name text not null,
      name_cy text,
      purposes jsonb not null,
      lawful_bases text[] not null,
      special_conditions text[] not null,
      policy_document text,
      people text[] not null,
      categories text[] not null,
      recipients text[] not null,
      processor_ids uuid[] not null,
      joint_controllers text,
      sources text[] not null,
      retention jsonb not null,
      retention_rules text[] not null,
      transfers jsonb not null,
      security text[] not null,
      automated_decisions jsonb,
      fields text[] not null,
      starts_on date not null,
      ended_on date,
      end_reason text
    )
    """,
]
READERS = "rollbook_app, rollbook_whole"
#: Everybody reads them; the data-protection team changes them. What names an activity stays as it is.
BOOKS = {
    "controllers": "address, email, data_protection_contact, data_protection_email, registration_number, version, "
    "updated_at",
    "processors": "name, service, country, safeguard, safeguard_text, contract_on, review_on, terms, sub_processors, "
    "ended_on, version, updated_at",
    "processing_activities": "name, name_cy, purposes, lawful_bases, special_conditions, policy_document, people, "
    "categories, recipients, processor_ids, joint_controllers, sources, retention, retention_rules, transfers, security, "
    "automated_decisions, fields, ended_on, end_reason, version, updated_at",
}
HANDLED = "(select handles_privacy())"


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
    for table, changing in BOOKS.items():
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"grant select, update ({changing}) on {table} to {READERS}")
        op.execute(f"grant select on {table} to rollbook_self, rollbook_privacy")
        everybody = f"{READERS}, rollbook_self, rollbook_privacy"
        op.execute(f"create policy everyone on {table} for select to {everybody} using (true)")
        op.execute(f"create policy change on {table} for update to {READERS} using ({HANDLED}) with check ({HANDLED})")
        if table != "controllers":
            op.execute(f"grant insert on {table} to {READERS}")
            op.execute(f"create policy write on {table} for insert to {READERS} with check ({HANDLED})")
    op.execute(
        "insert into controllers (id, created_at, updated_at, version) "
        "select id, now(), now(), 1 from branches where parent_id is null"
    )
