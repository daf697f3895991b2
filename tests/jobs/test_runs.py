"""How a job goes: step by step with the rights of the moment, again where it trips, and whatever dies meanwhile."""

import asyncio
from uuid import UUID

import pytest
from procrastinate.jobs import Job as EngineJob

from app.core.db import Database
from app.core.errors import AppError, Conflict, Unavailable
from app.core.permissions import Permission
from app.core.settings import Settings
from app.jobs import work
from app.jobs.engine import Again, ComesBack, rescue
from app.jobs.runner import run
from app.jobs.worker import serve_queues
from app.models.accounts import Client, ClientKind
from app.models.jobs import Job, JobState
from tests.jobs.toys import KIND, STEPS, Asked, Toy, ask, hold
from tests.world import World


async def test_what_trips_is_tried_again_from_where_it_stood(world: World, toy: Toy) -> None:
    asked = await ask(world)
    toy.trips = [RuntimeError("Zoe Zephaniah"), Unavailable()]
    await world.api.work(waits=False)
    assert (await asked.read())["state"] == "queued"
    wait = "select extract(epoch from scheduled_at - now()) from jobs_engine.procrastinate_jobs where lock = $1"
    assert 0 < await world.api.value(wait, str(asked.id)) <= 2
    await world.api.work(waits=False)  # nothing is due
    assert len(toy.trips) == 1
    await world.api.work()
    assert (await asked.read())["state"] == "succeeded"
    assert len(toy.actors) == STEPS


async def test_waits_grow_and_tries_end(world: World, toy: Toy) -> None:
    asked = await ask(world)
    toy.trips = [RuntimeError("Zoe Zephaniah") for _ in range(9)]
    waits = []
    wait = "select extract(epoch from scheduled_at - now()) from jobs_engine.procrastinate_jobs where lock = $1"
    for _ in range(4):
        await world.api.work(waits=False)
        waits.append(await world.api.value(wait, str(asked.id)))
        await world.api.row(
            "update jobs_engine.procrastinate_jobs set scheduled_at = now() where lock = $1", str(asked.id)
        )
    assert [round(float(seconds) / 2) * 2 for seconds in waits] == [2, 8, 32, 128]
    await world.api.work()
    assert len(toy.trips) == 4
    after = await asked.read()
    assert (after["state"], after["error_code"]) == ("failed", "internal_error")
    assert [(end[1], end[2].code) for end in toy.ends if end[2]] == [(JobState.failed, "internal_error")]
    assert "Zephaniah" not in str(await world.api.row("select * from jobs where id = $1", asked.id))


async def test_a_refusal_ends_the_job_with_its_code(world: World, toy: Toy) -> None:
    asked = await ask(world)
    toy.trips = [Conflict()]
    await world.api.work()
    after = await asked.read()
    assert (after["state"], after["error_code"], after["done"]) == ("failed", "conflict", 0)
    assert toy.ends[0][1] == JobState.failed


async def test_a_right_that_is_lost_meanwhile_is_lost_to_the_next_step(world: World, toy: Toy) -> None:
    asked = await ask(world)
    toy.needs = Permission.members_read

    async def end_the_grant(done: int) -> None:
        if done == 0:
            await world.api.row("delete from grants where account_id = $1", asked.account_id)

    toy.before = end_the_grant
    await world.api.work()
    after = await asked.read()
    assert (after["state"], after["error_code"], after["done"]) == ("failed", "permission_missing", 1)


@pytest.mark.parametrize(
    "loss",
    [
        "update accounts set state = 'disabled' where id = $1",
        "update clients set revoked_at = now() where id = (select client_id from jobs where account_id = $1)",
    ],
    ids=["account", "client"],
)
async def test_who_may_no_longer_act_has_nothing_done(world: World, toy: Toy, loss: str) -> None:
    asked = await ask(world)
    client = Client(name="Door to door", kind=ClientKind.third_party, scopes=[])
    async with world.api.owner.transaction() as session:
        await session.insert(client)
    await world.api.row("update jobs set client_id = $2 where id = $1", asked.id, client.id)
    await world.api.row(loss, asked.account_id)
    await world.api.work()
    state, code = await world.api.row("select state, error_code from jobs where id = $1", asked.id)
    assert (state, code) == ("failed", "actor_gone")
    assert toy.done == {}


async def test_signing_out_stops_nothing(world: World, toy: Toy) -> None:
    asked = await ask(world)
    assert (await asked.client.delete("/v1/sessions/current")).status_code == 204
    await world.api.work()
    assert await world.api.value("select state from jobs where id = $1", asked.id) == "succeeded"


async def test_what_a_dead_worker_held_is_taken_up_again(world: World, toy: Toy) -> None:
    asked = await ask(world)
    await hold(world.api, asked, heartbeat="now() - interval '11 seconds'")
    await world.api.work()
    assert (await asked.read())["state"] == "running"
    assert await rescue(world.api.engine) == 1
    await world.api.work()
    assert (await asked.read())["state"] == "succeeded"


async def test_what_a_living_worker_holds_is_left_to_it(world: World, toy: Toy) -> None:
    asked = await ask(world)
    await hold(world.api, asked, heartbeat="now()")
    assert await rescue(world.api.engine) == 0
    await world.api.row("update jobs_engine.procrastinate_workers set last_heartbeat = now() - interval '1 hour'")
    assert await rescue(world.api.engine) == 1
    await world.api.work()


async def test_a_job_that_takes_its_process_down_each_time_ends(world: World, toy: Toy) -> None:
    asked = await ask(world)
    await world.api.row("update jobs set attempts = 5, state = 'running' where id = $1", asked.id)
    await world.api.work()
    assert (await asked.read())["error_code"] == "internal_error"
    assert toy.done == {}
    assert [end[1] for end in toy.ends] == [JobState.failed]


async def test_two_workers_are_never_at_one_job(world: World, toy: Toy) -> None:
    """A worker that only seems dead goes on; whoever takes its job up has to wait."""
    asked = await ask(world)
    seen = []

    async def another_tries(done: int) -> None:
        if done == 1:
            toy.before = None
            await world.api.row(
                "update jobs_engine.procrastinate_jobs set status = 'todo' where lock = $1", str(asked.id)
            )
            await world.api.work(waits=False)
            seen.append(dict(toy.done))

    toy.before = another_tries
    await world.api.work()
    assert seen == [{asked.subject_id: 1}]
    assert len(toy.actors) == STEPS
    assert (await asked.read())["state"] == "succeeded"


async def test_an_end_that_cannot_be_told_is_told_again(
    world: World, toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = await ask(world)
    deaf = [1, 2]

    async def hear(database: Database, job: Job, state: JobState, error: AppError | None) -> None:
        if deaf:
            deaf.pop()
            raise RuntimeError
        await toy.hear(database, job, state, error)

    monkeypatch.setitem(work.ON_END, KIND, hear)
    await world.api.work()
    assert toy.ends == [(asked.subject_id, JobState.succeeded, None)]
    assert (await asked.read())["state"] == "succeeded"


async def test_a_worker_that_is_stopped_puts_its_jobs_back(world: World, toy: Toy) -> None:
    asked = await ask(world)
    with pytest.raises(Again) as put_back:
        await run(world.api.app.state.database, asked.id, stopping=lambda: True)
    assert (put_back.value.wait.total_seconds(), put_back.value.behind) == (0, False)
    assert toy.done == {asked.subject_id: 1}
    row = await world.api.row("select state, done, attempts from jobs where id = $1", asked.id)
    assert tuple(row) == ("queued", 1, 0)
    await world.api.work()
    assert (await asked.read())["state"] == "succeeded"


async def test_a_long_job_lets_those_go_first_that_have_not_begun(world: World, toy: Toy) -> None:
    first, second = await ask(world), await ask(world)
    order: list[UUID] = []

    async def note(_done: int) -> None:
        order.append(await world.api.value("select subject_id from jobs where state = 'running'"))

    toy.before = note
    row = await world.api.row("select * from jobs_engine.procrastinate_jobs where lock = $1", str(first.id))
    turn_over = ComesBack().get_retry_decision(exception=Again(0, behind=True), job=EngineJob.from_row(dict(row)))
    await world.api.row(
        "update jobs_engine.procrastinate_jobs set priority = $2 where id = $1", row["id"], turn_over.priority
    )
    await world.api.work()
    assert order == [second.subject_id] * STEPS + [first.subject_id] * STEPS


async def test_a_worker_hears_of_a_job_at_once_and_ends_when_it_is_asked_to(
    world: World, toy: Toy, settings: Settings
) -> None:
    asked, ending = await ask(world), asyncio.Event()
    working = asyncio.create_task(serve_queues(settings, world.api.app.state.database, ending))
    await until_finished(asked)
    later = await ask(world)
    await until_finished(later)
    assert (await world.api.client().get("/readyz")).json()["queue_moving"]
    ending.set()
    await asyncio.wait_for(working, 5)
    assert not await world.api.value("select count(*) from jobs_engine.procrastinate_workers")


async def until_finished(asked: Asked) -> None:
    async with asyncio.timeout(10):
        while (await asked.read())["finished_at"] is None:
            await asyncio.sleep(0.05)
