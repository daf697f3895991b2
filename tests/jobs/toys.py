"""Work for the worker to do: a toy, and whoever asks for it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.core.actor import Actor
from app.core.db import Database
from app.core.errors import AppError
from app.core.ids import new_id
from app.core.permissions import Permission, Role
from app.models.jobs import Job, JobKind, JobState
from app.services import rights
from app.services.jobs import Progress, enqueue_job
from tests.world import Api, Client, World

KIND = JobKind.build_export
STEPS = 3


@dataclass
class Toy:
    """Work of three steps, which may trip; remembers who did each, and how it ended."""

    trips: list[Exception] = field(default_factory=list)
    before: Callable[[int], Awaitable[object]] | None = None
    needs: Permission | None = None
    done: dict[UUID, int] = field(default_factory=dict)
    actors: list[Actor] = field(default_factory=list)
    ends: list[tuple[UUID, JobState, AppError | None]] = field(default_factory=list)

    async def step(self, database: Database, actor: Actor, subject_id: UUID) -> Progress:
        done = self.done.get(subject_id, 0)
        if self.before is not None:
            await self.before(done)
        if self.trips:
            raise self.trips.pop(0)
        if self.needs is not None:
            async with database.transaction(actor) as session:
                unit = await session.fetchval("select branch_id from jobs where subject_id = $1", subject_id)
                actor.must(self.needs, await session.fetchval("select path from branches where id = $1", unit))
        self.actors.append(actor)
        self.done[subject_id] = min(STEPS, done + 1)
        return Progress(self.done[subject_id], STEPS, finished=done + 1 >= STEPS)

    async def hear(self, _database: Database, job: Job, state: JobState, error: AppError | None) -> None:
        self.ends.append((job.subject_id, state, error))


@dataclass
class Asked:
    """A job, and whoever asked for it."""

    id: UUID
    subject_id: UUID
    account_id: UUID
    client: Client

    async def read(self) -> Any:
        answer = await self.client.get(f"/v1/jobs/{self.id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def cancel(self) -> Any:
        return await self.client.post(f"/v1/jobs/{self.id}/cancel")


async def ask(world: World, *, role: Role = Role.branch_secretary) -> Asked:
    api = world.api
    account = await api.account()
    await api.grant(account, role, world.hackney)
    client, subject = await api.sign_in(account), new_id()
    database = api.app.state.database
    async with database.transaction(await actor_of(api, client)) as session:
        job = await enqueue_job(
            session,
            await actor_of(api, client),
            KIND,
            resource="exports",
            subject_id=subject,
            branch_id=world.hackney,
        )
    return Asked(job, subject, account, client)


async def actor_of(api: Api, client: Client) -> Actor:
    token = client.headers["Authorization"].removeprefix("Bearer ")
    actor = await rights.actor_of(api.app.state.database, api.app.state.key_ring.verify(token))
    assert actor is not None
    return actor


async def waiting(api: Api) -> int:
    count: int = await api.value("select count(*) from jobs_engine.procrastinate_jobs")
    return count


async def hold(api: Api, asked: Asked, *, heartbeat: str) -> None:
    """Have a worker that is not there hold a job, having last been heard of at a moment."""
    worker = await api.value(
        f"insert into jobs_engine.procrastinate_workers (last_heartbeat) values ({heartbeat}) returning id"
    )
    await api.row(
        "update jobs_engine.procrastinate_jobs set status = 'doing', worker_id = $2 where lock = $1",
        str(asked.id),
        worker,
    )
    await api.row("update jobs set state = 'running', attempts = 1 where id = $1", asked.id)
