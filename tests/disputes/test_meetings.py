"""Meetings: enough notice, a quorum, and a record of who was there."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from app.core import clock
from tests.disputes.desk import Desk


async def _said(desk: Desk, case: UUID, path: str, **body: Any) -> tuple[int, dict[str, Any]]:
    answer = await desk.panel[0].client.post(f"/v1/disputes/{case}/{path}", json=body)
    return answer.status_code, answer.json()


async def test_a_hearing_leaves_time_after_the_papers(desk: Desk) -> None:
    case = await desk.listed()
    soon = (clock.now() + timedelta(days=13)).isoformat()
    status, told = await _said(desk, case, "meetings", kind="hearing", starts_at=soon)
    assert (status, told["code"]) == (409, "too_soon")
    assert told["params"]["from_day"] == (clock.today() + timedelta(days=14)).isoformat()
    later = (clock.now() + timedelta(days=14)).isoformat()
    status, told = await _said(desk, case, "meetings", kind="hearing", starts_at=later, place="Room 2")
    assert (status, told["state"], told["agreed_shorter"], told["place"]) == (201, "planned", False, "Room 2")
    status, told = await _said(
        desk, case, "meetings", kind="hearing", starts_at=soon, shorter_notice_agreement="Letter of today."
    )
    assert (status, told["agreed_shorter"]) == (201, True)
    listed = (await desk.panel[1].client.get(f"/v1/disputes/{case}/meetings")).json()["data"]
    assert [one["shorter_notice_agreement"] for one in listed] == [None, "Letter of today."]


async def test_notice_counts_from_the_last_papers_on_the_day_itself(desk: Desk) -> None:
    case = await desk.listed()
    chair = desk.panel[0].client
    meeting = (await desk.do(chair, case, "meetings", kind="hearing",
                             starts_at=(clock.now() + timedelta(days=14)).isoformat()))["id"]  # fmt: skip
    await desk.on(clock.today() + timedelta(days=10))
    party = await desk.party(case)
    async with desk.world.api.owner.transaction() as session:
        await session.execute(
            "insert into dispute_disclosures (id, created_at, dispute_id, party_id, kind, subject_id) "
            "values (gen_random_uuid(), $3, $1, $2, 'evidence', gen_random_uuid())",
            case,
            UUID(party),
            clock.now(),
        )
    await desk.on(clock.today() + timedelta(days=4))
    seats = await desk.seats(case, chair)
    status, told = await _said(desk, case, "hear", meeting_id=meeting, part_ids=seats)
    assert (status, told["code"]) == (409, "too_soon")
    got = (await chair.get(f"/v1/disputes/{case}/meetings/{meeting}")).json()
    assert got["state"] == "planned"


async def test_a_hearing_records_who_was_there_and_who_was_not(desk: Desk) -> None:
    case = await desk.listed()
    chair = desk.panel[0].client
    meeting = await desk.hearing(case, chair, adjustments="Large print.", companions="A friend of the respondent.")
    seats = await desk.seats(case, chair)
    told = await desk.do(
        chair, case, "hear", meeting_id=meeting, part_ids=seats, party_ids=[], minutes="The respondent stayed away."
    )
    assert told["state"] == "heard"
    got = (await desk.secretary.client.get(f"/v1/disputes/{case}/meetings/{meeting}")).json()
    assert got["absent_party_ids"] == [await desk.party(case)]
    assert set(got["present_part_ids"]) == set(seats)
    assert (got["state"], got["held_on"]) == ("held", clock.today().isoformat())
    assert (got["adjustments"], got["minutes"]) == ("Large print.", "The respondent stayed away.")
    kept = await desk.world.api.value("select sealed from dispute_meetings where id = $1", UUID(meeting))
    assert b"respondent" not in kept


async def test_a_hearing_needs_its_quorum_and_its_own_people(desk: Desk) -> None:
    case = await desk.listed()
    chair = desk.panel[0].client
    meeting = await desk.hearing(case, chair)
    seats = await desk.seats(case, chair)
    for part_ids, code in (
        (seats[:2], "quorum_missing"),
        ([*seats[:2], str(case)], "not_of_this_case"),
        ([*seats, seats[1]], "duplicate"),
    ):
        status, told = await _said(desk, case, "hear", meeting_id=meeting, part_ids=part_ids)
        assert (status, told["errors"][0]["code"]) == (422, code)
    status, told = await _said(desk, case, "hear", meeting_id=meeting, part_ids=seats, party_ids=[str(case)])
    assert told["errors"][0] == {
        "pointer": "/party_ids/0",
        "code": "not_of_this_case",
        "message": "Name somebody of this case.",
    }
    tomorrow = (clock.today() + timedelta(days=1)).isoformat()
    status, told = await _said(desk, case, "hear", meeting_id=meeting, part_ids=seats, held_on=tomorrow)
    assert told["errors"][0]["code"] == "in_future"
    status, told = await _said(desk, case, "hear", meeting_id=str(case), part_ids=seats)
    assert status == 404
    assert (await desk.file(chair, case))["state"] == "listed"


async def test_other_meetings_are_kept_too(desk: Desk) -> None:
    case = await desk.reported()
    secretary = desk.secretary.client
    at = clock.now().isoformat()
    assert desk.investigator is not None
    talk = (await desk.do(secretary, case, "meetings", kind="interview", starts_at=at))["id"]
    own = next(one["id"] for one in (await desk.file(secretary, case))["people"] if one["part"] == "investigator")
    party = await desk.party(case)
    told = await desk.do(
        secretary, case, f"meetings/{talk}/record", part_ids=[own], party_ids=[party], minutes="They spoke."
    )
    assert (told["state"], told["minutes"], told["absent_party_ids"]) == ("held", "They spoke.", [])
    off = (await desk.do(secretary, case, "meetings", kind="mediation", starts_at=at, place="Hall"))["id"]
    told = await desk.do(secretary, case, f"meetings/{off}/cancel", reasons="Nobody came.")
    assert (told["state"], told["reasons"], told["place"]) == ("cancelled", "Nobody came.", "Hall")
    again = await secretary.post(f"/v1/disputes/{case}/meetings/{off}/record", json={"part_ids": []})
    assert (again.status_code, again.json()["code"]) == (409, "meeting_over")
    unlisted = await secretary.post(f"/v1/disputes/{case}/meetings", json={"kind": "panel", "starts_at": at})
    assert unlisted.json()["errors"][0]["code"] == "no_panel"


async def test_a_mediator_keeps_no_minutes_and_reads_none(desk: Desk) -> None:
    case = await desk.acknowledged()
    mediator = await desk.outsider()
    await desk.do(desk.secretary.client, case, "people", account_id=str(mediator.account_id), part="mediator")
    at = clock.now().isoformat()
    planned = await mediator.client.post(f"/v1/disputes/{case}/meetings", json={"kind": "mediation", "starts_at": at})
    assert planned.status_code == 403
    assert (await mediator.client.get(f"/v1/disputes/{case}/meetings")).status_code == 403
    assert (await desk.respondent.client.get(f"/v1/disputes/{case}/meetings")).status_code == 404


async def test_a_meeting_belongs_to_its_case(desk: Desk) -> None:
    case, other = await desk.listed(), await desk.acknowledged()
    meeting = await desk.hearing(case, desk.panel[0].client)
    answer = await desk.secretary.client.get(f"/v1/disputes/{other}/meetings/{meeting}")
    assert answer.status_code == 404
