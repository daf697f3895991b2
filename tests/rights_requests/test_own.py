"""One's own requests, asked and followed by whoever has signed in."""

from uuid import UUID

from app.core import clock
from tests.office import Office
from tests.rights_requests.answers import refusal

OWN = "me/rights-requests"


async def test_somebody_asks_for_their_data_and_follows_it(office: Office) -> None:
    me = office.subject.client
    made = await me.post(f"/v1/{OWN}", json={"kind": "access", "text": "Everything, please."})
    told = made.json()
    assert made.status_code == 201
    assert made.headers["Location"] == f"/v1/{OWN}/{told['id']}"
    assert (told["state"], told["received_on"]) == ("received", clock.today().isoformat())
    assert told["due_on"] > told["received_on"]
    assert {a["action"]: a["allowed"] for a in told["allowed_actions"]} == {"answer": False, "withdraw": True}
    seen = await office.get(f"subject-access-requests/{told['id']}")
    assert (seen["channel"], seen["person_id"]) == ("web", str(office.subject.person_id))
    assert seen["text"] == "Everything, please."
    # Who has signed in is known: there is nothing to prove, and the clock runs.
    asked = await office.officer.post(
        f"/v1/subject-access-requests/{told['id']}/ask-identity", json={"text": "A passport."}
    )
    assert refusal(asked) == (409, "identity_proved")
    _, another = await office.world.api.member(office.world.hackney)
    matched = await office.officer.post(
        f"/v1/subject-access-requests/{told['id']}/match-person", json={"person_id": str(another)}
    )
    assert refusal(matched) == (409, "identity_proved")


async def test_a_question_is_asked_and_answered(office: Office) -> None:
    me = office.subject.client
    request = (await me.post(f"/v1/{OWN}", json={"kind": "access"})).json()["id"]
    assert refusal(await me.post(f"/v1/{OWN}/{request}/answer", json={"text": "What?"})) == (409, "wrong_state")
    await office.do(f"subject-access-requests/{request}/ask-clarification", text="Which years do you mean?")
    told = await office.get(f"{OWN}/{request}", by=me)
    assert (told["state"], told["due_on"]) == ("information_asked", None)
    assert told["steps"][-1]["text"] == "Which years do you mean?"
    told = await office.do(f"{OWN}/{request}/answer", by=me, text="2024 and 2025.")
    assert (told["state"], told["steps"][-1]["text"]) == ("received", "2024 and 2025.")
    assert told["pauses"] == [{"asked_on": told["received_on"], "answered_on": told["received_on"]}]
    assert (await office.get(f"subject-access-requests/{request}"))["paused_days"] == 1


async def test_one_takes_it_back(office: Office) -> None:
    me = office.subject.client
    request = (await me.post(f"/v1/{OWN}", json={"kind": "erasure"})).json()["id"]
    told = await office.do(f"{OWN}/{request}/withdraw", by=me)
    assert (told["state"], told["ended_on"]) == ("withdrawn", clock.today().isoformat())
    assert refusal(await me.post(f"/v1/{OWN}/{request}/withdraw", json={})) == (409, "wrong_state")


async def test_ones_own_objection_to_marketing_is_in_force_at_once(office: Office) -> None:
    me = office.subject.client
    made = await me.post(f"/v1/{OWN}", json={"kind": "objection", "marketing": True})
    assert made.status_code == 201
    assert (await office.get("me/member", by=me))["reachable_by"] == []
    assert (await me.post(f"/v1/{OWN}", json={"kind": "erasure", "marketing": True})).status_code == 422


async def test_requests_that_an_officer_logged_are_ones_own_too_and_no_others(office: Office) -> None:
    logged = str(await office.request(by=office.secretary))
    another = await office.member()
    theirs = (await another.client.post(f"/v1/{OWN}", json={"kind": "restriction"})).json()["id"]
    me = office.subject.client
    listed = {row["id"] for row in (await office.get(OWN, by=me))["data"]}
    assert listed == {logged}
    assert (await office.get(f"{OWN}/{logged}", by=me))["state"] == "received"
    assert (await me.get(f"/v1/{OWN}/{theirs}")).status_code == 404
    assert (await me.post(f"/v1/{OWN}/{theirs}/withdraw", json={})).status_code == 404


async def test_what_the_team_does_among_itself_is_not_told(office: Office) -> None:
    request: UUID = await office.request(kind="rectification", text="My street is spelt wrongly.")
    await office.do(f"rights-requests/{request}/assess", text="It is spelt as on the form.")
    await office.do(f"rights-requests/{request}/step-aside", by=office.deputy)
    told = await office.get(f"{OWN}/{request}", by=office.subject.client)
    assert told["state"] == "under_consideration"
    assert [step["action"] for step in told["steps"]] == ["receive"]
    assert "spelt as" not in str(told)


async def test_an_account_of_nobody_has_no_requests(office: Office) -> None:
    assert (await office.officer.post(f"/v1/{OWN}", json={"kind": "access"})).status_code == 404
    assert (await office.get(OWN, by=office.officer))["data"] == []


async def test_nobody_asks_without_end(office: Office) -> None:
    me = (await office.member()).client
    answers = [(await me.post(f"/v1/{OWN}", json={"kind": "access"})).status_code for _ in range(11)]
    assert answers == [201] * 10 + [429]


async def test_a_repeat_with_the_same_key_asks_once(office: Office) -> None:
    me = office.subject.client
    headers = {"Idempotency-Key": "asked-once"}
    first, again = [await me.post(f"/v1/{OWN}", json={"kind": "access"}, headers=headers) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["id"] == again.json()["id"]
