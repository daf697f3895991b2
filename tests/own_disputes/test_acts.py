"""What parties say in their own cases: in time or late, each in their part."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app.core import clock
from app.core.ids import new_id
from tests.disputes.desk import Desk
from tests.own_disputes.test_reading import allowed, own
from tests.world import Client


async def say(who: Client, case: UUID, verb: str, **said: Any) -> dict[str, Any]:
    answer = await who.post(f"/v1/me/disputes/{case}/{verb}", json=said)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def refused(who: Client, case: UUID, verb: str, **said: Any) -> str:
    """The reason why not; nothing of the case has changed."""
    answer = await who.post(f"/v1/me/disputes/{case}/{verb}", json=said)
    assert (answer.status_code, answer.json()["code"]) == (409, "action_not_allowed"), answer.text
    reason: str = answer.json()["params"]["reason_code"]
    return reason


async def steps(desk: Desk, case: UUID) -> list[tuple[str, bool, str | None]]:
    """What parties have said, as the receiver reads it."""
    rows = (await desk.file(desk.secretary.client, case))["steps"]
    return [(one["action"], one["late"], one["texts"].get("text")) for one in rows if one["party_id"] is not None]


async def state(desk: Desk, case: UUID) -> str:
    found: str = await desk.world.api.value("select state from disputes where id = $1", case)
    return found


async def test_an_answer_moves_the_case_on_and_another_is_kept_beside_it(desk: Desk) -> None:
    case = await desk.noticed()
    told = await say(desk.respondent.client, case, "respond", text="It was not so.", accepts=False)
    assert (told["state"], await state(desk, case)) == ("under_consideration", "responded")
    assert allowed(told) == {"respond", "correct", "add_evidence"}
    await desk.world.api.set_clock(clock.now() + timedelta(days=15))
    await say(desk.respondent.client, case, "respond", text="And I was away.")
    assert await state(desk, case) == "responded"
    assert await steps(desk, case) == [
        ("record_response", False, "It was not so."),
        ("record_response", True, "And I was away."),
    ]


async def test_a_late_answer_is_taken_and_recorded_as_late(desk: Desk) -> None:
    case = await desk.noticed()
    await desk.world.api.set_clock(clock.now() + timedelta(days=15))
    told = await say(desk.respondent.client, case, "respond", text="Here I am.")
    [mine] = [one for one in told["told"] if one["by_oneself"]]
    assert (mine["late"], await state(desk, case)) == (True, "responded")


async def test_on_the_last_day_an_answer_is_in_time(desk: Desk) -> None:
    case = await desk.noticed()
    await desk.world.api.set_clock(clock.now() + timedelta(days=14))
    told = await say(desk.respondent.client, case, "respond", text="Here I am.")
    assert [one["late"] for one in told["told"] if one["by_oneself"]] == [False]


async def test_a_case_is_answered_when_every_respondent_has_answered(desk: Desk) -> None:
    other = await desk.member()
    case = await desk.complain(*({"person_id": str(one.person_id)} for one in (desk.respondent, other)))
    secretary = desk.secretary.client
    await desk.do(secretary, case, "acknowledge")
    parties = [one for one in (await desk.file(secretary, case))["parties"] if one["role"] == "respondent"]
    await desk.do(secretary, case, "give-notice", allegations=[desk.allegation(one["id"]) for one in parties])
    told = await say(desk.respondent.client, case, "respond", text="Not I.")
    assert (told["state"], await state(desk, case)) == ("under_consideration", "noticed")
    theirs = await own(other.client, case)
    assert (theirs["state"], len(theirs["allegations"])) == ("response_awaited", 1)
    assert "Not I." not in str(theirs)
    second = next(one["id"] for one in parties if one["person_id"] == str(other.person_id))
    await desk.do(secretary, case, "record-response", party_id=second, text="Nor I.")
    assert await state(desk, case) == "responded"


async def test_a_complaint_can_be_taken_back_until_there_is_a_notice(desk: Desk) -> None:
    case = await desk.acknowledged()
    assert await refused_for_respondent(desk, case)
    told = await say(desk.complainant.client, case, "withdraw", text="We have made it up.")
    assert (told["state"], told["outcome"], allowed(told)) == ("withdrawn", "withdrawn", set())
    assert await state(desk, case) == "withdrawn"
    assert await refused(desk.complainant.client, case, "correct", text="No.") == "wrong_state"


async def refused_for_respondent(desk: Desk, case: UUID) -> bool:
    answer = await desk.respondent.client.post(f"/v1/me/disputes/{case}/withdraw", json={"text": "Gone."})
    return answer.status_code == 404


async def test_after_the_notice_the_receiver_decides_whether_it_goes_on(desk: Desk) -> None:
    case = await desk.noticed()
    assert await refused(desk.complainant.client, case, "withdraw", text="We have made it up.") == "notice_given"
    assert await refused(desk.respondent.client, case, "withdraw", text="Gone.") == "not_in_this_part"
    assert await refused(desk.complainant.client, case, "respond", text="Yes.") == "not_in_this_part"
    assert await state(desk, case) == "noticed"


async def test_a_complaint_of_several_goes_on_when_one_takes_it_back(desk: Desk) -> None:
    case = await desk.acknowledged()
    other = await desk.member(desk.world.islington)
    await desk.do(desk.secretary.client, case, "parties", person_id=str(other.person_id), role="complainant")
    await say(desk.complainant.client, case, "withdraw", text="We have made it up.")
    assert await state(desk, case) == "acknowledged"
    assert await steps(desk, case) == [("record_withdrawal", False, "We have made it up.")]


async def test_a_measure_ends_with_the_complaint_that_is_taken_back(desk: Desk) -> None:
    case = await desk.acknowledged()
    await desk.do(
        desk.secretary.client, case, "measures", party_id=await desk.party(case), kind="suspension",
        reasons="Witnesses are afraid.", text="You are suspended. Nothing is decided.",
    )  # fmt: skip
    member = await desk.world.api.sign_in(desk.respondent.account_id)
    assert (await member.get("/v1/me/member")).json()["standing"] == "suspended"
    await say(desk.complainant.client, case, "withdraw", text="We have made it up.")
    assert (await member.get("/v1/me/member")).json()["standing"] == "current"
    told = await own(member, case)
    assert (told["state"], told["measures"][0]["lifted_on"]) == ("withdrawn", str(clock.today()))


async def test_what_is_asked_of_a_complainant_is_answered(desk: Desk) -> None:
    case = await desk.acknowledged()
    await desk.do(desk.secretary.client, case, "ask-information", text="When was it?")
    told = await say(desk.complainant.client, case, "correct", text="On the tenth.")
    assert [one["text"] for one in told["told"]] == [None, "When was it?", "On the tenth."]
    assert await steps(desk, case) == [("correct", False, "On the tenth.")]


@pytest.mark.parametrize(("days", "late"), [(14, False), (15, True)])
async def test_an_appeal_is_in_time_or_kept_as_late(desk: Desk, days: int, late: bool) -> None:
    case = await desk.decided(kind="reprimand")
    await desk.world.api.set_clock(clock.now() + timedelta(days=days))
    told = await say(desk.respondent.client, case, "appeal", text="It is out of proportion.")
    assert told["state"] == "appealed"
    [mine] = told["appeals"]
    assert (mine["late"], mine["admitted"], mine["by_oneself"]) == (late, not late, True)
    assert mine["grounds"] == "It is out of proportion."
    assert await refused(desk.respondent.client, case, "appeal", text="Again.") == "appealed_already"
    theirs = await own(desk.complainant.client, case)
    assert [(one["by_oneself"], one["grounds"]) for one in theirs["appeals"]] == [(False, None)]


async def test_nobody_appeals_against_what_was_not_decided_against_them(desk: Desk) -> None:
    case = await desk.decided(outcome="not_upheld")
    assert await refused(desk.respondent.client, case, "appeal", text="Why?") == "nothing_to_appeal"
    told = await say(desk.complainant.client, case, "appeal", text="They said it before all of us.")
    assert told["state"] == "appealed"


async def test_an_expelled_member_reads_why_and_appeals(desk: Desk) -> None:
    case = await desk.decided(kind="expulsion")
    who = await desk.world.api.sign_in(desk.respondent.account_id)
    told = await own(who, case)
    assert [one["kind"] for one in told["sanctions"]] == ["expulsion"]
    assert (await say(who, case, "appeal", text="It is out of proportion."))["state"] == "appealed"


async def test_evidence_is_seen_by_who_brought_it_and_by_the_other_side_once_disclosed(desk: Desk) -> None:
    case = await desk.acknowledged()
    path = f"/v1/me/disputes/{case}/evidence"
    sent = await desk.complainant.client.post(
        path, files={"file": ("notes.txt", b"what I heard")}, data={"title": "Notes"}
    )
    assert sent.status_code == 200, sent.text
    [mine] = (await desk.complainant.client.get(path)).json()["data"]
    assert (mine["title"], mine["name"]) == ("Notes", "notes.txt")
    link = (await desk.complainant.client.post(f"{path}/{mine['id']}/link")).json()["url"]
    assert (await desk.complainant.client.get(link)).content == b"what I heard"
    party = await desk.party(case)
    await desk.do(desk.secretary.client, case, "give-notice", allegations=[desk.allegation(party)])
    [shown] = (await desk.respondent.client.get(path)).json()["data"]
    assert shown["id"] == mine["id"]
    later = await desk.complainant.client.post(path, files={"file": ("more.txt", b"I remember now")})
    assert later.status_code == 200
    assert len((await desk.respondent.client.get(path)).json()["data"]) == 1
    hidden = next(
        one["id"] for one in (await desk.complainant.client.get(path)).json()["data"] if one["name"] == "more.txt"
    )
    assert (await desk.respondent.client.post(f"{path}/{hidden}/link")).status_code == 404


async def test_a_file_that_lies_is_refused_and_nothing_is_kept(desk: Desk) -> None:
    case = await desk.received()
    path = f"/v1/me/disputes/{case}/evidence"
    sent = await desk.complainant.client.post(path, files={"file": ("picture.png", b"MZ\x90\x00 not a picture")})
    assert sent.status_code in (415, 422), sent.text
    assert (await desk.complainant.client.get(path)).json()["data"] == []


async def test_a_party_objects_to_a_member_of_the_panel_of_whom_they_were_told(desk: Desk) -> None:
    case = await desk.listed()
    part = str(new_id())
    assert await refused(desk.respondent.client, case, "object", part_id=part, text="No.") == "hearing_missing"
    await desk.hearing(case, desk.panel[0].client, place="The Guildhall")
    told = await own(desk.respondent.client, case)
    [meeting] = told["meetings"]
    assert meeting["place"] == "The Guildhall"
    names = [
        await desk.world.api.value("select name from accounts where id = $1", one.account_id) for one in desk.panel
    ]
    assert sorted(one["name"] for one in meeting["panel"]) == sorted(names)
    assert [one["chair"] for one in meeting["panel"]].count(True) == 1
    unknown = await desk.respondent.client.post(f"/v1/me/disputes/{case}/object", json={"part_id": part, "text": "No."})
    assert (unknown.status_code, unknown.json()["errors"][0]["code"]) == (422, "no_panel_member")
    member = meeting["panel"][0]["part_id"]
    await say(desk.respondent.client, case, "object", part_id=member, text="She is my sister-in-law.")
    assert ("object", False, "She is my sister-in-law.") in await steps(desk, case)


async def test_while_a_case_is_stayed_nobody_need_answer(desk: Desk) -> None:
    case = await desk.noticed()
    await desk.do(desk.secretary.client, case, "stay", reason="police", text="The police look into it.")
    told = await own(desk.respondent.client, case)
    assert told["stayed"]
    assert "police" not in str(told)
    assert await refused(desk.respondent.client, case, "respond", text="No.") == "stayed"
    await desk.do(desk.secretary.client, case, "lift-stay", text="They have done.")
    assert (await say(desk.respondent.client, case, "respond", text="No."))["state"] == "under_consideration"


async def test_the_same_answer_sent_twice_is_entered_once(desk: Desk) -> None:
    case = await desk.noticed()
    answers = [
        await desk.respondent.client.post(
            f"/v1/me/disputes/{case}/respond", json={"text": "No."}, headers={"Idempotency-Key": "once"}
        )
        for _ in range(2)
    ]
    assert [one.status_code for one in answers] == [200, 200]
    assert len(await steps(desk, case)) == 1


async def test_both_sides_of_cases_that_were_joined_speak_in_both_parts(desk: Desk) -> None:
    """Each complained of the other: whoever is complainant and respondent may answer, and withdraws nothing."""
    first = await desk.received()
    secretary = desk.secretary.client
    await desk.do(secretary, first, "acknowledge", text="THANKS-TO-THE-FIRST")
    await desk.do(secretary, first, "give-notice", allegations=[desk.allegation(await desk.party(first))])
    second = await desk.complain({"person_id": str(desk.complainant.person_id)}, by=desk.respondent.client)
    await desk.do(desk.secretary.client, second, "join", into_id=str(first), text="They belong together.")
    told = await own(desk.respondent.client, first)
    assert told["role"] == "respondent"
    assert {"respond", "correct"} <= allowed(told)
    assert (await own(desk.respondent.client, second))["state"] == "joined"
    # What the other complained of, and what was said to them about it, does not become one's own by the joining.
    assert told["complaint"] is None
    assert "THANKS-TO-THE-FIRST" not in str(told)
    assert (await say(desk.respondent.client, first, "respond", text="They began."))["state"] == "under_consideration"


async def test_what_a_party_does_leaves_a_trail_that_only_the_cases_people_see(desk: Desk) -> None:
    case = await desk.noticed()
    await say(desk.respondent.client, case, "respond", text="PRIVATE-WORDS")
    rows = await desk.world.api.row(
        "select count(*) as all, count(*) filter (where wall_key = $1) as walled, "
        "string_agg(fields::text, ' ') as said from audit_entries where account_id = $2 and subject_id = $1",
        case,
        desk.respondent.account_id,
    )
    assert rows["all"] == rows["walled"] > 0
    assert "PRIVATE-WORDS" not in rows["said"]
