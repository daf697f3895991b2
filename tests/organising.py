"""A unit that organises: its organiser, one of another unit, who supervises both, and what they work with."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import httpx
from sqlmodel import SQLModel

from app.core import clock
from app.core.permissions import Role
from app.models.actions import Action, ActionKind
from app.models.campaigns import Campaign
from app.models.organisations import Organisation, OrganisationKind
from tests.world import Client, World, fake


@dataclass
class Ground:
    """`organiser` works in Hackney, `other` in Islington; the `supervisor` has the region, in which both lie.

    A `leader` in Hackney sees organising and no one-to-ones.
    """

    world: World
    organiser: Client
    other: Client
    supervisor: Client
    leader: Client
    organiser_id: UUID

    @property
    def unit(self) -> UUID:
        return self.world.hackney

    async def person(self, unit: UUID | None = None, **columns: Any) -> UUID:
        """Somebody on record in Hackney, unless told otherwise."""
        return (await self.world.api.member(unit or self.unit, **columns))[1]

    async def organisation(self, unit: UUID | None = None, **columns: Any) -> UUID:
        return (await place_organisation(self.world, unit or self.unit, **columns)).id

    async def campaign(self, unit: UUID | None = None, **columns: Any) -> UUID:
        return (await place_campaign(self.world, unit or self.unit, **columns)).id

    async def action(self, unit: UUID | None = None, **columns: Any) -> UUID:
        return (await place_action(self.world, unit or self.unit, **columns)).id

    async def do(self, path: str, by: Client | None = None, **said: Any) -> dict[str, Any]:
        """Have something done: a POST under /v1, by the organiser unless told otherwise."""
        done = await (by or self.organiser).post(f"/v1/{path}", json=said)
        assert done.status_code < 300, f"{path}: {done.status_code} {done.text}"
        told: dict[str, Any] = done.json() if done.content else {}
        return told

    async def get(self, path: str, by: Client | None = None) -> dict[str, Any]:
        found = await (by or self.organiser).get(f"/v1/{path}")
        assert found.status_code == 200, f"{path}: {found.status_code} {found.text}"
        told: dict[str, Any] = found.json()
        return told

    async def refused(
        self, path: str, code: str, status: int = 409, by: Client | None = None, **said: Any
    ) -> httpx.Response:
        """A POST that is refused, with its code: of the whole, of a field, or the reason of a lifecycle."""
        answer = await (by or self.organiser).post(f"/v1/{path}", json=said)
        told = answer.json()
        codes = {told["code"], told.get("params", {}).get("reason_code"), *(e["code"] for e in told.get("errors", []))}
        assert (answer.status_code, code in codes) == (status, True), answer.text
        return answer

    async def on(self, day: date, at: time = time(12)) -> None:
        """Make it noon of a day, for every process that follows the organisation's clock."""
        await self.world.api.set_clock(datetime.combine(day, at, clock.LONDON))


async def make_ground(world: World) -> Ground:
    api = world.api
    async with api.together():
        organiser_id = await api.account()
        await api.grant(organiser_id, Role.organiser, world.hackney)
        organiser = await api.sign_in(organiser_id)
        other = await world.officer(Role.organiser, world.islington)
        supervisor = await world.officer(Role.supervisor, world.region)
        leader = await world.officer(Role.leader)
    return Ground(world, organiser, other, supervisor, leader, organiser_id)


async def place(world: World, *rows: SQLModel) -> None:
    """Put rows down as the owner, without walking there."""
    async with world.api.transaction() as session:
        for row in rows:
            await session.insert(row)


async def place_organisation(world: World, unit: UUID, **columns: Any) -> Organisation:
    told = {"name": fake.company(), "kind": OrganisationKind.congregation, "state_since": clock.today(), **columns}
    row = Organisation(branch_id=unit, **told)
    await place(world, row)
    return row


async def place_campaign(world: World, unit: UUID, **columns: Any) -> Campaign:
    told = {"name": fake.bs(), "issue": "Cold homes", "aims": "Warm homes", "state_since": clock.today(), **columns}
    row = Campaign(branch_id=unit, **told)
    await place(world, row)
    return row


async def place_action(world: World, unit: UUID, **columns: Any) -> Action:
    begins = clock.now() + timedelta(days=7)
    told = {
        "name": fake.bs(),
        "kind": ActionKind.assembly,
        "starts_at": begins,
        "ends_at": begins + timedelta(hours=2),
        "state_since": clock.today(),
        **columns,
    }
    row = Action(branch_id=unit, **told)
    await place(world, row)
    return row
