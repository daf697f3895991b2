"""A search for a person reads every table in which they may be, beyond anybody's own sight, but no secret."""

from alembic import op

revision = "0017_personal_data"
down_revision = "0016_data_protection"
branch_labels = None
depends_on = None

#: Read whole; those with a policy of 0016 are open to the role already.
OPEN_ALREADY = ("people", "members", "walls")
WHOLE = (
    "office_terms",
    "dispute_parties",
    "dispute_parts",
    "grants",
    "member_restrictions",
    "membership_terms",
    "sign_ins",
    "standings",
    "transfers",
    "import_rows",
    "possible_duplicates",
    "access_log",
    "audit_entries",
    "events",
    "files",
    "file_pieces",
    "jobs",
    "disputes",
    "dispute_panels",
    "dispute_steps",
    "dispute_allegations",
    "dispute_appeals",
    "dispute_correspondence",
    "dispute_disclosures",
    "dispute_evidence",
    "dispute_measures",
    "dispute_measure_reviews",
    "dispute_meetings",
    "sanctions",
    "break_glass_asks",
    "exclusion_marks",
)
#: Without their secrets, or only how often and when an account did something.
IN_PART = {
    "idempotency_keys": "id, created_at, account_id, status, headers, resource, branch_id, subject_id",
    "mail_outbox": "id, created_at, state, sent_at, sealed_message",
    "dispute_digests": "id, created_at, account_id",
    "erasures": "id, created_at, account_id",
    "exports": "id, created_at, account_id, decided_by",
    "file_links": "id, created_at, account_id",
    "imports": "id, created_at, account_id",
    "receivers": "id, created_at, account_id",
    # What the ids in a row stand for, so that a package can be read.
    "office_types": "id, name, name_cy",
    "clients": "id, name",
    "rule_clauses": "id, number, title",
    "procedures": "id, name, name_cy",
}


def upgrade() -> None:
    op.execute(f"grant select on {', '.join((*OPEN_ALREADY, *WHOLE))} to rollbook_privacy")
    op.execute("grant select (created_at, updated_at, version) on accounts to rollbook_privacy")
    for table, columns in IN_PART.items():
        op.execute(f"grant select ({columns}) on {table} to rollbook_privacy")
    for table in (*WHOLE, *IN_PART):
        op.execute(f"create policy subject on {table} for select to rollbook_privacy using (true)")
