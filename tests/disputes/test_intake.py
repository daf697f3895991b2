"""A complaint comes in, finds its receiver, and closes to whoever it names."""

from tests.disputes.desk import Desk


async def test_a_complaint_goes_to_the_first_receiver(desk: Desk) -> None:
    case = await desk.complain()
    file = await desk.file(desk.secretary.client, case)
    assert file["state"] == "received"
    assert file["parts"] == ["receiver"]
    assert {one["role"] for one in file["parties"]} == {"complainant", "respondent"}
    assert [one["action"] for one in file["steps"]] == ["receive"]
    listed = (await desk.secretary.client.get("/v1/disputes")).json()["data"]
    assert [one["id"] for one in listed] == [str(case)]
    for other in (desk.alternate, desk.external, desk.respondent, desk.complainant):
        assert (await other.client.get(f"/v1/disputes/{case}")).status_code == 404
        assert (await other.client.get("/v1/disputes")).json()["data"] == []


async def test_who_is_named_does_not_receive(desk: Desk) -> None:
    case = await desk.complain({"person_id": str(desk.secretary.person_id)})
    assert (await desk.secretary.client.get(f"/v1/disputes/{case}")).status_code == 404
    assert (await desk.file(desk.alternate.client, case))["parts"] == ["receiver"]


async def test_naming_every_receiver_leaves_the_external_one_who_may_strike(desk: Desk) -> None:
    named = [{"person_id": str(one.person_id)} for one in (desk.secretary, desk.alternate)]
    case = await desk.complain(*named, {"person_id": str(desk.respondent.person_id)})
    file = await desk.file(desk.external.client, case)
    party = next(one["id"] for one in file["parties"] if one["person_id"] == str(desk.secretary.person_id))
    await desk.do(desk.external.client, case, f"parties/{party}/strike", reasons="Named for no reason given.")
    struck = next(one for one in (await desk.file(desk.external.client, case))["parties"] if one["id"] == party)
    assert struck["struck_at"] is not None
