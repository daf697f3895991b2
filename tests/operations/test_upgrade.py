"""An upgrade with data in place: an organisation of the first release, brought to the newest schema where it stands."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from alembic import command

from app.core import schema
from app.core.ids import new_id
from app.core.permissions import Role
from app.core.postgres.databases import connected
from app.core.settings import DEMO_SECRET
from app.models.audit import AuditSeal
from app.services import audit
from tests.operations.house import House, new_house

FIRST = "0002_locks"
AT = datetime(2026, 10, 1, 12, tzinfo=UTC)
FILLED = (
    "branches", "people", "members", "membership_terms", "standings", "accounts", "grants", "imports", "import_rows",
    "audit_entries", "audit_seals", "events", "mail_outbox",
)  # fmt: skip
RECORD = {"created_at": AT, "updated_at": AT, "version": 1}


class Old:
    """An organisation as the first release left it: units, members, an officer, an import half way, a sealed trail."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.root, self.party, self.account, self.officer, self.person, self.member, self.brought = (
            new_id() for _ in range(7)
        )
        self.counts: dict[str, int] = {}

    async def put(self, connection: Any, table: str, **values: Any) -> UUID:
        row = {"id": new_id(), "created_at": AT, **values}
        places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
        await connection.execute(f"insert into {table} ({', '.join(row)}) values ({places})", *row.values())
        found: UUID = row["id"]
        return found

    async def fill(self) -> None:
        async with self.house.behind() as owner:
            async with owner.transaction() as session:
                await self._units(session)
                await self._people(session)
                await self._import(session)
                await self._trail(session)
            async with owner.transaction() as session:
                # As the first release did it: the seal is of the entries as they are read then.
                digest, entries = await audit._digest(session, b"", 1, 0, 700)
                mac = owner.keys.blind_index("audit seal", digest.hex())
                await session.insert(
                    AuditSeal(number=1, from_transaction=1, to_transaction=700, entries=entries, digest=digest, mac=mac)
                )
        self.counts = await self.count()

    async def count(self) -> dict[str, int]:
        async with self.house.behind() as owner, owner.transaction() as session:
            return {table: await session.fetchval(f"select count(*) from {table}") for table in FILLED}

    async def _units(self, session: Any) -> None:
        for unit, parent, kind, path in (
            (self.root, None, "party", [self.root]),
            (self.party, self.root, "local_party", [self.root, self.party]),
        ):
            await self.put(
                session, "branches", **RECORD | {"id": unit}, parent_id=parent, kind=kind, path=path,
                name="Old Town", status="recognised",
                local_authorities=[], postcode_districts=[],
            )  # fmt: skip
        house = UUID("00000000-0000-7000-8000-000000000001")
        await self.put(
            session, "clients", **RECORD | {"id": house}, name="Rollbook", kind="first_party", scopes=[], origins=[]
        )

    async def _people(self, session: Any) -> None:
        for person, name in ((self.person, "Ada"), (self.officer, "Olu")):
            await self.put(
                session, "people", **RECORD | {"id": person}, branch_ids=[], given_name=name, family_name="Byron",
                sort_name=f"byron {name.lower()}", search_name=f"{name.lower()} byron", preferred_language="en",
                email=f"{name}@example.org", email_key=f"{name.lower()}@example.org", address_lines=[], country="GB",
                objections=["phone"], postcode="E8 1EA",
            )  # fmt: skip
            member = self.member if name == "Ada" else new_id()
            await self.put(
                session, "members", **RECORD | {"id": member}, person_id=person, branch_id=self.party,
                relationship="member", number=f"10{name}", type="full", joined_on=date(2020, 5, 1),
            )  # fmt: skip
            span = {"starts_on": date(2026, 1, 1), "ends_on": date(2027, 1, 1)}
            await self.put(session, "membership_terms", member_id=member, branch_id=self.party, **span)
        await self.put(
            session, "standings", member_id=self.member, branch_id=self.party, standing="suspended",
            starts_on=date(2025, 1, 1), until=date(2025, 2, 1), reason="then",
        )  # fmt: skip
        await self.put(
            session, "accounts", **RECORD | {"id": self.account}, email="olu@example.org", email_key="olu@example.org",
            name="Olu", person_id=self.officer, state="active",
        )  # fmt: skip
        await self.put(
            session, "grants", **RECORD, account_id=self.account, role=Role.branch_secretary, branch_id=self.party,
            starts_on=date(2026, 1, 1), state="confirmed", reason="then", proposed_by=self.account,
        )  # fmt: skip
        sealed = {"sealed_message": b"", "state": "sent", "attempts": 1, "next_attempt_at": AT}
        await self.put(session, "mail_outbox", **sealed)

    async def _import(self, session: Any) -> None:
        await self.put(
            session, "imports", **RECORD | {"id": self.brought}, branch_id=self.party, account_id=self.account,
            state="applying", file_sha256="x", headings=["Name"], mapping={"fields": {}}, counts={"rows": 2},
        )  # fmt: skip
        for number, person in ((1, self.person), (2, None)):
            await session.execute(
                "insert into import_rows (import_id, number, cells, outcome, person_id) "
                "values ($1, $2, '[\"x\"]', 'create', $3)",
                self.brought, number, person,
            )  # fmt: skip

    async def _trail(self, session: Any) -> None:
        for place in (600, 700):
            said = {"transaction": place, "resource": "members", "subject_id": self.member, "branch_id": self.party}
            await self.put(session, "audit_entries", **said, action="member.updated", fields={"email": True})
            await self.put(session, "events", **said, type="member.updated", data={})


@pytest.fixture
async def old() -> AsyncIterator[Old]:
    async with new_house("first_release", template="template0") as house:
        await asyncio.to_thread(command.upgrade, schema._config(house.dsn), FIRST)
        made = Old(house)
        await made.fill()
        yield made


@pytest.mark.slow
async def test_everything_of_the_first_release_is_there_and_in_use(old: Old) -> None:
    await schema.migrate(old.house.dsn, DEMO_SECRET)
    await asyncio.to_thread(schema.check, old.house.dsn)
    assert await old.count() == old.counts
    async with old.house.serving() as api:
        officer = await api.sign_in(old.account)
        found = await officer.get(f"/v1/members/{old.member}")
        assert found.status_code == 200, found.text
        assert (found.json()["given_name"], found.json()["standing"]) == ("Ada", "current")
        assert found.json()["objections"] == ["phone"]
        renamed = await officer.patch(
            f"/v1/members/{old.member}", json={"town": "Leeds"}, headers={"If-Match": found.headers["etag"]}
        )
        assert renamed.status_code == 200, renamed.text
        await api.others_finished()
        feed = await officer.get("/v1/events")
        assert [row["subject_id"] for row in feed.json()["data"]] == [str(old.member)] * 3
        # What was half done is over, and its file forgotten; whom it brought in and the counts stay.
        brought = (await officer.get(f"/v1/imports/{old.brought}")).json()
        assert (brought["state"], brought["headings"], brought["counts"]["rows"]) == ("applied", ["Name"], 2)
        undo = await officer.post(f"/v1/imports/{old.brought}/undo")
        assert (undo.status_code, undo.json()["params"]["reason_code"]) == (409, "rows_forgotten")
        await audit.seal(api.owner)
        proved = await audit.verify(api.owner)
        assert (proved.whole, proved.entries >= 3) == (True, True)


@pytest.mark.slow
async def test_a_back_up_of_the_first_release_is_restored_by_this_one(old: Old, tmp_path: Path) -> None:
    made = await old.house.backup(tmp_path / "old")
    assert made.schema == FIRST
    said = "\n".join(await old.house.restore(tmp_path / "old", replace=True))
    assert "The audit trail is whole" in said
    await asyncio.to_thread(schema.check, old.house.dsn)
    counts = await old.count()
    # The restore itself is a line of the trail, with its event and its seal.
    told = dict.fromkeys(("audit_entries", "audit_seals", "events"), 1)
    assert counts == {table: number + told.get(table, 0) for table, number in old.counts.items()}


@pytest.mark.slow
async def test_a_reader_in_the_way_is_said_and_nothing_is_half_done(old: Old) -> None:
    last, before = schema.head(), "0006_duplicates"
    await asyncio.to_thread(command.upgrade, schema._config(old.house.dsn), before)
    async with connected(old.house.dsn) as reader:
        async with reader.transaction():
            await reader.fetch("select id from people")
            with pytest.raises(schema.SchemaError, match="Somebody is using"):
                await schema.migrate(old.house.dsn, DEMO_SECRET)
            assert await schema.current(reader) == before
            assert await reader.fetchval("select to_regclass('erasures')") is None
        await schema.migrate(old.house.dsn, DEMO_SECRET)
        assert await schema.current(reader) == last
    assert await old.count() == old.counts
