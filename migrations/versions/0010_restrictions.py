"""What a decision takes from a member, and marks by which whoever is excluded is recognised."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010_restrictions"
down_revision = "0009_rules"
branch_labels = None
depends_on = None

READERS = "rollbook_app, rollbook_whole"
DECIDED = "m.decided_standing, m.decided_from, m.decided_until, m.restricted, m.paid_until, m.lapses_on"

FUNCTIONS = [
    # What a restriction makes of whoever it stands upon; null for one that leaves the standing as it is.
    """
    create function restricts(kind text) returns text immutable parallel safe language sql as $$
      select case when kind = 'suspended' then 'suspended' when kind in ('excluded', 'expelled') then 'expelled' end
    $$
    """,
    # The restriction of a day that prevails, the gravest and of these the longest, with its days; null if there is none.
    """
    create function restriction_on(restricted jsonb, day date) returns jsonb immutable parallel safe language sql as $$
      select r.one from jsonb_array_elements(restricted) r(one)
      where (r.one ->> 'starts_on')::date <= day and coalesce(day < (r.one ->> 'ends_on')::date, true)
      order by r.one ->> 'standing', (r.one ->> 'ends_on')::date desc nulls first limit 1
    $$
    """,
    # The graver of what is decided or follows from what is paid, and of what restricts: who has died or left is not
    # suspended as well, and who is expelled is so whether or not they have left.
    """
    create function graver(otherwise text, restriction text) returns text immutable parallel safe language sql as $$
      select case
        when restriction is null or otherwise = 'deceased' then otherwise
        when restriction = 'suspended' and otherwise in ('resigned', 'expelled') then otherwise
        else restriction
      end
    $$
    """,
    # Nearly nobody is restricted: of all others the standing costs what it cost before.
    """
    create function standing_on(
      decided text, decided_from date, decided_until date, restricted jsonb, paid_until date, lapses_on date, day date
    ) returns text immutable parallel safe language sql as $$
      select case
        when restricted is null then standing_on(decided, decided_from, decided_until, paid_until, lapses_on, day)
        else graver(
          standing_on(decided, decided_from, decided_until, paid_until, lapses_on, day),
          restriction_on(restricted, day) ->> 'standing')
      end
    $$
    """,
    # Which of these marks are in force on a day, and until when. Who cannot make the marks learns nothing here.
    """
    create function marks_in_force(p_marks bytea[], p_day date) returns table (mark bytea, ends_on date)
    stable security definer set search_path = public, pg_temp language sql as $$
      select m.mark, m.ends_on from exclusion_marks m
      where m.mark = any (p_marks) and (m.ends_on is null or p_day < m.ends_on)
    $$
    """,
    "revoke all on function marks_in_force(bytea[], date) from public",
    f"grant execute on function marks_in_force(bytea[], date) to {READERS}",
]

#: Functions of before, which see restrictions now.
REPLACED = [
    f"""
    create or replace function branch_ties(p_branch uuid, p_day date) returns text
    stable security definer set search_path = public, pg_temp language sql as $$
      select case
        when exists (select from branches where parent_id = p_branch and status <> 'dissolved') then 'has_units'
        when exists (
          select from members m where m.branch_id = p_branch
          and standing_on({DECIDED}, p_day) not in ('resigned', 'expelled', 'deceased')
        ) then 'has_members'
        when exists (
          select from office_terms where branch_id = p_branch
          and state in ('proposed', 'confirmed') and (ends_on is null or p_day < ends_on)
        ) then 'has_officers'
      end
    $$
    """,
    f"""
    create or replace function accept_transfer(p_transfer uuid, p_day date, p_at timestamptz)
    returns table (term_id uuid, unit_id uuid)
    security definer set search_path = public, pg_temp language plpgsql as $$
    declare
      moved transfers%rowtype;
      person uuid;
      left_path uuid[];
      new_path uuid[];
    begin
      update transfers t set
        state = 'accepted', decided_by = acting_account(), decided_at = p_at, updated_at = p_at, version = t.version + 1
      where t.id = p_transfer and t.state = 'asked' and t.to_branch_id = any (reach('members_write'))
        and acting_account() is not null
      returning * into moved;
      if not found then
        raise exception 'this transfer is not there to be accepted';
      end if;
      -- As every writer of a record does, begin with the person's row, so that two of them never lock crosswise.
      perform from people where id = (select m.person_id from members m where m.id = moved.member_id) for update;
      select path into left_path from branches where id = moved.from_branch_id;
      select path into new_path from branches where id = moved.to_branch_id and status in ('forming', 'recognised')
      for key share;
      update members m set branch_id = moved.to_branch_id, version = m.version + 1, updated_at = p_at
      where m.id = moved.member_id and m.branch_id = moved.from_branch_id and new_path is not null
        and coalesce(m.decided_standing, '') not in ('resigned', 'expelled', 'deceased')
        and standing_on({DECIDED}, p_day) <> 'expelled'
      returning m.person_id into person;
      if not found then
        raise exception 'this transfer moves nobody';
      end if;
      return query select e.* from end_terms(
        person,
        array(select b.id from branches b where b.id <> all (new_path)
              and (b.id = any (left_path) or b.path @> array[moved.from_branch_id])),
        p_day, p_day, 'transferred', p_at) e;
    end $$
    """,
]

#: Whoever may see the member sees what restricts them and until when; whence it comes, nobody.
SHOWN = "id, member_id, person_id, kind, starts_on, ends_on"
THEIRS = "exists (select from members m where m.id = member_restrictions.member_id)"

#: What effects reach, wherever the member is: the person held still, standing, offices, an open transfer, and the trail.
EFFECTS = {
    "people": (
        "select (id, given_name, family_name, preferred_name, sort_name, date_of_birth, email_key, mobile_phone, "
        "postcode, erased_at), update (version)"
    ),
    "members": "select, update (restricted, version, updated_at)",
    "office_terms": "select, update (state, ends_on, end_reason, version, updated_at)",
    "transfers": "select, update (state, decided_by, decided_at, version, updated_at)",
    "member_restrictions": "select, insert, update",
    "exclusion_marks": "select, insert, update, delete",
    "audit_entries": "insert",
    "events": "insert",
}

LOCKS = [
    *(f"alter table {table} enable row level security" for table in ("member_restrictions", "exclusion_marks")),
    f"grant select ({SHOWN}) on member_restrictions to {READERS}, rollbook_self",
    f"create policy scope on member_restrictions for select to rollbook_app using ({THEIRS})",
    "create policy everyone on member_restrictions for select to rollbook_whole using (true)",
    f"create policy own on member_restrictions for select to rollbook_self using ({THEIRS})",
    *(f"grant {rights} on {table} to rollbook_case" for table, rights in EFFECTS.items()),
    *(
        f"create policy effects on {table} to rollbook_case using (true) with check (true)"
        for table in EFFECTS
        if table not in ("audit_entries", "events")
    ),
    *(
        f"create policy effects on {table} for insert to rollbook_case with check (true)"
        for table in ("audit_entries", "events")
    ),
    "grant execute on function end_terms(uuid, uuid[], date, date, text, timestamptz) to rollbook_case",
    "create trigger rights_changed after insert or update or delete on member_restrictions "
    "for each statement execute function rights_changed()",
]


def upgrade() -> None:
    op.add_column("members", sa.Column("restricted", postgresql.JSONB(), nullable=True))
    op.create_table(
        "member_restrictions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind in ('suspended', 'excluded', 'expelled', 'barred_from_office', 'barred_from_candidacy')",
            name=op.f("ck_member_restrictions_kind_known"),
        ),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_member_restrictions_member_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_member_restrictions_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_restrictions")),
    )
    op.create_table(
        "exclusion_marks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exclusion_marks")),
    )
    for table, column in (
        ("member_restrictions", "member_id"),
        ("member_restrictions", "person_id"),
        ("member_restrictions", "source_id"),
        ("exclusion_marks", "mark"),
        ("exclusion_marks", "source_id"),
    ):
        op.create_index(f"ix_{table}_{column}", table, [column])
    for statement in (*FUNCTIONS, *REPLACED, *LOCKS):
        op.execute(statement)
