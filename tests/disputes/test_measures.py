"""Interim measures: neutral, reviewed every 28 days, escalated when that is forgotten, ended with the case."""

from datetime import date
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.permissions import Role
from app.services.disputes import duties
from tests.disputes.desk import Desk, make_desk
from tests.world import Client, World

REASONS = {"reasons": "Witnesses have been approached.", "text": "While a complaint is looked into, you are suspended."}


async def impose(desk: Desk, case: UUID, **said: Any) -> dict[str, Any]:
    party = await desk.party(case)
    made = await desk.secretary.client.post(
        f"/v1/disputes/{case}/measures", json={"party_id": party, **REASONS, **said}
    )
    assert made.status_code == 201, made.text
    told: dict[str, Any] = made.json()
    return told


async def review(desk: Desk, case: UUID, measure: str, *, by: Client | None = None, **said: Any) -> dict[str, Any]:
    who = by or desk.secretary.client
    done = await who.post(f"/v1/disputes/{case}/measures/{measure}/review", json={"reasons": "Still so.", **said})
    assert done.status_code == 200, done.text
    told: dict[str, Any] = done.json()
    return told


async def measures(client: Client, case: UUID) -> list[dict[str, Any]]:
    answer = await client.get(f"/v1/disputes/{case}/measures")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


async def member(desk: Desk, client: Client) -> dict[str, Any]:
    answer = await client.get(f"/v1/members/{desk.respondent.member_id}")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_a_suspension_is_reviewed_within_28_days_and_tells_the_branch_no_more_than_that_it_is(desk: Desk) -> None:
    await desk.on(date(2026, 11, 22))
    case = await desk.acknowledged()
    measure = await impose(desk, case)
    assert (measure["starts_on"], measure["review_by"], measure["live"]) == ("2026-11-22", "2026-12-20", True)
    assert (measure["reasons"], measure["text"]) == (REASONS["reasons"], REASONS["text"])
    secretary = await desk.world.officer(Role.branch_secretary, desk.world.hackney)
    seen = await member(desk, secretary)
    assert seen["standing"] == "suspended"
    assert seen["restrictions"] == [{"kind": "suspended", "starts_on": "2026-11-22", "ends_on": None}]
    assert not any(word in str(seen) for word in (str(case), measure["id"], "Witnesses", "complaint"))
    parties = (await desk.file(desk.secretary.client, case))["parties"]
    assert [one["told_at"] is not None for one in parties if one["role"] == "respondent"] == [True]


async def test_a_review_keeps_varies_or_lifts(desk: Desk) -> None:
    await desk.on(date(2026, 11, 22))
    case = await desk.acknowledged()
    measure = await impose(desk, case, ends_on="2027-06-01")
    await desk.on(date(2026, 12, 20))
    kept = await review(desk, case, measure["id"], outcome="keep")
    assert kept["review_by"] == "2027-01-17"
    assert [(one["outcome"], one["late"]) for one in kept["reviews"]] == [("keep", False)]
    varied = await review(desk, case, measure["id"], outcome="vary", kind="attendance", ends_on="2027-03-01")
    assert (varied["kind"], varied["ends_on"], varied["text"]) == ("attendance", "2027-03-01", REASONS["text"])
    secretary = await desk.world.officer(Role.branch_secretary, desk.world.hackney)
    seen = await member(desk, secretary)
    assert [(one["kind"], one["ends_on"]) for one in seen["restrictions"]] == [("kept_from_meetings", "2027-03-01")]
    assert seen["standing"] != "suspended"
    lifted = await review(desk, case, measure["id"], outcome="lift")
    assert (lifted["lifted_on"], lifted["live"]) == ("2026-12-20", False)
    assert (await member(desk, secretary))["restrictions"] == []
    again = await desk.secretary.client.post(
        f"/v1/disputes/{case}/measures/{measure['id']}/review", json={"outcome": "keep", "reasons": "More."}
    )
    assert (again.status_code, again.json()["code"]) == (409, "measure_ended")


async def test_suspension_from_office_keeps_the_office_and_takes_its_powers(desk: Desk) -> None:
    api, respondent = desk.world.api, desk.respondent
    assert respondent.person_id is not None
    await api.office(respondent.person_id, desk.world.hackney, "secretary")
    assert (await respondent.client.get("/v1/members")).status_code == 200
    case = await desk.acknowledged()
    await impose(desk, case, kind="office_suspension")
    api.app.state.rights.forget()
    assert (await respondent.client.get("/v1/members")).status_code == 403
    state = await api.value("select state from office_terms where person_id = $1", respondent.person_id)
    assert state == "confirmed"


async def test_a_missed_review_brings_in_the_next_receiver_and_lifts_nothing(desk: Desk) -> None:
    await desk.on(date(2026, 11, 22))
    case = await desk.acknowledged()
    measure = await impose(desk, case, safeguarding=True)
    assert (await desk.alternate.client.get(f"/v1/disputes/{case}")).status_code == 404
    await desk.on(date(2026, 12, 20))
    await duties.escalate_reviews(desk.world.api.app.state.database)
    assert (await measures(desk.secretary.client, case))[0]["escalated_on"] is None
    await desk.on(date(2026, 12, 21))
    for _ in range(2):
        await duties.escalate_reviews(desk.world.api.app.state.database)
    (held,) = await measures(desk.alternate.client, case)
    assert (held["escalated_on"], held["live"]) == ("2026-12-21", True)
    file = await desk.file(desk.alternate.client, case)
    assert [one["action"] for one in file["steps"]].count("review_missed") == 1
    assert [one["account_id"] for one in file["people"] if one["part"] == "receiver"] == [
        str(desk.secretary.account_id),
        str(desk.alternate.account_id),
    ]
    told = await review(desk, case, measure["id"], by=desk.alternate.client, outcome="keep")
    assert (told["escalated_on"], told["reviews"][0]["late"]) == (None, True)
    secretary = await desk.world.officer(Role.branch_secretary, desk.world.hackney)
    assert (await member(desk, secretary))["standing"] == "suspended"


async def test_a_missed_review_makes_a_case_overdue_even_while_it_is_stayed(desk: Desk) -> None:
    await desk.on(date(2026, 11, 22))
    case = await desk.acknowledged()
    await impose(desk, case)
    await desk.do(desk.secretary.client, case, "stay", reason="police", text="They have asked us to wait.")
    for day, late in ((date(2026, 12, 20), False), (date(2026, 12, 21), True)):
        await desk.on(day)
        assert (await desk.file(desk.secretary.client, case))["overdue"] is late
        found = (await desk.secretary.client.get("/v1/disputes", params={"overdue": "true"})).json()["data"]
        assert [one["id"] for one in found] == ([str(case)] if late else [])


async def test_a_measure_ends_with_the_naming_that_it_followed(desk: Desk) -> None:
    case = await desk.acknowledged()
    await impose(desk, case)
    path = f"/v1/disputes/{case}/parties/{await desk.party(case)}/strike"
    assert (await desk.secretary.client.post(path, json={"reasons": "Somebody else of that name."})).status_code == 200
    assert [one["live"] for one in await measures(desk.secretary.client, case)] == [False]


async def test_a_measure_ends_with_the_case(desk: Desk) -> None:
    case = await desk.acknowledged()
    await impose(desk, case)
    await desk.do(desk.secretary.client, case, "dismiss", reasons="No rule is said to be broken.")
    (ended,) = await measures(desk.secretary.client, case)
    assert (ended["lifted_on"], ended["live"]) == (clock.today().isoformat(), False)
    secretary = await desk.world.officer(Role.branch_secretary, desk.world.hackney)
    assert (await member(desk, secretary))["restrictions"] == []


async def decide(desk: Desk, case: UUID) -> None:
    """Exclude the respondent for six months."""
    chair = desk.panel[0].client
    sanction = {"party_id": await desk.party(case), "kind": "exclusion", "months": 6}
    await desk.do(
        chair,
        case,
        "decide",
        findings=await desk.findings(case, chair),
        reasons="We believed the witnesses.",
        sanctions=[sanction],
        part_ids=await desk.seats(case, chair),
    )


async def test_a_sanction_takes_the_place_of_a_measure_without_a_gap(desk: Desk) -> None:
    case = await desk.heard()
    await impose(desk, case)
    await decide(desk, case)
    secretary = await desk.world.officer(Role.branch_secretary, desk.world.hackney)
    seen = await member(desk, secretary)
    assert seen["standing"] == "expelled"
    assert [(one["kind"], one["starts_on"]) for one in seen["restrictions"]] == [
        ("excluded", clock.today().isoformat())
    ]
    assert [one["live"] for one in await measures(desk.secretary.client, case)] == [False]


async def test_a_measure_goes_on_while_an_appeal_stays_the_sanction(world: World) -> None:
    desk = await make_desk(world, appeal_stays_sanction=True)
    case = await desk.heard()
    await impose(desk, case)
    await decide(desk, case)
    (held,) = await measures(desk.secretary.client, case)
    assert held["live"]
    # And is still reviewed.
    assert (await review(desk, case, held["id"], outcome="keep"))["reviews"][0]["outcome"] == "keep"
    secretary = await desk.world.officer(Role.branch_secretary, desk.world.hackney)
    assert (await member(desk, secretary))["restrictions"] == [
        {"kind": "suspended", "starts_on": held["starts_on"], "ends_on": None}
    ]


async def test_what_a_measure_may_not_be(desk: Desk) -> None:
    case = await desk.acknowledged()
    party, complainant = await desk.party(case), await desk.party(case, "complainant")
    receiver, path = desk.secretary.client, f"/v1/disputes/{case}/measures"
    for said, code in (
        ({"party_id": complainant}, "no_respondent"),
        ({"party_id": party, "ends_on": clock.today().isoformat()}, "not_in_future"),
    ):
        refused = await receiver.post(path, json={**REASONS, **said})
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, code)
    assert (await receiver.post(path, json={"party_id": party, "text": "You are suspended."})).status_code == 422
    assert await measures(receiver, case) == []
    await impose(desk, case)
    twice = await receiver.post(path, json={**REASONS, "party_id": party})
    assert (twice.status_code, twice.json()["code"]) == (409, "measure_exists")
    await desk.do(receiver, case, "dismiss", reasons="No rule is said to be broken.")
    closed = await receiver.post(path, json={**REASONS, "party_id": party})
    assert (closed.status_code, closed.json()["code"]) == (409, "case_not_open")


async def test_nobody_else_imposes_or_sees_one(desk: Desk) -> None:
    case = await desk.acknowledged()
    party = await desk.party(case)
    await impose(desk, case)
    officer = await desk.world.officer(Role.national_membership_officer, desk.world.root)
    # The suspension has ended the sign-in, and not the account.
    assert (await desk.respondent.client.get(f"/v1/disputes/{case}/measures")).status_code == 401
    respondent = await desk.world.api.sign_in(desk.respondent.account_id)
    for client in (respondent, desk.complainant.client, desk.alternate.client, officer):
        assert (await client.get(f"/v1/disputes/{case}/measures")).status_code == 404
        tried = await client.post(f"/v1/disputes/{case}/measures", json={**REASONS, "party_id": party})
        assert tried.status_code == 404
    assert len(await measures(desk.secretary.client, case)) == 1
