"""Complaints about data: they come in by any way, are acknowledged within thirty days, and end with an outcome."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

from app.core import clock
from app.core.permissions import Role
from app.models.data_complaints import DataComplaint
from app.services.privacy_duties import mind_matters
from tests.office import Office
from tests.world import Client, fake

FORM = {"name": "Mair Puw", "email": "mair.puw@example.org", "text": "You write to me though I asked you not to."}


async def logged(office: Office, by: Client | None = None, **said: Any) -> dict[str, Any]:
    return await office.do("data-complaints/log", by, **{"channel": "letter", **FORM, **said})


async def letters(office: Office, to: str) -> list[str]:
    """The texts of the letters to an address, the first one first."""
    waiting = await office.get("outbox", by=office.world.api.client())
    return [letter["text"] for letter in reversed(waiting["data"]) if letter["to"] == to]


async def test_anybody_complains_by_the_form_and_is_answered(office: Office) -> None:
    anybody = office.world.api.client()
    email = f"{fake.user_name()}@example.org"
    sent = await anybody.post("/v1/data-complaints", json={**FORM, "email": email})
    assert sent.status_code == 201, sent.text
    receipt = sent.json()
    assert receipt["reference"].startswith("C-")
    one = f"data-complaints/{receipt['id']}"
    read = await office.get(one)
    assert (read["state"], read["name"], read["text"]) == ("received", "Mair Puw", FORM["text"])
    await office.do(f"{one}/acknowledge", text="We ask the branch.")
    await office.do(f"{one}/investigate", text="Who still has the list?")
    await office.do(f"{one}/inform", text="The branch has answered.")
    done = await office.do(f"{one}/answer", outcome="partly_upheld", text="One list was not corrected.")
    assert (done["state"], done["outcome"], done["acknowledged_late"]) == ("answered", "partly_upheld", False)
    assert not any(action["allowed"] for action in done["allowed_actions"])
    steps = (await office.get(one))["steps"]
    assert [step["action"] for step in steps] == ["receive", "acknowledge", "investigate", "inform", "answer"]
    acknowledged, informed, answered = await letters(office, email)
    assert "We ask the branch." in acknowledged
    assert "The branch has answered." in informed
    assert "Partly upheld" in answered
    assert "ico.org.uk" in answered


async def test_what_officers_log_they_do_not_see(office: Office) -> None:
    receipt = await logged(office, office.secretary)
    assert (await office.secretary.get(f"/v1/data-complaints/{receipt['id']}")).status_code == 403
    assert (await office.secretary.get("/v1/data-complaints")).status_code == 403


@pytest.mark.parametrize(
    ("received", "by"),
    [
        (date(2026, 6, 19), date(2026, 7, 20)),
        (date(2026, 7, 1), date(2026, 7, 31)),
        (date(2026, 11, 25), date(2026, 12, 29)),
        (date(2026, 6, 18), None),
    ],
)
async def test_the_acknowledgement_clock(office: Office, received: date, by: date | None) -> None:
    await office.on(date(2027, 2, 1))
    receipt = await logged(office, received_on=received.isoformat())
    assert receipt["acknowledge_by"] == (by.isoformat() if by else None)
    one = await office.get(f"data-complaints/{receipt['id']}")
    assert one["overdue"] is (by is not None)
    overdue = await office.get("data-complaints?overdue=true&limit=200")
    assert (receipt["id"] in {row["id"] for row in overdue["data"]}) is (by is not None)
    done = await office.do(f"data-complaints/{receipt['id']}/acknowledge")
    assert done["acknowledged_late"] is (True if by else None)


async def test_an_answer_in_time_needs_no_acknowledgement(office: Office) -> None:
    today = clock.today()
    receipt = await logged(office, received_on=(today - timedelta(40)).isoformat())
    body = {"outcome": "upheld", "text": "We are sorry.", "answered_on": (today - timedelta(12)).isoformat()}
    done = await office.do(f"data-complaints/{receipt['id']}/answer", **body)
    assert (done["acknowledged_on"], done["acknowledged_late"], done["overdue"]) == (None, False, False)
    assert done["ended_on"] == body["answered_on"]


async def test_nothing_is_answered_before_it_came_nor_in_days_to_come(office: Office) -> None:
    tomorrow = (clock.today() + timedelta(1)).isoformat()
    refused = await office.officer.post(
        "/v1/data-complaints/log", json={**FORM, "channel": "phone", "received_on": tomorrow}
    )
    assert refused.json()["errors"][0]["code"] == "in_future"
    receipt = await logged(office)
    path = f"/v1/data-complaints/{receipt['id']}/acknowledge"
    early = (clock.today() - timedelta(1)).isoformat()
    for day, code in ((tomorrow, "in_future"), (early, "before_receipt")):
        refused = await office.officer.post(path, json={"acknowledged_on": day})
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, code)
    await office.do(f"data-complaints/{receipt['id']}/acknowledge")
    again = await office.officer.post(path, json={})
    assert (again.status_code, again.json()["code"]) == (409, "action_not_allowed")


async def test_a_complaint_is_closed_to_whom_it_is_about(office: Office) -> None:
    deputy = await _account(office.deputy)
    name = await office.world.api.value("select name from accounts where id = $1", deputy)
    by_name = await office.world.api.client().post("/v1/data-complaints", json={**FORM, "about": name})
    by_id = await logged(office, about_account_ids=[deputy])
    for one in (by_name.json()["id"], by_id["id"]):
        assert (await office.deputy.get(f"/v1/data-complaints/{one}")).status_code == 404
        listed = await office.get("data-complaints?limit=200&sort=-received_on", by=office.deputy)
        assert one not in {row["id"] for row in listed["data"]}
        assert (await office.get(f"data-complaints/{one}"))["id"] == one
    unknown = await office.officer.post(
        "/v1/data-complaints/log",
        json={**FORM, "channel": "phone", "about_account_ids": [str(office.subject.person_id)]},
    )
    assert unknown.json()["errors"][0]["code"] == "unknown_account"


async def test_one_follows_ones_own_complaint(office: Office) -> None:
    receipt = await office.do("me/data-complaints", by=office.subject.client, text="Who gave you my number?")
    assert (await office.get(f"data-complaints/{receipt['id']}"))["person_id"] == str(office.subject.person_id)
    await office.do(f"data-complaints/{receipt['id']}/answer", outcome="not_upheld", text="You did, on joining.")
    own = await office.get("me/data-complaints", by=office.subject.client)
    assert [(one["id"], one["outcome"]) for one in own["data"]] == [(receipt["id"], "not_upheld")]
    assert (await office.get("me/data-complaints", by=office.secretary))["data"] == []


async def test_whoever_of_the_team_complains_does_not_judge(office: Office) -> None:
    receipt = await office.do("me/data-complaints", by=office.officer, text="My own record is wrong.")
    assert (await office.officer.get(f"/v1/data-complaints/{receipt['id']}")).status_code == 404
    assert (await office.get(f"data-complaints/{receipt['id']}", by=office.deputy))["state"] == "received"


async def test_where_nobody_is_left_a_deputy_is_asked_for(office: Office) -> None:
    api = office.world.api
    appointing = await api.account()
    await api.grant(appointing, Role.system_administrator, office.world.root)
    address = await api.value("select email from accounts where id = $1", appointing)
    shift = "update grants set starts_on = starts_on + $1::int where role = 'data_protection_officer'"
    await api.execute(shift, 4000)
    try:
        await logged(office, office.secretary)
    finally:
        await api.execute(shift, -4000)
    assert ["deputy" in text for text in await letters(office, address)] == [True]


async def test_the_form_is_throttled(office: Office) -> None:
    anybody = office.world.api.client()
    answers = [(await anybody.post("/v1/data-complaints", json=FORM)).status_code for _ in range(6)]
    assert answers == [201] * 5 + [429]


async def test_the_team_is_reminded_before_the_day(office: Office) -> None:
    receipt = await logged(office)
    await office.on(date.fromisoformat(receipt["acknowledge_by"]) - timedelta(3))
    await mind_matters(office.world.api.app.state.database)
    await mind_matters(office.world.api.app.state.database)
    said = await office.world.api.row(
        "select count(*) as number, max((data->>'days')::int) as days from events "
        "where subject_id = $1 and type = 'data_complaint.deadline_near'",
        receipt["id"],
    )
    assert (said["number"], said["days"]) == (1, 3)


async def test_of_two_at_once_one_is_first(office: Office) -> None:
    receipt = await logged(office)
    path = f"/v1/data-complaints/{receipt['id']}/acknowledge"
    answers = await asyncio.gather(*[client.post(path, json={}) for client in (office.officer, office.deputy)])
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    stale = {"If-Match": f'"{receipt["id"]}-1"'}
    refused = await office.officer.post(path.replace("acknowledge", "withdraw"), json={}, headers=stale)
    assert refused.status_code == 412


async def test_what_is_said_is_sealed(office: Office) -> None:
    receipt = await logged(office)
    row = await office.world.api.row(f"select * from {DataComplaint.__tablename__} where id = $1", receipt["id"])
    assert "Mair" not in repr(dict(row))


async def _account(client: Client) -> str:
    return str((await client.get("/v1/me")).json()["account_id"])
