"""Possible duplicates: the national queue."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006_duplicates"
down_revision = "0005_exports"
branch_labels = None
depends_on = None

#: People are looked up by the whole address and by the day of birth; the index of trigrams answers too slowly, and from
#: a list of newcomers that every look-up reads through.
INDEXES = {
    "ix_people_email": "people (email_key text_pattern_ops)",
    "ix_people_born": "people (date_of_birth, sort_name)",
}

ROOT = "(select id from branches where parent_id is null)"
READERS = "rollbook_app, rollbook_whole"

#: Of whatever has one address, telephone or postcode so many are looked at: what hundreds share tells nobody apart.
MOST_SHARING = 50
MOST_FOUND = 10


def _looked_up(reason: str, key: str, same: str) -> str:
    """Those on record with the same `key`, found by its index, of whom also the second thing is the same."""
    return f"""
          (select near.id, '{reason}' as reason from (
            select o.id, o.search_name, o.sort_name from people o
            where o.{key} = n.{key} and o.id <> n.id limit {MOST_SHARING}
          ) near where {same} limit {MOST_FOUND})"""


GIVEN = "split_part(near.search_name, ' ', 1) = split_part(n.search_name, ' ', 1)"

#: One statement, whoever may be seen: what it finds, and that it finds anything, does not come back to the caller. Couples
#: share an address, a telephone and a family name; so each thing counts only together with the given name.
NOTE = f"""
create function note_duplicates(p_people uuid[], p_import uuid) returns void
security definer set search_path = public, pg_temp set plan_cache_mode = force_generic_plan
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off
language sql as $$
  insert into possible_duplicates
    (id, created_at, updated_at, version, person_id, other_person_id, why, import_id, state)
  select gen_random_uuid(), max(at), max(at), 1, one, two, array_agg(distinct reason order by reason),
    (select id from imports where id = p_import and account_id = acting_account()), 'open'
  from (
    select n.updated_at as at, least(n.id, found.id) as one, greatest(n.id, found.id) as two, found.reason
    from people n cross join lateral (
          {_looked_up("same_email_and_name", "email_key", GIVEN)}
          union all {_looked_up("same_phone_and_name", "mobile_phone", GIVEN)}
          union all {_looked_up("same_name_and_postcode", "postcode", "near.sort_name = n.sort_name")}
          union all
          (select o.id, 'same_name_and_birth' from people o
           where o.date_of_birth = n.date_of_birth and o.sort_name = n.sort_name and o.id <> n.id limit {MOST_FOUND})
          union all
          (select near.id, 'same_source_key' from (
            select o.id, o.search_name from members mine
            join members theirs on theirs.source_key = mine.source_key and theirs.person_id <> mine.person_id
            join people o on o.id = theirs.person_id
            where mine.person_id = n.id limit {MOST_SHARING}
          ) near where {GIVEN} limit {MOST_FOUND})
    ) found
    where n.id = any (p_people) and n.branch_ids && (select reach('members_write'))
  ) pairs
  group by one, two
  on conflict (person_id, other_person_id) do nothing
$$
"""


def _index_people() -> None:
    # Writers go on meanwhile. One that was broken off has left an index that serves nobody.
    with op.get_context().autocommit_block():
        op.execute("set lock_timeout = 0")
        for name, columns in INDEXES.items():
            op.execute(f"drop index concurrently if exists {name}")
            op.execute(f"create index concurrently {name} on {columns}")
        op.execute("set lock_timeout = '5s'")


def upgrade() -> None:
    # First, because what stands outside the transaction must be able to come twice.
    _index_people()
    op.create_table(
        "possible_duplicates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("other_person_id", sa.Uuid(), nullable=False),
        sa.Column("why", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("dismissed_by", sa.Uuid(), nullable=True),
        sa.Column("dismissed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("state in ('open', 'dismissed')", name=op.f("ck_possible_duplicates_state_known")),
        sa.CheckConstraint("person_id <= other_person_id", name=op.f("ck_possible_duplicates_pair_ordered")),
        *(
            sa.ForeignKeyConstraint(
                [column], [target], name=op.f(f"fk_possible_duplicates_{column}"), ondelete=on_delete
            )
            for column, target, on_delete in (
                ("person_id", "people.id", "CASCADE"),
                ("other_person_id", "people.id", "CASCADE"),
                ("import_id", "imports.id", "SET NULL"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_possible_duplicates")),
    )
    op.create_index("ix_possible_duplicates_pair", "possible_duplicates", ["person_id", "other_person_id"], unique=True)
    op.create_index("ix_possible_duplicates_other_person_id", "possible_duplicates", ["other_person_id"])
    op.create_index("ix_possible_duplicates_state", "possible_duplicates", ["state", "created_at", "id"])
    whole = f"{ROOT} = any ((select reach('duplicates_write'))::uuid[])"
    for statement in (
        "alter table possible_duplicates enable row level security",
        f"grant select, update on possible_duplicates to {READERS}",
        f"create policy scope on possible_duplicates for select to {READERS} using ({whole})",
        f"create policy change on possible_duplicates for update to {READERS} using ({whole}) with check ({whole})",
        NOTE,
        "revoke all on function note_duplicates(uuid[], uuid) from public",
        f"grant execute on function note_duplicates(uuid[], uuid) to {READERS}",
    ):
        op.execute(statement)
