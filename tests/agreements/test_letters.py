"""Letters of understanding: from a draft to what is signed, and the dues and the income that follow."""

import asyncio
from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.core import clock
from app.core.clock import months_after
from app.services.income import instalments
from tests.organising import Ground

PATH = "letters-of-understanding"
GIVEN = {"we_give": "Two days of an organiser each month.", "they_give": "A core team, and thirty at an assembly."}


async def drafted(ground: Ground, **said: Any) -> dict[str, Any]:
    organisation = said.pop("organisation_id", None) or await ground.organisation()
    body = {"starts_on": str(clock.today()), "annual_dues_pence": 120_000, **GIVEN, **said}
    return await ground.do(PATH, organisation_id=str(organisation), **body)


async def in_force(ground: Ground, **said: Any) -> dict[str, Any]:
    letter = await drafted(ground, **said)
    path = f"{PATH}/{letter['id']}"
    await ground.do(f"{path}/propose")
    await ground.do(f"{path}/sign", side="ours", capacity="Organiser")
    await ground.do(f"{path}/sign", side="theirs", capacity="Vicar", person_id=str(await ground.person()))
    return await ground.do(f"{path}/put-in-force")


async def test_what_both_have_signed_holds_and_its_dues_are_forecast(ground: Ground) -> None:
    letter = await drafted(ground, instalments="quarterly")
    assert (letter["state"], letter["number"], letter["negotiated_by"]) == ("draft", 1, str(ground.organiser_id))
    assert letter["ends_on"] == str(months_after(clock.today(), 12))
    path = f"{PATH}/{letter['id']}"
    await ground.refused(f"{path}/sign", "not_proposed", side="ours", capacity="Organiser")
    await ground.do(f"{path}/propose")
    await ground.do(f"{path}/sign", side="ours", capacity="Organiser")
    await ground.refused(f"{path}/put-in-force", "not_signed_by_both")
    signed = await ground.do(f"{path}/sign", side="theirs", capacity="Vicar", person_id=str(await ground.person()))
    assert {one["side"] for one in signed["signatories"]} == {"ours", "theirs"}
    assert (await ground.do(f"{path}/put-in-force"))["state"] == "in_force"
    organisation = await ground.world.api.row(
        "select annual_dues_pence, renewal_on::text from organisations where id = $1", letter["organisation_id"]
    )
    assert tuple(organisation) == (120_000, letter["ends_on"])
    lines = (await ground.get(f"income-lines?organisation_id={letter['organisation_id']}"))["data"]
    assert [(line["kind"], line["forecast_pence"]) for line in lines] == [("hard", 30_000)] * 4
    assert {line["account_id"] for line in lines} == {str(ground.organiser_id)}


async def test_the_next_letter_supersedes_and_what_was_still_to_come_is_lost(ground: Ground) -> None:
    first = await in_force(ground)
    second = await in_force(ground, organisation_id=first["organisation_id"], annual_dues_pence=150_000)
    assert second["number"] == 2
    assert (await ground.get(f"{PATH}/{first['id']}"))["state"] == "superseded"
    lines = (await ground.get(f"income-lines?organisation_id={first['organisation_id']}"))["data"]
    assert sorted((line["state"], line["forecast_pence"]) for line in lines) == [
        ("forecast", 150_000),
        ("lost", 120_000),
    ]
    ended = await ground.do(f"{PATH}/{second['id']}/end", reason="They have closed.")
    assert (ended["state"], ended["end_reason"]) == ("ended", "They have closed.")
    left = await ground.get(f"income-lines?organisation_id={first['organisation_id']}&state=forecast")
    assert left["data"] == []


async def test_a_letter_at_a_time_and_only_a_draft_is_changed(ground: Ground) -> None:
    letter = await drafted(ground)
    await ground.refused(PATH, "letter_under_way", **_body(letter))
    headers = {"If-Match": f'"{letter["id"]}-1"'}
    path = f"/v1/{PATH}/{letter['id']}"
    changed = await ground.organiser.patch(path, json={"annual_dues_pence": 90_000}, headers=headers)
    assert (changed.status_code, changed.json()["annual_dues_pence"]) == (200, 90_000)
    assert (await ground.organiser.patch(path, json={"turnout": 3}, headers=headers)).status_code == 412
    headers = {"If-Match": f'"{letter["id"]}-2"'}
    wrong = await ground.organiser.patch(path, json={"ends_on": letter["starts_on"]}, headers=headers)
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/ends_on")
    await ground.do(f"{PATH}/{letter['id']}/propose")
    headers = {"If-Match": f'"{letter["id"]}-3"'}
    refused = await ground.organiser.patch(path, json={"turnout": 3}, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_a_draft")
    await ground.do(f"{PATH}/{letter['id']}/sign", side="ours", capacity="Organiser")
    await ground.do(f"{PATH}/{letter['id']}/withdraw")
    assert (await ground.get(f"{PATH}/{letter['id']}"))["signatories"] == []


def _body(letter: dict[str, Any]) -> dict[str, Any]:
    return {name: letter[name] for name in ("organisation_id", "starts_on", "annual_dues_pence", *GIVEN)}


async def test_of_two_drafts_at_once_one_is_first(ground: Ground) -> None:
    organisation = str(await ground.organisation())
    body = {"organisation_id": organisation, "starts_on": str(clock.today()), "annual_dues_pence": 1, **GIVEN}
    answers = await asyncio.gather(*[ground.organiser.post(f"/v1/{PATH}", json=body) for _ in range(2)])
    assert sorted(answer.status_code for answer in answers) == [201, 409]


async def test_bad_input_is_refused_with_its_place(ground: Ground) -> None:
    far = str(await ground.organisation(ground.world.islington))
    await ground.refused(PATH, "not_found", 404, **{**_said(), "organisation_id": far})
    letter = await drafted(ground)
    await ground.do(f"{PATH}/{letter['id']}/propose")
    sign = f"{PATH}/{letter['id']}/sign"
    tomorrow = str(clock.today() + timedelta(days=1))
    await ground.refused(sign, "in_future", 422, side="ours", capacity="Organiser", signed_on=tomorrow)
    assert (await ground.organiser.post(f"/v1/{sign}", json={"side": "theirs", "capacity": "Vicar"})).status_code == 422
    stranger = str(await ground.person(ground.world.islington))
    await ground.refused(sign, "unknown_person", 422, side="theirs", capacity="Vicar", person_id=stranger)
    assert (await ground.other.get(f"/v1/{PATH}/{letter['id']}")).status_code == 404
    assert (await ground.leader.post(f"/v1/{sign}", json={"side": "ours", "capacity": "X"})).status_code == 403


def _said() -> dict[str, Any]:
    return {"starts_on": str(clock.today()), "annual_dues_pence": 1, **GIVEN}


@given(
    dues=st.integers(0, 10_000_000),
    how=st.sampled_from(["yearly", "half_yearly", "termly", "quarterly", "monthly"]),
    begins=st.dates(date(2020, 1, 1), date(2030, 12, 31)),
    years=st.integers(1, 3),
)
def test_instalments_add_up_to_the_dues_of_each_year(dues: int, how: str, begins: date, years: int) -> None:
    ends = months_after(begins, 12 * years)
    letter = {"annual_dues_pence": dues, "instalments": how, "starts_on": begins, "ends_on": ends}
    due = instalments(letter)
    assert sum(pence for _, pence in due) == dues * years
    days = [day for day, _ in due]
    assert days == sorted(set(days))
    assert days[0] == begins
    assert days[-1] < ends
