"""Complaints about data, with their clock, and the register of breaches."""

from alembic import op

revision = "0021_complaints_and_breaches"
down_revision = "0020_other_rights"
branch_labels = None
depends_on = None

TABLES = [
    """
    create table data_complaints (
      id uuid not null constraint pk_data_complaints primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      reference text not null constraint uq_data_complaints_reference unique,
      channel text not null,
      person_id uuid constraint fk_data_complaints_person_id references people (id),
      account_id uuid,
      division text not null,
      state text not null,
      state_since date not null,
      received_on date not null,
      logged_by uuid,
      acknowledge_by date,
      acknowledged_on date,
      acknowledged_late boolean,
      informed_on date,
      outcome text,
      ended_on date,
      sealed bytea not null,
      constraint ck_data_complaints_state_known check (
        state in ('received', 'acknowledged', 'investigating', 'answered', 'withdrawn')),
      constraint ck_data_complaints_channel_known check (
        channel in ('email', 'letter', 'phone', 'in_person', 'web', 'social_media', 'other')),
      constraint ck_data_complaints_division_known check (division in ('england-and-wales', 'scotland', 'northern-ireland')),
      constraint ck_data_complaints_outcome_known check (outcome in ('upheld', 'partly_upheld', 'not_upheld'))
    )
    """,
    "create index ix_data_complaints_received_on on data_complaints (received_on, id)",
    "create index ix_data_complaints_person_id on data_complaints (person_id)",
    """
    create table breaches (
      id uuid not null constraint pk_breaches primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      reference text not null constraint uq_breaches_reference unique,
      state text not null,
      state_since date not null,
      occurred_at timestamptz,
      discovered_at timestamptz not null,
      aware_at timestamptz not null,
      due_at timestamptz not null,
      logged_by uuid,
      types text[] not null,
      categories text[] not null,
      special_category boolean not null,
      people_count integer,
      records_count integer,
      counts_estimated boolean not null,
      cause text not null,
      unintelligible boolean,
      backed_up boolean,
      recovered boolean,
      published boolean,
      vulnerable_people boolean,
      contained_at timestamptz,
      risk text,
      assessed_on date,
      notified_at timestamptz,
      notified_late boolean,
      commissioner_reference text,
      people_told_at timestamptz,
      people_told_count integer,
      not_telling_ground text,
      closed_on date,
      sealed bytea not null,
      constraint ck_breaches_state_known check (
        state in ('open', 'contained', 'assessed', 'notified', 'not_notifiable', 'closed')),
      constraint ck_breaches_cause_known check (
        cause in ('misdirected_message', 'recipients_visible', 'lost_or_stolen', 'unauthorised_access', 'cyber_attack',
          'published_by_mistake', 'wrong_disposal', 'system_failure', 'processor', 'other')),
      constraint ck_breaches_risk_known check (risk in ('unlikely', 'risk', 'high')),
      constraint ck_breaches_not_telling_ground_known check (
        not_telling_ground in ('unintelligible', 'risk_averted', 'public_communication'))
    )
    """,
    "create index ix_breaches_aware_at on breaches (aware_at, id)",
    """
    create table breach_reports (
      id uuid not null constraint pk_breach_reports primary key,
      created_at timestamptz not null,
      breach_id uuid not null constraint fk_breach_reports_breach_id references breaches (id),
      phase text not null,
      sent_at timestamptz not null,
      late boolean not null,
      account_id uuid,
      sealed bytea not null,
      constraint ck_breach_reports_phase_known check (phase in ('initial', 'further', 'final'))
    )
    """,
    "create index ix_breach_reports_breach_id on breach_reports (breach_id)",
    "create trigger append_only before update or delete on breach_reports for each row execute function append_only()",
]

READERS = "rollbook_app, rollbook_whole"
#: By which key a matter is closed to whomever it concerns.
KEYS = {"data_complaints": "id", "breaches": "id", "breach_reports": "breach_id"}
#: How far a complaint is, for the complainant.
OWN_COLUMNS = (
    "id, reference, person_id, account_id, state, received_on, acknowledge_by, acknowledged_on, informed_on, outcome, "
    "ended_on, version"
)

OTHERS = [
    f"grant select ({OWN_COLUMNS}) on data_complaints to rollbook_self",
    "create policy own on data_complaints for select to rollbook_self "
    "using (person_id = (select acting_person()) or account_id = (select acting_account()))",
    "grant select, update on data_complaints to rollbook_erase",
    "create policy erase on data_complaints to rollbook_erase using (true) with check (true)",
]


def _lock() -> list[str]:
    statements = []
    for table, key in KEYS.items():
        open_to = f"{key} <> all ((select closed_walls())::uuid[])"
        seen, changed = f"(select keeps_privacy()) and {open_to}", f"(select handles_privacy()) and {open_to}"
        rights = "select, insert" if table == "breach_reports" else "select, insert, update"
        statements += [
            f"alter table {table} enable row level security",
            f"grant {rights} on {table} to {READERS}, rollbook_privacy",
            f"create policy scope on {table} for select to {READERS} using ({seen})",
            f"create policy write on {table} for insert to {READERS} with check ({changed})",
            f"create policy change on {table} for update to {READERS} using ({changed}) with check ({changed})",
            f"create policy within on {table} to rollbook_privacy using (true) with check (true)",
        ]
    return statements


def upgrade() -> None:
    for statement in (*TABLES, *_lock(), *OTHERS):
        op.execute(statement)
