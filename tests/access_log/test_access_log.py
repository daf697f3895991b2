"""The log of reads: seen by those who watch over it, and by the person whose record was read."""

from typing import Any
from uuid import UUID

from app.core.ids import new_id
from app.core.permissions import Role
from tests.world import Client, World

OWN = {"id", "created_at", "dispute_id", "export_id", "account_name", "client_name", "purpose", "held"}


async def logged(client: Client, **query: str) -> list[dict[str, Any]]:
    answer = await client.get("/v1/access-log", params=query)
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["data"]
    return rows


async def test_a_read_of_a_record_is_seen_by_the_auditor_of_the_branch_alone(world: World) -> None:
    member = await world.member(world.hackney)
    secretary = await world.officer()
    await secretary.get(f"/v1/members/{member}")
    here, there = await world.officer(Role.auditor), await world.officer(Role.auditor, world.islington)
    (row,) = await logged(here, subject_id=str(member))
    assert (row["resource"], row["purpose"], row["branch_id"]) == ("members", "read", str(world.hackney))
    assert await logged(here, account_id=row["account_id"], resource="members", to=row["created_at"]) == []
    assert await logged(there, subject_id=str(member)) == []
    assert (await secretary.get("/v1/access-log")).status_code == 403


async def test_a_list_over_all_branches_is_seen_at_the_root(world: World) -> None:
    secretary = await world.officer()
    await secretary.get("/v1/members")
    account = await world.api.value("select account_id from access_log where purpose = 'list' order by id desc limit 1")
    root = await world.api.as_role(Role.auditor, world.root)
    assert [row["branch_id"] for row in await logged(root, account_id=str(account))] == [None]
    assert await logged(await world.officer(Role.auditor), account_id=str(account)) == []


async def test_one_sees_who_read_ones_own_record_by_name(world: World) -> None:
    member, person = await world.api.member(world.hackney)
    other = await world.member(world.hackney)
    secretary = await world.officer()
    for subject in (member, other, member):
        await secretary.get(f"/v1/members/{subject}")
    mine = await world.api.sign_in(await world.api.account(person_id=person))
    first = (await mine.get("/v1/me/access-log", params={"limit": 1})).json()
    second = (await mine.get("/v1/me/access-log", params={"limit": 1, "cursor": first["next_cursor"]})).json()
    rows = [*first["data"], *second["data"]]
    assert (len(rows), second["has_more"]) == (2, False)
    reader = await world.api.row(
        "select a.name, c.name as client from access_log l join accounts a on a.id = l.account_id "
        "join clients c on c.id = l.client_id where l.subject_id = $1 limit 1",
        member,
    )
    for row in rows:
        assert set(row) == OWN
        assert (row["account_name"], row["client_name"], row["purpose"]) == (
            reader["name"],
            reader["client"],
            "read",
        )


async def test_a_walled_read_does_not_appear_before_it_is_disclosed(world: World) -> None:
    member, person = await world.api.member(world.hackney)
    await read_by_somebody(world, member, wall_key=new_id())
    mine = await world.api.sign_in(await world.api.account(person_id=person))
    assert (await mine.get("/v1/me/access-log")).json()["data"] == []


async def test_who_has_no_record_has_no_readers(world: World) -> None:
    await read_by_somebody(world, await world.member())
    nobody = await world.api.sign_in(await world.api.account())
    assert (await nobody.get("/v1/me/access-log")).json() == {"data": [], "next_cursor": None, "has_more": False}


async def read_by_somebody(world: World, member: UUID, wall_key: UUID | None = None) -> None:
    async with world.api.owner.transaction() as session:
        await session.execute(
            "insert into access_log "
            "(id, created_at, resource, subject_id, branch_id, wall_key, account_id, client_id, purpose) "
            "values ($1, now(), 'members', $2, $3, $4, $5, $5, 'read')",
            new_id(), member, world.hackney, wall_key, await world.api.account(),
        )  # fmt: skip
