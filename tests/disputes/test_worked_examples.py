"""Cases worked through from end to end, on days and under powers of which it is known what follows from them."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.core.permissions import Role
from app.services.procedures_presets import CO_OPERATIVE_PARTY
from tests.disputes.desk import Desk, Someone, make_desk
from tests.disputes.test_evidence import add
from tests.world import Client, World

REASONS = "Two members saw it, and the respondent says the same."


async def to_a_hearing(desk: Desk, day: date) -> UUID:
    """A case that is heard on a day, with every step on one of its own before."""
    secretary = desk.secretary.client
    await desk.on(day - timedelta(days=40))
    case = await desk.acknowledged()
    party = await desk.party(case)
    alleged = desk.allegation(party, conduct_from=str(day - timedelta(days=60)))
    await desk.do(secretary, case, "give-notice", allegations=[alleged])
    await desk.on(day - timedelta(days=26))
    await desk.do(secretary, case, "record-response", party_id=party, text="I was not there.")
    investigator = desk.investigator = await desk.member(desk.world.region)
    await desk.do(secretary, case, "investigate", account_id=str(investigator.account_id))
    await desk.on(day - timedelta(days=20))
    found = [{"allegation_id": one["id"], "text": REASONS} for one in await allegations(investigator.client, case)]
    await desk.do(investigator.client, case, "report", findings=found)
    desk.panel = await desk.bench()
    await desk.do(secretary, case, "list-panel", members=desk.members(desk.panel))
    meeting = await desk.do(secretary, case, "meetings", kind="hearing", starts_at=f"{day}T10:00:00Z")
    await desk.on(day)
    seats = await desk.seats(case, desk.panel[0].client)
    await desk.do(desk.panel[0].client, case, "hear", meeting_id=meeting["id"], part_ids=seats)
    return case


async def allegations(by: Client, case: UUID) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await by.get(f"/v1/disputes/{case}")).json()["allegations"]
    return found


async def decide(desk: Desk, case: UUID, *sanctions: dict[str, Any], outcome: str = "upheld") -> Any:
    """The panel's decision, as it is answered."""
    chair, party = desk.panel[0].client, await desk.party(case)
    return await chair.post(
        f"/v1/disputes/{case}/decide",
        json={
            "findings": await desk.findings(case, chair, outcome),
            "reasons": REASONS,
            "sanctions": [{"party_id": party, **one} for one in sanctions],
            "part_ids": await desk.seats(case, chair),
        },
    )


async def offers(client: Client, case: UUID) -> dict[str, str | None]:
    """Why not, for each action of the case; None for what is allowed."""
    told = (await client.get(f"/v1/disputes/{case}")).json()
    return {one["action"]: one["reason_code"] for one in told["allowed_actions"]}


async def sanctions_of(desk: Desk, case: UUID) -> list[tuple[str, str, str | None]]:
    rows = (await desk.secretary.client.get(f"/v1/disputes/{case}/sanctions")).json()["data"]
    return [(one["kind"], one["standing"], one["ends_on"]) for one in rows]


async def test_the_general_course_from_receipt_to_the_end_of_an_appeal(desk: Desk) -> None:
    case = await to_a_hearing(desk, date(2027, 3, 1))
    assert (await decide(desk, case, {"kind": "reprimand"})).status_code == 200
    await desk.on(date(2027, 3, 15))
    party = await desk.party(case)
    await desk.do(desk.secretary.client, case, "record-appeal", party_id=party, text="It is out of proportion.")
    judges = await desk.list_appeal(case)
    seats = await desk.seats(case, judges[0].client)
    await desk.do(judges[0].client, case, "decide-appeal", outcome="dismissed", reasons=REASONS, part_ids=seats)
    file = await desk.file(desk.secretary.client, case)
    assert [(one["action"], one["to_state"], one["late"]) for one in file["steps"]] == [
        ("receive", "received", False),
        ("acknowledge", "acknowledged", False),
        ("give_notice", "noticed", False),
        ("record_response", "responded", False),
        ("investigate", "investigating", False),
        ("report", "reported", False),
        ("list_panel", "listed", False),
        ("hear", "heard", False),
        ("decide", "decided", False),
        ("record_appeal", "appealed", False),
        ("list_appeal_panel", "appeal_listed", False),
        ("decide_appeal", "final", False),
    ]
    assert (file["due_on"], file["overdue"], file["outcome"]) == (None, False, "upheld")


async def test_the_general_secretary_has_each_complaint_first_and_four_ways_to_go_on(desk: Desk) -> None:
    case = await desk.acknowledged()
    secretary = desk.secretary.client
    at_first = await offers(secretary, case)
    assert [at_first[one] for one in ("give_notice", "dismiss", "resolve_informally")] == [None, None, None]
    assert [at_first[one] for one in ("warn", "declare_ineligible", "investigate")] == ["wrong_state"] * 3
    party = await desk.party(case)
    held = {"party_id": party, "reasons": REASONS, "text": "While it is looked into, you are suspended."}
    await desk.do(secretary, case, "measures", **held)
    await desk.do(secretary, case, "give-notice", allegations=[desk.allegation(party)])
    await desk.do(secretary, case, "record-response", party_id=party, text="It was not so.")
    after = await offers(secretary, case)
    assert [after[one] for one in ("warn", "declare_ineligible", "investigate")] == [None, None, None]
    # To judge is not theirs, and to exclude or expel by another name is neither.
    assert after["decide"] == "permission_missing"
    for kind in ("expulsion", "exclusion", "office_bar", "suspension"):
        refused = await secretary.post(
            f"/v1/disputes/{case}/warn",
            json={
                "findings": await desk.findings(case, secretary),
                "reasons": REASONS,
                "sanctions": [{"party_id": party, "kind": kind, "months": 12}],
            },
        )
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "sanction_not_in_powers")
    assert (await desk.file(secretary, case))["state"] == "responded"


async def test_the_committee_imposes_what_is_in_its_powers_and_no_more(desk: Desk) -> None:
    case = await to_a_hearing(desk, date(2027, 3, 1))
    for kind in ("suspension", "ineligibility"):
        refused = await decide(desk, case, {"kind": kind, "months": 6})
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "sanction_not_in_powers")
    assert (await desk.file(desk.secretary.client, case))["state"] == "heard"
    every = ["reprimand", "office_bar", "candidacy_bar", "expulsion"]
    limited = [{"kind": kind, "months": 6} for kind in ("warning", "exclusion")]
    done = await decide(desk, case, *limited, *({"kind": kind} for kind in every))
    assert (done.status_code, done.json()["state"]) == (200, "decided")
    assert sorted(await sanctions_of(desk, case)) == sorted(
        [
            ("warning", "in_force", "2027-09-01"),
            ("exclusion", "in_force", "2027-09-01"),
            *((kind, "in_force", None) for kind in every),
        ]
    )


async def test_a_member_of_the_committee_does_not_judge_a_complaint_about_the_committee(desk: Desk) -> None:
    api, world = desk.world.api, desk.world
    bench = [*await desk.bench(2), *await desk.bench(1)]
    assert bench[2].person_id is not None
    committee = await api.unit(world.region)
    await api.office(bench[2].person_id, committee, "nec_member")
    office_type = await api.value("select id from office_types where key = 'nec_member'")
    case = await desk.complain({"office": {"unit_id": str(committee), "office_type_id": str(office_type)}})
    # The complainant named an office; who holds it is named by that, and sees nothing of it.
    assert (await bench[2].client.get(f"/v1/disputes/{case}")).status_code == 404
    secretary = desk.secretary.client
    await desk.do(secretary, case, "acknowledge")
    party = await desk.party(case)
    await desk.do(secretary, case, "give-notice", allegations=[desk.allegation(party)])
    await desk.do(secretary, case, "record-response", party_id=party, text="We had a quorum.")
    investigator = await desk.outsider()
    await desk.do(secretary, case, "investigate", account_id=str(investigator.account_id))
    found = [{"allegation_id": one["id"], "text": REASONS} for one in await allegations(investigator.client, case)]
    await desk.do(investigator.client, case, "report", findings=found)
    refused = await secretary.post(f"/v1/disputes/{case}/list-panel", json={"members": desk.members(bench)})
    assert refused.status_code == 409
    assert [(one["pointer"], one["code"]) for one in refused.json()["errors"]] == [
        ("/members/2/account_id", "panel_member_named")
    ]


async def test_who_is_suspended_pays_on_and_has_their_own_record(desk: Desk) -> None:
    await desk.on(date(2026, 11, 22))
    case = await desk.acknowledged()
    api, respondent = desk.world.api, desk.respondent
    officer = await desk.world.officer(Role.branch_secretary, desk.world.hackney)
    path = f"/v1/members/{respondent.member_id}"
    before = (await officer.get(path)).json()
    held = {"reasons": REASONS, "text": "While it is looked into, you are suspended."}
    party = await desk.party(case)
    measure = await desk.do(desk.secretary.client, case, "measures", party_id=party, **held)
    assert measure["review_by"] == "2026-12-20"
    # The secretary of the branch sees that, and no more than that.
    after = (await officer.get(path)).json()
    assert (before["standing"], after["standing"]) == ("current", "suspended")
    assert [one["kind"] for one in after["restrictions"]] == ["suspended"]
    assert "While it is" not in str(after)
    changed = {name for name in before if before[name] != after[name]}
    assert not changed & {"paid_until", "lapses_on", "joined_on", "type", "number", "branch_id"}
    assert (await respondent.client.get("/v1/me")).status_code == 401
    again = await api.sign_in(respondent.account_id)
    assert (await again.get("/v1/me/member")).status_code == 200
    own = (await again.get(f"/v1/me/disputes/{case}")).json()
    assert [one["review_by"] for one in own["measures"]] == ["2026-12-20"]
    assert own["allegations"] == []


async def test_two_years_out_from_a_leap_day(desk: Desk) -> None:
    case = await to_a_hearing(desk, date(2024, 2, 29))
    done = await decide(desk, case, {"kind": "exclusion", "months": 24})
    assert done.status_code == 200, done.text
    assert await sanctions_of(desk, case) == [("exclusion", "in_force", "2026-02-28")]
    name = await desk.world.api.row(
        "select given_name, family_name, email from people where id = $1", desk.respondent.person_id
    )
    for day, standing, status in ((date(2026, 2, 27), "in_force", 409), (date(2026, 2, 28), "spent", 201)):
        await desk.on(day)
        assert await sanctions_of(desk, case) == [("exclusion", standing, "2026-02-28")]
        officer = await desk.world.officer(Role.branch_secretary, desk.world.angel)
        answer = await officer.post("/v1/members", json={**_form(desk), **dict(name)})
        assert answer.status_code == status, answer.text
        if status == 409:
            assert answer.json()["code"] == "membership_barred"
            assert answer.json()["params"] == {"until": "2026-02-28"}


def _form(desk: Desk) -> dict[str, Any]:
    return {"branch_id": str(desk.world.angel), "type": "full", "postcode": "N1 2UD"}


async def test_a_warning_of_a_year_is_spent_when_the_year_is_over(desk: Desk) -> None:
    case = await to_a_hearing(desk, date(2026, 2, 28))
    assert (await decide(desk, case, {"kind": "warning", "months": 12})).status_code == 200
    assert (await desk.file(desk.secretary.client, case))["appeal_due_on"] == "2026-03-14"
    for day, standing, shown in ((date(2027, 2, 27), "in_force", 1), (date(2027, 2, 28), "spent", 0)):
        await desk.on(day)
        assert await sanctions_of(desk, case) == [("warning", standing, "2027-02-28")]
        own = (await desk.respondent.client.get(f"/v1/me/disputes/{case}")).json()
        assert len(own["sanctions"]) == shown


@pytest.mark.parametrize(
    ("kind", "last"),
    [("calendar", date(2027, 1, 1)), ("calendar_rolled", date(2027, 1, 4)), ("working", date(2027, 1, 12))],
)
async def test_a_fortnight_from_the_eighteenth_of_december(world: World, kind: str, last: date) -> None:
    limits = CO_OPERATIVE_PARTY.definition.model_dump(mode="json")["limits"]
    desk = await make_desk(world, limits={**limits, "respond": {"days": 14, "kind": kind}})
    await desk.on(date(2026, 12, 18))
    case = await desk.noticed()
    assert (await desk.file(desk.secretary.client, case))["response_due_on"] == str(last)
    await desk.on(last)
    assert (await offers(desk.secretary.client, case))["investigate"] == "response_time_running"
    await desk.on(last + timedelta(days=1))
    assert (await offers(desk.secretary.client, case))["investigate"] is None


@pytest.mark.parametrize(("days", "late"), [(14, False), (15, True)])
async def test_an_appeal_on_the_last_day_of_fourteen_and_on_the_next(desk: Desk, days: int, late: bool) -> None:
    case = await to_a_hearing(desk, date(2027, 3, 1))
    assert (await decide(desk, case, {"kind": "reprimand"})).status_code == 200
    await desk.on(date(2027, 3, 1) + timedelta(days=days))
    made = await desk.respondent.client.post(f"/v1/me/disputes/{case}/appeal", json={"text": "It is not fair."})
    assert made.status_code == 200, made.text
    judges: list[Someone] = await desk.list_appeal(case)
    told = await offers(judges[0].client, case)
    assert told["decide_appeal"] == ("out_of_time" if late else None)
    if late:
        await desk.do(judges[0].client, case, "admit-appeal", reasons="They were in hospital.")
        assert (await offers(judges[0].client, case))["decide_appeal"] is None


async def test_what_was_decided_is_opened_again_by_new_evidence_alone(desk: Desk) -> None:
    secretary = desk.secretary.client
    case = await to_a_hearing(desk, date(2027, 3, 1))
    assert (await decide(desk, case, outcome="not_upheld")).status_code == 200
    await desk.on(date(2027, 3, 20))
    again = await desk.acknowledged()
    alleged = desk.allegation(await desk.party(again), conduct_from=str(date(2027, 3, 1) - timedelta(days=60)))
    path = f"/v1/disputes/{again}/give-notice"
    for more in ({}, {"new_evidence_reasons": "A film of the meeting."}):
        refused = await secretary.post(path, json={"allegations": [{**alleged, **more}]})
        assert (refused.status_code, refused.json()["code"]) == (409, "already_decided")
    item = await add(secretary, again)
    new = {"new_evidence_ids": [item["id"]], "new_evidence_reasons": "A film of the meeting."}
    refused = await secretary.post(path, json={"allegations": [{**alleged, "new_evidence_ids": [item["id"]]}]})
    assert refused.json()["code"] == "already_decided"
    done = await secretary.post(path, json={"allegations": [{**alleged, **new}]})
    assert (done.status_code, done.json()["state"]) == (200, "noticed")
