"""Cadence: one's own mirror by day and week, and a weekly figure for whoever supervises."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.core.permissions import Role
from app.models.one_to_ones import OneToOne, OneToOneState
from app.services.person_links import rows_held
from app.services.personal_data.search import find_person_data
from tests.one_to_ones.placed import place_one_to_one
from tests.organising import Ground, place

#: From Tuesday 1 June to Wednesday 30 June 2027 there are 22 working days and no bank holiday.
JUNE = (date(2027, 6, 1), date(2027, 6, 30))
PERIOD = "from=2027-06-01&to=2027-06-30"


async def _met(ground: Ground, number: int, first: date = JUNE[0], **columns: Any) -> None:
    """So many one-to-ones, three a day from a day on."""
    person = await ground.person()
    told = {"person_id": person, "organiser_id": ground.organiser_id, "purpose": "recruit", "tier": "team", **columns}
    rows = [
        OneToOne(
            branch_id=ground.unit,
            on_day=first + timedelta(days=n // 3),
            state=columns.get("state", OneToOneState.held),
            state_since=first,
            **{name: value for name, value in told.items() if name != "state"},
        )
        for n in range(number)
    ]
    await place(ground.world, *rows)


async def test_sixty_two_in_twenty_two_days_are_too_few_and_sixty_six_enough(ground: Ground) -> None:
    await ground.on(date(2027, 7, 1))
    await _met(ground, 62)
    await _met(ground, 5, state=OneToOneState.missed)
    mirror = await ground.get(f"me/cadence?{PERIOD}")
    assert (mirror["working_days"], mirror["held"], mirror["expected"]) == (22, 62, 66)
    assert (mirror["average"], mirror["standing"]) == (2.82, "below")
    await _met(ground, 4, date(2027, 6, 29))
    mirror = await ground.get(f"me/cadence?{PERIOD}")
    assert (mirror["held"], mirror["average"], mirror["standing"]) == (66, 3.0, "meets")
    assert len(mirror["days"]) == 30
    assert sum(day["held"] for day in mirror["days"]) == sum(week["held"] for week in mirror["weeks"]) == 66
    assert [week["week_starts_on"] for week in mirror["weeks"]] == [
        "2027-05-31",
        *(f"2027-06-{n:02}" for n in (7, 14, 21, 28)),
    ]
    chart = await ground.organiser.get(f"/v1/me/cadence/chart?{PERIOD}")
    assert (chart.status_code, chart.headers["content-type"]) == (200, "image/svg+xml")
    assert chart.text.startswith("<svg")
    assert "2027-06-07" in chart.text


async def test_leave_holidays_and_part_time_count_off(ground: Ground) -> None:
    await ground.on(date(2027, 6, 7))
    # The late May holiday of 2027 is Monday the 31st.
    assert (await ground.get("me/cadence?from=2027-05-31&to=2027-06-06"))["working_days"] == 4
    leave = await ground.do("me/leave", starts_on="2027-05-31", ends_on="2027-06-01")
    half = await ground.do("me/leave", starts_on="2027-06-01", ends_on="2027-06-02", portion="half")
    mirror = await ground.get("me/cadence?from=2027-05-31&to=2027-06-06")
    assert [day["working_days"] for day in mirror["days"]] == [0, 0, 0.5, 1, 1, 0, 0]
    cancelled = await ground.do(f"me/leave/{leave['id']}/cancel")
    assert cancelled["state"] == "cancelled"
    await ground.refused(f"me/leave/{leave['id']}/cancel", "wrong_state")
    assert (await ground.get("me/cadence?from=2027-05-31&to=2027-06-06"))["working_days"] == 3
    listed = await ground.get("me/leave?state=taken")
    assert [one["id"] for one in listed["data"]] == [half["id"]]
    target = {"branch_id": str(ground.unit), "account_id": str(ground.organiser_id), "from_day": "2027-06-04"}
    await ground.do("cadence/targets", by=ground.supervisor, **target, fte_percent=60, per_day_tenths=25)
    mirror = await ground.get("me/cadence?from=2027-05-31&to=2027-06-06")
    assert [day["working_days"] for day in mirror["days"]] == [0, 0.5, 0.5, 1, 0.6, 0, 0]
    assert mirror["expected"] == 2 * 3 + 0.6 * 2.5
    nothing = await ground.get("me/cadence?from=2027-06-05&to=2027-06-06")
    assert (nothing["average"], nothing["standing"]) == (None, "no_working_time")


async def test_leave_is_ones_own(ground: Ground) -> None:
    leave = await ground.do("me/leave", starts_on="2026-08-03", ends_on="2026-08-14")
    for client in (ground.supervisor, ground.other):
        assert (await client.get(f"/v1/me/leave/{leave['id']}")).status_code == 404
        assert (await client.post(f"/v1/me/leave/{leave['id']}/cancel")).status_code == 404
        assert (await client.get("/v1/me/leave")).json()["data"] == []
    await ground.refused("me/leave", "invalid", 422, starts_on="2026-08-14", ends_on="2026-08-03")
    answers = await asyncio.gather(*(ground.organiser.post(f"/v1/me/leave/{leave['id']}/cancel") for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    trail = await ground.world.api.value(
        "select string_agg(t::text, ' ') from audit_entries t where subject_id = $1", UUID(leave["id"])
    )
    assert "leave.taken" in trail
    assert "2026-08" not in trail


async def test_the_mirror_stops_at_today_and_at_a_year(ground: Ground) -> None:
    await ground.on(date(2027, 6, 9))
    mirror = await ground.get("me/cadence?from=2027-06-07&to=2027-06-13")
    assert (mirror["reckoned_to"], mirror["working_days"], len(mirror["days"])) == ("2027-06-09", 3, 3)
    ahead = await ground.get("me/cadence?from=2027-06-10&to=2027-06-13")
    assert (ahead["reckoned_to"], ahead["days"], ahead["weeks"], ahead["held"]) == (None, [], [], 0)
    for period in ("from=2027-06-02&to=2027-06-01", "from=2026-01-01&to=2027-06-01"):
        answer = await ground.organiser.get(f"/v1/me/cadence?{period}")
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "period_not_valid")
    assert (await ground.get("me/cadence"))["starts_on"] == "2027-06-01"


async def test_next_steps_that_fell_due_are_counted(ground: Ground) -> None:
    await ground.on(date(2027, 7, 1))
    for kept, number in ((True, 2), (False, 1), (None, 1)):
        await _met(ground, number, next_step_due_on=date(2027, 6, 20), next_step_kept=kept)
    await _met(ground, 1, next_step_due_on=date(2027, 7, 20))
    mirror = await ground.get(f"me/cadence?{PERIOD}")
    assert mirror["next_steps"] == {"due": 4, "kept": 2, "missed": 1, "open": 1, "kept_percent": 50}


async def test_a_supervisor_sees_the_week_and_neither_days_nor_leave(ground: Ground) -> None:
    await ground.on(date(2027, 6, 15))
    await _met(ground, 12, date(2027, 6, 7))
    await ground.do("me/leave", starts_on="2027-06-10", ends_on="2027-06-11")
    told = await ground.get("cadence?week=2027-06-10", by=ground.supervisor)
    assert (told["week_starts_on"], told["week_ends_on"], told["reckoned_to"]) == (
        "2027-06-07",
        "2027-06-13",
        "2027-06-13",
    )
    [mine] = [one for one in told["organisers"] if one["account_id"] == str(ground.organiser_id)]
    assert mine.keys() == {"account_id", "account_name", "held", "average", "standing"}
    assert (mine["held"], mine["average"], mine["standing"]) == (12, 4.0, "meets")
    assert len(told["organisers"]) == 2, "whoever organises in the region, and no leader or secretary"
    narrowed = await ground.get(f"cadence?branch_id={ground.unit}&week=2027-06-10", by=ground.supervisor)
    assert [one["account_id"] for one in narrowed["organisers"]] == [str(ground.organiser_id)]
    for client in (ground.organiser, ground.leader):
        assert (await client.get("/v1/cadence")).status_code == 403
    local = await ground.world.officer(Role.supervisor, ground.world.islington)
    assert str(ground.organiser_id) not in str(await ground.get("cadence?week=2027-06-10", by=local))
    away = await local.get(f"/v1/cadence?branch_id={ground.unit}")
    assert (away.status_code, away.json()["errors"][0]["code"]) == (422, "unknown_branch")


async def test_whoever_was_set_a_target_is_an_organiser_too(ground: Ground) -> None:
    secretary = await ground.world.api.account()
    await ground.world.api.grant(secretary, Role.branch_secretary, ground.unit)
    told = {"branch_id": str(ground.unit), "account_id": str(secretary), "from_day": "2026-06-01"}
    await ground.do("cadence/targets", by=ground.supervisor, **told, per_day_tenths=10)
    week = await ground.get(f"cadence?branch_id={ground.unit}", by=ground.supervisor)
    assert {one["account_id"] for one in week["organisers"]} == {str(secretary), str(ground.organiser_id)}
    [target] = (await ground.get(f"cadence/targets?account_id={secretary}", by=ground.supervisor))["data"]
    assert (target["per_day_tenths"], target["fte_percent"]) == (10, 100)


async def test_targets_are_set_by_supervisors_for_whoever_records_meetings_there(ground: Ground) -> None:
    told: dict[str, Any] = {
        "branch_id": str(ground.unit),
        "account_id": str(ground.organiser_id),
        "from_day": "2026-06-01",
    }
    await ground.refused("cadence/targets", "permission_missing", 403, **told)
    stranger = str(await ground.world.api.account())
    for by, wrong in ((ground.supervisor, {**told, "account_id": stranger}),
                      (ground.supervisor, {**told, "branch_id": str(ground.world.islington)})):  # fmt: skip
        await ground.refused("cadence/targets", "unknown_account", 422, by=by, **wrong)
    for tenths in (-1, 201):
        await ground.refused("cadence/targets", "invalid", 422, by=ground.supervisor, **told, per_day_tenths=tenths)


async def test_an_organiser_who_asks_for_their_data_is_given_leave_and_targets(ground: Ground) -> None:
    api = ground.world.api
    person = await ground.person()
    await api.execute("update accounts set person_id = $2 where id = $1", ground.organiser_id, person)
    await ground.do("me/leave", starts_on="2026-08-03", ends_on="2026-08-14")
    told = {"branch_id": str(ground.unit), "account_id": str(ground.organiser_id), "from_day": "2026-06-01"}
    await ground.do("cadence/targets", by=ground.supervisor, **told)
    async with api.app.state.database.transaction() as session:
        tables = {piece.table for piece in (await find_person_data(session, person)).pieces}
    assert {"organiser_leave", "cadence_targets"} <= tables & rows_held().keys()


@pytest.mark.parametrize("unit", ["hackney", "islington"])
async def test_counting_needs_the_right_to_see_meetings(ground: Ground, unit: str) -> None:
    """Of what one recorded where one no longer has the right, one's mirror shows nothing."""
    await ground.on(date(2027, 6, 2))
    await place_one_to_one(
        ground.world, getattr(ground.world, unit), organiser_id=ground.organiser_id, on_day=date(2027, 6, 1)
    )
    mirror = await ground.get("me/cadence?from=2027-06-01&to=2027-06-02")
    assert mirror["held"] == (1 if unit == "hackney" else 0)
