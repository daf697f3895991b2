from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import SQLModel

from app.services.erasures import GIVEN, linked
from app.services.retention.duties import mind_retention
from tests.erasures.test_verify import everywhere
from tests.office import Office, Someone, make_office
from tests.world import World

__all__ = ["everywhere"]

#: Somebody who died so long ago that nothing is needed of them.
DIED = {"decided_standing": "deceased", "decided_from": date(2015, 3, 1)}
WHY = {"text": "The committee resolved so."}


@dataclass
class Retention:
    """An office whose worker runs when it is told to."""

    office: Office

    async def dry_run(self, rule: str = "deceased_members") -> dict[str, Any]:
        return await self.office.do("retention-runs", rule=rule, text="As every spring.")

    async def approved(self, rule: str = "deceased_members") -> UUID:
        made = await self.dry_run(rule)
        await self.office.do(f"retention-runs/{made['id']}/approve", by=self.office.deputy)
        return UUID(made["id"])

    async def applied(self, rule: str = "deceased_members") -> UUID:
        run = await self.approved(rule)
        await self.work()
        assert (await self.read(run))["state"] == "holding"
        return run

    async def work(self) -> None:
        """The worker's duty, until there is nothing more to do today."""
        for _ in range(3):
            await mind_retention(self.office.world.api.app.state.database)

    async def read(self, run: UUID | str) -> dict[str, Any]:
        return await self.office.get(f"retention-runs/{run}")

    async def item(self, person: UUID) -> tuple[str, str | None]:
        """Where the latest item of a person or case stands, and why."""
        row = await self.office.world.api.row(
            "select state, reason from retention_items where $1 in (person_id, case_id) order by id desc limit 1",
            person,
        )
        return row["state"], row["reason"]

    async def died(self, **columns: Any) -> Someone:
        return await self.office.member(**{**DIED, **columns})


async def everything_of(office: Office, one: Someone) -> dict[str, list[dict[str, Any]]]:
    """Every row about somebody in every table, but for what counts its changes, and the runs' own."""
    found = {}
    for table, rows in linked().items():
        keys = ", ".join(column.name for column in SQLModel.metadata.tables[table].primary_key.columns)
        sql = (
            f"{GIVEN} select to_jsonb(t) - 'version' - 'updated_at' as said from {table} t where {rows} order by {keys}"
        )
        async with office.world.api.transaction() as session:
            ids = (one.person_id, [one.member_id], [one.account_id], None)
            found[table] = [row["said"] for row in await session.fetch(sql, *ids)]
    return {table: rows for table, rows in found.items() if rows and table != "retention_items"}


async def known(retention: Retention) -> Someone:
    """Somebody who died, of whom something is in more than one table, some of it decided and some sealed."""
    one = await retention.died(given_name="Marged", family_name="Oddfellow", mobile_phone="+447400123456")
    api = retention.office.world.api
    other, second = await api.member(retention.office.world.hackney)
    await api.execute(
        "insert into standings (id, created_at, member_id, branch_id, standing, starts_on, until, reason, decided_by) "
        "values (gen_random_uuid(), now(), $1, $2, 'suspended', '2014-01-01', '2014-02-01', 'Was loud', $3)",
        one.member_id, retention.office.world.hackney, other,
    )  # fmt: skip
    await api.execute(
        "insert into possible_duplicates (id, created_at, updated_at, version, person_id, other_person_id, why, state) "
        "values (gen_random_uuid(), now(), now(), 1, least($1, $2::uuid), greatest($1, $2), '{same_phone_and_name}', "
        "'dismissed')",
        one.person_id, second,
    )  # fmt: skip
    return one


@pytest.fixture
async def retention(world: World) -> AsyncIterator[Retention]:
    await _nothing_due(world)
    yield Retention(await make_office(world))
    await world.api.reset_clock()
    await _nothing_due(world)


async def _nothing_due(world: World) -> None:
    """What one test finds no other shall: they share a database, and a rule reaches all of it."""
    for sql in (
        "update retention_runs set state = 'withdrawn' where state in ('dry_run', 'applying', 'undoing', 'holding')",
        "update retention_items set state = 'restored' where state = 'put_aside'",
        "update members set decided_standing = null, decided_from = null where decided_from < date '2025-01-01'",
        "update rights_requests set ended_on = current_date where ended_on < date '2025-01-01'",
    ):
        await world.api.execute(sql)
