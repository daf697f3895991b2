"""Search: one statement for a page of matches, composed in one place and planned once for its values."""

from alembic import op

revision = "0008_search"
down_revision = "0007_restores"
branch_labels = None
depends_on = None

#: What is replaced, the callers first.
BEFORE = (
    "search_every_member(jsonb)",
    "search_members(jsonb)",
    "page_of_found(jsonb, uuid[])",
    "found_members(jsonb, uuid[])",
)

DEFINER = "stable security definer set search_path = public, pg_temp language plpgsql"
FUNCTIONS = [
    # What follows FROM in a search within `units` (null: everywhere), which the statement that it becomes part of takes as
    # $1. Each criterion given adds its own condition, so that the planner sees which index serves.
    """
    create function matching(asked jsonb, units uuid[]) returns text stable language plpgsql as $$
    declare
      source text := 'members m';
      conditions text[] := '{}';
      part text;
    begin
      if units is not null then
        conditions := conditions || 'm.branch_id = any ($1)'::text;
      end if;
      if asked ? 'words' then
        foreach part in array array(select literal(word) from jsonb_array_elements_text(asked -> 'words') word) loop
          conditions := conditions || case
            when length(part) > 2 then format('m.search_name like %L', '%' || part || '%')
            else format('(m.search_name like %L or m.search_name like %L)', part || '%', '% ' || part || '%') end;
        end loop;
      end if;
      if asked ? 'number' then
        conditions := conditions || format('m.number like %L', literal(asked ->> 'number') || '%');
      end if;
      if asked ?| '{email,phone,postcodes}' then
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
      return source || ' where ' || array_to_string(conditions, ' and ');
    end $$
    """,
    # A page of the matches in the order asked for, after the cursor's place. The hits are a fence, behind which no plan
    # walks the order of names in the hope of meeting matches early.
    """
    create function page_of_found(asked jsonb, units uuid[]) returns setof uuid stable language plpgsql as $$
    declare
      field text := case asked ->> 'sort' when 'joined_on' then 'joined_on' when 'created_at' then 'created_at' else 'sort_name' end;
      kind text := case field when 'joined_on' then 'date' when 'created_at' then 'timestamptz' else 'text' end;
      way text := case when (asked ->> 'descending')::boolean then 'desc' else 'asc' end;
      place text := '';
    begin
      if asked ? 'after' then
        place := format('where (field, id) %s (%L::%s, %L::uuid)',
          case way when 'desc' then '<' else '>' end, asked ->> 'after', kind, asked ->> 'after_id');
      end if;
      return query execute format(
        'with hits as materialized (select m.id, m.%I as field from %s) select id from hits %s order by field %s, id %s limit %s',
        field, matching(asked, units), place, way, way, (asked ->> 'most')::int)
      using units;
    end $$
    """,
    # How many match, as far as `most`.
    """
    create function number_found(asked jsonb, units uuid[]) returns bigint stable language plpgsql as $$
    declare found_so_far bigint;
    begin
      execute format('select count(*) from (select from %s limit %s) hits', matching(asked, units), (asked ->> 'most')::int)
      into found_so_far using units;
      return found_so_far;
    end $$
    """,
    # The units that a search stays within; null where there are none to stay within.
    """
    create function searched_units(asked jsonb, everywhere boolean) returns uuid[] stable language plpgsql as $$
    declare units uuid[];
    begin
      if not everywhere then
        units := reach('members');
      end if;
      if asked -> 'below' = '[]' then
        return units;
      end if;
      return units_below(units, asked -> 'below');
    end $$
    """,
    f"""
    create function search_members(asked jsonb) returns setof uuid {DEFINER} rows 51 as $$
    begin
      return query select page_of_found(asked, searched_units(asked, false));
    end $$
    """,
    f"""
    create function count_members(asked jsonb) returns bigint {DEFINER} as $$
    begin
      return number_found(asked, searched_units(asked, false));
    end $$
    """,
    # For the role without a filter alone: nobody talks the others out of their scope.
    f"""
    create function search_every_member(asked jsonb) returns setof uuid {DEFINER} rows 51 as $$
    begin
      return query select page_of_found(asked, searched_units(asked, true));
    end $$
    """,
    f"""
    create function count_every_member(asked jsonb) returns bigint {DEFINER} as $$
    begin
      return number_found(asked, searched_units(asked, true));
    end $$
    """,
]

#: Who may call what was made: nobody, unless it is said here.
CALLERS = {
    "matching(jsonb, uuid[])": None,
    "page_of_found(jsonb, uuid[])": None,
    "number_found(jsonb, uuid[])": None,
    "searched_units(jsonb, boolean)": None,
    "search_members(jsonb)": "rollbook_app, rollbook_whole",
    "count_members(jsonb)": "rollbook_app, rollbook_whole",
    "search_every_member(jsonb)": "rollbook_whole",
    "count_every_member(jsonb)": "rollbook_whole",
}


def upgrade() -> None:
    op.execute("grant create on schema public to rollbook_search")
    for signature in BEFORE:
        op.execute(f"drop function {signature}")
    for function in FUNCTIONS:
        op.execute(function)
    for signature, callers in CALLERS.items():
        # Granted before the function is handed over: afterwards it is no longer the owner's to give.
        op.execute(f"revoke all on function {signature} from public")
        if callers:
            op.execute(f"grant execute on function {signature} to {callers}")
        op.execute(f"alter function {signature} owner to rollbook_search")
    op.execute("revoke create on schema public from rollbook_search")
