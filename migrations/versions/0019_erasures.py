"""Erasures that two people decide, legal holds that forbid them, and what else an erasure must reach."""

from alembic import op

revision = "0019_erasures"
down_revision = "0018_packages"
branch_labels = None
depends_on = None

TABLES = [
    """
    create table legal_holds (
      id uuid not null constraint pk_legal_holds primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      reference text not null constraint uq_legal_holds_reference unique,
      person_id uuid constraint fk_legal_holds_person_id references people (id),
      dispute_id uuid,
      reason text not null,
      until date,
      state text not null,
      state_since date not null,
      placed_by uuid not null,
      sealed bytea not null,
      constraint ck_legal_holds_of_somebody check (num_nonnulls(person_id, dispute_id) > 0),
      constraint ck_legal_holds_reason_known check (
        reason in ('litigation', 'regulator', 'police', 'audit', 'insurance', 'other')),
      constraint ck_legal_holds_state_known check (state in ('in_force', 'expired', 'lifted'))
    )
    """,
    "create index ix_legal_holds_person_id on legal_holds (person_id)",
    "create index ix_legal_holds_dispute_id on legal_holds (dispute_id)",
    """
    create table erasure_cases (
      id uuid not null constraint pk_erasure_cases primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      reference text not null constraint uq_erasure_cases_reference unique,
      person_id uuid not null constraint fk_erasure_cases_person_id references people (id),
      request_id uuid constraint fk_erasure_cases_request_id references rights_requests (id),
      ground text not null,
      state text not null,
      state_since date not null,
      proposed_by uuid not null,
      decided_by uuid,
      erased_at timestamptz,
      certificate jsonb,
      sealed bytea not null,
      constraint ck_erasure_cases_ground_known check (
        ground in ('no_longer_necessary', 'consent_withdrawn', 'objection', 'unlawful', 'legal_obligation', 'child')),
      constraint ck_erasure_cases_state_known check (state in ('proposed', 'erased', 'refused', 'withdrawn')),
      constraint ck_erasure_cases_second_person check (state <> 'erased' or decided_by <> proposed_by)
    )
    """,
    "create unique index ix_erasure_cases_proposed on erasure_cases (person_id) where state = 'proposed'",
    "create index ix_erasure_cases_request_id on erasure_cases (request_id)",
]

READERS = "rollbook_app, rollbook_whole"
NOBODY = "'00000000-0000-0000-0000-000000000000'::uuid"
MATTERS = ("legal_holds", "erasure_cases")
DEFINER = "stable security definer set search_path = public, pg_temp language sql"

MADE = "people_on_hold(uuid[], date), erasure_obstacles(uuid, date), same_holder(uuid), is_erased(uuid)"

FUNCTIONS = [
    # Of these people those under a legal hold on a day, by themselves or as people of a case that is held.
    f"""
    create function people_on_hold(p_people uuid[], p_day date) returns setof uuid {DEFINER} as $$
      with held as (
        select person_id, dispute_id from legal_holds where state = 'in_force' and (until is null or p_day < until)
      )
      select person_id from held where person_id = any (p_people)
      union
      select coalesce(p.person_id, a.person_id)
      from held h
      join disputes d on h.dispute_id in (d.id, d.joined_into_id)
      join dispute_parties p on p.dispute_id = d.id
      left join accounts a on a.id = p.account_id
      where coalesce(p.person_id, a.person_id) = any (p_people)
    $$
    """,
    # What forbids erasing somebody on a day, the gravest first.
    f"""
    create function erasure_obstacles(p_person uuid, p_day date) returns text[] {DEFINER} as $$
      select array_remove(array[
        case when exists (select from people_on_hold(array[p_person], p_day)) then 'legal_hold' end,
        case when exists (
          select from dispute_parties p join disputes d on d.id = p.dispute_id
          where p.person_id = p_person and p.struck_at is null
          and d.state not in ('final', 'closed', 'withdrawn', 'joined')) then 'open_dispute' end,
        case when exists (
          select from rights_requests r where r.person_id = p_person and r.kind <> 'erasure' and r.ended_on is null
        ) then 'open_request' end,
        case when exists (
          select from office_terms t where t.person_id = p_person and t.state in ('proposed', 'confirmed')
          and (t.ends_on is null or p_day < t.ends_on)) then 'serving_officer' end,
        case when exists (
          select from members m where m.person_id = p_person and m.relationship = 'member' and standing_on(
            m.decided_standing, m.decided_from, m.decided_until, m.restricted, m.paid_until, m.lapses_on, p_day
          ) in ('current', 'arrears', 'suspended')) then 'live_membership' end
      ], null)
    $$
    """,
    # Whether an account is the actor's, this one or another of theirs.
    f"""
    create function same_holder(p_account uuid) returns boolean {DEFINER} as $$
      select p_account = acting_account()
        or coalesce((select person_id = acting_person() from accounts where id = p_account), false)
    $$
    """,
    f"""
    create function is_erased(p_person uuid) returns boolean {DEFINER} as $$
      select exists (select from people where id = p_person and erased_at is not null)
    $$
    """,
    f"revoke all on function {MADE} from public",
    f"grant execute on function {MADE} to {READERS}, rollbook_privacy, rollbook_erase, rollbook_system",
]


def _lock_matters() -> list[str]:
    statements = []
    for table in MATTERS:
        open_to = "id <> all ((select closed_walls())::uuid[])"
        if table == "legal_holds":
            # One on a case is closed to the case's own people too.
            open_to += f" and coalesce(dispute_id, {NOBODY}) <> all ((select closed_walls())::uuid[])"
        seen, changed = f"(select keeps_privacy()) and {open_to}", f"(select handles_privacy()) and {open_to}"
        statements += [
            f"alter table {table} enable row level security",
            f"grant select, insert, update on {table} to {READERS}, rollbook_privacy",
            f"create policy scope on {table} for select to {READERS} using ({seen})",
            f"create policy write on {table} for insert to {READERS} with check ({changed})",
            f"create policy change on {table} for update to {READERS} using ({changed}) with check ({changed})",
            f"create policy within on {table} to rollbook_privacy using (true) with check (true)",
            f"grant select, update on {table} to rollbook_erase",
            f"create policy erase on {table} to rollbook_erase using (true) with check (true)",
        ]
    return statements


#: What holds people without a link to them: letters, answers kept for a repeat, rows of files, workbooks, files.
REACH = [
    # Of these nothing goes, and it is told how many there are.
    "grant select on member_restrictions to rollbook_erase",
    "create policy erase on member_restrictions for select to rollbook_erase using (true)",
    "grant select (id, state, sealed_message), update (state, sealed_message) on mail_outbox to rollbook_erase",
    "create policy erase on mail_outbox to rollbook_erase using (true) with check (true)",
    "grant select (id, sealed_body) on idempotency_keys to rollbook_erase",
    "grant select, update on exports to rollbook_erase",
    "create policy erase on exports to rollbook_erase using (true) with check (true)",
    "grant select (id, path) on branches to rollbook_erase",
    "create policy erase on branches for select to rollbook_erase using (true)",
    "grant select (id, subject_id, envelope_key_id) on files to rollbook_erase",
    "create policy erase on files for select to rollbook_erase using (true)",
    "grant select (id, subject_id) on envelope_keys to rollbook_erase",
    "create policy erase on envelope_keys for select to rollbook_erase using (true)",
    "grant select (file_id), delete on file_pieces to rollbook_erase",
    "create policy erase on file_pieces to rollbook_erase using (true)",
]


def upgrade() -> None:
    for statement in (*TABLES, *FUNCTIONS, *_lock_matters(), *REACH):
        op.execute(statement)
