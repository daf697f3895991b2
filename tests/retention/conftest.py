from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import pytest

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


@pytest.fixture
async def retention(world: World) -> AsyncIterator[Retention]:
    yield Retention(await make_office(world))
    # What one test finds no other shall: they share a database, and a rule reaches all of it.
    for sql in (
        "delete from demo_clock",
        "update retention_runs set state = 'withdrawn' where state in ('dry_run', 'applying', 'undoing', 'holding')",
        "update retention_items set state = 'restored' where state = 'put_aside'",
        "update members set decided_standing = null, decided_from = null where decided_from = date '2015-03-01'",
        "update members set relationship = 'member' where relationship = 'supporter'",
    ):
        await world.api.execute(sql)
