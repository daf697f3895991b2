"""Jobs: asked for in a transaction, seen and cancelled by whoever asked, and by nobody else."""

import pytest

from app.core.errors import Conflict
from app.core.ids import new_id
from app.core.permissions import Role
from app.models.jobs import JobDetail, JobRead, JobState
from app.services.jobs import enqueue_job
from tests.jobs.toys import KIND, STEPS, Toy, actor_of, ask, waiting
from tests.world import World


async def test_work_is_done_step_by_step_to_its_end(world: World, toy: Toy) -> None:
    asked = await ask(world)
    before = await asked.read()
    assert (before["state"], before["done"], before["total"]) == ("queued", 0, None)
    assert before["href"] == f"/v1/exports/{asked.subject_id}"
    assert before["started_at"] is None
    await world.api.work()
    after = await asked.read()
    assert (after["state"], after["done"], after["total"], after["error_code"]) == ("succeeded", 3, 3, None)
    assert after["started_at"] <= after["finished_at"]
    assert [actor.account_id for actor in toy.actors] == [asked.account_id] * STEPS
    assert toy.ends == [(asked.subject_id, JobState.succeeded, None)]


async def test_what_is_rolled_back_is_not_worked_on(world: World, toy: Toy) -> None:
    actor = await world.api.actor(Role.branch_secretary, world.hackney)
    subject = new_id()

    async def ask_in_vain() -> None:
        async with world.api.app.state.database.transaction(actor) as session:
            await enqueue_job(session, actor, KIND, resource="exports", subject_id=subject, branch_id=world.hackney)
            raise Conflict

    with pytest.raises(Conflict):
        await ask_in_vain()
    assert await world.api.value("select count(*) from jobs where subject_id = $1", subject) == 0
    assert await waiting(world.api) == 0
    await world.api.work()
    assert subject not in toy.done


async def test_the_engine_learns_an_id_and_nothing_else(world: World, toy: Toy) -> None:
    asked = await ask(world)
    row = await world.api.row("select * from jobs_engine.procrastinate_jobs where lock = $1", str(asked.id))
    assert row["args"] == {"job_id": str(asked.id)}
    assert (row["queue_name"], row["task_name"]) == ("jobs", "run_job")
    await world.api.work()
    for table in ("jobs", "events"):
        assert await world.api.value(f"select count(*) from jobs_engine.procrastinate_{table}") == 0


async def test_a_job_is_its_owners_alone(world: World, toy: Toy) -> None:
    asked, other = await ask(world), await ask(world)
    chief = await world.officer(Role.national_membership_officer, world.root)
    for somebody in (other.client, chief):
        assert (await somebody.get(f"/v1/jobs/{asked.id}")).status_code == 404
        assert (await somebody.post(f"/v1/jobs/{asked.id}/cancel")).status_code == 404
        assert str(asked.id) not in (await somebody.get("/v1/jobs")).text
    assert (await asked.read())["state"] == "queued"
    listed = (await asked.client.get("/v1/jobs")).json()["data"]
    assert [job["id"] for job in listed] == [str(asked.id)]
    await world.api.work()


async def test_the_list_is_the_newest_first_and_is_narrowed(world: World, toy: Toy) -> None:
    asked = await ask(world)
    actor = await actor_of(world.api, asked.client)
    async with world.api.app.state.database.transaction(actor) as session:
        second = await enqueue_job(
            session, actor, KIND, resource="exports", subject_id=new_id(), branch_id=world.hackney
        )
    assert (await asked.cancel()).status_code == 200

    async def listed(**narrow: str) -> list[str]:
        answer = await asked.client.get("/v1/jobs", params=narrow)
        return [job["id"] for job in answer.json()["data"]]

    assert await listed() == [str(second), str(asked.id)]
    assert await listed(state="queued") == [str(second)]
    assert await listed(state="cancelled") == [str(asked.id)]
    assert await listed(kind="apply_import") == []
    await world.api.work()


async def test_a_job_that_waits_is_cancelled_at_once(world: World, toy: Toy) -> None:
    asked = await ask(world)
    offered = (await asked.read())["allowed_actions"]
    assert [(offer["action"], offer["allowed"]) for offer in offered] == [("cancel", True)]
    cancelled = (await asked.cancel()).json()
    assert cancelled["state"] == "cancelled"
    assert cancelled["finished_at"] is not None
    assert toy.ends == []
    await world.api.work()
    assert toy.done == {}
    assert toy.ends == [(asked.subject_id, JobState.cancelled, None)]
    again = await asked.cancel()
    assert (again.status_code, again.json()["code"]) == (409, "action_not_allowed")


async def test_a_job_that_runs_stops_before_its_next_step(world: World, toy: Toy) -> None:
    asked = await ask(world)
    answers = []

    async def cancel_in_the_second(done: int) -> None:
        if done == 1:
            answers.append(await asked.cancel())
            answers.append(await asked.cancel())

    toy.before = cancel_in_the_second
    await world.api.work()
    assert [answer.status_code for answer in answers] == [200, 409]
    assert answers[0].json()["state"] == "running"
    after = await asked.read()
    assert (after["state"], after["done"]) == ("cancelled", 2)
    assert toy.ends == [(asked.subject_id, JobState.cancelled, None)]


async def test_answers_have_the_shape_that_is_promised(world: World, toy: Toy) -> None:
    asked = await ask(world)
    for state in ("queued", "cancelled"):
        shown = JobDetail.model_validate(await asked.read(), extra="forbid", strict=False)
        assert (shown.state, shown.model_fields_set) == (state, set(JobDetail.model_fields))
        listed = (await asked.client.get("/v1/jobs")).json()["data"][0]
        assert JobRead.model_validate(listed, extra="forbid").model_fields_set == set(JobRead.model_fields)
        await asked.cancel()
    await world.api.work()
