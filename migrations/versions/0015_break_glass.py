"""Opening a case without a part in it: two approvers, a day. And what parties see of their own cases."""

from alembic import op

revision = "0015_break_glass"
down_revision = "0014_measures"
branch_labels = None
depends_on = None

TABLES = [
    """
    CREATE TABLE break_glass_asks (
      id UUID NOT NULL,
      created_at timestamptz NOT NULL,
      updated_at timestamptz NOT NULL,
      version INTEGER NOT NULL,
      account_id UUID NOT NULL,
      dispute_id UUID,
      answer_by timestamptz NOT NULL,
      approved_by UUID,
      opened_by UUID,
      opened_until timestamptz,
      refused_by UUID,
      sealed BYTEA NOT NULL,
      CONSTRAINT pk_break_glass_asks PRIMARY KEY (id),
      CONSTRAINT fk_break_glass_asks_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
      CONSTRAINT fk_break_glass_asks_dispute_id FOREIGN KEY(dispute_id) REFERENCES disputes (id),
      CONSTRAINT fk_break_glass_asks_approved_by FOREIGN KEY(approved_by) REFERENCES accounts (id),
      CONSTRAINT fk_break_glass_asks_opened_by FOREIGN KEY(opened_by) REFERENCES accounts (id),
      CONSTRAINT fk_break_glass_asks_refused_by FOREIGN KEY(refused_by) REFERENCES accounts (id)
    )
    """,
    "CREATE INDEX ix_break_glass_asks_account_id_id ON break_glass_asks (account_id, id)",
    "CREATE INDEX ix_break_glass_asks_dispute_id ON break_glass_asks (dispute_id)",
]

#: An ask tells of a case: nobody reads the table in their own scope.
ASKS = [
    "alter table break_glass_asks enable row level security",
    "grant select, insert, update on break_glass_asks to rollbook_case",
    "create policy within on break_glass_asks to rollbook_case using (true) with check (true)",
    # Whether a case is closed to an account, through whatever person or unit, on a day. Runs as whoever asks.
    """
    create function walled_off(wall uuid, account uuid, day date) returns boolean stable parallel safe language sql as $$
      select exists (
        select from accounts a join walls w on w.account_id = a.id or w.person_id = a.person_id or w.unit_id in (
          select t.branch_id from office_terms t
          where t.person_id = a.person_id and t.state = 'confirmed'
            and t.starts_on <= day and (t.ends_on is null or day < t.ends_on))
        where a.id = account and w.wall_key = wall and w.ended_at is null)
    $$
    """,
]

#: What a party has said, what was said to a complainant, and what was disclosed: steps in a case.
SAID_BY_PARTIES = "'record_response', 'record_appeal', 'record_withdrawal', 'correct', 'object'"
SAID_TO_COMPLAINANTS = "'acknowledge', 'ask_information'"
FUNCTIONS = [
    f"""
    create function told_steps() returns uuid[] stable security definer set search_path = public, pg_temp language sql as $$
      select coalesce(array_agg(distinct s.id), '{{}}') from dispute_steps s join dispute_parties p on p.dispute_id = s.dispute_id
      where p.id = any ((select own_parties())::uuid[]) and (
        s.id = any ((select disclosed_subjects())::uuid[])
        or (s.party_id = p.id and s.action in ({SAID_BY_PARTIES}))
        or (p.role = 'complainant' and s.action in ({SAID_TO_COMPLAINANTS}) and p.id < s.id))
    $$
    """,
    # A respondent's own from the notice on; a complainant's with the decision.
    """
    create function told_allegations() returns uuid[] stable security definer set search_path = public, pg_temp language sql as $$
      select coalesce(array_agg(distinct a.id), '{}') from dispute_disclosures x
      join dispute_parties p on p.id = x.party_id join dispute_allegations a on a.dispute_id = x.dispute_id
      where x.party_id = any ((select own_parties())::uuid[]) and (
        (a.respondent_id = p.id and x.kind = 'notice') or (p.role = 'complainant' and x.kind = 'decision'))
    $$
    """,
    """
    create function decided_parties() returns uuid[] stable security definer set search_path = public, pg_temp language sql as $$
      select coalesce(array_agg(distinct party_id), '{}') from dispute_disclosures
      where party_id = any ((select own_parties())::uuid[]) and kind = 'decision'
    $$
    """,
    # The accounts that work or worked on the cases of which the acting person has been told.
    """
    create function people_of_own_cases() returns uuid[] stable security definer set search_path = public, pg_temp
    language sql as $$
      select coalesce(array_agg(distinct account_id), '{}') from dispute_parts
      where dispute_id = any ((select party_reach())::uuid[])
    $$
    """,
    "revoke all on function told_steps(), told_allegations(), decided_parties(), people_of_own_cases() from public",
    "grant execute on function told_steps(), told_allegations(), decided_parties(), people_of_own_cases() to rollbook_self",
]


def _told(table: str, columns: str, condition: str) -> list[str]:
    return [
        f"grant select{columns} on {table} to rollbook_self",
        f"create policy party on {table} for select to rollbook_self using ({condition})",
    ]


PARTIES = [
    # Of evidence a party learns nothing of who brought it in.
    "revoke select on dispute_evidence from rollbook_self",
    "grant select (id, created_at, dispute_id, number, edition, replaces_id, redacts_id, file_id, media_type, size, sha256, "
    "set_aside, sealed) on dispute_evidence to rollbook_self",
    *_told("dispute_steps", "", "id = any ((select told_steps())::uuid[])"),
    *_told("dispute_allegations", "", "id = any ((select told_allegations())::uuid[])"),
    *_told(
        "dispute_meetings",
        " (id, dispute_id, panel_id, kind, state, starts_at, held_on, sealed)",
        "id = any ((select disclosed_subjects())::uuid[])",
    ),
    *_told(
        "dispute_measures",
        " (id, dispute_id, party_id, kind, starts_on, ends_on, review_by, lifted_on, sealed)",
        "id = any ((select disclosed_subjects())::uuid[]) and party_id = any ((select own_parties())::uuid[])",
    ),
    *_told(
        "sanctions",
        " (id, dispute_id, party_id, kind, months, starts_on, ends_on, state)",
        "party_id = any ((select decided_parties())::uuid[])",
    ),
    # One's own, and that another has appealed.
    *_told(
        "dispute_appeals",
        "",
        "party_id = any ((select own_parties())::uuid[]) or id = any ((select disclosed_subjects())::uuid[])",
    ),
    # Who of a case's people read it; what other parties read is not told, or a withheld name would be.
    "create policy party on access_log for select to rollbook_self using (wall_key = any ((select party_reach())::uuid[]) "
    "and account_id = any ((select people_of_own_cases())::uuid[]) and purpose not like 'disclosed\\_%')",
]


def upgrade() -> None:
    for statement in (*TABLES, *ASKS, *FUNCTIONS, *PARTIES):
        op.execute(statement)
