"""A request comes in: any officer logs it, and sees nothing further."""

from tests.office import Office


async def test_any_officer_logs_a_request_and_sees_no_more_of_it(office: Office) -> None:
    request = await office.request(by=office.secretary)
    assert (await office.secretary.get(f"/v1/subject-access-requests/{request}")).status_code == 403
    told = await office.get(f"subject-access-requests/{request}")
    assert told["state"] == "received"
    assert told["due_on"] > told["received_on"]
    assert [step["action"] for step in told["steps"]] == ["receive"]
