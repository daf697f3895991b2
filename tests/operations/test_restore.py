"""A back-up restored: what was there then is there, what ended since stays ended, and nobody reads anything twice."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from app.core import schema
from app.core.db import Database
from app.core.errors import AppError
from app.core.mail import Message
from app.core.permissions import Role
from app.core.postgres import Cluster, PostgresFailed
from app.core.postgres.databases import connected
from app.core.settings import DEMO_SECRET
from app.models.operations import ErasedKind
from app.services import audit
from app.services.backups import BackupNotWritten, NothingToBackUp, make_backup
from app.services.erasures import erase_person
from app.services.erasures.ledger import LedgerLine, LedgerUnreadable, read_ledger
from app.services.outbox import send_mail
from app.services.restores import CannotReplace, ErasuresUnknown, OrganisationThere, Serving
from tests.operations.house import House, new_house, settings_for
from tests.world import Api, Client, make_world

RUNNING_JOB = """
insert into jobs (id, created_at, updated_at, version, kind, state, account_id, client_id, sign_in_id, resource,
  subject_id, branch_id, done, attempts)
select gen_random_uuid(), now(), now(), 1, 'apply_import', 'running', a.id, c.id, gen_random_uuid(), 'imports',
  gen_random_uuid(), b.id, 0, 1
from accounts a, clients c, branches b where b.parent_id is null limit 1
"""


async def read_all(client: Client, after: str | None = None) -> tuple[list[tuple[str, UUID]], str]:
    """Every event after a cursor, page by page, and the cursor to go on from."""
    told: list[tuple[str, UUID]] = []
    while True:
        answer = await client.get("/v1/events", params={"limit": 3, **({"after": after} if after else {})})
        assert answer.status_code == 200, answer.text
        body = answer.json()
        told += [(row["type"], UUID(row["subject_id"])) for row in body["data"]]
        after = body["next_cursor"]
        if not body["has_more"]:
            return told, after


async def add(client: Client, branch_id: UUID, key: str, email: str = "kept@example.org") -> UUID:
    answer = await client.post(
        "/v1/members",
        json={"branch_id": str(branch_id), "given_name": "Nia", "family_name": "Okafor", "email": email},
        headers={"Idempotency-Key": key},
    )
    assert answer.status_code == 201, answer.text
    return UUID(answer.json()["id"])


async def person_of(api: Api, member_id: UUID) -> UUID:
    person_id: UUID = await api.value("select person_id from members where id = $1", member_id)
    return person_id


async def whole(database: Database) -> bool:
    return (await audit.verify(database)).whole


@dataclass
class Story:
    """What happened before a back-up, and between it and its restore."""

    account: UUID
    token: str
    branch: UUID
    first: UUID
    second: UUID
    lost: UUID
    before: list[tuple[str, UUID]]
    cursor: str
    beyond: str
    made_at: datetime


async def lived(house: House, file: Path) -> Story:
    """Two members and a back-up; then a third is added and the second is erased."""
    async with house.serving() as api:
        world = await make_world(api)
        account = await api.account()
        await api.grant(account, Role.branch_secretary, world.hackney)
        officer = await api.sign_in(account)
        first = await add(officer, world.dalston, "the-first-member")
        await api.others_finished()
        before, cursor = await read_all(officer)
        second = await add(officer, world.dalston, "the-second-member", "gone@example.org")
        async with api.owner.transaction() as session:
            await send_mail(session, Message(to="kept@example.org", subject="Waiting", text="Since then"))
            await session.execute(RUNNING_JOB)
        await audit.seal(api.owner)
        made = await house.backup(file)
        lost = await add(officer, world.dalston, "a-member-since", "since@example.org")
        async with api.owner.transaction() as session:
            assert await erase_person(session, None, await person_of(api, second))
        await api.others_finished()
        _, beyond = await read_all(officer, cursor)
        with pytest.raises(Serving):
            await house.restore(file, replace=True)
        token = officer.headers["Authorization"].removeprefix("Bearer ")
    return Story(account, token, world.dalston, first, second, lost, before, cursor, beyond, made.made_at)


async def test_what_was_there_comes_back_and_what_ended_since_stays_ended(house: House, tmp_path: Path) -> None:
    file = tmp_path / "rollbook.backup"
    story = await lived(house, file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert b"Okafor" not in file.read_bytes()
    with pytest.raises(OrganisationThere):
        await house.restore(file)

    said = "\n".join(await house.restore(file, replace=True))
    assert f"{story.made_at:%Y-%m-%d %H:%M:%S}" in said
    assert "Erasures known since: 1; done again: 1." in said
    assert "The audit trail is whole" in said

    async with house.serving() as api:
        await nothing_lives_again(api, story)
        officer = await api.sign_in(story.account)
        assert (await officer.get(f"/v1/members/{story.first}")).json()["given_name"] == "Nia"
        assert (await officer.get(f"/v1/members/{story.lost}")).status_code == 404
        gone = (await officer.get(f"/v1/members/{story.second}")).json()
        assert (gone["given_name"], gone["family_name"]) == ("Erased", "person")
        await the_feed_goes_on(api, story, officer)
        assert await audit.seal(api.owner) > 0
        assert await whole(api.owner)


async def nothing_lives_again(api: Api, story: Story) -> None:
    assert (await api.client(story.token).get("/v1/events")).status_code == 401
    assert await api.value("select count(*) from sign_ins where ended_at is null") == 0
    assert await api.value("select count(*) from refresh_tokens where used_at is null") == 0
    assert await api.value("select state from mail_outbox") == "failed"
    job = await api.row("select state, error_code from jobs")
    assert (job["state"], job["error_code"]) == ("failed", "restored")


async def the_feed_goes_on(api: Api, story: Story, officer: Client) -> None:
    third = await add(officer, story.branch, "a-member-after-it")
    await api.others_finished()
    after, _ = await read_all(officer, story.cursor)
    assert after == [
        ("member.created", story.second), ("person.erased", story.second), ("member.created", third),
    ]  # fmt: skip
    # A cursor from the days that are lost lies before everything that has happened since.
    assert (await read_all(officer, story.beyond))[0] == after[1:]
    everything, _ = await read_all(officer)
    assert everything == story.before + after
    highest = "select max(transaction) from events where created_at {} (select created_at from restores)"
    assert await api.value(highest.format("<")) < await api.value("select order_base()")
    assert await api.value(highest.format(">=")) > await api.value("select order_base()")


@pytest.mark.slow
async def test_a_restore_of_a_restore_begins_a_later_range(house: House, tmp_path: Path) -> None:
    await house.backup(tmp_path / "one")
    bases = []
    for _ in range(2):
        await house.restore(tmp_path / "one", replace=True)
        async with house.behind() as owner, owner.transaction() as session:
            bases.append(await session.fetchval("select order_base()"))
            assert bases[-1] == await session.fetchval("select max(order_base) from restores")
    assert bases[0] < bases[1]
    assert {base % 2**40 for base in bases} == {0}


async def test_what_cannot_be_restored_touches_nothing(house: House, tmp_path: Path) -> None:
    good, bad = tmp_path / "good", tmp_path / "bad"
    await house.backup(good)
    content = good.read_bytes()
    middle = len(content) // 2
    broken = {
        "the end is missing": content[:-1],
        "half is missing": content[:middle],
        "a byte was changed": content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :],
        "the beginning was changed": content.replace(b'"format": 1', b'"format": 2', 1),
        "it goes on": content + b"\0\0\0\0",
        "it is something else": b"PGDMP" + content,
        "it is empty": b"",
    }
    other = House(settings_for(house.dsn, secret_key="quite another secret, of quite another organisation"))
    async with house.behind() as owner, owner.transaction() as session:
        await session.execute("update branches set name = 'As it is now'")
    for what, forged in broken.items():
        bad.write_bytes(forged)
        with pytest.raises(AppError) as refused:
            await house.restore(bad, replace=True)
        assert refused.value.code == "sealed_file_refused", what
    with pytest.raises(AppError, match="another SECRET_KEY"):
        await other.restore(good, replace=True)
    with pytest.raises(AppError, match="cannot be read"):
        await house.restore(tmp_path / "nowhere", replace=True)
    ledger = tmp_path / "ledger"
    ledger.write_text('{"kind": "person"}\n')
    with pytest.raises(LedgerUnreadable):
        await house.restore(good, replace=True, erasures=ledger)
    async with house.behind() as owner, owner.transaction() as session:
        assert await session.fetchval("select name from branches") == "As it is now"
        left = await session.fetchval("select count(*) from pg_database where datname like '%\\_restoring'")
        assert left == 0


@pytest.mark.slow  # the server waits five seconds for the other to leave
async def test_a_restore_that_cannot_be_finished_leaves_what_was_there(house: House, tmp_path: Path) -> None:
    await house.backup(tmp_path / "good")
    async with connected(house.dsn) as somebody:
        await somebody.execute("update branches set name = 'As it is now'")
        with pytest.raises(PostgresFailed, match="Somebody is connected"):
            await house.restore(tmp_path / "good", replace=True)
        assert await somebody.fetchval("select name from branches") == "As it is now"
        left = await somebody.fetchval(
            "select count(*) from pg_database where starts_with(datname, current_database() || '_')"
        )
        assert left == 0


async def test_a_back_up_that_cannot_be_written_is_said(house: House, tmp_path: Path) -> None:
    with pytest.raises(BackupNotWritten, match="No such file"):
        await house.backup(tmp_path / "nowhere" / "x")
    file = tmp_path / "kept"
    await house.backup(file)
    kept = file.read_bytes()
    with pytest.raises(PostgresFailed):
        await make_backup(house.dsn + "_gone", house.settings.master_key, file)
    assert file.read_bytes() == kept


async def test_nothing_is_backed_up_of_an_empty_database(tmp_path: Path) -> None:
    file, draft = tmp_path / "x", tmp_path / "x.partial"
    async with new_house("empty", template="template0") as house:
        with pytest.raises(NothingToBackUp):
            await house.backup(file)
    assert not file.exists()
    assert not draft.exists()


@pytest.mark.slow
async def test_a_fresh_server_and_an_owner_with_few_rights(house: House, tmp_path: Path) -> None:
    """Another server, which counts from the beginning, knows no role and calls its owner otherwise."""
    file, ledger = tmp_path / "rollbook.backup", tmp_path / "ledger"
    story = await lived(house, file)
    async with house.serving() as api:
        person = await person_of(api, story.second)
    ledger.write_text(LedgerLine(ErasedKind.person, person, datetime(2026, 11, 1, tzinfo=UTC)).as_text() + "\n")
    cluster = Cluster(tmp_path / "fresh", durable=False)
    cluster.start()
    try:
        server = await asyncpg.connect(cluster.owner_dsn("postgres"))
        await server.execute("create role keeper login createrole password 'few'")
        await server.execute("create database rollbook owner keeper template template0 encoding 'UTF8'")
        await server.close()
        fresh = House(settings_for(cluster.dsn("keeper", "few", "rollbook")))
        with pytest.raises(ErasuresUnknown):
            await fresh.restore(file)
        await fresh.restore(file, erasures=ledger)
        async with fresh.serving() as api:
            await nothing_lives_again(api, story)
            reader = await api.sign_in(story.account)
            await the_feed_goes_on(api, story, reader)
            found = await reader.post("/v1/members/search", json={"name": "okafor"})
            assert len(found.json()["data"]) == 2
            assert await whole(api.owner)
        await can_be_kept(fresh, file, ledger, tmp_path / "again")
    finally:
        cluster.remove()


async def can_be_kept(fresh: House, file: Path, ledger: Path, again: Path) -> None:
    """What was restored by an owner with few rights is migrated and backed up by the same."""
    with pytest.raises(OrganisationThere):
        await fresh.restore(file, erasures=ledger)
    with pytest.raises(CannotReplace):
        await fresh.restore(file, replace=True)
    async with connected(fresh.dsn) as connection:
        assert [line.erased_at.year for line in await read_ledger(connection)] == [2026]
    await asyncio.to_thread(schema.check, fresh.dsn)
    await schema.migrate(fresh.dsn, DEMO_SECRET)
    await fresh.backup(again)
