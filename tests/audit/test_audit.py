"""The audit trail: read by those who may, sealed in a chain that shows every change to it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import pytest

from app.core import clock
from app.core.db import Database, Session
from app.core.ids import new_id
from app.core.permissions import Role
from app.models.audit import AuditVerification
from app.services import audit
from app.services.changes import record_change
from tests.disputes.placed import give_part, place_case
from tests.world import Api, World


async def write(session: Session, branch_id: UUID | None, **over: UUID) -> UUID:
    """An entry of the trail about a fresh record, whose id comes back."""
    subject_id = new_id()
    await record_change(
        session,
        None,
        "member.updated",
        resource="members",
        subject_id=subject_id,
        branch_id=branch_id,
        **over,
    )
    return subject_id


@pytest.fixture
def system(api: Api) -> Database:
    """The database as the app's own connections see it."""
    database: Database = api.app.state.database
    return database


@asynccontextmanager
async def tampered(api: Api, sql: str, *values: object) -> AsyncIterator[None]:
    """The trail as changed by the owner, who can lift the triggers; and put back as it was afterwards."""
    tables = ("audit_entries", "audit_seals")
    async with api.owner.transaction() as session:
        for table in tables:
            await session.execute(f"create table kept_{table} as select * from {table}")
        await session.execute("set local session_replication_role = replica")
        assert await session.execute(sql, *values) not in ("UPDATE 0", "DELETE 0")
    yield
    async with api.owner.transaction() as session:
        await session.execute("set local session_replication_role = replica")
        for table in tables:
            await session.execute(f"delete from {table}")
            await session.execute(f"insert into {table} select * from kept_{table}")
            await session.execute(f"drop table kept_{table}")


async def seal(api: Api, system: Database) -> int:
    await api.others_finished()
    return await audit.seal(system)


async def sealed_entries(api: Api, system: Database, world: World) -> tuple[list[UUID], int]:
    """Three entries in three seals of their own, and the number of the first seal."""
    await seal(api, system)
    subjects = []
    for _ in range(3):
        async with api.owner.transaction() as session:
            subjects.append(await write(session, world.hackney))
        assert await seal(api, system) >= 1
    last = await api.value("select max(number) from audit_seals")
    return subjects, last - 2


async def test_a_whole_trail_verifies(api: Api, system: Database, world: World) -> None:
    await sealed_entries(api, system, world)
    found = await audit.verify(system)
    assert found.whole
    assert found.broken_at_seal is None
    assert found.seals >= 3
    assert found.entries + found.unsealed == await api.value("select count(*) from audit_entries")


@pytest.mark.parametrize(
    "sql",
    [
        "update audit_entries set action = 'member.created' where subject_id = $1",
        "update audit_entries set created_at = created_at + interval '1 microsecond' where subject_id = $1",
        "update audit_entries set fields = '{\"standing\": true}' where subject_id = $1",
        "delete from audit_entries where subject_id = $1",
    ],
)
async def test_a_changed_or_missing_entry_breaks_its_seal(api: Api, system: Database, world: World, sql: str) -> None:
    subjects, first = await sealed_entries(api, system, world)
    async with tampered(api, sql, subjects[1]):
        assert broken(await audit.verify(system)) == first + 1
    assert broken(await audit.verify(system)) is None


async def test_entries_in_another_order_break_a_seal(api: Api, system: Database, world: World) -> None:
    subjects, first = await sealed_entries(api, system, world)
    swap = (
        "update audit_entries a set transaction = b.transaction from audit_entries b "
        "where a.subject_id = any ($1) and b.subject_id = any ($1) and a.id <> b.id"
    )
    async with tampered(api, swap, subjects[:2]):
        assert broken(await audit.verify(system)) == first


async def test_an_entry_slipped_in_among_the_sealed_breaks_a_seal(api: Api, system: Database, world: World) -> None:
    subjects, first = await sealed_entries(api, system, world)
    slip = (
        "insert into audit_entries (id, created_at, transaction, action, resource, fields) "
        "select $1, created_at, transaction, action, resource, '{}' from audit_entries where subject_id = $2"
    )
    async with tampered(api, slip, new_id(), subjects[2]):
        assert broken(await audit.verify(system)) == first + 2


async def test_a_seal_left_out_or_numbered_anew_is_missed(api: Api, system: Database, world: World) -> None:
    _, first = await sealed_entries(api, system, world)
    async with tampered(api, "delete from audit_seals where number = $1", first + 1):
        assert broken(await audit.verify(system)) == first + 1


async def test_a_chain_made_anew_without_the_secret_is_found(api: Api, system: Database, world: World) -> None:
    """The owner of the database changes an entry and computes the digests, but cannot compute the MACs."""
    subjects, first = await sealed_entries(api, system, world)
    async with tampered(api, "update audit_entries set action = 'x.y' where subject_id = $1", subjects[1]):
        async with api.owner.transaction() as session:
            await session.execute("set local session_replication_role = replica")
            seals = await session.fetch("select * from audit_seals where number >= $1 order by number", first)
            previous, reached = seals[0]["digest"], seals[0]["to_transaction"]
            for found in seals[1:]:
                digest, _ = await audit._digest(session, previous, found["number"], reached, found["to_transaction"])
                await session.execute("update audit_seals set digest = $2 where id = $1", found["id"], digest)
                previous, reached = digest, found["to_transaction"]
        assert broken(await audit.verify(system)) == first + 1


async def test_a_commit_around_a_sealing_run_is_sealed_later(api: Api, system: Database, world: World) -> None:
    early = Session(api.owner)
    first = await write(early, world.hackney)
    async with api.owner.transaction() as session:
        second = await write(session, world.hackney)
    await seal(api, system)
    reached = "select coalesce(max(to_transaction), 0) from audit_seals"
    place = "select transaction from audit_entries where subject_id = $1"
    assert await api.value(reached) < await api.value(place, second)
    await early.commit()
    assert await seal(api, system) >= 2
    assert await api.value(reached) >= max(await api.value(place, first), await api.value(place, second))
    assert broken(await audit.verify(system)) is None


async def test_sealers_at_once_seal_everything_once(api: Api, system: Database, world: World) -> None:
    for _ in range(5):
        async with api.owner.transaction() as session:
            await write(session, world.hackney)
    await asyncio.gather(*[audit.seal(system) for _ in range(4)])
    await seal(api, system)
    found = await audit.verify(system)
    assert (found.whole, found.unsealed) == (True, 0)


async def test_many_entries_of_one_transaction_share_a_seal(
    api: Api, system: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "BATCH", 2)
    monkeypatch.setattr(audit, "CHUNK", 2)
    await seal(api, system)
    async with api.owner.transaction() as session:
        for _ in range(5):
            await write(session, world.hackney)
    before = await api.value("select max(number) from audit_seals")
    assert await seal(api, system) == 5
    assert await api.value("select entries from audit_seals where number = $1", before + 1) == 5
    assert broken(await audit.verify(system)) is None


@pytest.mark.parametrize("table", ["audit_entries", "audit_seals", "events", "access_log"])
async def test_the_trail_is_append_only_even_for_the_owner(
    api: Api, system: Database, table: str, world: World
) -> None:
    await (await world.officer()).get("/v1/members")
    async with api.owner.transaction() as session:
        await write(session, world.hackney)
    await seal(api, system)
    for statement in (f"update {table} set created_at = now()", f"delete from {table}", f"truncate {table}"):
        with pytest.raises(asyncpg.RaiseError):
            await api.row(statement)


async def test_an_auditor_reads_the_trail_of_their_units_and_no_other(api: Api, world: World) -> None:
    auditor = await world.officer(Role.auditor)
    async with api.owner.transaction() as session:
        here = await write(session, world.dalston)
        there, nowhere = await write(session, world.islington), await write(session, None)
    assert await subjects_seen(auditor) == [str(here)]
    assert await subjects_seen(auditor, subject_id=str(there)) == []
    root = await api.as_role(Role.auditor, world.root)
    for subject in (here, there, nowhere):
        assert await subjects_seen(root, subject_id=str(subject)) == [str(subject)]


async def test_a_wall_closes_the_trail_to_its_person_auditor_or_not(api: Api, world: World) -> None:
    _, person = await api.member(world.hackney)
    account = await api.account(person_id=person)
    await api.grant(account, Role.auditor, world.root)
    auditor = await api.sign_in(account)
    wall_key = (await place_case(world, world.hackney)).id
    async with api.owner.transaction() as session:
        walled = await write(session, world.hackney, wall_key=wall_key)
    assert await subjects_seen(auditor, subject_id=str(walled)) == [], "rank opens no wall"
    await give_part(api, wall_key, account)
    assert await subjects_seen(auditor, subject_id=str(walled)) == [str(walled)]
    async with api.owner.transaction() as session:
        await session.execute(
            "insert into walls (id, created_at, wall_key, person_id, reason) "
            "values ($1, $2, $3, $4, 'conflict')",
            new_id(), clock.now(), wall_key, person,
        )  # fmt: skip
    assert await subjects_seen(auditor, subject_id=str(walled)) == []


async def test_the_trail_is_narrowed_by_what_when_and_who(api: Api, world: World) -> None:
    auditor = await world.officer(Role.auditor)
    async with api.owner.transaction() as session:
        first, second = await write(session, world.hackney), await write(session, world.hackney)
    moment = (await auditor.get("/v1/audit", params={"subject_id": str(second)})).json()["data"][0]["created_at"]
    assert await subjects_seen(auditor) == [str(second), str(first)]
    assert await subjects_seen(auditor, to=moment) == [str(first)]
    assert await subjects_seen(auditor, **{"from": moment}) == [str(second)]
    assert await subjects_seen(auditor, action="member.ended") == []
    assert await subjects_seen(auditor, account_id=str(new_id())) == []
    assert (await auditor.get("/v1/audit", params={"from_": moment})).json()["errors"][0]["code"] == "unknown_parameter"


async def test_verification_is_for_those_who_read_the_whole_trail(api: Api, world: World) -> None:
    here, whole = await world.officer(Role.auditor), await api.as_role(Role.auditor, world.root)
    refused = await here.post("/v1/audit/verify")
    assert (refused.status_code, refused.json()["params"]) == (403, {"permission": "audit:read"})
    answer = await whole.post("/v1/audit/verify")
    assert answer.status_code == 200, answer.text
    assert answer.json()["whole"] is True
    assert (await (await world.officer()).get("/v1/audit")).status_code == 403


async def subjects_seen(client: object, **query: str) -> list[str]:
    answer = await client.get("/v1/audit", params=query)  # type: ignore[attr-defined]
    assert answer.status_code == 200, answer.text
    return [row["subject_id"] for row in answer.json()["data"]]


def broken(found: AuditVerification) -> int | None:
    assert found.whole is (found.broken_at_seal is None)
    return found.broken_at_seal
