"""Those who call in the sweeps: somebody whom no gate stops, and what one sample's request looks like."""

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import httpx

from app.core import clock
from app.core.permissions import Role
from app.models.accounts import Client as Software
from app.models.accounts import ClientKind
from tests.contracts.asks import Ask
from tests.contracts.routes import Operation
from tests.world import Api, Client, World


async def somebody_with_every_role(api: Api) -> Client:
    """Every role, at the root: what refuses them is never a right."""
    account, root = await api.account(), await api.root()
    for role in Role:
        await api.grant(account, role, root)
    return await api.sign_in(account)


async def ask_for(client: Client, operation: Operation, ask: Ask) -> httpx.Response:
    """What `client` is answered, or who alone can ask it."""
    return await (ask.by or client).request(
        operation.method,
        operation.url(**ask.ids),
        params=ask.params,
        headers=ask.headers,
        **ask.body,
    )


@dataclass(frozen=True)
class Cast:
    """Everybody who calls: each role held in Hackney and at the root, and those who hold nothing."""

    world: World
    local: Mapping[Role, Client]
    national: Mapping[Role, Client]
    powerless: Mapping[str, Client]
    #: Those who hold several roles at once, by what they hold.
    combined: dict[frozenset[tuple[Role, UUID]], Client] = field(default_factory=dict)

    async def holding(self, roles: Iterable[Role], *units: UUID) -> Client:
        """Somebody who holds all these roles at once: rights only add up, so what they are refused each is refused."""
        held = frozenset(itertools.product(roles, units))
        if held not in self.combined:
            api = self.world.api
            account = await api.account()
            for role, unit in held:
                await api.grant(account, role, unit)
            self.combined[held] = await api.sign_in(account)
        return self.combined[held]


async def powerless(world: World) -> dict[str, Client]:
    """Those who hold nothing.

    An ordinary member; a secretary until yesterday; a secretary who has lapsed; a national officer through software
    without scopes; somebody whose grant was never confirmed.
    """
    api, today = world.api, clock.today()
    _, ordinary = await api.member(world.hackney)
    _, former = await api.member(world.hackney)
    await api.office(former, world.hackney, "secretary", starts_on=today - timedelta(days=9), ends_on=today)
    _, lapsed = await api.member(
        world.hackney, paid_until=today - timedelta(days=400), lapses_on=today - timedelta(days=300)
    )
    await api.office(lapsed, world.hackney, "secretary")
    software = Software(name="Without scopes", kind=ClientKind.third_party, scopes=[])
    async with api.owner.transaction() as session:
        await session.insert(software)
    officer = await api.account()
    await api.grant(officer, Role.national_membership_officer, world.root)
    waiting = await api.account()
    await api.grant(waiting, Role.national_membership_officer, world.root, state="proposed")
    return {
        "member": await api.sign_in(await api.account(person_id=ordinary)),
        "former": await api.sign_in(await api.account(person_id=former)),
        "lapsed": await api.sign_in(await api.account(person_id=lapsed)),
        "unscoped": await api.sign_in(officer, client_id=software.id),
        "unconfirmed": await api.sign_in(waiting),
    }
