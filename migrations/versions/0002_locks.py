"""The locks: roles, functions and policies that decide what each transaction can see."""

from alembic import op

revision = "0002_locks"
down_revision = "0001_spine"
branch_labels = None
depends_on = None

#: What everybody may read: the tree of units and the kinds of office say nothing about a person.
OPEN_TABLES = ("branches", "office_types")

#: Tables whose rows stand in a branch, with the resource under which they are read and written.
BRANCH_TABLES = {
    "members": "members",
    "membership_terms": "members",
    "standings": "members",
    "office_terms": "offices",
}

#: Tables of sign-in and rights: for that role alone.
SIGN_IN_TABLES = (
    "accounts", "clients", "sign_ins", "refresh_tokens", "password_resets", "signing_keys", "grants", "throttles",
)  # fmt: skip

#: Rows derived from a record stand under the policy of what they derive from, walls included.
DERIVED_TABLES = ("audit_entries", "events", "access_log", "files", "file_pieces")

ROLES = """
do $$
declare wanted text;
begin
  foreach wanted in array array['app', 'whole', 'self', 'auth', 'search', 'import', 'system'] loop
    if not exists (select from pg_roles where rolname = 'rollbook_' || wanted) then
      execute format('create role %I nologin noinherit', 'rollbook_' || wanted);
    end if;
  end loop;
end $$
"""

FUNCTIONS = [
    # The units in reach for a resource: everything at or below the units named in the transaction's setting.
    """
    create function reach(resource text) returns uuid[] stable parallel safe language sql as $$
      select coalesce(array_agg(id), '{}') from branches
      where path && nullif(current_setting('rollbook.' || resource, true), '')::uuid[]
    $$
    """,
    """
    create function acting_person() returns uuid stable parallel safe language sql as $$
      select nullif(current_setting('rollbook.person', true), '')::uuid
    $$
    """,
    """
    create function acting_account() returns uuid stable parallel safe language sql as $$
      select nullif(current_setting('rollbook.account', true), '')::uuid
    $$
    """,
    # The walled records that are closed to whoever acts, as seen by the owner of the walls.
    """
    create function closed_walls() returns uuid[] stable security definer set search_path = public, pg_temp language sql as $$
      select coalesce(array_agg(wall_key), '{}') from walls where person_id = acting_person() and ended_at is null
    $$
    """,
    # A day's standing, from what was decided and what is paid (rule: paid up, in grace, lapsed).
    """
    create function standing_on(
      decided text, decided_from date, decided_until date, paid_until date, lapses_on date, day date
    ) returns text immutable parallel safe language sql as $$
      select case
        when decided is not null and decided_from <= day and (decided_until is null or day < decided_until) then decided
        when paid_until is null or day <= paid_until then 'current'
        when day < lapses_on then 'arrears'
        else 'lapsed'
      end
    $$
    """,
    # What still ties people to a unit, and so forbids dissolving it: judged on all rows, whatever the judge may see.
    """
    create function branch_ties(p_branch uuid, p_day date) returns text
    stable security definer set search_path = public, pg_temp language sql as $$
      select case
        when exists (select from branches where parent_id = p_branch and status <> 'dissolved') then 'has_units'
        when exists (
          select from members where branch_id = p_branch
          and standing_on(decided_standing, decided_from, decided_until, paid_until, lapses_on, p_day)
              not in ('resigned', 'expelled', 'deceased')
        ) then 'has_members'
        when exists (
          select from office_terms where branch_id = p_branch
          and state in ('proposed', 'confirmed') and (ends_on is null or p_day < ends_on)
        ) then 'has_officers'
      end
    $$
    """,
    "revoke all on function branch_ties(uuid, date) from public",
    "grant execute on function branch_ties(uuid, date) to rollbook_app, rollbook_whole",
    """
    create function utc(moment timestamptz) returns text immutable parallel safe language sql as $$
      select to_char(moment at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    $$
    """,
]

TRIGGERS = [
    # Who may see a person is written once: the branches of the person's live relationships.
    # Planned once, by index, whatever the session's setting: a plan per row would be most of the cost of a bulk load.
    """
    create function keep_person_branches() returns trigger security definer set search_path = public, pg_temp
    set plan_cache_mode = force_generic_plan set enable_seqscan = off language plpgsql as $$
    begin
      update people set branch_ids = array(select branch_id from members where person_id = new.person_id)
      where id = new.person_id and branch_ids is distinct from array(select branch_id from members where person_id = new.person_id);
      return null;
    end $$
    """,
    """
    create trigger keep_person_branches after insert or update of branch_id on members
    for each row execute function keep_person_branches()
    """,
    """
    create function keep_names() returns trigger security definer set search_path = public, pg_temp language plpgsql as $$
    begin
      update members set sort_name = new.sort_name, search_name = new.search_name where person_id = new.id;
      return null;
    end $$
    """,
    """
    create trigger keep_names after update of sort_name, search_name on people for each row
    when ((old.sort_name, old.search_name) is distinct from (new.sort_name, new.search_name)) execute function keep_names()
    """,
    """
    create function fill_names() returns trigger security definer set search_path = public, pg_temp language plpgsql as $$
    begin
      select sort_name, search_name into new.sort_name, new.search_name from people where id = new.person_id;
      return new;
    end $$
    """,
    # Loading in bulk writes both itself and pays for no look-up.
    """
    create trigger fill_names before insert on members for each row
    when (new.sort_name is null or new.search_name is null) execute function fill_names()
    """,
    # Whoever changes a right, by whatever road, tells every process to forget what it knew of rights.
    """
    create function rights_changed() returns trigger security definer set search_path = public, pg_temp language plpgsql as $$
    begin
      perform pg_notify('rollbook_rights', '');
      return null;
    end $$
    """,
    *(
        f"create trigger rights_changed after insert or update or delete on {table} "
        "for each statement execute function rights_changed()"
        for table in (
            "grants",
            "office_terms",
            "office_types",
            "clients",
            "walls",
            "demo_clock",
            "signing_keys",
        )
    ),
    """
    create trigger rights_changed after update of state, person_id, password_hash on accounts
    for each statement execute function rights_changed()
    """,
    """
    create trigger rights_changed after update of ended_at on sign_ins
    for each statement execute function rights_changed()
    """,
    """
    create trigger rights_changed after insert or update of parent_id, path on branches
    for each statement execute function rights_changed()
    """,
    """
    create function standing_changed() returns trigger security definer set search_path = public, pg_temp
    set plan_cache_mode = force_generic_plan set enable_seqscan = off language plpgsql as $$
    begin
      if exists (select from accounts where person_id = new.person_id) then
        perform pg_notify('rollbook_rights', '');
      end if;
      return null;
    end $$
    """,
    """
    create trigger standing_changed after insert or update of
      decided_standing, decided_from, decided_until, paid_until, lapses_on, person_id, relationship on members
    for each row execute function standing_changed()
    """,
    # What is written in the trail stays as it was written.
    """
    create function append_only() returns trigger language plpgsql as $$
    begin
      raise exception 'this table is append-only';
    end $$
    """,
    *(
        f"create trigger append_only before update or delete on {table} for each row execute function append_only()"
        for table in (
            "audit_entries",
            "audit_seals",
            "events",
            "access_log",
            "membership_terms",
            "standings",
        )
    ),
    *(
        f"create trigger never_emptied before truncate on {table} for each statement execute function append_only()"
        for table in ("audit_entries", "audit_seals", "events", "access_log")
    ),
    "create sequence member_numbers start 100001",
]

DEFINER = "stable security definer set search_path = public, pg_temp language plpgsql"
SEARCH = [
    # Trigram operators are not leakproof, so under a policy their index is not used: the search runs as a role that only
    # reads, narrows by the transaction's own scope inside, and gives ids that the caller joins back under the policies.
    """
    create function literal(part text) returns text immutable language sql as $$
      select replace(replace(replace(part, '\\', '\\\\'), '%', '\\%'), '_', '\\_')
    $$
    """,
    # The matches within `units` (null: everywhere), whole and in no order. Each criterion given adds its own condition to
    # a statement made for it, so that the planner sees which index serves; coming back as a function's rows they are a
    # fence, behind which no plan walks the order of names in the hope of meeting matches early.
    """
    create function found_members(asked jsonb, units uuid[])
    returns table (hit_id uuid, hit_name text, hit_joined_on date, hit_created_at timestamptz)
    stable set search_path = public, pg_temp language plpgsql as $$
    declare
      source text := 'members m';
      conditions text[] := '{}';
      part text;
    begin
      if units is not null then
        conditions := conditions || 'm.branch_id = any ($1)'::text;
      end if;
      for part in select literal(word) from jsonb_array_elements_text(asked -> 'words') word loop
        conditions := conditions || case
          when length(part) > 2 then format('m.search_name like %L', '%' || part || '%')
          else format('(m.search_name like %L or m.search_name like %L)', part || '%', '% ' || part || '%') end;
      end loop;
      if asked ? 'number' then
        conditions := conditions || format('m.number like %L', literal(asked ->> 'number') || '%');
      end if;
      if asked ?| array['email', 'phone', 'postcodes'] then
        source := 'members m join people p on p.id = m.person_id';
      end if;
      if asked ? 'email' then
        conditions := conditions || format('p.email_key like %L', '%' || literal(asked ->> 'email') || '%');
      end if;
      if asked ? 'phone' then
        part := literal(asked ->> 'phone') || '%';
        conditions := conditions || format('(p.mobile_phone like %L or p.home_phone like %L)', part, part);
      end if;
      if asked ? 'postcodes' then
        select string_agg(format('p.postcode like %L', literal(postcode) || '%'), ' or ') into part
        from jsonb_array_elements_text(asked -> 'postcodes') postcode;
        conditions := conditions || ('(' || part || ')');
      end if;
      if cardinality(conditions) = (units is not null)::int then
        raise exception 'a search needs a criterion';
      end if;
      return query execute 'select m.id, m.sort_name, m.joined_on, m.created_at from ' || source
        || ' where ' || array_to_string(conditions, ' and ') using units;
    end $$
    """,
    # A page of the matches in the order asked for, after the cursor's place, and how many there are in all.
    """
    create function page_of_found(asked jsonb, units uuid[]) returns table (member_id uuid, total bigint)
    stable set search_path = public, pg_temp language plpgsql as $$
    declare
      field text := 'hit_' || (asked ->> 'sort');
      way text := case when (asked ->> 'descending')::boolean then 'desc' else 'asc' end;
      kind text := case field when 'hit_name' then 'text' when 'hit_joined_on' then 'date' when 'hit_created_at' then 'timestamptz' end;
    begin
      return query execute format(
        'with hits as materialized (select * from found_members($1, $2)) '
        'select hit_id, (select count(*) from hits) from hits '
        'where $3 is null or (%1$I, hit_id) %2$s ($3::%3$s, $4) order by %1$I %4$s, hit_id %4$s limit $5',
        field, case way when 'desc' then '<' else '>' end, kind, way)
      using asked, units, asked ->> 'after', (asked ->> 'after_id')::uuid, (asked ->> 'most')::int;
    end $$
    """,
    # Of `units` (null: all) those that lie at or below one of the roots in each of the lists: only ever narrower.
    """
    create function units_below(units uuid[], lists jsonb) returns uuid[]
    stable set search_path = public, pg_temp language sql as $$
      select case when jsonb_array_length(lists) = 0 then units else (
        select coalesce(array_agg(b.id), '{}') from branches b
        where (units is null or b.id = any (units)) and not exists (
          select from jsonb_array_elements(lists) list
          where not b.path && array(select jsonb_array_elements_text(list)::uuid))) end
    $$
    """,
    f"""
    create function search_members(asked jsonb) returns table (member_id uuid, total bigint) {DEFINER} as $$
    begin
      return query select * from page_of_found(asked, units_below(reach('members'), asked -> 'below'));
    end $$
    """,
    # For the role without a filter alone: nobody talks the other function out of its scope.
    f"""
    create function search_every_member(asked jsonb) returns table (member_id uuid, total bigint) {DEFINER} as $$
    begin
      return query select * from page_of_found(asked, units_below(null, asked -> 'below'));
    end $$
    """,
    *(
        statement
        for signature in (
            "literal(text)",
            "found_members(jsonb, uuid[])",
            "page_of_found(jsonb, uuid[])",
            "units_below(uuid[], jsonb)",
            "search_members(jsonb)",
            "search_every_member(jsonb)",
        )
        for statement in (
            f"alter function {signature} owner to rollbook_search",
            f"revoke all on function {signature} from public",
        )
    ),
    "grant select on people, members, branches to rollbook_search",
    "create policy search on people for select to rollbook_search using (true)",
    "create policy search on members for select to rollbook_search using (true)",
    "grant execute on function search_members(jsonb) to rollbook_app, rollbook_whole",
    "grant execute on function search_every_member(jsonb) to rollbook_whole",
]

#: What a person may change of their own record.
OWN_COLUMNS = (
    "given_name, family_name, preferred_name, sort_name, search_name, date_of_birth, preferred_language, email, email_key, "
    "mobile_phone, home_phone, address_lines, town, postcode, foreign_postal_code, country, objections, version, updated_at"
)

#: Which resource's reach a derived row stands under. A domain that derives rows adds its line here, in a migration.
DERIVED_SCOPE = """
  case resource
    when 'members' then branch_id = any ((select reach('members'))::uuid[])
    when 'offices' then branch_id = any ((select reach('offices'))::uuid[])
    when 'branches' then branch_id = any ((select reach('branches'))::uuid[])
    when 'grants' then branch_id = any ((select reach('grants'))::uuid[])
    else false
  end
"""
NOT_WALLED = "coalesce(wall_key, '00000000-0000-0000-0000-000000000000') <> all ((select closed_walls())::uuid[])"
ROOT = "(select id from branches where parent_id is null)"
READERS = "rollbook_app, rollbook_whole"


def _in_reach(resource: str) -> str:
    return f"branch_id = any ((select reach('{resource}'))::uuid[])"


def _lock_open_tables(everybody: str) -> list[str]:
    # `using (true)` lets whoever records members or officers hold a unit's row still; what is written is checked.
    managed = "nullif(current_setting('rollbook.branches_write', true), '')::uuid[]"
    checks = {
        "branches": f"path && {managed}",
        "office_types": f"array(select id from branches where parent_id is null) && {managed}",
    }
    statements = []
    for table, check in checks.items():
        statements += [
            f"grant select on {table} to {everybody}",
            f"grant insert, update on {table} to {READERS}",
            f"create policy everyone on {table} for select to {everybody}, rollbook_search using (true)",
            f"create policy write on {table} for insert to {READERS} with check ({check})",
            f"create policy change on {table} for update to {READERS} using (true) with check ({check})",
        ]
    return statements


def _lock_branch_tables() -> list[str]:
    statements = []
    for table, resource in BRANCH_TABLES.items():
        write = _in_reach(f"{resource}_write")
        statements += [
            f"grant select, insert, update on {table} to {READERS}",
            f"create policy write on {table} for insert to {READERS} with check ({write})",
            f"create policy change on {table} for update to {READERS} using ({write}) with check ({write})",
        ]
        if resource == "members":
            statements += [
                f"create policy scope on {table} for select to rollbook_app using ({_in_reach(resource)})",
                f"create policy everyone on {table} for select to rollbook_whole using (true)",
            ]
        else:
            statements.append(f"create policy scope on {table} for select to {READERS} using ({_in_reach(resource)})")
    return statements


def _lock_people() -> list[str]:
    write = "branch_ids && (select reach('members_write'))"
    return [
        f"grant select, insert, update on people to {READERS}",
        "create policy scope on people for select to rollbook_app using (branch_ids && (select reach('members')))",
        "create policy everyone on people for select to rollbook_whole using (true)",
        f"create policy write on people for insert to {READERS} with check ({write})",
        f"create policy change on people for update to {READERS} using ({write}) with check ({write})",
        f"grant select, update ({OWN_COLUMNS}) on people to rollbook_self",
        "create policy own on people for select to rollbook_self using (id = (select acting_person()))",
        "create policy own_change on people for update to rollbook_self using (id = (select acting_person()))",
        "grant select on members, membership_terms, standings to rollbook_self",
        "create policy own on members for select to rollbook_self using (person_id = (select acting_person()))",
        # A correction of the person is a new version of the record.
        "grant update (version, updated_at) on members to rollbook_self",
        "create policy own_change on members for update to rollbook_self using (person_id = (select acting_person()))",
        *(
            f"create policy own on {table} for select to rollbook_self "
            "using (member_id = any (array(select id from members)))"
            for table in ("membership_terms", "standings")
        ),
    ]


def _lock_transfers() -> list[str]:
    seen = "from_branch_id = any ((select reach('members'))::uuid[]) or to_branch_id = any ((select reach('members'))::uuid[])"
    from_here = "from_branch_id = any ((select reach('members_write'))::uuid[])"
    decides = f"{from_here} or to_branch_id = any ((select reach('members_write'))::uuid[])"
    theirs = (
        "exists (select from members m where m.id = transfers.member_id and m.branch_id = transfers.from_branch_id)"
    )
    return [
        f"grant select, insert, update on transfers to {READERS}",
        f"create policy scope on transfers for select to {READERS} using ({seen})",
        f"create policy write on transfers for insert to {READERS} with check (state = 'asked' and {from_here} and {theirs})",
        # Accepting is the function's alone.
        f"create policy change on transfers for update to {READERS} using ({decides}) "
        "with check (state in ('refused', 'withdrawn'))",
        *ENDS,
    ]


#: Offices and transfers reach beyond the scope of whoever records them, so these functions see past the policies; each
#: checks by itself what it is told, and does one thing.
ENDS = [
    """
    create function end_terms(p_person uuid, p_units uuid[], p_day date, p_today date, p_reason text, p_at timestamptz)
    returns table (term_id uuid, unit_id uuid) set search_path = public, pg_temp language sql as $$
      update office_terms t set
        state = case when t.state = 'proposed' then 'refused' when p_day < t.starts_on then 'removed' else t.state end,
        ends_on = case when t.state = 'confirmed' then greatest(t.starts_on, p_day) else t.ends_on end,
        end_reason = p_reason, version = t.version + 1, updated_at = p_at
      where t.person_id = p_person and t.state in ('proposed', 'confirmed') and (t.ends_on is null or p_today < t.ends_on)
        and (p_units is null or t.branch_id = any (p_units))
      returning t.id, t.branch_id
    $$
    """,
    # The offices of whoever has resigned or died end, wherever they were held.
    """
    create function vacate_offices(p_member uuid, p_today date, p_at timestamptz) returns table (term_id uuid, unit_id uuid)
    security definer set search_path = public, pg_temp language plpgsql as $$
    declare gone members%rowtype;
    begin
      select * into gone from members m where m.id = p_member and m.branch_id = any (reach('members_write'))
        and m.decided_standing in ('resigned', 'deceased');
      if not found then
        raise exception 'this member has not left';
      end if;
      return query select * from end_terms(gone.person_id, null, gone.decided_from, p_today, gone.decided_standing, p_at);
    end $$
    """,
    # A member crosses from one scope to another here and nowhere else, by the hand of somebody who may write where the
    # member arrives, once for each transfer. Offices end in the units that held the member and no longer do.
    """
    create function accept_transfer(p_transfer uuid, p_day date, p_at timestamptz) returns table (term_id uuid, unit_id uuid)
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
    "revoke all on function end_terms(uuid, uuid[], date, date, text, timestamptz) from public",
    "revoke all on function vacate_offices(uuid, date, timestamptz) from public",
    "revoke all on function accept_transfer(uuid, date, timestamptz) from public",
    f"grant execute on function vacate_offices(uuid, date, timestamptz) to {READERS}",
    f"grant execute on function accept_transfer(uuid, date, timestamptz) to {READERS}",
]


def _lock_derived() -> list[str]:
    statements = []
    for table in DERIVED_TABLES:
        if table == "file_pieces":
            scope = "file_id = any (array(select id from files))"
        else:
            scope = f"({DERIVED_SCOPE}) and {NOT_WALLED}"
        statements += [
            f"grant select, insert on {table} to {READERS}",
            f"create policy scope on {table} for select to {READERS} using ({scope})",
            f"create policy write on {table} for insert to {READERS}, rollbook_self, rollbook_auth with check (true)",
        ]
    statements += [
        "grant insert on audit_entries, events, access_log to rollbook_self, rollbook_auth",
        # Auditors read the whole trail of their units; walls bind them as they bind everybody.
        # What has no branch concerns the whole organisation, and stands at its root.
        *(
            f"create policy auditor on {table} for select to {READERS} "
            f"using (coalesce(branch_id, {ROOT}) = any ((select reach('{resource}'))::uuid[]) and {NOT_WALLED})"
            for table, resource in (("audit_entries", "audit"), ("access_log", "access_log"))
        ),
        "grant select on access_log to rollbook_self",
        "create policy own on access_log for select to rollbook_self "
        "using (subject_id = any (array(select id from members)) and wall_key is null)",
        f"grant select on audit_seals to {READERS}",
        f"create policy scope on audit_seals for select to {READERS} using ((select reach('audit')) <> '{{}}')",
        "grant select, insert on audit_seals to rollbook_system",
        "create policy system on audit_seals to rollbook_system using (true) with check (true)",
        "grant select on audit_entries, events to rollbook_system",
        "create policy system on audit_entries for select to rollbook_system using (true)",
        "create policy system on events for select to rollbook_system using (true)",
    ]
    return statements


def _lock_the_rest() -> list[str]:
    own = "account_id = (select acting_account())"
    imports = f"{_in_reach('members_write')} and account_id = (select acting_account())"
    return [
        *(f"grant select, insert, update, delete on {table} to rollbook_auth" for table in SIGN_IN_TABLES),
        *(
            f"create policy sign_in on {table} to rollbook_auth using (true) with check (true)"
            for table in SIGN_IN_TABLES
        ),
        # Sign-in reads who holds which office and whether that person's membership still carries it.
        "grant select on office_terms, members to rollbook_auth",
        "create policy sign_in on office_terms for select to rollbook_auth using (true)",
        "create policy sign_in on members for select to rollbook_auth using (true)",
        # An account is tied to the person whose own address it has, and to nobody else; letters are in their language.
        "grant select (id, email_key, preferred_language) on people to rollbook_auth",
        "create policy sign_in on people for select to rollbook_auth using (true)",
        f"grant select, insert on idempotency_keys to {READERS}, rollbook_self, rollbook_auth",
        "create policy own on idempotency_keys for select to rollbook_app, rollbook_whole, rollbook_self, rollbook_auth "
        f"using ({own})",
        "create policy write on idempotency_keys for insert to rollbook_app, rollbook_whole, rollbook_self, rollbook_auth "
        f"with check ({own})",
        "grant select, delete on idempotency_keys to rollbook_system",
        "create policy system on idempotency_keys to rollbook_system using (true)",
        "grant delete on throttles to rollbook_system",
        "grant select on throttles to rollbook_system",
        "create policy system on throttles to rollbook_system using (true)",
        f"grant insert on mail_outbox to {READERS}, rollbook_self, rollbook_auth",
        f"create policy write on mail_outbox for insert to {READERS}, rollbook_self, rollbook_auth with check (true)",
        "grant select, update on mail_outbox to rollbook_system",
        "create policy system on mail_outbox to rollbook_system using (true) with check (true)",
        f"grant select, insert on envelope_keys to {READERS}, rollbook_system",
        f"create policy every on envelope_keys to {READERS}, rollbook_system using (true) with check (true)",
        # A key is destroyed by a role of its own, which sees neither people nor files.
        "grant update (wrapped_key, destroyed_at) on envelope_keys to rollbook_system",
        "grant select, insert, update on demo_clock to rollbook_system",
        "create policy system on demo_clock to rollbook_system using (true) with check (true)",
        "grant select on walls to rollbook_system",
        "create policy system on walls for select to rollbook_system using (true)",
        f"grant select, insert, update on imports, import_rows to {READERS}",
        f"create policy own on imports to {READERS} using ({imports}) with check ({imports})",
        f"create policy own on import_rows to {READERS} using (import_id = any (array(select id from imports)))",
        "grant insert on import_rows to rollbook_import",
        "create policy staging on import_rows for insert to rollbook_import with check (true)",
        "grant usage, select, update on sequence member_numbers to rollbook_app, rollbook_whole",
    ]


def upgrade() -> None:
    op.execute(ROLES)
    for role in ("whole", "self", "auth", "import", "system"):
        op.execute(f"grant rollbook_{role} to rollbook_app")
    # An owner that is no superuser must belong to the role to which it hands a function.
    op.execute("grant rollbook_search to current_user")
    op.execute("grant usage, create on schema public to rollbook_search")
    everybody = "rollbook_app, rollbook_whole, rollbook_self, rollbook_auth, rollbook_import, rollbook_system"
    op.execute(f"grant usage on schema public to {everybody}")
    op.execute(f"grant select on alembic_version to {everybody}")
    for statement in FUNCTIONS + TRIGGERS:
        op.execute(statement)
    for statement in _lock_open_tables(everybody):
        op.execute(statement)
    for table in (
        *OPEN_TABLES, *BRANCH_TABLES, *SIGN_IN_TABLES, *DERIVED_TABLES, "people", "transfers", "idempotency_keys", "mail_outbox",
        "envelope_keys", "demo_clock", "walls", "imports", "import_rows", "audit_seals",
    ):  # fmt: skip
        op.execute(f"alter table {table} enable row level security")
    for statement in (
        *_lock_branch_tables(), *_lock_people(), *_lock_transfers(), *_lock_derived(), *_lock_the_rest(), *SEARCH,
    ):  # fmt: skip
        op.execute(statement)
    op.execute("revoke create on schema public from rollbook_search")
