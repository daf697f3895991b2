"""Reports of organisers: figures from the records, words of their own, read and answered by whoever supervises."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.core import clock
from app.models.one_to_ones import NoteTier, OneToOne, OneToOnePurpose, OneToOneState
from tests.organising import Ground, place

TODAY = clock.today()
DAYS = {"starts_on": str(TODAY - timedelta(days=7)), "ends_on": str(TODAY + timedelta(days=1))}


async def met(ground: Ground, **columns: Any) -> None:
    told = {
        "branch_id": ground.unit,
        "person_id": await ground.person(),
        "organiser_id": ground.organiser_id,
        "on_day": TODAY - timedelta(days=1),
        "purpose": OneToOnePurpose.get_to_know,
        "tier": NoteTier.team,
        "state": OneToOneState.held,
        "state_since": TODAY,
        **columns,
    }
    await place(ground.world, OneToOne(**told))


async def sent(ground: Ground, **said: Any) -> dict[str, Any]:
    return await ground.do("me/reports", branch_id=str(ground.unit), **DAYS, **said)


async def test_figures_come_from_the_records_and_are_fixed_when_sent(ground: Ground) -> None:
    await met(ground, next_step_due_on=TODAY, next_step_kept=True)
    await met(ground, state=OneToOneState.missed)
    line = await ground.do(
        "income-lines",
        branch_id=str(ground.unit),
        kind="soft",
        source="A grant",
        forecast_pence=100,
        expected_on=str(TODAY),
    )
    await ground.do(f"income-lines/{line['id']}/receive", actual_pence=90)
    query = "&".join(f"{name}={day}" for name, day in DAYS.items())
    draft = (await ground.get(f"me/reports/draft?branch_id={ground.unit}&{query}"))["figures"]
    told = {name: draft[name] for name in ("one_to_ones_held", "one_to_ones_missed", "next_steps_kept", "soft_pence")}
    assert told == {"one_to_ones_held": 1, "one_to_ones_missed": 1, "next_steps_kept": 1, "soft_pence": 90}
    assert (draft["people_met_first"], draft["wins"]) == (1, 0)
    report = await sent(ground, went_well="A first assembly.", support_needed="Somebody for the schools.")
    await met(ground)
    read = await ground.get(f"organiser-reports/{report['id']}", ground.supervisor)
    assert read["figures"] == draft
    assert (read["went_well"], read["support_needed"], read["plans"]) == (
        "A first assembly.",
        "Somebody for the schools.",
        None,
    )


async def test_it_is_returned_sent_again_and_acknowledged(ground: Ground) -> None:
    report = await sent(ground, went_well="A first assembly.")
    path = f"organiser-reports/{report['id']}"
    await ground.refused(f"me/reports/{report['id']}/send-again", "wrong_state", plans="More.")
    returned = await ground.do(f"{path}/return", ground.supervisor, text="And the schools?")
    assert (returned["state"], returned["answer"]) == ("returned", "And the schools?")
    await met(ground)
    again = await ground.do(f"me/reports/{report['id']}/send-again", plans="The schools, from May.")
    assert (again["state"], again["went_well"], again["plans"]) == (
        "sent",
        "A first assembly.",
        "The schools, from May.",
    )
    assert again["figures"]["one_to_ones_held"] == 1
    done = await ground.do(f"{path}/acknowledge", ground.supervisor, text="Thank you.")
    assert (done["state"], done["answer"]) == ("acknowledged", "Thank you.")
    await ground.refused(f"{path}/return", "wrong_state", by=ground.supervisor, text="Late.")


async def test_only_its_organiser_and_their_supervisor_see_it(ground: Ground) -> None:
    report = await sent(ground)
    path = f"/v1/organiser-reports/{report['id']}"
    for stranger in (ground.other, ground.leader, await ground.world.officer()):
        assert (await stranger.get(path)).status_code == 404
        found = (await stranger.get("/v1/organiser-reports")).json()["data"]
        assert report["id"] not in {one["id"] for one in found}
    assert (await ground.organiser.post(f"{path}/acknowledge", json={})).status_code == 403


async def test_nobody_settles_their_own_or_sends_anothers_report(ground: Ground) -> None:
    own = await ground.do("me/reports", ground.supervisor, branch_id=str(ground.world.region), **DAYS)
    await ground.refused(f"organiser-reports/{own['id']}/acknowledge", "own_report", by=ground.supervisor)
    report = await sent(ground)
    await ground.do(f"organiser-reports/{report['id']}/return", ground.supervisor, text="Say more.")
    await ground.refused(f"me/reports/{report['id']}/send-again", "not_the_organiser", by=ground.supervisor)


async def test_a_time_is_reported_once_and_only_when_it_has_been(ground: Ground) -> None:
    bodies = [{"branch_id": str(ground.unit), **DAYS} for _ in range(2)]
    answers = await asyncio.gather(*[ground.organiser.post("/v1/me/reports", json=body) for body in bodies])
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    later = {"starts_on": str(TODAY + timedelta(days=2)), "ends_on": str(TODAY + timedelta(days=9))}
    await ground.refused("me/reports", "in_future", 422, branch_id=str(ground.unit), **later)
    wrong = {"starts_on": str(TODAY), "ends_on": str(TODAY)}
    assert (
        await ground.organiser.post("/v1/me/reports", json={"branch_id": str(ground.unit), **wrong})
    ).status_code == 422


async def test_what_is_said_is_sealed_and_stays_out_of_the_trail(ground: Ground) -> None:
    report = await sent(ground, was_hard="UNHEARDOF")
    row = await ground.world.api.row(
        "select r.sealed, (select string_agg(a.fields::text, '') from audit_entries a where a.subject_id = r.id) "
        "as trail from organiser_reports r where r.id = $1",
        UUID(report["id"]),
    )
    assert b"UNHEARDOF" not in row["sealed"]
    assert "UNHEARDOF" not in (row["trail"] or "")
