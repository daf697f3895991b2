"""Appeals: in time or late, to other people, never for the worse; and then it is final."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from app.core import clock
from app.services.disputes.appeals import finalise_due
from tests.disputes.desk import Desk, Someone, make_desk
from tests.world import Client, World


async def _list(desk: Desk, case: UUID, what: str) -> list[dict[str, Any]]:
    answer = await desk.secretary.client.get(f"/v1/disputes/{case}/{what}")
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["data"]
    return rows


async def _appeal(desk: Desk, case: UUID, **said: Any) -> tuple[int, dict[str, Any]]:
    body = {"party_id": await desk.party(case), "text": "It is out of proportion.", **said}
    answer = await desk.secretary.client.post(f"/v1/disputes/{case}/record-appeal", json=body)
    return answer.status_code, answer.json()


async def _try(desk: Desk, case: UUID, action: str, **said: Any) -> tuple[int, dict[str, Any]]:
    """As the chair of the appeal, through the whole panel unless told otherwise."""
    chair = desk.appeal_panel[0].client
    body = {"reasons": "We looked at it afresh.", **said}
    if action in ("decide-appeal", "reopen"):
        body = {"part_ids": await desk.seats(case, chair), **body}
    answer = await chair.post(f"/v1/disputes/{case}/{action}", json=body)
    return answer.status_code, answer.json()


async def _ruled(desk: Desk, case: UUID, action: str, **said: Any) -> dict[str, Any]:
    status, told = await _try(desk, case, action, **said)
    assert status == 200, told
    return told


async def _standing(desk: Desk, someone: Someone | None = None) -> str:
    officer = await desk.world.officer()
    told = (await officer.get(f"/v1/members/{(someone or desk.respondent).member_id}")).json()
    return str(told["standing"])


async def test_an_appeal_in_time_goes_to_another_panel(desk: Desk) -> None:
    case = await desk.decided(kind="exclusion", months=24)
    await desk.on(clock.today() + timedelta(days=14))
    status, told = await _appeal(desk, case)
    assert (status, told["state"]) == (200, "appealed")
    assert [(one["state"], one["late"], one["admitted"]) for one in await _list(desk, case, "appeals")] == [
        ("lodged", False, True)
    ]
    assert (await _appeal(desk, case))[1]["code"] == "appealed_already"
    # Unless the procedure says otherwise, what was imposed holds meanwhile.
    assert await _standing(desk) == "expelled"


async def test_day_fifteen_of_fourteen_is_late_and_waits_for_discretion(desk: Desk) -> None:
    case = await desk.decided(kind="reprimand")
    await desk.on(clock.today() + timedelta(days=15))
    _, told = await _appeal(desk, case)
    assert told["state"] == "appealed"
    row = (await _list(desk, case, "appeals"))[0]
    assert (row["late"], row["admitted"], row["text"]) == (True, False, "It is out of proportion.")
    await desk.list_appeal(case)
    status, told = await _try(desk, case, "decide-appeal", outcome="upheld")
    assert (status, told["params"]["reason_code"]) == (409, "out_of_time")
    status, told = await _try(desk, case, "admit-appeal", reasons=" ")
    assert status == 422
    await _ruled(desk, case, "admit-appeal", reasons="They were in hospital.")
    told = await _ruled(desk, case, "decide-appeal", outcome="upheld")
    assert (told["state"], told["outcome"]) == ("final", "not_upheld")
    row = (await _list(desk, case, "appeals"))[0]
    assert (row["state"], row["discretion"]) == ("upheld", "They were in hospital.")


async def test_a_late_appeal_may_be_left_unheard(desk: Desk) -> None:
    case = await desk.decided(kind="reprimand")
    await desk.on(clock.today() + timedelta(days=15))
    await _appeal(desk, case)
    await desk.list_appeal(case)
    told = await _ruled(desk, case, "refuse-appeal", reasons="No reason was given for the delay.")
    assert (told["state"], told["outcome"]) == ("final", "upheld")
    assert (await _list(desk, case, "sanctions"))[0]["standing"] == "in_force"
    assert (await _appeal(desk, case))[1]["code"] == "appealed_already"


async def test_a_letter_of_the_last_day_is_in_time_when_it_is_entered_later(desk: Desk) -> None:
    case = await desk.decided(kind="reprimand")
    last = clock.today() + timedelta(days=14)
    await desk.on(last + timedelta(days=3))
    future = (clock.today() + timedelta(days=1)).isoformat()
    assert (await _appeal(desk, case, received_on=future))[1]["errors"][0]["code"] == "not_since_decision"
    assert (await _appeal(desk, case, received_on=last.isoformat()))[0] == 200
    assert (await _list(desk, case, "appeals"))[0]["late"] is False


async def test_upheld_nothing_stands(desk: Desk) -> None:
    case = await desk.appeal_listed(kind="expulsion")
    assert await _standing(desk) == "expelled"
    told = await _ruled(desk, case, "decide-appeal", outcome="upheld")
    assert (told["state"], told["outcome"]) == ("final", "not_upheld")
    assert [one["standing"] for one in await _list(desk, case, "sanctions")] == ["quashed"]
    assert await _standing(desk) == "current"
    allegations = (await desk.file(desk.secretary.client, case))["allegations"]
    assert {one["outcome"] for one in allegations} == {"not_upheld"}


async def test_varied_something_milder_takes_its_place_from_the_same_day(desk: Desk) -> None:
    began = clock.today()
    case = await desk.appeal_listed(kind="exclusion", months=24)
    await desk.on(began + timedelta(days=20))
    party = await desk.party(case)
    for kind, months, code in (
        ("expulsion", None, "sanction_graver"),
        ("exclusion", 25, "sanction_graver"),
        ("suspension", 3, "sanction_not_in_powers"),
    ):
        imposed = [{"party_id": party, "kind": kind, "months": months}]
        status, told = await _try(desk, case, "decide-appeal", outcome="varied", sanctions=imposed)
        assert (status, told["errors"][0]["code"]) == (422, code)
    assert (await _try(desk, case, "decide-appeal", outcome="varied"))[1]["errors"][0]["code"] == "nothing_varied"
    imposed = [{"party_id": party, "kind": "exclusion", "months": 6}]
    told = await _ruled(desk, case, "decide-appeal", outcome="varied", sanctions=imposed)
    assert (told["state"], told["outcome"]) == ("final", "upheld")
    ends_on = clock.months_after(began, 6)
    rows = await _list(desk, case, "sanctions")
    assert [(one["standing"], one["starts_on"], one["ends_on"]) for one in rows] == [
        ("quashed", began.isoformat(), clock.months_after(began, 24).isoformat()),
        ("in_force", began.isoformat(), ends_on.isoformat()),
    ]
    assert await _standing(desk) == "expelled"
    await desk.on(ends_on)
    assert await _standing(desk) == "current"


async def test_dismissed_all_stands(desk: Desk) -> None:
    case = await desk.appeal_listed(kind="office_bar", months=12)
    party = await desk.party(case)
    imposed = [{"party_id": party, "kind": "warning", "months": 1}]
    status, told = await _try(desk, case, "decide-appeal", outcome="dismissed", sanctions=imposed)
    assert (status, told["errors"][0]["code"]) == (422, "nothing_changes")
    told = await _ruled(desk, case, "decide-appeal", outcome="dismissed")
    assert (told["state"], told["outcome"]) == ("final", "upheld")
    assert [one["standing"] for one in await _list(desk, case, "sanctions")] == ["in_force"]


async def test_an_appeal_stays_the_sanction_where_the_procedure_says_so(world: World) -> None:
    desk = await make_desk(world, appeal_stays_sanction=True)
    case = await desk.decided(kind="expulsion")
    assert (await _list(desk, case, "sanctions"))[0]["standing"] == "pending"
    assert await _standing(desk) == "current"
    await _appeal(desk, case)
    await desk.list_appeal(case)
    assert await _standing(desk) == "current"
    await _ruled(desk, case, "decide-appeal", outcome="dismissed")
    assert await _standing(desk) == "expelled"


async def test_a_letter_in_time_stays_what_came_into_force_before_it_was_entered(world: World) -> None:
    desk = await make_desk(world, appeal_stays_sanction=True)
    case = await desk.decided(kind="expulsion")
    last = clock.today() + timedelta(days=14)
    await desk.on(last + timedelta(days=1))
    await desk.do(desk.secretary.client, case, "finalise")
    assert await _standing(desk) == "expelled"
    assert (await _appeal(desk, case, received_on=last.isoformat()))[1]["state"] == "appealed"
    assert (await _list(desk, case, "sanctions"))[0]["standing"] == "pending"
    assert await _standing(desk) == "current"


async def test_a_late_appeal_stays_nothing(world: World) -> None:
    desk = await make_desk(world, appeal_stays_sanction=True)
    case = await desk.decided(kind="expulsion")
    await desk.on(clock.today() + timedelta(days=15))
    await _appeal(desk, case)
    assert await _standing(desk) == "expelled"


async def test_what_nobody_appeals_against_becomes_final_by_itself(world: World) -> None:
    desk = await make_desk(world, appeal_stays_sanction=True)
    case, open_still = await desk.decided(kind="exclusion", months=3), await desk.received()
    early = await desk.secretary.client.post(f"/v1/disputes/{case}/finalise")
    assert (early.status_code, early.json()["params"]["reason_code"]) == (409, "appeal_time_running")
    database = world.api.app.state.database
    await desk.on(clock.today() + timedelta(days=14))
    await finalise_due(database)
    assert (await desk.file(desk.secretary.client, case))["state"] == "decided"
    await desk.on(clock.today() + timedelta(days=1))
    await finalise_due(database)
    assert (await desk.file(desk.secretary.client, case))["state"] == "final"
    assert (await desk.file(desk.secretary.client, open_still))["state"] == "received"
    row = (await _list(desk, case, "sanctions"))[0]
    assert (row["standing"], row["starts_on"]) == ("in_force", clock.today().isoformat())
    assert await _standing(desk) == "expelled"


async def test_the_receiver_makes_a_decision_final(desk: Desk) -> None:
    case = await desk.decided(outcome="not_upheld")
    await desk.on(clock.today() + timedelta(days=15))
    told = await desk.do(desk.secretary.client, case, "finalise")
    assert (told["state"], told["outcome"]) == ("final", "not_upheld")


async def test_who_may_appeal_against_what(desk: Desk) -> None:
    upheld = await desk.decided()
    complainant = await desk.party(upheld, "complainant")
    assert (await _appeal(desk, upheld, party_id=complainant))[1]["code"] == "nothing_to_appeal"
    desk.respondent = await desk.member()
    cleared = await desk.decided(outcome="not_upheld")
    assert (await _appeal(desk, cleared))[1]["code"] == "nothing_to_appeal"
    stranger = await _appeal(desk, cleared, party_id=str(cleared))
    assert stranger[1]["errors"][0]["code"] == "no_party"
    dismissed = await desk.acknowledged()
    await desk.do(desk.secretary.client, dismissed, "dismiss", reasons="Outside the rules.")
    assert (await _appeal(desk, dismissed))[1]["code"] == "nothing_to_appeal"
    complainant = await desk.party(dismissed, "complainant")
    assert (await _appeal(desk, dismissed, party_id=complainant))[1]["state"] == "appealed"


async def test_on_a_complainants_appeal_what_was_not_upheld_may_be(desk: Desk) -> None:
    case = await desk.decided(outcome="not_upheld")
    await _appeal(desk, case, party_id=await desk.party(case, "complainant"))
    await desk.list_appeal(case)
    chair = desk.appeal_panel[0].client
    party = await desk.party(case)
    cleared = await desk.findings(case, chair, "not_upheld")
    status, told = await _try(desk, case, "decide-appeal", outcome="upheld", findings=cleared)
    assert (status, told["errors"][0]["code"]) == (422, "finding_not_open")
    assert (await _try(desk, case, "decide-appeal", outcome="upheld"))[1]["errors"][0]["code"] == "nothing_varied"
    found = await desk.findings(case, chair)
    imposed = [{"party_id": party, "kind": "warning", "months": 12}]
    told = await _ruled(desk, case, "decide-appeal", outcome="upheld", findings=found, sanctions=imposed)
    assert (told["state"], told["outcome"]) == ("final", "upheld")
    assert [one["standing"] for one in await _list(desk, case, "sanctions")] == ["in_force"]


async def test_an_appeal_against_a_dismissal_begins_anew_before_others(desk: Desk) -> None:
    case = await desk.reported()
    secretary = desk.secretary.client
    await desk.do(secretary, case, "dismiss", reasons="There is nothing in it.")
    complainant = await desk.party(case, "complainant")
    await _appeal(desk, case, party_id=complainant)
    panel = await desk.list_appeal(case)
    status, told = await _try(desk, case, "decide-appeal", outcome="upheld")
    assert (status, told["errors"][0]["code"]) == (422, "reopen_instead")
    told = await _ruled(desk, case, "reopen")
    assert (told["state"], told["outcome"], told["notice_on"], told["responded_on"]) == (
        "acknowledged",
        None,
        None,
        None,
    )
    assert (await panel[0].client.get(f"/v1/disputes/{case}")).status_code == 404
    await desk.do(secretary, case, "dismiss", reasons="There is still nothing in it.")
    assert (await _appeal(desk, case, party_id=complainant))[0] == 200
    again = await secretary.post(f"/v1/disputes/{case}/list-appeal-panel", json={"members": desk.members(panel)})
    assert {one["code"] for one in again.json()["errors"]} == {"panel_member_decided_before"}


async def test_an_appeal_against_a_dismissal_tells_a_respondent_nothing_who_knows_nothing(desk: Desk) -> None:
    case = await desk.acknowledged()
    await desk.do(desk.secretary.client, case, "dismiss", reasons="Outside the rules.")
    await desk.on(clock.today() + timedelta(days=15))
    await _appeal(desk, case, party_id=await desk.party(case, "complainant"))
    await desk.list_appeal(case)
    await _ruled(desk, case, "admit-appeal")
    told = await _ruled(desk, case, "decide-appeal", outcome="dismissed")
    assert (told["state"], told["outcome"]) == ("final", "dismissed")
    rows = await desk.world.api.row(
        "select p.told_at, (select count(*) from dispute_disclosures x where x.party_id = p.id) as shown "
        "from dispute_parties p where p.dispute_id = $1 and p.role = 'respondent'",
        case,
    )
    assert (rows["told_at"], rows["shown"]) == (None, 0)


async def test_each_side_appeals_and_each_appeal_is_decided(desk: Desk) -> None:
    """Two respondents: the second appeal joins the first before its panel, and neither is lost."""
    other = await desk.member(desk.world.hackney)
    case = await desk.complain({"person_id": str(desk.respondent.person_id)}, {"person_id": str(other.person_id)})
    secretary = desk.secretary.client
    await desk.do(secretary, case, "acknowledge")
    people = (await desk.file(secretary, case))["parties"]
    parties = [one["id"] for one in people if one["role"] == "respondent"]
    await desk.do(secretary, case, "give-notice", allegations=[desk.allegation(one) for one in parties])
    for one in parties:
        await desk.do(secretary, case, "record-response", party_id=one, text="No.")
    imposed = [{"party_id": one, "kind": "warning", "months": 12} for one in parties]
    findings = await desk.findings(case, secretary)
    await desk.do(secretary, case, "warn", findings=findings, reasons="Seen by many.", sanctions=imposed)
    assert (await _appeal(desk, case, party_id=parties[0]))[0] == 200
    await desk.list_appeal(case)
    await desk.on(clock.today() + timedelta(days=15))
    status, told = await _appeal(desk, case, party_id=parties[1])
    assert (status, told["state"]) == (200, "appeal_listed")
    first, second = (one["id"] for one in await _list(desk, case, "appeals"))
    status, told = await _try(desk, case, "decide-appeal", outcome="upheld", appeal_id=first)
    assert (status, told["params"]["reason_code"]) == (409, "out_of_time")
    await _ruled(desk, case, "admit-appeal", reasons="Abroad.")
    status, told = await _try(desk, case, "decide-appeal", outcome="upheld")
    assert (status, told["errors"][0]["code"]) == (422, "several_appeals")
    told = await _ruled(desk, case, "decide-appeal", outcome="upheld", appeal_id=first)
    assert (told["state"], told["outcome"]) == ("appeal_listed", "partly_upheld")
    told = await _ruled(desk, case, "decide-appeal", outcome="dismissed", appeal_id=second)
    assert (told["state"], told["outcome"]) == ("final", "partly_upheld")
    assert {(one["party_id"], one["standing"]) for one in await _list(desk, case, "sanctions")} == {
        (parties[0], "quashed"),
        (parties[1], "in_force"),
    }


async def test_an_appeal_hearing_is_heard_by_those_who_decide(desk: Desk) -> None:
    case = await desk.appeal_listed(kind="reprimand")
    chair = desk.appeal_panel[0].client
    meeting = await desk.hearing(case, chair)
    seats = await desk.seats(case, chair)
    few = await chair.post(f"/v1/disputes/{case}/meetings/{meeting}/record", json={"part_ids": seats[:2]})
    assert few.json()["errors"][0]["code"] == "quorum_missing"
    told = await desk.do(chair, case, f"meetings/{meeting}/record", part_ids=seats, minutes="Heard.")
    assert told["state"] == "held"
    assert (await _ruled(desk, case, "decide-appeal", outcome="dismissed"))["state"] == "final"


async def test_the_first_panel_has_no_say_in_the_appeal(desk: Desk) -> None:
    case = await desk.appealed(kind="reprimand")
    await desk.list_appeal(case)
    seats = await desk.seats(case, desk.secretary.client)
    body = {"outcome": "dismissed", "reasons": "As before.", "part_ids": seats}
    path = f"/v1/disputes/{case}/decide-appeal"

    async def status(who: Client) -> int:
        return (await who.post(path, json=body)).status_code

    assert await status(desk.panel[0].client) == 404
    assert await status(desk.secretary.client) == 403
    assert await status(desk.appeal_panel[1].client) == 403
    assert await status(desk.respondent.client) == 404


async def test_appeals_tell_no_more_than_ids(desk: Desk) -> None:
    case = await desk.appeal_listed(kind="reprimand")
    kept = await desk.world.api.value("select string_agg(sealed, '') from dispute_appeals where dispute_id = $1", case)
    assert b"proportion" not in kept
    trail = await desk.world.api.value(
        "select string_agg(fields::text, '') from audit_entries where wall_key = $1 and action = 'dispute.appealed'",
        case,
    )
    assert "proportion" not in trail
