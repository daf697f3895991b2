"""An election in Hackney, from which the tests of office begin."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from app.core import clock
from app.core.permissions import Role
from tests.world import Api, Client, World


@dataclass
class Election:
    """Hackney has elected a secretary with an account; the present one records it, the region confirms."""

    world: World
    recorder: Client
    region: Client
    person: UUID
    account: UUID
    winner: Client

    async def record(
        self, client: Client | None = None, office: str = "secretary", **over: object
    ) -> dict[str, object]:
        answer = await (client or self.recorder).post("/v1/office-terms", json=await self.body(office, **over))
        assert answer.status_code == 201, answer.text
        made: dict[str, object] = answer.json()
        return made

    async def body(self, office: str = "secretary", **over: object) -> dict[str, object]:
        return {
            "branch_id": str(self.world.hackney),
            "office_type_id": str(await office_type(self.world.api, office)),
            "person_id": str(self.person),
            "how_chosen": "elected",
            "starts_on": str(clock.today()),
            **over,
        }

    async def installed(self, **over: object) -> str:
        """The term recorded and confirmed, and its holder at work."""
        term = await self.record(**over)
        done = await self.region.post(f"/v1/office-terms/{term['id']}/confirm")
        assert done.status_code == 200, done.text
        await becomes(lambda: self.winner.get("/v1/members"), 200)
        return str(term["id"])

    async def terms(self) -> int:
        count: int = await self.world.api.value(
            "select count(*) from office_terms where branch_id = $1", self.world.hackney
        )
        return count


async def office_type(api: Api, key: str) -> UUID:
    found: UUID = await api.value("select id from office_types where key = $1", key)
    return found


async def becomes(ask: Callable[[], Awaitable[object]], status: int) -> None:
    """A change of rights is heard within a second."""
    for _ in range(20):
        if (await ask()).status_code == status:  # type: ignore[attr-defined]
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"still {(await ask()).status_code} after a second")  # type: ignore[attr-defined]


async def hold_election(world: World) -> Election:
    _, person = await world.api.member(world.hackney)
    account = await world.api.account(person_id=person)
    return Election(
        world,
        recorder=await world.officer(),
        region=await world.officer(Role.regional_officer, world.region),
        person=person,
        account=account,
        winner=await world.api.sign_in(account),
    )
