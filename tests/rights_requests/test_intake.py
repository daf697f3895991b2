"""A request comes in: any officer logs it, and sees nothing further."""

from datetime import timedelta

import pytest

from app.core import clock
from app.core.permissions import Role
from tests.office import Office
from tests.world import Client, fake


async def test_any_officer_logs_a_request_and_sees_no_more_of_it(office: Office) -> None:
    body = {"person_id": str(office.subject.person_id), "name": fake.name(), "channel": "letter", "text": "All of it."}
    made = await office.secretary.post("/v1/subject-access-requests", json=body)
    receipt = made.json()
    assert made.status_code == 201
    assert receipt.keys() == {"id", "reference", "kind", "received_on", "due_on"}
    for path in ("", f"/{receipt['id']}", "?person_id=" + body["person_id"]):
        assert (await office.secretary.get(f"/v1/subject-access-requests{path}")).status_code == 403
    assert (
        await office.secretary.post(f"/v1/subject-access-requests/{receipt['id']}/withdraw", json={})
    ).status_code == 403
    assert receipt["id"] not in await events_of(office.secretary)
    told = await office.get(f"subject-access-requests/{receipt['id']}")
    assert (told["state"], told["text"], told["channel"]) == ("received", "All of it.", "letter")
    assert told["due_on"] > told["received_on"]
    assert [step["action"] for step in told["steps"]] == ["receive"]


async def test_a_repeat_with_the_same_key_gets_the_same_receipt(office: Office) -> None:
    body = {"name": fake.name(), "channel": "phone"}
    headers = {"Idempotency-Key": "the-phone-call"}
    first, again = [
        await office.secretary.post("/v1/subject-access-requests", json=body, headers=headers) for _ in range(2)
    ]
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()


async def test_nobody_without_office_logs_a_request_for_another(office: Office) -> None:
    body = {"name": fake.name(), "channel": "email"}
    assert (await office.subject.client.post("/v1/subject-access-requests", json=body)).status_code == 403


async def test_an_officer_names_only_whom_they_see(office: Office) -> None:
    _, elsewhere = await office.world.api.member(office.world.islington)
    body = {"person_id": str(elsewhere), "name": fake.name(), "channel": "email"}
    refused = await office.secretary.post("/v1/subject-access-requests", json=body)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["code"] == "unknown_person"
    assert (
        await office.secretary.post("/v1/subject-access-requests", json={**body, "person_id": None})
    ).status_code == 201


async def test_a_day_to_come_is_refused_and_one_long_past_is_kept(office: Office) -> None:
    body = {"name": fake.name(), "channel": "email"}
    tomorrow = (clock.today() + timedelta(1)).isoformat()
    refused = await office.officer.post("/v1/subject-access-requests", json={**body, "received_on": tomorrow})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "in_future")
    late = await office.request(received_on="2026-03-02")
    told = await office.get(f"subject-access-requests/{late}")
    assert (told["due_on"], told["overdue"]) == ("2026-04-02", True)
    overdue = await office.get("subject-access-requests?overdue=true&limit=200")
    assert str(late) in {row["id"] for row in overdue["data"]}


@pytest.mark.parametrize("made_by", ["representative", "parent"])
async def test_whoever_asks_for_another_shows_their_authority(office: Office, made_by: str) -> None:
    body = {"name": fake.name(), "channel": "email", "made_by": made_by}
    assert (await office.officer.post("/v1/subject-access-requests", json=body)).status_code == 422
    shown = {**body, "requester_name": fake.name(), "authority": "A signed letter of this month."}
    made = await office.officer.post("/v1/subject-access-requests", json=shown)
    told = await office.get(f"subject-access-requests/{made.json()['id']}")
    assert (told["made_by"], told["authority"]) == (made_by, shown["authority"])


async def test_an_objection_to_marketing_is_in_force_at_once(office: Office) -> None:
    await office.request(by=office.secretary, kind="objection", marketing=True)
    told = await office.get(f"members/{office.subject.member_id}", by=office.secretary)
    assert sorted(told["objections"]) == ["email", "phone", "post", "sms"]
    assert told["reachable_by"] == []


async def test_an_objection_of_somebody_found_later_is_in_force_when_they_are(office: Office) -> None:
    request = await office.request(kind="objection", marketing=True, person_id=None)
    await office.do(f"rights-requests/{request}/match-person", person_id=str(office.subject.person_id))
    told = await office.get(f"members/{office.subject.member_id}", by=office.secretary)
    assert sorted(told["objections"]) == ["email", "phone", "post", "sms"]


async def test_another_right_is_no_subject_access_request(office: Office) -> None:
    body = {"name": fake.name(), "channel": "email"}
    for kind, marketing in (("access", False), ("erasure", True)):
        refused = await office.officer.post("/v1/rights-requests", json={**body, "kind": kind, "marketing": marketing})
        assert refused.status_code == 422
    erasure = await office.request(kind="erasure")
    assert (await office.officer.get(f"/v1/subject-access-requests/{erasure}")).status_code == 404
    assert (await office.officer.get(f"/v1/rights-requests/{erasure}")).status_code == 200


async def test_an_officer_of_the_team_who_is_concerned_sees_nothing_of_it(office: Office) -> None:
    concerned = await office.member()
    await office.world.api.grant(concerned.account_id, Role.data_protection_officer, office.world.root)
    request = str(await office.request(person_id=str(concerned.person_id)))
    assert (await office.get(f"subject-access-requests/{request}"))["state"] == "received"
    assert (await concerned.client.get(f"/v1/subject-access-requests/{request}")).status_code == 404
    withdrawn = await concerned.client.post(f"/v1/subject-access-requests/{request}/withdraw", json={})
    assert withdrawn.status_code == 404
    for path in (
        "subject-access-requests?limit=200",
        f"audit?subject_id={request}",
        f"access-log?subject_id={request}",
    ):
        assert request in await all_pages(office.officer, path), path
        assert request not in await all_pages(concerned.client, path), path
    # The feed holds back what is younger than a transaction under way, of other workers' databases too.
    await office.world.api.others_finished()
    assert request in await events_of(office.officer)
    assert request not in await events_of(concerned.client)


async def all_pages(client: Client, path: str) -> str:
    """What a list says from its beginning to its end, however many the tests before have made."""
    said, cursor = "", ""
    while True:
        told = await client.get(f"/v1/{path}{cursor}")
        said += told.text
        if not told.json().get("has_more"):
            return said
        cursor = f"&cursor={told.json()['next_cursor']}"


async def events_of(client: Client) -> set[str]:
    """The records of which a feed of requests tells, from its beginning to its end."""
    found: set[str] = set()
    path = "/v1/events?limit=200&type=rights_request.received"
    while True:
        told = (await client.get(path)).json()
        found |= {event["subject_id"] for event in told["data"]}
        if not told["has_more"]:
            return found
        path = f"/v1/events?limit=200&type=rights_request.received&after={told['next_cursor']}"
