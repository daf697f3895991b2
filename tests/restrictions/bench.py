"""Somebody who decides, as the services of a case call the effects: with no sight of whom it concerns."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.actor import Actor
from app.core.db import Database
from app.core.ids import new_id
from app.core.permissions import Role
from app.models.restrictions import RestrictionKind
from app.services.restrictions import lift, prolong, restrict
from tests.world import Api, Client, World

K = RestrictionKind


@dataclass
class Bench:
    """Decides about members of Hackney, and can see none of them; `secretary` can."""

    world: World
    actor: Actor
    secretary: Client

    @property
    def api(self) -> Api:
        return self.world.api

    @property
    def database(self) -> Database:
        database: Database = self.api.app.state.database
        return database

    async def restrict(
        self, person_id: UUID, kind: RestrictionKind, *, starts_on: date | None = None, ends_on: date | None = None
    ) -> UUID:
        """Put a restriction in force, from today unless told otherwise; the source by which it is lifted."""
        source_id, begins = new_id(), starts_on or clock.today()
        async with self.database.transaction(self.actor) as session:
            await restrict(
                session, self.actor, person_id=person_id, kind=kind, starts_on=begins, ends_on=ends_on,
                source_id=source_id,
            )  # fmt: skip
        self.api.app.state.rights.forget()
        return source_id

    async def lift(self, source_id: UUID, day: date | None = None) -> None:
        async with self.database.transaction(self.actor) as session:
            await lift(session, self.actor, source_id=source_id, day=day or clock.today())
        self.api.app.state.rights.forget()

    async def prolong(self, source_id: UUID, ends_on: date | None) -> None:
        async with self.database.transaction(self.actor) as session:
            await prolong(session, self.actor, source_id=source_id, ends_on=ends_on)

    async def turn(self, day: date) -> None:
        """Make it the noon of a day, in every process."""
        await self.api.set_clock(clock.day_starts(day) + timedelta(hours=12))

    async def read(self, member_id: UUID, client: Client | None = None) -> dict[str, Any]:
        answer = await (client or self.secretary).get(f"/v1/members/{member_id}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def standing(self, member_id: UUID) -> str | None:
        found: str | None = (await self.read(member_id))["standing"]
        return found

    async def kinds(self, member_id: UUID) -> list[str]:
        return [restriction["kind"] for restriction in (await self.read(member_id))["restrictions"]]


async def make_bench(world: World) -> Bench:
    actor = await world.api.actor(Role.branch_secretary, world.islington)
    return Bench(world, actor, await world.officer())


def in_days(days: int) -> date:
    return clock.today() + timedelta(days=days)
