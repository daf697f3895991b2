"""Who may sit: nobody judges their own cause, their neighbours', or what they have worked on before."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import clock
from app.core.permissions import Role
from app.services.disputes.conflicts import conflict_of
from app.services.procedures_presets import CO_OPERATIVE_PARTY
from tests.disputes.desk import Desk, Someone, make_desk
from tests.world import World

TODAY = date(2026, 11, 22)
FREE: dict[str, Any] = {
    "state": "active", "named": False, "interested": False, "worked": False, "of_branch": False,
    "decided_before": False, "barred_office": False, "staff": False, "relationship": "member", "standing": "current",
    "member_since": date(2000, 1, 1),
}  # fmt: skip
AGAINST = {
    "named": "panel_member_named",
    "interested": "panel_member_interested",
    "worked": "panel_member_investigated",
    "of_branch": "panel_member_of_branch",
    "decided_before": "panel_member_decided_before",
    "barred_office": "panel_member_ineligible",
    "staff": "panel_member_ineligible",
}


async def refused(desk: Desk, case: UUID, panel: list[Someone], action: str = "list-panel") -> dict[str, Any]:
    """The first error of a panel that cannot be listed; the case stays as it was."""
    before = await desk.file(desk.secretary.client, case)
    answer = await desk.secretary.client.post(f"/v1/disputes/{case}/{action}", json={"members": desk.members(panel)})
    assert answer.status_code in (409, 422), answer.text
    after = await desk.file(desk.secretary.client, case)
    assert (after["state"], after["people"]) == (before["state"], before["people"])
    assert await desk.world.api.value("select count(*) from dispute_panels where dispute_id = $1", case) == (
        0 if action == "list-panel" else 1
    )
    found: dict[str, Any] = answer.json()["errors"][0]
    return found


async def test_a_panel_is_listed_and_sees_the_case(desk: Desk) -> None:
    case = await desk.listed()
    told = await desk.file(desk.panel[1].client, case)
    assert told["state"] == "listed"
    assert told["parts"] == ["panellist"]
    panels = (await desk.secretary.client.get(f"/v1/disputes/{case}/panels")).json()["data"]
    assert [one["kind"] for one in panels] == ["first"]
    assert panels[0]["body_key"] == "nec_disputes"
    assert {one["part"] for one in panels[0]["seats"]} == {"chair", "panellist"}


async def test_the_chair_of_the_complainants_branch_is_in_conflict(desk: Desk) -> None:
    case = await desk.reported()
    neighbour = await desk.member()
    assert neighbour.person_id is not None
    await desk.world.api.office(neighbour.person_id, desk.world.islington, "chair")
    bench = await desk.bench()
    assert await refused(desk, case, [*bench[:2], neighbour]) == {
        "pointer": "/members/2/account_id",
        "code": "panel_member_of_branch",
        "message": "Name somebody else.",
    }


async def test_members_of_either_branch_are_out_unless_the_procedure_lets_them(desk: Desk, world: World) -> None:
    case = await desk.reported()
    bench = await desk.bench(2)
    for unit in (world.hackney, world.islington):
        found = await refused(desk, case, [*bench, await desk.member(unit)])
        assert found["code"] == "panel_member_of_branch"
    liberal = await make_desk(world, branch_members_may_sit=True)
    case = await liberal.reported()
    panel = [*bench, await liberal.member(world.hackney)]
    await liberal.do(liberal.secretary.client, case, "list-panel", members=liberal.members(panel))


async def test_who_is_named_or_interested_or_worked_on_the_case_is_out(desk: Desk) -> None:
    case = await desk.reported()
    assert desk.investigator is not None
    bench = await desk.bench(3)
    await desk.do(desk.secretary.client, case, "parties", role="witness", person_id=str(bench[2].person_id))
    clerk = (await desk.bench(1))[0]
    await desk.do(desk.secretary.client, case, "people", account_id=str(clerk.account_id), part="clerk")
    await desk.do(clerk.client, case, "declare-interest", text="An old friend.")
    for person, code in (
        (bench[2], "panel_member_named"),
        (clerk, "panel_member_interested"),
        (desk.investigator, "panel_member_investigated"),
        (desk.secretary, "panel_member_investigated"),
        (desk.respondent, "panel_member_named"),
    ):
        assert (await refused(desk, case, [*bench[:2], person]))["code"] == code


async def test_officers_of_a_unit_that_answers_are_out(desk: Desk, world: World) -> None:
    case = await desk.complain({"unit_id": str(world.angel)})
    await desk.do(desk.secretary.client, case, "acknowledge")
    party = await desk.party(case)
    await desk.do(desk.secretary.client, case, "give-notice", allegations=[desk.allegation(party)])
    await desk.do(desk.secretary.client, case, "record-response", party_id=party, text="We did not.")
    investigator = await desk.outsider()
    await desk.do(desk.secretary.client, case, "investigate", account_id=str(investigator.account_id))
    rows = (await desk.file(investigator.client, case))["allegations"]
    found = [{"allegation_id": one["id"], "text": "So it was."} for one in rows]
    await desk.do(investigator.client, case, "report", findings=found)
    bench = await desk.bench()
    officer = bench[2]
    assert officer.person_id is not None
    await desk.world.api.office(officer.person_id, world.angel, "treasurer")
    assert (await refused(desk, case, bench))["code"] == "panel_member_named"
    assert (await refused(desk, case, [*bench[:2], await desk.member(world.angel)]))["code"] == "panel_member_of_branch"


async def test_quorum_and_chair(desk: Desk) -> None:
    case = await desk.reported()
    bench = await desk.bench()
    assert await refused(desk, case, bench[:2]) == {
        "pointer": "/members",
        "code": "quorum_missing",
        "message": "The body has a quorum, and this is fewer.",
    }
    assert (await refused(desk, case, [*bench[:2], bench[1]]))["code"] == "duplicate"
    nobody = [{"account_id": str(one.account_id)} for one in bench]
    answer = await desk.secretary.client.post(f"/v1/disputes/{case}/list-panel", json={"members": nobody})
    assert answer.json()["errors"][0]["code"] == "chair_missing"


async def test_staff_do_not_sit_where_the_body_has_none(desk: Desk, world: World) -> None:
    case = await desk.reported()
    bench = await desk.bench()
    await world.api.grant(bench[2].account_id, Role.finance_officer, world.region)
    assert (await refused(desk, case, bench))["code"] == "panel_member_ineligible"


async def test_an_appeal_goes_to_people_who_had_no_part(desk: Desk) -> None:
    case = await desk.appealed()
    fresh = await desk.bench()
    found = await refused(desk, case, [fresh[0], fresh[1], desk.panel[2]], "list-appeal-panel")
    assert found["code"] == "panel_member_decided_before"
    await desk.do(desk.secretary.client, case, "list-appeal-panel", members=desk.members(fresh))
    # The first panel has done its work, and sees the case no more.
    assert (await desk.panel[0].client.get(f"/v1/disputes/{case}")).status_code == 404
    assert (await desk.file(fresh[0].client, case))["parts"] == ["appeal_chair"]


async def test_the_appeal_body_wants_five_years_and_no_member_of_the_committee(desk: Desk, world: World) -> None:
    case = await desk.appealed()
    fresh = await desk.bench()
    today = clock.today()
    five_years_ago = clock.months_after(today, -60)
    elsewhere = await world.api.unit(world.region)
    young = await desk.member(elsewhere, joined_on=five_years_ago + timedelta(days=1))
    assert (await refused(desk, case, [*fresh[:2], young], "list-appeal-panel"))["code"] == "panel_member_ineligible"
    outsider = await desk.outsider()
    assert (await refused(desk, case, [*fresh[:2], outsider], "list-appeal-panel"))["code"] == "panel_member_ineligible"
    assert fresh[2].person_id is not None
    await world.api.office(fresh[2].person_id, world.root, "nec_member")
    assert (await refused(desk, case, fresh, "list-appeal-panel"))["code"] == "panel_member_ineligible"
    old = await desk.member(elsewhere, joined_on=five_years_ago)
    panel = [*fresh[:2], old]
    await desk.do(desk.secretary.client, case, "list-appeal-panel", members=desk.members(panel))


async def test_a_break_in_membership_begins_the_years_anew(desk: Desk, world: World) -> None:
    case = await desk.appealed()
    fresh = await desk.bench()
    back = fresh[2].member_id
    async with world.api.owner.transaction() as session:
        await session.execute(
            "insert into membership_terms (id, created_at, member_id, branch_id, starts_on, ends_on) "
            "select gen_random_uuid(), now(), m.id, m.branch_id, d.starts_on, d.starts_on + 365 from members m, "
            "unnest($2::date[]) d (starts_on) where m.id = $1",
            back,
            [date(2015, 1, 1), clock.today() - timedelta(days=300)],
        )
    assert (await refused(desk, case, fresh, "list-appeal-panel"))["code"] == "panel_member_ineligible"


async def test_a_member_who_resigns_is_replaced_and_the_one_who_comes_has_not_heard(desk: Desk) -> None:
    case = await desk.heard()
    chair = desk.panel[0].client
    seats = await desk.seats(case, chair)
    fresh = (await desk.bench(1))[0]
    decision = {
        "findings": await desk.findings(case, chair),
        "reasons": "So we find.",
        "part_ids": seats[:2],
    }
    await desk.do(
        desk.secretary.client,
        case,
        "replace-member",
        part_id=seats[2],
        account_id=str(fresh.account_id),
        reasons="Ill.",
    )
    assert (await desk.panel[2].client.get(f"/v1/disputes/{case}")).status_code == 404
    few = await chair.post(f"/v1/disputes/{case}/decide", json=decision)
    assert few.json()["errors"][0]["code"] == "quorum_missing"
    now = await desk.seats(case, chair)
    decision["part_ids"] = now
    unheard = await chair.post(f"/v1/disputes/{case}/decide", json=decision)
    assert unheard.json()["errors"][0]["code"] == "member_not_heard"
    again = await desk.hearing(case, chair)
    await desk.do(chair, case, "hear", meeting_id=again, part_ids=now)
    assert (await desk.do(chair, case, "decide", **decision))["state"] == "decided"


async def test_the_chair_passes_to_one_who_heard(world: World) -> None:
    desk = await make_desk(world)
    case = await desk.reported()
    desk.panel = await desk.bench(4)
    await desk.do(desk.secretary.client, case, "list-panel", members=desk.members(desk.panel))
    chair, second = desk.panel[0].client, desk.panel[1]
    seats = await desk.seats(case, chair)
    meeting = await desk.hearing(case, chair)
    await desk.do(chair, case, "hear", meeting_id=meeting, part_ids=seats)
    await desk.do(
        desk.secretary.client,
        case,
        "replace-member",
        part_id=seats[0],
        account_id=str(second.account_id),
        reasons="Moved.",
    )
    assert (await chair.get(f"/v1/disputes/{case}")).status_code == 404
    now = await desk.seats(case, second.client)
    assert len(now) == 3
    findings = await desk.findings(case, second.client)
    told = await desk.do(second.client, case, "decide", findings=findings, reasons="So we find.", part_ids=now)
    assert told["state"] == "decided"


async def test_who_comes_into_conflict_midway_decides_nothing(desk: Desk, world: World) -> None:
    case = await desk.heard()
    chair = desk.panel[0].client
    seats = await desk.seats(case, chair)
    assert desk.panel[1].person_id is not None
    await world.api.office(desk.panel[1].person_id, world.hackney, "treasurer")
    decision = {"findings": await desk.findings(case, chair), "reasons": "So we find.", "part_ids": seats}
    answer = await chair.post(f"/v1/disputes/{case}/decide", json=decision)
    assert answer.status_code == 409
    assert answer.json()["code"] == "panel_conflict"
    assert answer.json()["errors"][0]["code"] == "panel_member_of_branch"
    assert (await desk.file(chair, case))["state"] == "heard"


async def test_an_empty_seat_needs_somebody(desk: Desk) -> None:
    case = await desk.listed()
    seats = await desk.seats(case, desk.panel[0].client)
    path = f"/v1/disputes/{case}/replace-member"
    await desk.do(desk.secretary.client, case, "replace-member", part_id=seats[2], reasons="Resigned.")
    assert len(await desk.seats(case, desk.panel[0].client)) == 2
    again = await desk.secretary.client.post(path, json={"part_id": seats[2], "reasons": "Resigned."})
    assert again.json()["errors"][0]["code"] == "seat_is_empty"
    unknown = await desk.secretary.client.post(path, json={"part_id": str(case), "reasons": "Resigned."})
    assert unknown.json()["errors"][0]["code"] == "no_seat"
    chair = await desk.panel[0].client.post(path, json={"part_id": seats[1], "reasons": "No."})
    assert chair.status_code == 403


FACTS = st.fixed_dictionaries({name: st.booleans() for name in AGAINST})
COMMITTEE = CO_OPERATIVE_PARTY.definition.body("disciplinary_committee")


@given(flags=FACTS, may_sit=st.booleans(), staff_may_sit=st.booleans())
def test_whoever_has_anything_against_them_is_out(flags: dict[str, bool], may_sit: bool, staff_may_sit: bool) -> None:
    definition = CO_OPERATIVE_PARTY.definition.model_copy(update={"branch_members_may_sit": may_sit})
    body = COMMITTEE.model_copy(update={"staff_may_sit": staff_may_sit})
    counts = {name for name, holds in flags.items() if holds}
    counts -= {"of_branch"} if may_sit else set()
    counts -= {"staff"} if staff_may_sit else set()
    found = conflict_of({**FREE, **flags}, body, definition, TODAY)
    assert (found is None) == (not counts)
    assert found is None or found in {AGAINST[name] for name in counts}


@given(joined=st.dates(date(2010, 1, 1), TODAY), years=st.integers(0, 10))
def test_years_of_membership_are_whole_years(joined: date, years: int) -> None:
    body = COMMITTEE.model_copy(update={"minimum_membership_years": years})
    found = conflict_of({**FREE, "member_since": joined}, body, CO_OPERATIVE_PARTY.definition, TODAY)
    whole = TODAY.year - joined.year - ((TODAY.month, TODAY.day) < (joined.month, joined.day))
    assert (found is None) == (whole >= years)


@pytest.mark.parametrize(
    ("joined", "may"), [(date(2021, 11, 22), True), (date(2021, 11, 23), False), (date(2021, 11, 21), True)]
)
def test_four_years_and_364_days_are_not_five(joined: date, may: bool) -> None:
    found = conflict_of({**FREE, "member_since": joined}, COMMITTEE, CO_OPERATIVE_PARTY.definition, TODAY)
    assert (found is None) == may
