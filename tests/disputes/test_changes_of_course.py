"""A case that turns back, or changes hands, on its way."""

from tests.disputes.desk import Desk
from tests.disputes.test_worked_examples import REASONS, allegations, offers


async def test_a_complaint_that_is_taken_up_again_is_answered_anew_by_everybody(desk: Desk) -> None:
    secretary, other = desk.secretary.client, await desk.member(desk.world.dalston)
    case = await desk.complain({"person_id": str(desk.respondent.person_id)}, {"person_id": str(other.person_id)})
    await desk.do(secretary, case, "acknowledge")
    parties = [one["id"] for one in (await desk.file(secretary, case))["parties"] if one["role"] == "respondent"]
    await desk.do(secretary, case, "give-notice", allegations=[desk.allegation(one) for one in parties])
    for one in parties:
        await desk.do(secretary, case, "record-response", party_id=one, text="It was not so.")
    investigator = await desk.member(desk.world.region)
    await desk.do(secretary, case, "investigate", account_id=str(investigator.account_id))
    found = [{"allegation_id": one["id"], "text": REASONS} for one in await allegations(investigator.client, case)]
    await desk.do(investigator.client, case, "report", findings=found)
    await desk.do(secretary, case, "dismiss", reasons="Nobody was harmed.")
    complainant = await desk.party(case, "complainant")
    await desk.do(secretary, case, "record-appeal", party_id=complainant, text="I was.")
    judges = await desk.list_appeal(case)
    seats = await desk.seats(case, judges[0].client)
    await desk.do(judges[0].client, case, "reopen", reasons="They were not asked.", part_ids=seats)
    later = [desk.allegation(one, conduct_from="2026-02-20") for one in parties]
    await desk.do(secretary, case, "give-notice", allegations=later)
    told = (await other.client.get(f"/v1/me/disputes/{case}")).json()
    assert told["state"] == "response_awaited"
    await desk.do(secretary, case, "record-response", party_id=parties[0], text="It was not so either.")
    assert (await desk.file(secretary, case))["state"] == "noticed"
    assert (await offers(secretary, case))["investigate"] == "response_time_running"
    answered = await other.client.post(f"/v1/me/disputes/{case}/respond", json={"text": "Nor by me."})
    assert answered.status_code == 200, answered.text
    assert (await desk.file(secretary, case))["state"] == "responded"


async def test_who_sits_in_judgement_does_not_receive_the_case_after_all(desk: Desk) -> None:
    case = await desk.reported()
    secretary, panel = desk.secretary.client, [*await desk.bench(2), desk.alternate]
    await desk.do(secretary, case, "list-panel", members=desk.members(panel))
    people = (await desk.file(secretary, case))["people"]
    receives = next(one["id"] for one in people if one["part"] == "receiver")
    await desk.do(secretary, case, f"people/{receives}/end", text="I am leaving.")
    assert (await desk.file(desk.external.client, case))["parts"] == ["receiver"]
    assert (await desk.file(desk.alternate.client, case))["parts"] == ["panellist"]
