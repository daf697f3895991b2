"""From acknowledgement to the investigator's report: the receiver's powers, and what stands before any decision."""

from datetime import date, timedelta
from uuid import UUID

from app.core import clock
from tests.disputes.desk import Desk
from tests.world import fake


async def test_a_case_goes_from_receipt_to_a_report(desk: Desk) -> None:
    case = await desk.reported()
    file = await desk.file(desk.secretary.client, case)
    assert file["state"] == "reported"
    assert [one["action"] for one in file["steps"]] == [
        "receive", "acknowledge", "give_notice", "record_response", "investigate", "report",
    ]  # fmt: skip
    assert file["allegations"][0]["finding"] == "Seen by two people."
    assert not file["overdue"]


async def test_each_actor_is_told_what_they_may_do_and_why_not(desk: Desk) -> None:
    case = await desk.noticed()
    offers = {one["action"]: one for one in (await desk.file(desk.secretary.client, case))["allowed_actions"]}
    assert offers["record_response"]["allowed"]
    assert offers["warn"]["reason_code"] == "response_time_running"
    assert offers["investigate"]["reason_code"] == "response_time_running"
    assert offers["dismiss"]["reason_code"] == "wrong_state"
    assert offers["decide"]["reason_code"] == "permission_missing"


async def test_the_time_to_respond_ends_after_the_notices_fortnight(desk: Desk) -> None:
    await desk.on(date(2026, 12, 18))
    case = await desk.noticed()
    file = await desk.file(desk.secretary.client, case)
    assert (file["notice_on"], file["response_due_on"], file["due_on"]) == ("2026-12-18", "2027-01-01", "2027-01-01")
    await desk.on(date(2027, 1, 1))
    refused = await desk.secretary.client.post(f"/v1/disputes/{case}/investigate", json=_investigator(desk))
    assert refused.json()["code"] == "action_not_allowed"
    assert refused.json()["params"]["reason_code"] == "response_time_running"
    await desk.on(date(2027, 1, 2))
    assert (await desk.file(desk.secretary.client, case))["overdue"]
    desk.investigator = await desk.member(desk.world.islington)
    await desk.do(desk.secretary.client, case, "investigate", account_id=str(desk.investigator.account_id))


def _investigator(desk: Desk) -> dict[str, str]:
    return {"account_id": str(desk.alternate.account_id)}


async def test_a_late_response_is_recorded_as_late(desk: Desk) -> None:
    await desk.on(date(2026, 12, 18))
    case = await desk.noticed()
    await desk.on(date(2027, 1, 5))
    party = await desk.party(case)
    await desk.do(desk.secretary.client, case, "record-response", party_id=party, text=fake.paragraph())
    step = (await desk.file(desk.secretary.client, case))["steps"][-1]
    assert (step["action"], step["due_on"], step["late"]) == ("record_response", "2027-01-01", True)


async def test_a_clause_is_cited_in_the_edition_of_the_day(desk: Desk) -> None:
    case = await desk.acknowledged()
    party = await desk.party(case)
    early = desk.allegation(party, conduct_from=str(clock.today() - timedelta(days=3001)))
    refused = await desk.secretary.client.post(f"/v1/disputes/{case}/give-notice", json={"allegations": [early]})
    assert refused.status_code == 422
    assert refused.json()["errors"][0] == {
        "pointer": "/allegations/0/clause_id",
        "code": "clause_not_in_force",
        "message": "Cite the edition of the clause that was in force on those days.",
    }
    assert (await desk.file(desk.secretary.client, case))["state"] == "acknowledged"


async def test_an_investigator_may_not_be_named_nor_a_party(desk: Desk) -> None:
    case = await desk.responded()
    for one, code in ((desk.respondent, "closed_to_them"), (desk.complainant, "closed_to_them")):
        refused = await desk.secretary.client.post(
            f"/v1/disputes/{case}/investigate", json={"account_id": str(one.account_id)}
        )
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (409, code)


async def test_a_dismissal_has_reasons_and_an_appeal(desk: Desk) -> None:
    case = await desk.acknowledged()
    bare = await desk.secretary.client.post(f"/v1/disputes/{case}/dismiss", json={})
    assert bare.json()["errors"][0]["pointer"] == "/reasons"
    told = await desk.do(desk.secretary.client, case, "dismiss", reasons="Nothing that the rules speak of.")
    assert (told["state"], told["outcome"]) == ("dismissed", "dismissed")
    offers = {one["action"]: one for one in told["allowed_actions"]}
    assert offers["record_appeal"]["allowed"]
    assert offers["finalise"]["reason_code"] == "appeal_time_running"


async def test_informal_ways_lead_to_an_end_or_back(desk: Desk) -> None:
    case = await desk.acknowledged()
    for action in ("resolve-informally", "take-up", "ask-information", "take-up", "resolve-informally"):
        await desk.do(desk.secretary.client, case, action, text="As agreed by telephone.")
    told = await desk.do(desk.secretary.client, case, "settle", text="An apology was given and taken.")
    assert (told["state"], told["outcome"], told["due_on"]) == ("closed", "resolved", None)


async def test_a_declared_interest_closes_the_case_for_good(desk: Desk) -> None:
    case = await desk.acknowledged()
    await desk.do(desk.secretary.client, case, "declare-interest", text="We are cousins.")
    assert (await desk.secretary.client.get(f"/v1/disputes/{case}")).status_code == 404
    file = await desk.file(desk.alternate.client, case)
    assert file["parts"] == ["receiver"]
    again = await desk.alternate.client.post(
        f"/v1/disputes/{case}/people", json={"account_id": str(desk.secretary.account_id), "part": "clerk"}
    )
    assert again.json()["code"] == "cannot_take_part"


async def test_a_receiver_named_midway_hands_on(desk: Desk) -> None:
    case = await desk.acknowledged()
    own = {"role": "witness", "person_id": str(desk.secretary.person_id)}
    answer = await desk.secretary.client.post(f"/v1/disputes/{case}/parties", json=own)
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await desk.secretary.client.get(f"/v1/disputes/{case}")).status_code == 404
    assert (await desk.file(desk.alternate.client, case))["state"] == "acknowledged"


async def test_nobody_answers_twice_for_the_same_conduct(desk: Desk) -> None:
    first = await desk.noticed()
    await _decided(desk, first)
    second = await desk.acknowledged()
    party = await desk.party(second)
    refused = await desk.secretary.client.post(
        f"/v1/disputes/{second}/give-notice", json={"allegations": [desk.allegation(party)]}
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "already_decided")
    other_day = desk.allegation(party, conduct_from="2026-02-11")
    await desk.do(desk.secretary.client, second, "give-notice", allegations=[other_day])


async def _decided(desk: Desk, case: UUID) -> None:
    async with desk.world.api.owner.transaction() as session:
        await session.execute("update dispute_allegations set outcome = 'not_upheld' where dispute_id = $1", case)
        await session.execute("update disputes set state = 'final', decided_on = $2 where id = $1", case, clock.today())


async def test_a_further_notice_gives_the_time_to_answer_anew(desk: Desk) -> None:
    case = await desk.responded()
    other = await desk.member(desk.world.hackney)
    await desk.do(desk.secretary.client, case, "parties", role="respondent", person_id=str(other.person_id))
    file = await desk.file(desk.secretary.client, case)
    party = next(one["id"] for one in file["parties"] if one["person_id"] == str(other.person_id))
    first = next(one for one in file["parties"] if one["person_id"] == str(desk.respondent.person_id))
    said = desk.allegation(party)
    await desk.do(desk.secretary.client, case, "give-notice", allegations=[said])
    file = await desk.file(desk.secretary.client, case)
    assert (file["state"], file["responded_on"], len(file["allegations"])) == ("noticed", None, 2)
    assert len((await other.client.get(f"/v1/me/disputes/{case}")).json()["allegations"]) == 1
    await desk.do(desk.secretary.client, case, "record-response", party_id=party, text="Nor was it I.")
    assert (await desk.file(desk.secretary.client, case))["state"] == "noticed", "the first may answer anew too"
    await desk.do(desk.secretary.client, case, "record-response", party_id=first["id"], text="As I said.")
    assert (await desk.file(desk.secretary.client, case))["state"] == "responded"


async def test_what_is_alleged_is_not_alleged_again_by_a_repeat(desk: Desk) -> None:
    case = await desk.acknowledged()
    said = {"allegations": [desk.allegation(await desk.party(case))]}
    url = f"/v1/disputes/{case}/give-notice"
    assert (await desk.secretary.client.post(url, json=said)).status_code == 200
    again = await desk.secretary.client.post(url, json=said)
    assert (again.status_code, again.json()["errors"][0]["code"]) == (422, "alleged_already")


async def test_a_dismissal_after_notice_is_told_to_whoever_had_it(desk: Desk) -> None:
    case = await desk.reported()
    await desk.do(desk.secretary.client, case, "dismiss", reasons="The report finds nothing.")
    told = (await desk.respondent.client.get(f"/v1/me/disputes/{case}")).json()
    assert told["outcome"] == "dismissed"
    assert "The report finds nothing." in [one["reasons"] for one in told["told"]]
