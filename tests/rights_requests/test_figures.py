"""How the team keeps up, in figures: what one of the requests adds to them."""

from datetime import date, timedelta
from typing import Any

from app.core import clock
from app.models.rights_requests import RequestKind
from tests.contracts.matter_samples import place_request
from tests.office import Office

PATH = "subject-access-requests"


async def figures(office: Office, path: str = PATH, **asked: Any) -> dict[str, Any]:
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    return await office.get(f"{path}/figures?{query}")


def grown(before: dict[str, Any], after: dict[str, Any]) -> dict[str, int]:
    """What became more, and by how many."""
    return {
        name: after[name] - value
        for name, value in before.items()
        if isinstance(value, int) and name != "year" and after[name] != value
    }


async def test_a_late_request_is_overdue_until_it_is_answered_late(office: Office) -> None:
    before = await figures(office)
    request = await office.request(received_on="2025-03-03")
    assert grown(before, await figures(office)) == {"open": 1, "overdue": 1}
    await office.do(f"{PATH}/{request}/refuse", ground="excessive", text="The fifth this week.")
    after = await figures(office)
    assert grown(before, after) == {"answered": 1, "answered_late": 1}
    month = clock.today().strftime("%Y-%m")
    [now] = [row for row in after["months"] if row["month"] == month]
    assert (now["answered"] >= 1, now["late"] >= 1) == (True, True)
    march = (await figures(office, year=2025))["months"][2]
    assert march["month"] == "2025-03"
    assert march["received"] >= 1


async def test_a_paused_one_is_not_overdue_and_one_taken_back_is_not_answered(office: Office) -> None:
    before = await figures(office, year=2024)
    request = await office.request(received_on="2024-01-10")
    await office.do(f"{PATH}/{request}/ask-clarification", asked_on="2024-01-15", text="Which years?")
    assert grown(before, await figures(office, year=2024)) == {"open": 1, "paused": 1, "received": 1}
    await office.do(f"{PATH}/{request}/withdraw")
    assert grown(before, await figures(office, year=2024)) == {"received": 1}


async def test_days_to_answer_are_averaged_and_halved(office: Office) -> None:
    # A year that no other test answers in.
    await office.on(date(clock.today().year + 3, 6, 1))
    year = clock.today().year
    for days in (1, 2, 12):
        request = await place(office, clock.today() - timedelta(days))
        await office.world.api.value(
            "update rights_requests set state = 'refused', ended_on = $2 where id = $1 returning true",
            request,
            clock.today(),
        )
    told = await figures(office, "rights-requests", year=year)
    assert (told["answered"], told["average_days"], told["median_days"]) == (3, 5.0, 2.0)
    assert [row["answered"] for row in told["months"]] == [0] * 5 + [3] + [0] * 6
    portability = await figures(office, "rights-requests", year=year, kind="portability")
    assert (portability["answered"], portability["average_days"]) == (0, None)


async def test_access_and_the_other_rights_are_counted_apart(office: Office) -> None:
    access, others = await figures(office), await figures(office, "rights-requests")
    await office.request(kind="objection")
    assert grown(access, await figures(office)) == {}
    assert grown(others, await figures(office, "rights-requests"))["open"] == 1


async def test_what_is_due_by_sunday(office: Office) -> None:
    before = await figures(office)
    request = await office.request()
    for due, this_week in ((0, 1), (7, 0)):
        await office.world.api.value(
            "update rights_requests set due_on = $2 where id = $1 returning true",
            request,
            clock.today() + timedelta(due),
        )
        assert grown(before, await figures(office)).get("due_this_week", 0) == this_week


async def test_only_the_team_sees_them(office: Office) -> None:
    assert (await office.secretary.get(f"/v1/{PATH}/figures")).status_code == 403
    assert (await office.officer.get(f"/v1/{PATH}/figures?year=1")).status_code == 422


async def place(office: Office, received_on: date) -> Any:
    placed = await place_request(office.world, office.world.hackney, kind=RequestKind.objection)
    await office.world.api.value(
        "update rights_requests set received_on = $2 where id = $1 returning true", placed.id, received_on
    )
    return placed.id
