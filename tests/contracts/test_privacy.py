"""The lock on what can be seen, as the migrated database has it: classes, policies, roles and definer functions."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from sqlmodel import SQLModel

import app.models  # noqa: F401  (fills the metadata)
from app.core import schema
from app.core.ids import new_id
from app.core.privacy import Privacy
from app.core.settings import DEMO_SECRET
from tests.contracts.rows import fill, fresh_database

TABLES = SQLModel.metadata.sorted_tables
ROLES = ("app", "whole", "self", "auth", "search", "import", "system", "jobs", "erase", "case", "privacy")

#: What `rollbook_whole` reads without a filter: the members' family, and nothing that a wall could stand around.
WHOLE = {"people", "members", "membership_terms", "standings", "member_restrictions"}

#: Functions that run as their owner. All but triggers are closed to PUBLIC, or say here why not.
DEFINERS = {
    "accept_transfer": None,
    "branch_ties": None,
    "erase_import_file": None,
    "erasure_obstacles": None,
    "forget_imports": None,
    "is_erased": None,
    "must_be_undoing": None,
    "remove_imported": None,
    "remove_imported_terms": None,
    "case_reach": None,
    "campaigns_joined": None,
    "closed_walls": None,
    "counted_items": None,
    "handles_privacy": None,
    "keeps_privacy": None,
    "organisation": None,
    "own_exports": None,
    "open_walls": None,
    "own_parties": None,
    "party_reach": None,
    "units_served": None,
    "keep_person_branches": None,
    "decided_parties": None,
    "disclosed_files": None,
    "disclosed_subjects": None,
    "fill_names": None,
    "hand_over_job": None,
    "keep_names": None,
    "marks_in_force": None,
    "note_duplicates": None,
    "never_put_aside": None,
    "own_requests": None,
    "people_of_own_cases": None,
    "people_on_hold": None,
    "same_holder": None,
    "queue_state": None,
    "retention_case_obstacles": None,
    "retention_obstacles": None,
    "rights_changed": None,
    "count_every_member": None,
    "count_members": None,
    "search_every_member": None,
    "search_members": None,
    "standing_changed": None,
    "told_allegations": None,
    "told_steps": None,
    "vacate_offices": None,
}

#: What the search owns: two doors, one for the role without a filter, and what stands behind them, closed to everybody.
SEARCH = {
    "search_members", "search_every_member", "count_members", "count_every_member", "matching", "page_of_found",
    "number_found", "searched_units", "units_below", "literal",
}  # fmt: skip

#: A unique constraint answers whether a value exists, whatever the asker may see: each says why that tells nothing.
UNIQUE = {
    "ix_action_check_ins_action_id_client_ref": "within one action, by whoever has its code",
    "uq_calendar_feeds_token_hash": "random",
    "ix_letters_of_understanding_organisation_id_number": "an id and a count made by the house",
    "ix_file_pieces_file_id_number": "an id and a count made by the house",
    "uq_disputes_reference": "random",
    "uq_accounts_email_key": "an account is one person's; only administrators, who see them all, make accounts",
    "ix_transfers_open_member": "a transfer is asked only where the member is seen",
    "uq_audit_seals_number": "numbered by the house",
    "uq_dispute_digests_account_id": "an id made by the house, written by the worker alone",
    "uq_matter_reminders_mark": "ids and days of the house, written by the worker alone",
    "uq_privacy_digests_account_id": "an id made by the house, written by the worker alone",
    "ix_erasure_cases_proposed": "an id made by the house, in the team's own sight",
    "uq_erasure_cases_reference": "random",
    "uq_legal_holds_reference": "random",
    "uq_erasures_subject_id": "an id made by the house",
    "uq_envelope_keys_subject_id": "an id made by the house",
    "uq_file_links_token_hash": "random",
    "uq_idempotency_keys_key_hash": "hashed together with the account",
    "uq_members_number": "from a sequence",
    "ix_possible_duplicates_pair": "ids made by the house, written by a function that tells nothing",
    "uq_members_person_id": "an id made by the house",
    "uq_office_types_key": "kinds of office are everybody's to read",
    "uq_procedures_key_edition": "procedures are everybody's to read",
    "uq_processing_activities_key": "the record of processing is everybody's to read",
    "ix_retention_items_case_aside": "an id made by the house, in the team's own sight",
    "ix_retention_items_person_aside": "an id made by the house, in the team's own sight",
    "uq_retention_runs_reference": "random",
    "uq_rights_requests_reference": "random",
    "ix_access_alerts_found": "ids made by the house, written by the worker alone",
    "ix_access_days_account_id_on_day": "ids made by the house, written by the worker alone",
    "uq_breaches_reference": "random",
    "uq_data_complaints_reference": "random",
    "ix_certificates_enrolment_id": "an id made by the house, in the sight of whoever closes the session",
    "ix_leaders_one_each": "ids made by the house, in the sight of whoever adds a leader there",
    "uq_courses_branch_id_key": "within a unit, and courses are everybody's to read who organises",
    "ix_listening_groupings_held": "an id made by the house, of an issue in sight",
    "ix_listening_votes_one_voice": "ids made by the house, in the sight of whoever records votes",
    "ix_request_items_request_id_number": "an id and a count made by the house",
    "uq_rule_clauses_number_edition": "the rule book is everybody's to read",
    "uq_package_releases_token_hash": "random",
    "uq_password_resets_token_hash": "random",
    "uq_refresh_tokens_token_hash": "random",
    "uq_throttles_key_hash": "a count, under a keyed hash",
}


def _personal() -> set[str]:
    return {
        table.name
        for table in TABLES
        if any(column.info.get("privacy") is not Privacy.none for column in table.columns)
    }


@pytest.fixture(scope="module")
async def database(anyio_backend: str) -> AsyncIterator[str]:
    """A database with a row in every table."""
    async with fresh_database("rollbook_privacy", template="rollbook_template") as dsn:
        connection = await asyncpg.connect(dsn)
        counts = await fill(connection)
        await connection.close()
        assert min(counts.values()) > 0
        yield dsn


@pytest.fixture
async def owner_connection(database: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()


@pytest.fixture
async def app_connection(database: str) -> AsyncIterator[asyncpg.Connection]:
    """What the web process is, before it has said who acts."""
    connection = await asyncpg.connect(schema.app_dsn(database, DEMO_SECRET))
    yield connection
    await connection.close()


def test_every_column_has_a_privacy_class() -> None:
    assert len(TABLES) > 20
    unclassified = [
        f"{table.name}.{column.name}"
        for table in TABLES
        for column in table.columns
        if not isinstance(column.info.get("privacy"), Privacy)
    ]
    assert not unclassified


async def test_every_table_of_personal_data_has_a_policy(owner_connection: asyncpg.Connection) -> None:
    rows = await owner_connection.fetch(
        "select c.relname from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' "
        "and c.relrowsecurity and exists (select from pg_policy p where p.polrelid = c.oid)"
    )
    locked = {row["relname"] for row in rows}
    assert _personal() - locked == set()


async def test_policies_bind_roles_by_name(owner_connection: asyncpg.Connection) -> None:
    """A policy for PUBLIC would open a table to the role that comes tomorrow."""
    rows = await owner_connection.fetch("select tablename, policyname from pg_policies where 'public' = any (roles)")
    assert rows == []


async def test_roles_can_do_nothing_but_what_they_are_granted(owner_connection: asyncpg.Connection) -> None:
    rows = await owner_connection.fetch(
        "select rolname, rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls as strong, "
        "rolinherit, rolcanlogin from pg_roles where rolname = any ($1)",
        [f"rollbook_{role}" for role in ROLES],
    )
    assert len(rows) == len(ROLES)
    assert not [row["rolname"] for row in rows if row["strong"] or row["rolinherit"]]
    assert [row["rolname"] for row in rows if row["rolcanlogin"]] == ["rollbook_app"]


async def test_roles_own_nothing_and_make_nothing(owner_connection: asyncpg.Connection) -> None:
    owned = await owner_connection.fetch(
        "select o.relname from pg_class o join pg_roles r on r.oid = o.relowner where r.rolname like 'rollbook\\_%' "
        "and r.rolname <> current_user and r.rolname = any ($1)",
        [f"rollbook_{role}" for role in ROLES],
    )
    functions = await owner_connection.fetch(
        "select p.proname from pg_proc p join pg_roles r on r.oid = p.proowner where r.rolname = any ($1)",
        [f"rollbook_{role}" for role in ROLES],
    )
    assert owned == []
    assert {row["proname"] for row in functions} == SEARCH
    makers = await owner_connection.fetch(
        "select rolname from pg_roles where rolname = any ($1) and has_schema_privilege(rolname, 'public', 'create')",
        [f"rollbook_{role}" for role in ROLES],
    )
    assert makers == []


async def _seen(connection: asyncpg.Connection, role: str, settings: dict[str, Any]) -> set[str]:
    """The tables of personal data of which a role sees a row."""
    seen = set()
    async with connection.transaction():
        await connection.execute(f"set local role rollbook_{role}")
        for name, value in settings.items():
            await connection.execute("select set_config($1, $2, true)", f"rollbook.{name}", value)
        for table in sorted(_personal()):
            if await connection.fetchval("select has_any_column_privilege($1, 'select')", table):
                columns = await connection.fetchval(
                    "select string_agg(attname, ', ') from pg_attribute where attrelid = $1::regclass and attnum > 0 "
                    "and not attisdropped and has_column_privilege($1::text, attname, 'select')",
                    table,
                )
                if await connection.fetchrow(f"select {columns} from {table} limit 1"):
                    seen.add(table)
    return seen


@pytest.mark.parametrize("role", ["app", "self", "import"])
async def test_who_says_nothing_sees_nothing(app_connection: asyncpg.Connection, role: str) -> None:
    assert await _seen(app_connection, role, {}) - {"envelope_keys"} == set()


@pytest.mark.parametrize("value", ["", "{}", "{01939f0e-7b1c-7a30-9d42-5c1f7e0b8a64}"])
async def test_a_scope_of_nothing_shows_nothing(app_connection: asyncpg.Connection, value: str) -> None:
    scope = {"members": value, "offices": value, "audit": value, "access_log": value, "events": value, "grants": value}
    who = {"account": str(new_id()), "person": str(new_id())}
    seen = await _seen(app_connection, "app", scope | who)
    # An auditor of any unit reads what was done at no unit at all; that is the one thing that a scope alone opens.
    assert seen - {"envelope_keys"} == set()


async def test_the_role_without_a_filter_reads_the_members_family_alone(app_connection: asyncpg.Connection) -> None:
    assert await _seen(app_connection, "whole", {}) - {"envelope_keys"} == WHOLE


async def test_the_app_cannot_become_whoever_it_likes(app_connection: asyncpg.Connection) -> None:
    for role in ("search", "undo", "owner"):
        with pytest.raises(asyncpg.PostgresError):
            await app_connection.execute(f"set role rollbook_{role}")


async def test_functions_that_run_as_their_owner_are_few_and_closed(owner_connection: asyncpg.Connection) -> None:
    rows = await owner_connection.fetch(
        "select p.oid, p.proname, coalesce(p.proconfig, '{}') as config, "
        "p.prorettype = 'trigger'::regtype as is_trigger, "
        "exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a "
        "        where a.grantee = 0 and a.privilege_type = 'EXECUTE') as open "
        "from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prosecdef"
    )
    assert {row["proname"] for row in rows} == DEFINERS.keys()
    # Temporary tables are looked up first unless they are named last: nobody may put one in a table's place.
    assert not [row["proname"] for row in rows if "search_path=public, pg_temp" not in row["config"]]
    assert not [
        row["proname"] for row in rows if row["open"] and not row["is_trigger"] and not DEFINERS[row["proname"]]
    ]


async def test_no_unique_constraint_tells_of_what_cannot_be_seen(owner_connection: asyncpg.Connection) -> None:
    rows = await owner_connection.fetch(
        "select c.relname from pg_index i join pg_class c on c.oid = i.indexrelid "
        "where i.indisunique and not i.indisprimary and c.relnamespace = 'public'::regnamespace"
    )
    assert {row["relname"] for row in rows} == UNIQUE.keys()
