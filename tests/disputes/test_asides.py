"""A case waits, is withdrawn, is linked, is joined: and no clock, wall or measure is lost on the way."""

from datetime import date
from uuid import UUID

from app.core.permissions import Role
from tests.disputes.desk import Desk
from tests.disputes.test_measures import impose, measures, member


async def stay(desk: Desk, case: UUID) -> None:
    await desk.do(desk.secretary.client, case, "stay", reason="police", text="They have asked us to wait.")


async def test_a_stay_holds_the_clocks_and_gives_the_days_back(desk: Desk) -> None:
    await desk.on(date(2026, 12, 18))
    case = await desk.noticed()
    await desk.on(date(2026, 12, 22))
    await stay(desk, case)
    await desk.on(date(2027, 2, 1))
    file = await desk.file(desk.secretary.client, case)
    assert (file["stayed_on"], file["stay_reason"], file["overdue"]) == ("2026-12-22", "police", False)
    offers = {one["action"]: one["reason_code"] for one in file["allowed_actions"] if not one["allowed"]}
    assert offers["record_response"] == "stayed"
    assert offers["stay"] == "stayed"
    party = file["parties"][1]["id"]
    response = {"party_id": party, "text": "It was not so."}
    held = await desk.secretary.client.post(f"/v1/disputes/{case}/record-response", json=response)
    assert held.json()["params"]["reason_code"] == "stayed"
    await desk.do(desk.secretary.client, case, "lift-stay", text="They have finished.")
    file = await desk.file(desk.secretary.client, case)
    # 41 days: from 22 December to 1 February.
    assert (file["stayed_on"], file["due_on"], file["response_due_on"]) == (None, "2027-02-11", "2027-02-11")
    again = await desk.secretary.client.post(f"/v1/disputes/{case}/lift-stay", json={"text": "Twice."})
    assert again.json()["params"]["reason_code"] == "not_stayed"


async def test_a_time_that_had_run_out_before_a_stay_stays_out(desk: Desk) -> None:
    await desk.on(date(2026, 12, 1))
    case = await desk.noticed()
    await desk.on(date(2026, 12, 20))
    await stay(desk, case)
    await desk.on(date(2027, 1, 10))
    await desk.do(desk.secretary.client, case, "lift-stay", text="They have finished.")
    assert (await desk.file(desk.secretary.client, case))["response_due_on"] == "2026-12-15"


async def test_a_stay_does_not_hold_the_review_of_a_measure(desk: Desk) -> None:
    await desk.on(date(2026, 11, 22))
    case = await desk.acknowledged()
    measure = await impose(desk, case)
    await stay(desk, case)
    await desk.on(date(2026, 12, 1))
    await desk.do(desk.secretary.client, case, "lift-stay", text="They have finished.")
    (held,) = await measures(desk.secretary.client, case)
    assert (held["id"], held["review_by"]) == (measure["id"], "2026-12-20")


async def test_a_withdrawal_ends_the_case_and_its_measures(desk: Desk) -> None:
    case = await desk.acknowledged()
    await impose(desk, case)
    await stay(desk, case)
    told = await desk.do(desk.secretary.client, case, "record-withdrawal", text="The complainant does not go on.")
    assert (told["state"], told["outcome"], told["stayed_on"], told["due_on"]) == ("withdrawn", "withdrawn", None, None)
    assert [one["live"] for one in await measures(desk.secretary.client, case)] == [False]
    late = await desk.secretary.client.post(f"/v1/disputes/{case}/record-withdrawal", json={"text": "Again."})
    assert (late.status_code, late.json()["code"]) == (409, "action_not_allowed")


async def test_a_link_shows_in_both_cases_to_whoever_sees_both(desk: Desk) -> None:
    one, two = await desk.acknowledged(), await desk.received()
    clerk = await desk.outsider()
    await desk.do(desk.secretary.client, one, "people", account_id=str(clerk.account_id), part="clerk")
    path = f"/v1/disputes/{one}/links"
    made = await desk.secretary.client.post(path, json={"other_id": str(two)})
    assert [(link["id"], link["joined"]) for link in made.json()["data"]] == [(str(two), False)]
    back = await desk.secretary.client.get(f"/v1/disputes/{two}/links")
    assert [link["id"] for link in back.json()["data"]] == [str(one)]
    assert (await clerk.client.get(path)).json()["data"] == []
    again = await desk.secretary.client.post(path, json={"other_id": str(two)})
    assert (again.status_code, again.json()["code"]) == (409, "linked_already")


async def test_a_case_is_linked_to_none_that_one_does_not_see(desk: Desk) -> None:
    one = await desk.acknowledged()
    about_the_secretary = await desk.complain({"person_id": str(desk.secretary.person_id)})
    answers = [
        await desk.secretary.client.post(f"/v1/disputes/{one}/links", json={"other_id": str(other)})
        for other in (about_the_secretary, one, UUID(int=1))
    ]
    assert {(a.status_code, a.json()["errors"][0]["code"]) for a in answers} == {(422, "no_other_case")}


async def test_whoever_is_named_in_a_case_is_named_where_it_is_joined(desk: Desk) -> None:
    other = await desk.member(desk.world.islington)
    into = await desk.complain({"person_id": str(other.person_id)})
    case = await desk.acknowledged()
    measure = await impose(desk, case)
    told = await desk.do(desk.secretary.client, case, "join", into_id=str(into), text="The same evening.")
    assert (told["state"], told["outcome"]) == ("joined", "joined")
    parties = (await desk.file(desk.secretary.client, into))["parties"]
    assert sorted((one["role"], one["person_id"]) for one in parties) == sorted(
        [
            ("complainant", str(desk.complainant.person_id)),
            ("respondent", str(other.person_id)),
            ("respondent", str(desk.respondent.person_id)),
        ]
    )
    # What holds the respondent back goes on there, without a gap.
    (moved,) = await measures(desk.secretary.client, into)
    assert (moved["id"], moved["live"], moved["reasons"]) == (measure["id"], True, measure["reasons"])
    assert await measures(desk.secretary.client, case) == []
    secretary = await desk.world.officer(Role.branch_secretary, desk.world.hackney)
    assert (await member(desk, secretary))["standing"] == "suspended"
    (link,) = (await desk.secretary.client.get(f"/v1/disputes/{into}/links")).json()["data"]
    assert (link["id"], link["state"], link["joined"]) == (str(case), "joined", True)


async def test_a_case_is_joined_into_an_open_one_only(desk: Desk) -> None:
    case, into = await desk.acknowledged(), await desk.acknowledged()
    await desk.do(desk.secretary.client, into, "dismiss", reasons="No rule is said to be broken.")
    refused = await desk.secretary.client.post(
        f"/v1/disputes/{case}/join", json={"into_id": str(into), "text": "The same evening."}
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "cannot_join")
    assert (await desk.file(desk.secretary.client, case))["state"] == "acknowledged"


async def test_an_interest_in_a_case_is_one_where_it_is_joined(desk: Desk) -> None:
    case, into = await desk.acknowledged(), await desk.acknowledged()
    clerk = await desk.outsider()
    for one in (case, into):
        await desk.do(desk.secretary.client, one, "people", account_id=str(clerk.account_id), part="clerk")
    await desk.do(clerk.client, case, "declare-interest", text="A cousin.")
    assert (await clerk.client.get(f"/v1/disputes/{into}")).status_code == 200
    await desk.do(desk.secretary.client, case, "join", into_id=str(into), text="The same evening.")
    assert (await clerk.client.get(f"/v1/disputes/{into}")).status_code == 404
