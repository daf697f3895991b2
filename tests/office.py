"""A data-protection office: its officer, a deputy, and people who use their rights."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.permissions import GRANTS, Permission, Role
from tests.world import Client, World, fake


@dataclass(frozen=True)
class Someone:
    """Somebody with an account and a membership."""

    account_id: UUID
    client: Client
    person_id: UUID
    member_id: UUID


@dataclass
class Office:
    """`officer` and `deputy` are of the data-protection team; `secretary` is of Hackney and sees nothing of theirs."""

    world: World
    officer: Client
    deputy: Client
    secretary: Client
    subject: Someone

    async def member(self, unit: UUID | None = None, **columns: Any) -> Someone:
        """A member with an account, of Hackney unless told otherwise."""
        api = self.world.api
        async with api.together():
            member, person = await api.member(unit or self.world.hackney, **columns)
            account = await api.account(person_id=person)
            return Someone(account, await api.sign_in(account), person, member)

    async def request(self, by: Client | None = None, **said: Any) -> UUID:
        """A request for access, by the subject unless told otherwise, logged by the officer. Returns its id."""
        body = {"person_id": str(self.subject.person_id), "name": fake.name(), "channel": "email", **said}
        path = "/v1/rights-requests" if "kind" in said else "/v1/subject-access-requests"
        made = await (by or self.officer).post(path, json=body)
        assert made.status_code == 201, made.text
        return UUID(made.json()["id"])

    async def do(self, path: str, by: Client | None = None, **said: Any) -> dict[str, Any]:
        """Have something done: a POST under /v1, by the officer unless told otherwise."""
        done = await (by or self.officer).post(f"/v1/{path}", json=said)
        assert done.status_code < 300, f"{path}: {done.status_code} {done.text}"
        told: dict[str, Any] = done.json() if done.content else {}
        return told

    async def get(self, path: str, by: Client | None = None) -> dict[str, Any]:
        found = await (by or self.officer).get(f"/v1/{path}")
        assert found.status_code == 200, f"{path}: {found.status_code} {found.text}"
        told: dict[str, Any] = found.json()
        return told

    async def on(self, day: date, at: time = time(12)) -> None:
        """Make it noon of a day, for every process that follows the organisation's clock."""
        await self.world.api.set_clock(datetime.combine(day, at, clock.LONDON))


#: The team of a test is of that test: every letter to the team would go to those of all tests before.
_LEAVE = "update grants set state = 'ended' where state = 'confirmed' and role = any ($1)"


async def make_office(world: World) -> Office:
    async with world.api.together():
        team = [role.value for role in Role if Permission.privacy_handle in GRANTS[role]]
        await world.api.execute(_LEAVE, team)
        officer = await world.officer(Role.data_protection_officer, world.root)
        deputy = await world.officer(Role.data_protection_officer, world.root)
        secretary = await world.officer()
        member, person = await world.api.member(world.hackney)
        account = await world.api.account(person_id=person)
        subject = Someone(account, await world.api.sign_in(account), person, member)
    return Office(world, officer, deputy, secretary, subject)
