"""Each item is given, blacked out or withheld with a reason; what is of a case, by the people of that case."""

from typing import Any
from uuid import UUID

from app.models.disputes import DisputeState, PartyRole
from tests.disputes.placed import place_case
from tests.office import Office
from tests.rights_requests.package import ACCESS, decide_the_rest, inform, items_of, refused, searched

BECAUSE = {"exemption": "rights_of_others", "reason": "It is about somebody else."}


async def _the(office: Office, request: UUID, source: str) -> dict[str, Any]:
    return (await items_of(office, request, source=source))[0]


async def test_what_is_held_back_has_an_exemption_and_a_reason(office: Office) -> None:
    request = await searched(office)
    item = await _the(office, request, "people")
    path = f"{ACCESS}/{request}/items/{item['id']}/decide"
    for said in ({}, {"exemption": "health"}, {"reason": "Because."}):
        assert (await office.officer.post(f"/v1/{path}", json={"decision": "withhold", **said})).status_code == 422
    assert (
        await office.officer.post(f"/v1/{path}", json={"decision": "release", "exemption": "health"})
    ).status_code == 422
    told = await office.do(path, decision="withhold", **BECAUSE)
    assert (told["decision"], told["exemption"], told["by_rule"]) == ("withhold", "rights_of_others", False)
    assert told["reason"] == BECAUSE["reason"]
    stale = await office.officer.post(
        f"/v1/{path}", json={"decision": "release"}, headers={"If-Match": f'"{item["id"]}-{item["version"]}"'}
    )
    assert stale.status_code == 412


async def test_parts_of_an_item_are_blacked_out(office: Office) -> None:
    request = await searched(office)
    item = await _the(office, request, "people")
    path = f"{ACCESS}/{request}/items/{item['id']}/decide"
    await refused(office, path, "no_such_place", 422, decision="redact", redactions=[{"path": ["nowhere"]}], **BECAUSE)
    far = [{"path": ["family_name"], "start": 0, "end": 5000}]
    await refused(office, path, "no_such_place", 422, decision="redact", redactions=far, **BECAUSE)
    chosen = [{"path": ["family_name"], "start": None, "end": None}]
    told = await office.do(path, decision="redact", redactions=chosen, **BECAUSE)
    assert told["redactions"] == chosen


async def test_a_redaction_of_everything_is_a_withholding(office: Office) -> None:
    request = await searched(office)
    item = await _the(office, request, "people")
    told = await office.get(f"{ACCESS}/{request}/items/{item['id']}")
    everything = [{"path": [name]} for name in told["values"]]
    path = f"{ACCESS}/{request}/items/{item['id']}/decide"
    await refused(office, path, "nothing_left", 422, decision="redact", redactions=everything, **BECAUSE)


async def test_many_are_decided_at_once_or_none(office: Office) -> None:
    request, other = await searched(office), await searched(office)
    items = await items_of(office, request)
    foreign = (await items_of(office, other))[0]
    path = f"{ACCESS}/{request}/items/decide-many"
    ids = [item["id"] for item in items]
    await refused(office, path, "no_such_item", 422, item_ids=[*ids, foreign["id"]], decision="withhold", **BECAUSE)
    assert await items_of(office, request, decision="withhold") == []
    counts = await office.do(path, item_ids=ids, decision="withhold", **BECAUSE)
    assert (counts["held_back"], counts["given"], counts["undecided"]) == (len(ids), 0, 0)


async def test_with_everything_held_back_nothing_is_left_to_release(office: Office) -> None:
    request = await searched(office)
    ids = [item["id"] for item in await items_of(office, request)]
    await office.do(f"{ACCESS}/{request}/items/decide-many", item_ids=ids, decision="withhold", **BECAUSE)
    await inform(office, request)
    await office.do(f"{ACCESS}/{request}/review")
    await refused(office, f"{ACCESS}/{request}/release-in-part", "nothing_left", delivery="paper")
    await refused(office, f"{ACCESS}/{request}/close-nothing-held", "something_found", text="Nothing.")


async def test_after_the_answer_nothing_is_decided_any_more(office: Office) -> None:
    request = await searched(office)
    item = await _the(office, request, "people")
    await office.do(f"{ACCESS}/{request}/withdraw")
    await refused(office, f"{ACCESS}/{request}/items/{item['id']}/decide", "wrong_state", decision="release")


async def test_what_lies_behind_a_wall_is_decided_by_the_people_of_the_case(office: Office) -> None:
    world = office.world
    placed = await place_case(world, world.hackney)
    party = await world.api.row(
        "select person_id from dispute_parties where dispute_id = $1 and role = $2", placed.id, PartyRole.respondent
    )
    request = await office.request(person_id=str(party["person_id"]))
    await office.do(f"{ACCESS}/{request}/search")
    shown = await items_of(office, request)
    assert not {item["source"] for item in shown if item["source"].startswith("dispute_") and item["decision"] is None}
    found = (await office.get(f"{ACCESS}/{request}"))["found"]
    assert found["undecided_behind_walls"] > 0
    assert found["items"] > len(shown)

    path = f"disputes/{placed.id}/disclosure-items"
    behind = (await office.get(path, placed.by))["data"]
    assert len(behind) == found["undecided_behind_walls"]
    assert (await office.officer.get(f"/v1/{path}")).status_code in (403, 404)
    assert (await office.officer.get(f"/v1/{ACCESS}/{request}/items/{behind[0]['id']}")).status_code == 404
    tasks = (await placed.by.get("/v1/me/tasks")).json()
    kinds = {task["kind"] for task in (tasks["data"] if isinstance(tasks, dict) else tasks)}
    assert "disclosures_to_decide" in kinds

    await decide_the_rest(office, request)
    await inform(office, request)
    await office.do(f"{ACCESS}/{request}/review")
    await refused(office, f"{ACCESS}/{request}/release", "items_undecided", delivery="paper")
    for item in behind:
        assert (await office.get(f"{path}/{item['id']}", placed.by))["values"]
        await office.do(f"{path}/{item['id']}/decide", placed.by, decision="withhold", **BECAUSE)
    await office.do(f"{ACCESS}/{request}/release-in-part", delivery="paper")


async def test_a_case_without_anybody_gets_a_receiver_who_decides(office: Office) -> None:
    world = office.world
    placed = await place_case(world, world.hackney, DisputeState.final)
    await world.api.execute("update dispute_parts set ended_at = now() where dispute_id = $1", placed.id)
    request = await office.request(person_id=str(placed.respondent_person))
    await office.do(f"{ACCESS}/{request}/search")
    seated = await world.api.value(
        "select count(*) from dispute_parts where dispute_id = $1 and part = 'receiver' and ended_at is null", placed.id
    )
    assert seated == 1
