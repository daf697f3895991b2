"""An organiser's week: whom to see, which institutions go cold, and what passes between them and supervision."""

from datetime import timedelta
from typing import Any

from app.core import clock
from app.models.actions import ActionState
from app.models.one_to_ones import NoteTier, OneToOne, OneToOnePurpose, OneToOneState
from app.models.organisations import OrganisationState
from app.models.organiser_reports import ReportState
from tests.contracts.report_samples import place_report
from tests.organising import Ground, make_ground, place
from tests.tasks.test_tasks import tasks
from tests.world import World

TODAY = clock.today()


def meeting(ground: Ground, person_id: Any, **columns: Any) -> OneToOne:
    told = {
        "branch_id": ground.unit,
        "person_id": person_id,
        "organiser_id": ground.organiser_id,
        "on_day": TODAY,
        "purpose": OneToOnePurpose.follow_up,
        "tier": NoteTier.organiser,
        "state": OneToOneState.held,
        "state_since": TODAY,
        **columns,
    }
    return OneToOne(**told)


async def test_whom_to_see_and_what_was_to_follow(world: World) -> None:
    ground = await make_ground(world)
    person, soon = await ground.person(), TODAY + timedelta(days=2)
    await place(
        world,
        meeting(ground, person, state=OneToOneState.planned, on_day=soon),
        meeting(ground, person, state=OneToOneState.planned, on_day=TODAY + timedelta(days=20)),
        meeting(ground, person, next_step_due_on=TODAY),
        meeting(ground, person, next_step_due_on=TODAY, next_step_kept=True),
    )
    found = await tasks(ground.organiser)
    assert (found["one_to_ones_to_hold"]["count"], found["one_to_ones_to_hold"]["due_on"]) == (1, str(soon))
    assert found["next_steps_to_settle"]["count"] == 1
    assert not {"one_to_ones_to_hold", "next_steps_to_settle"} & (await tasks(ground.supervisor)).keys()


async def test_which_institutions_go_cold_and_whose_year_ends(world: World) -> None:
    ground = await make_ground(world)
    met = await ground.organisation(state=OrganisationState.active)
    await ground.organisation(state=OrganisationState.active, renewal_on=TODAY + timedelta(days=30))
    await ground.organisation(state=OrganisationState.prospect)
    await place(world, meeting(ground, await ground.person(), organisation_id=met))
    found = await tasks(ground.organiser)
    assert found["institutions_gone_cold"]["count"] == 1
    assert found["memberships_to_renew"]["due_on"] == str(TODAY + timedelta(days=30))
    assert "institutions_gone_cold" not in await tasks(ground.leader)


async def test_what_was_held_is_evaluated(world: World) -> None:
    ground = await make_ground(world)
    await ground.action(state=ActionState.held)
    assert (await tasks(ground.organiser))["actions_to_evaluate"]["count"] == 1
    assert "actions_to_evaluate" not in await tasks(ground.other)


async def test_what_passes_between_an_organiser_and_whoever_supervises_them(world: World) -> None:
    ground = await make_ground(world)
    last_month = TODAY.replace(day=1) - timedelta(days=1)
    await place(world, meeting(ground, await ground.person(), on_day=last_month))
    task = (await tasks(ground.organiser))["reports_to_write"]
    assert task["branch_id"] == str(ground.unit)
    assert (await ground.organiser.get(task["href"])).status_code == 200
    report = await place_report(world, ground.unit, ground.organiser_id)
    assert (await tasks(ground.supervisor))["reports_to_read"]["count"] == 1
    await world.api.execute("update organiser_reports set state = $2 where id = $1", report.id, ReportState.returned)
    assert (await tasks(ground.organiser))["reports_to_send_again"]["count"] == 1
    assert "reports_to_read" not in await tasks(ground.supervisor)


async def test_each_task_says_where_what_waits_is_read(world: World) -> None:
    ground = await make_ground(world)
    await ground.organisation(state=OrganisationState.active)
    await ground.action(state=ActionState.held)
    await place(world, meeting(ground, await ground.person(), next_step_due_on=TODAY))
    found = await tasks(ground.organiser)
    assert len(found) >= 3
    for task in found.values():
        answer = await ground.organiser.get(task["href"])
        assert answer.status_code == 200, answer.text
        assert len(answer.json()["data"]) == task["count"], task["kind"]
