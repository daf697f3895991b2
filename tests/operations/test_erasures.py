"""An erased person: gone from every table by the class of its columns, still counted, and never written again."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import LargeBinary
from sqlmodel import SQLModel

from app.core.db import Database
from app.core.errors import NotFound
from app.core.ids import new_id
from app.core.permissions import Permission, Role
from app.core.privacy import Privacy
from app.models.accounts import AccountDetail
from app.models.audit import Wall
from app.models.imports import Import
from app.models.members import MemberRead
from app.models.offices import OfficeTermDetail
from app.models.standings import StandingDecision
from app.services.envelopes import KeyDestroyed, key_for
from app.services.erasures import DROPPED, EVERYTHING, KEPT, WRITTEN, Erased, erase_person, linked, plan, stays
from app.services.erasures.account import BASIS
from app.services.files import store_file
from tests.world import Api, World, make_world

#: Stands in every field that says something about the person, and nowhere else.
MARK = "Zwyntholl"
TABLES = {table.name: table for table in SQLModel.metadata.sorted_tables}
EVERY_ROW = "select to_jsonb(t)::text as said from (select {} from {}) t where to_jsonb(t)::text ilike '%{}%'"


async def erase(api: Api, person_id: UUID) -> Erased | None:
    # As the app's own connections do it: the role alone must be enough.
    database: Database = api.app.state.database
    async with database.transaction(role="rollbook_auth") as session:
        return await erase_person(session, None, person_id)


async def known_everywhere(world: World) -> tuple[UUID, UUID, UUID]:
    """A person with a row in every table that can hold one: (member, person, account)."""
    api = world.api
    member_id, person_id = await api.member(
        world.dalston,
        given_name=MARK, family_name=f"{MARK}son", preferred_name=MARK, email=f"{MARK}@example.org",
        date_of_birth=date(1984, 5, 17), mobile_phone="+447700900123", home_phone="+442079460123",
        address_lines=[f"12 {MARK} Street"], town=MARK, postcode="E8 1EA", foreign_postal_code=MARK,
        electoral_area="E05009372", source_key=f"civi-{MARK}",
    )  # fmt: skip
    account_id = await api.account(person_id=person_id)
    officer = await api.account()
    await api.grant(account_id, Role.organiser, world.dalston, reason=f"asked for by {MARK}")
    await api.office(person_id, world.dalston, "treasurer", holder_name=MARK, end_reason=f"{MARK} moved")
    staged = Import(branch_id=world.dalston, account_id=officer, file_sha256="x", headings=["Name"], mapping={})
    async with api.owner.transaction() as session:
        await session.execute(
            "update accounts set email = $2, email_key = $2, name = $3, password_hash = 'x' where id = $1",
            account_id, f"{MARK}@example.org".lower(), MARK,
        )  # fmt: skip
        await session.insert(
            StandingDecision(
                member_id=member_id,
                branch_id=world.dalston,
                standing="suspended",
                starts_on=date(2025, 1, 1),
                until=date(2025, 2, 1),
                reason=f"{MARK} was loud",
            )
        )
        await session.insert(Wall(wall_key=new_id(), person_id=person_id, reason=MARK))
        await session.insert(staged)
        await session.execute(
            "insert into import_rows (import_id, number, cells, proposed, outcome, person_id) "
            "values ($1, 1, $2, $3, 'create', $4)",
            staged.id, [MARK, MARK], {"person": {"family_name": MARK}}, person_id,
        )  # fmt: skip
        await session.execute(
            "insert into transfers (id, created_at, updated_at, version, member_id, member_name, from_branch_id, "
            "to_branch_id, state, reason, asked_by) values ($1, now(), now(), 1, $2, $3, $4, $5, 'asked', $3, $6)",
            new_id(), member_id, MARK, world.dalston, world.angel, officer,
        )  # fmt: skip
    return member_id, person_id, account_id


async def marked(api: Api) -> dict[str, list[str]]:
    """The tables in which the mark is to be read, whatever the column."""
    found = {}
    for name, table in TABLES.items():
        # What is sealed says nothing in letters, and would be long.
        said = ", ".join(column.name for column in table.columns if not isinstance(column.type, LargeBinary))
        found[name] = [row["said"] for row in await _fetch(api, EVERY_ROW.format(said, name, MARK))]
    return {name: rows for name, rows in found.items() if rows}


async def _fetch(api: Api, sql: str) -> list[Any]:
    async with api.owner.transaction() as session:
        return await session.fetch(sql)


@pytest.fixture(scope="module")
async def corner(api: Api) -> World:
    return await make_world(api)


@pytest.fixture(scope="module")
async def erased(corner: World) -> tuple[UUID, UUID, UUID]:
    world = corner
    ids = await known_everywhere(world)
    there = await marked(world.api)
    assert {"people", "members", "office_terms", "accounts", "import_rows", "walls", "standings"} <= there.keys()
    assert await erase(world.api, ids[1])
    return ids


async def test_nothing_of_an_erased_person_is_left_in_any_table(corner: World, erased: tuple[UUID, UUID, UUID]) -> None:
    assert await marked(corner.api) == {}
    person = dict(await corner.api.row("select * from people where id = $1", erased[1]))
    for column in ("date_of_birth", "email", "email_key", "mobile_phone", "home_phone", "postcode", "electoral_area"):
        assert person[column] is None, column
    assert person["erased_at"] is not None


async def test_a_tombstone_keeps_the_shapes_and_the_counts(corner: World, erased: tuple[UUID, UUID, UUID]) -> None:
    member_id, _, account_id = erased
    officer = await corner.officer()
    answer = await officer.get(f"/v1/members/{member_id}")
    read = MemberRead.model_validate(answer.json())
    assert (read.given_name, read.family_name, read.standing) == ("Erased", "person", "current")
    assert (read.email, read.objections, answer.json()["reachable_by"]) == (
        None, ["email", "phone", "sms", "post"], [],
    )  # fmt: skip
    listed = await officer.get("/v1/members", params={"branch_id": str(corner.dalston)})
    assert [row["id"] for row in listed.json()["data"]] == [str(member_id)]
    for name in (MARK, "Erased", "person"):
        found = await officer.post("/v1/members/search", json={"name": name, "branch_id": str(corner.dalston)})
        assert str(member_id) not in found.text
    terms = await officer.get("/v1/office-terms", params={"branch_id": str(corner.dalston)})
    assert [row["holder_name"] for row in terms.json()["data"]] == ["Erased person"]
    OfficeTermDetail.model_validate((await officer.get(f"/v1/office-terms/{terms.json()['data'][0]['id']}")).json())
    administrator = await corner.api.as_role(Role.system_administrator, corner.root)
    account = AccountDetail.model_validate((await administrator.get(f"/v1/accounts/{account_id}")).json())
    assert (account.name, account.state) == ("Erased person", "disabled")


async def test_nobody_writes_an_erased_person_again(corner: World, erased: tuple[UUID, UUID, UUID]) -> None:
    member_id, person_id, _ = erased
    officer = await corner.officer()
    etag = (await officer.get(f"/v1/members/{member_id}")).headers["etag"]
    refused = await officer.patch(f"/v1/members/{member_id}", json={"given_name": "Nia"}, headers={"If-Match": etag})
    assert (refused.status_code, refused.json()["code"]) == (409, "person_erased")
    with pytest.raises(asyncpg.RaiseError, match="erased"):
        await corner.api.value("update people set email = 'again@example.org' where id = $1 returning 1", person_id)
    with pytest.raises(asyncpg.RaiseError, match="append-only"):
        await corner.api.value("update standings set reason = 'again' where member_id = $1 returning 1", member_id)


async def test_an_erasure_is_done_once_and_leaves_its_trail(corner: World, erased: tuple[UUID, UUID, UUID]) -> None:
    member_id, person_id, _ = erased
    assert not await erase(corner.api, person_id)
    count = "select count(*) from {} where {} = $1 and {} = 'person.erased'"
    assert await corner.api.value(count.format("audit_entries", "subject_id", "action"), member_id) == 1
    assert await corner.api.value(count.format("events", "subject_id", "type"), member_id) == 1
    assert await corner.api.value("select count(*) from erasures where subject_id = $1", person_id) == 1
    with pytest.raises(NotFound):
        await erase(corner.api, new_id())
    with pytest.raises(asyncpg.RaiseError, match="append-only"):
        await corner.api.value("delete from erasures where subject_id = $1 returning 1", person_id)


async def test_what_was_sealed_of_an_erased_person_opens_nowhere(world: World) -> None:
    async def content() -> AsyncIterator[bytes]:
        yield MARK.encode()

    member_id, person_id = await world.api.member(world.dalston)
    actor = await world.api.actor(Role.branch_secretary, world.hackney)
    database: Database = world.api.app.state.database
    async with database.transaction(actor) as session:
        assert Permission.members_read in actor.reach
        await store_file(
            session, actor, resource="members", subject_id=member_id, branch_id=world.dalston,
            name="x", media_type="text/plain", chunks=content(),
        )  # fmt: skip
    await erase(world.api, person_id)
    for subject_id in (member_id, person_id):
        with pytest.raises(KeyDestroyed):
            async with database.transaction(actor) as session:
                await key_for(session, subject_id)


def test_every_column_that_speaks_is_emptied_or_kept_for_a_reason() -> None:
    """What an erasure does to a table is decided when the table is made: see KEPT and WRITTEN."""
    emptied = {emptying.table: emptying.columns for emptying in plan()}
    assert {"people", "members", "office_terms", "import_rows", "accounts", "transfers", "walls"} <= emptied.keys()
    for name in linked():
        speaking = {c.name for c in TABLES[name].columns if c.info["privacy"] is not Privacy.none}
        kept = {c.name for c in TABLES[name].columns if stays(c)}
        assert speaking <= emptied.get(name, frozenset()) | kept, name
        assert bool(KEPT.get(name)) == bool(BASIS.get(name)), name
    for name, kept in KEPT.items():
        assert kept is EVERYTHING or kept <= set(TABLES[name].columns.keys())
    for table, column in WRITTEN:
        assert column in emptied[table]
    assert emptied.keys() >= DROPPED


async def test_the_role_that_erases_reaches_every_table_of_the_plan(owner: Database) -> None:
    asked = "select has_table_privilege('rollbook_erase', $1, $2)"
    async with owner.transaction() as session:
        for emptying in plan():
            right = "delete" if emptying.table in DROPPED else "update"
            assert await session.fetchval(asked, emptying.table, right), emptying.table
        for name in linked():
            assert await session.fetchval(asked, name, "select"), name
