"""What a test stands on: a corner of the tree of its own, people in it, and somebody signed in as anybody."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from faker import Faker
from fastapi import FastAPI
from procrastinate import App as Engine

from app.core import clock
from app.core.actor import Actor
from app.core.db import Database, Session
from app.core.ids import new_id
from app.core.permissions import Role
from app.core.text import email_key
from app.jobs.engine import JOBS, work_off
from app.models.accounts import Account, AccountState, Grant, GrantState, SignIn
from app.models.branches import Branch, BranchStatus, UnitKind
from app.models.frame import DemoClock
from app.models.members import Member, MemberType, Person, Relationship
from app.models.offices import HowChosen, OfficeTerm, TermState
from app.services import rights
from app.services.members import person_columns
from app.services.sign_ins import HOUSE_CLIENT

fake = Faker("en_GB")
Client = httpx.AsyncClient


#: What was put back for later is due now: not what a worker that has gone has left of its duties, which nobody does.
_WAITS = f"status = 'todo' and queue_name = '{JOBS}'"
BRING_FORWARD = f"""
with waiting as (update jobs_engine.procrastinate_jobs set scheduled_at = now() where {_WAITS} returning 1)
select exists (select from waiting)
"""
WAITING = f"select string_agg(task_name || args::text, ' ') from jobs_engine.procrastinate_jobs where {_WAITS}"
#: However often a job is put back, at last it is done or given up.
MOST_ROUNDS = 100

_together: ContextVar[Session | None] = ContextVar("together", default=None)


@dataclass
class Api:
    """The application, called as the world calls it, its database behind the scenes, and the engine of its worker."""

    app: FastAPI
    owner: Database
    engine: Engine

    async def work(self, *, waits: bool = True) -> None:
        """Run every job that is queued, as the worker does; with `waits` also what waits for later, to the end."""
        for _ in range(MOST_ROUNDS):
            await work_off(self.engine, JOBS, concurrency=1, wait=False, listen_notify=False)
            if not (waits and await self.value(BRING_FORWARD)):
                return
        raise AssertionError(f"put back without end: {await self.value(WAITING)}")

    async def clear_queue(self) -> None:
        """Work off what other tests have asked for, and forget what they left with a worker that has gone."""
        await self.work()
        await self.execute("delete from jobs_engine.procrastinate_jobs")

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Session]:
        """The owner's: of its own, or the one of `together`."""
        if (session := _together.get()) is not None:
            yield session
            return
        async with self.owner.transaction() as session:
            yield session

    async def set_clock(self, instant: datetime) -> None:
        """Have every process follow a clock that now stands at an instant; this one follows it on return."""
        ahead = timedelta(seconds=int((instant - datetime.now(UTC)).total_seconds()))
        async with self.owner.transaction() as session:
            await session.execute("delete from demo_clock")
            await session.insert(DemoClock(offset_seconds=int(ahead.total_seconds())))
        await self._follow_clock()

    async def reset_clock(self) -> None:
        """Back to the present, of which no process that is still taking in another clock knows better."""
        await self.execute("delete from demo_clock")
        await self._follow_clock()

    async def _follow_clock(self) -> None:
        await rights.follow_clock(self.app.state.database)
        self.app.state.rights.forget()

    @asynccontextmanager
    async def together(self) -> AsyncIterator[None]:
        """Make all that is made in the block in one transaction, which costs a third. Nobody else sees it before."""
        async with self.transaction() as session:
            before = _together.set(session)
            try:
                yield
            finally:
                _together.reset(before)

    def client(self, token: str | None = None) -> Client:
        """Somebody at the door, from an address of their own: signed in by `token`, or nobody."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        # Tries are counted by address: tests that stood at one door would throttle each other.
        address = (fake.ipv4_private(), 50_000)
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=address)
        return Client(transport=transport, base_url="http://testserver", headers=headers)

    async def account(self, *, person_id: UUID | None = None, password_hash: str | None = None) -> UUID:
        """An active account, with a fresh address."""
        email = f"{new_id().hex}@example.org"
        account = Account(
            email=email,
            email_key=email_key(email),
            name=fake.name(),
            person_id=person_id,
            state=AccountState.active,
            password_hash=password_hash,
        )
        async with self.transaction() as session:
            await session.insert(account)
        return account.id

    async def sign_in(self, account_id: UUID, *, client_id: UUID = HOUSE_CLIENT) -> Client:
        """Signed in as an account, through a client."""
        now = datetime.now(UTC)
        begun = SignIn(account_id=account_id, client_id=client_id, last_used_at=now, expires_at=now + timedelta(days=1))
        async with self.transaction() as session:
            await session.insert(begun)
        token = self.app.state.key_ring.mint(sub=account_id, sid=begun.id, client_id=str(client_id))
        return self.client(token)

    async def grant(self, account_id: UUID, role: Role, branch_id: UUID, **over: Any) -> UUID:
        """A confirmed grant from today, unless told otherwise."""
        fields = {"starts_on": clock.today(), "state": GrantState.confirmed, "reason": "test", **over}
        grant = Grant(account_id=account_id, role=role, branch_id=branch_id, proposed_by=account_id, **fields)
        async with self.transaction() as session:
            await session.insert(grant)
        self.app.state.rights.forget()
        return grant.id

    async def as_role(self, role: Role, branch_id: UUID, *, person_id: UUID | None = None) -> Client:
        """Somebody who holds a role at a unit by a direct grant."""
        async with self.together():
            account_id = await self.account(person_id=person_id)
            await self.grant(account_id, role, branch_id)
            return await self.sign_in(account_id)

    async def actor(self, role: Role, branch_id: UUID) -> Actor:
        """Somebody who holds a role at a unit, as the services know them."""
        client = await self.as_role(role, branch_id)
        token = client.headers["Authorization"].removeprefix("Bearer ")
        actor = await rights.actor_of(self.app.state.database, self.app.state.key_ring.verify(token))
        assert actor is not None
        return actor

    async def root(self) -> UUID:
        async with self.transaction() as session:
            root: UUID = await session.fetchval("select id from branches where parent_id is null")
        return root

    async def unit(
        self, parent_id: UUID, kind: UnitKind = UnitKind.branch, *, above: Sequence[UUID] = (), **over: Any
    ) -> UUID:
        """A recognised unit below another, whose path is looked up unless it is given as `above`."""
        fields = {"status": BranchStatus.recognised, "name": fake.city(), **over}
        async with self.transaction() as session:
            above = above or await session.fetchval("select path from branches where id = $1", parent_id)
            unit = Branch(parent_id=parent_id, kind=kind, path=[], **fields)
            unit.path = [*above, unit.id]
            await session.insert(unit)
        return unit.id

    async def member(self, branch_id: UUID, **over: Any) -> tuple[UUID, UUID]:
        """A member in a branch: (member id, person id). `over` sets columns of either table."""
        given: dict[str, Any] = {
            "given_name": fake.first_name(),
            "family_name": fake.last_name(),
            "email": f"{new_id().hex}@example.org",
            "postcode": "E8 1EA",
            "objections": [],
            **over,
        }
        person = Person(branch_ids=[branch_id], **person_columns(given))
        async with self.transaction() as session:
            number = await session.fetchval("select nextval('member_numbers')::text")
            columns = {name: value for name, value in over.items() if name in Member.model_fields}
            member = Member(
                **{
                    "person_id": person.id,
                    "branch_id": branch_id,
                    "relationship": Relationship.member,
                    "number": number,
                    "type": MemberType.full,
                    "joined_on": date(2024, 5, 1),
                    "sort_name": person.sort_name,
                    **columns,
                }
            )
            await session.insert(person)
            await session.insert(member)
        return member.id, person.id

    async def office(self, person_id: UUID, branch_id: UUID, key: str, **over: Any) -> UUID:
        """A confirmed term of office from today."""
        async with self.transaction() as session:
            office_type = await session.fetchval("select id from office_types where key = $1", key)
            term = OfficeTerm(
                **{
                    "branch_id": branch_id,
                    "office_type_id": office_type,
                    "person_id": person_id,
                    "holder_name": fake.name(),
                    "how_chosen": HowChosen.elected,
                    "starts_on": clock.today(),
                    "state": TermState.confirmed,
                    "recorded_by": new_id(),
                    **over,
                }
            )
            await session.insert(term)
        self.app.state.rights.forget()
        return term.id

    async def row(self, sql: str, *values: object) -> Any:
        """A row as the owner sees it."""
        return await self._owners("fetchrow", sql, values)

    async def execute(self, sql: str, *values: object) -> None:
        """Change something as the owner."""
        await self._owners("execute", sql, values)

    async def _owners(self, how: str, sql: str, values: Sequence[object]) -> Any:
        """One statement of the owner's, in the transaction of `together` or alone: that costs a third of one."""
        if (session := _together.get()) is not None:
            return await getattr(session, how)(sql, *values)
        connection = await self.owner.pools.acquire("")
        try:
            return await getattr(connection, how)(sql, *values)
        finally:
            await self.owner.pools.release(connection, "")

    async def others_finished(self) -> None:
        """Wait for what other workers' databases have begun: transactions are counted over the whole server."""
        now = await self.value("select pg_current_xact_id()::text::bigint")
        older = (
            "select exists (select from pg_stat_activity where datname <> current_database() "
            "and backend_xid is not null and backend_xid::text::bigint < $1)"
        )
        async with asyncio.timeout(20):
            while await self.value(older, now):
                await asyncio.sleep(0.01)

    async def value(self, sql: str, *values: object) -> Any:
        return await self._owners("fetchval", sql, values)


@dataclass
class World:
    """A corner of the tree: a region, two local parties in it, and a branch of each."""

    api: Api
    root: UUID
    region: UUID
    hackney: UUID
    islington: UUID
    dalston: UUID
    angel: UUID

    async def officer(self, role: Role = Role.branch_secretary, branch_id: UUID | None = None) -> Client:
        """Somebody with a role, in Hackney unless told otherwise."""
        return await self.api.as_role(role, branch_id or self.hackney)

    async def member(self, branch_id: UUID | None = None, **over: Any) -> UUID:
        return (await self.api.member(branch_id or self.hackney, **over))[0]


async def make_world(api: Api) -> World:
    async with api.together():
        root = await api.root()
        region = await api.unit(root, UnitKind.region, above=[root])
        upper = [root, region]
        hackney, islington = [await api.unit(region, UnitKind.local_party, above=upper) for _ in range(2)]
        dalston, angel = [await api.unit(unit, above=[*upper, unit]) for unit in (hackney, islington)]
    return World(api, root, region, hackney, islington, dalston, angel)
