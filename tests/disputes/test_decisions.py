"""Decisions: all allegations, reasons, powers, and what becomes of whoever is sanctioned."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import clock
from app.core.calendars import add_months
from app.models.dispute_hearing_verbs import SanctionImposed
from app.models.procedures import SanctionKind
from app.services.disputes.decisions import outcome_of
from app.services.disputes.sanctions import ENDING, flaws_of, gravity
from app.services.procedures_presets import CO_OPERATIVE_PARTY
from tests.disputes.desk import Desk, make_desk
from tests.world import World


async def _sanctions(desk: Desk, case: UUID) -> list[dict[str, Any]]:
    answer = await desk.secretary.client.get(f"/v1/disputes/{case}/sanctions")
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["data"]
    return rows


async def _standing(desk: Desk) -> str:
    """Where the respondent stands, as an officer of the branch sees it."""
    officer = await desk.world.officer()
    told = (await officer.get(f"/v1/members/{desk.respondent.member_id}")).json()
    return str(told["standing"])


async def _refused(desk: Desk, case: UUID, over: dict[str, Any], path: str = "decide") -> dict[str, Any]:
    chair = desk.panel[0].client
    body = {
        "findings": await desk.findings(case, chair),
        "reasons": "We believed the witnesses.",
        "part_ids": await desk.seats(case, chair),
        **over,
    }
    answer = await chair.post(f"/v1/disputes/{case}/{path}", json=body)
    assert answer.status_code == 422, answer.text
    assert (await desk.file(chair, case))["state"] == "heard"
    assert await _sanctions(desk, case) == []
    found: dict[str, Any] = answer.json()["errors"][0]
    return found


async def test_a_decision_has_reasons_for_every_allegation(desk: Desk) -> None:
    case = await desk.decided(kind="reprimand")
    told = await desk.file(desk.panel[1].client, case)
    assert (told["state"], told["outcome"]) == ("decided", "upheld")
    assert told["appeal_due_on"] == (clock.today() + timedelta(days=14)).isoformat()
    assert [(one["outcome"], one["reasons"]) for one in told["allegations"]] == [("upheld", "On the evidence.")]
    assert [(one["kind"], one["standing"]) for one in await _sanctions(desk, case)] == [("reprimand", "in_force")]
    assert await _standing(desk) == "current"
    kept = await desk.world.api.value("select sealed from dispute_allegations where dispute_id = $1", case)
    assert b"evidence" not in kept


async def test_what_a_decision_must_hold(desk: Desk) -> None:
    case = await desk.heard()
    chair = desk.panel[0].client
    party = await desk.party(case)
    findings = await desk.findings(case, chair)
    seats = await desk.seats(case, chair)
    exclusion = {"party_id": party, "kind": "exclusion", "months": 24}
    not_upheld = [{**findings[0], "outcome": "not_upheld"}]
    complainant = await desk.party(case, "complainant")
    for over, pointer, code in (
        ({"findings": [{**findings[0], "allegation_id": party}]}, "/findings", "allegations_not_covered"),
        ({"findings": findings * 2}, "/findings", "allegations_not_covered"),
        ({"findings": [{**findings[0], "reasons": " "}]}, "/findings/0/reasons", "string_too_short"),
        ({"sanctions": [{**exclusion, "kind": "suspension"}]}, "/sanctions/0/kind", "sanction_not_in_powers"),
        ({"sanctions": [{**exclusion, "months": None}]}, "/sanctions/0/months", "months_missing"),
        ({"sanctions": [{**exclusion, "party_id": complainant}]}, "/sanctions/0/party_id", "nothing_upheld"),
        ({"sanctions": [exclusion], "findings": not_upheld}, "/sanctions/0/party_id", "nothing_upheld"),
        ({"sanctions": [exclusion, exclusion]}, "/sanctions/1", "duplicate"),
        ({"part_ids": seats[1:]}, "/part_ids", "quorum_missing"),
        ({"part_ids": [*seats, party]}, "/part_ids/3", "no_seat"),
    ):
        found = await _refused(desk, case, over)
        assert (found["pointer"], found["code"]) == (pointer, code)


async def test_only_the_chair_gives_the_decision(desk: Desk) -> None:
    case = await desk.heard()
    for one in (desk.panel[1], desk.secretary, desk.investigator):
        assert one is not None
        answer = await one.client.post(
            f"/v1/disputes/{case}/decide",
            json={
                "findings": await desk.findings(case, one.client),
                "reasons": "So it is.",
                "part_ids": await desk.seats(case, one.client),
            },
        )
        assert answer.status_code == 403


async def test_no_decision_without_a_hearing_where_one_is_due(desk: Desk) -> None:
    case = await desk.listed()
    chair = desk.panel[0].client
    answer = await chair.post(
        f"/v1/disputes/{case}/decide",
        json={
            "findings": await desk.findings(case, chair),
            "reasons": "So it is.",
            "part_ids": await desk.seats(case, chair),
        },
    )
    assert (answer.status_code, answer.json()["params"]["reason_code"]) == (409, "hearing_missing")


async def test_on_paper_where_the_procedure_wants_no_hearing(world: World) -> None:
    desk = await make_desk(world, hearing_required=False)
    case = await desk.listed()
    chair = desk.panel[0].client
    findings, seats = await desk.findings(case, chair), await desk.seats(case, chair)
    told = await desk.do(chair, case, "decide", findings=findings, reasons="On the papers.", part_ids=seats)
    assert (told["state"], told["outcome"]) == ("decided", "upheld")


async def test_an_exclusion_takes_effect_and_ends_by_itself(desk: Desk) -> None:
    case = await desk.decided(kind="exclusion", months=24)
    row = (await _sanctions(desk, case))[0]
    ends_on = add_months(clock.today(), 24)
    assert (row["starts_on"], row["ends_on"]) == (clock.today().isoformat(), ends_on.isoformat())
    assert await _standing(desk) == "expelled"
    officer = await desk.world.officer()
    told = (await officer.get(f"/v1/members/{desk.respondent.member_id}")).json()
    assert [(one["kind"], one["ends_on"]) for one in told["restrictions"]] == [("excluded", ends_on.isoformat())]
    assert str(case) not in str(told)
    await desk.on(ends_on)
    assert await _standing(desk) == "current"
    assert (await _sanctions(desk, case))[0]["standing"] == "spent"


@pytest.mark.parametrize(
    ("begins", "kind", "months", "ends"),
    [(date(2026, 2, 28), "warning", 12, date(2027, 2, 28)), (date(2024, 2, 29), "exclusion", 24, date(2026, 2, 28))],
)
async def test_a_sanction_ends_so_many_months_on(desk: Desk, begins: date, kind: str, months: int, ends: date) -> None:
    case = await desk.heard()
    chair, party = desk.panel[0].client, await desk.party(case)
    findings, seats = await desk.findings(case, chair), await desk.seats(case, chair)
    async with desk.world.api.owner.transaction() as session:
        await session.execute(
            "update disputes set notice_on = $2, response_due_on = $2, responded_on = $2, heard_on = $2 where id = $1",
            case,
            begins,
        )
    await desk.on(begins)
    imposed = [{"party_id": party, "kind": kind, "months": months}]
    await desk.do(chair, case, "decide", findings=findings, reasons="So.", sanctions=imposed, part_ids=seats)
    assert (await _sanctions(desk, case))[0]["ends_on"] == ends.isoformat()
    await desk.on(ends - timedelta(days=1))
    assert (await _sanctions(desk, case))[0]["standing"] == "in_force"
    await desk.on(ends)
    assert (await _sanctions(desk, case))[0]["standing"] == "spent"


async def test_a_sanction_reaches_whoever_has_resigned_meanwhile(desk: Desk) -> None:
    case = await desk.heard()
    async with desk.world.api.owner.transaction() as session:
        await session.execute(
            "update members set decided_standing = 'resigned', decided_from = $2 where id = $1",
            desk.respondent.member_id,
            clock.today(),
        )
    chair, party = desk.panel[0].client, await desk.party(case)
    findings, seats = await desk.findings(case, chair), await desk.seats(case, chair)
    imposed = [{"party_id": party, "kind": "expulsion"}]
    await desk.do(chair, case, "decide", findings=findings, reasons="So.", sanctions=imposed, part_ids=seats)
    assert await _standing(desk) == "expelled"


async def test_the_receiver_warns_and_does_no_more(desk: Desk) -> None:
    case = await desk.responded()
    secretary, party = desk.secretary.client, await desk.party(case)
    body = {"findings": await desk.findings(case, secretary), "reasons": "Admitted."}
    for path, kind in (("warn", "expulsion"), ("warn", "ineligibility"), ("declare-ineligible", "expulsion")):
        answer = await secretary.post(
            f"/v1/disputes/{case}/{path}", json={**body, "sanctions": [{"party_id": party, "kind": kind}]}
        )
        assert answer.json()["errors"][0] == {
            "pointer": "/sanctions/0/kind",
            "code": "sanction_not_in_powers",
            "message": "It is not for this body to impose.",
        }
    assert (await desk.file(secretary, case))["state"] == "responded"
    warning = {"party_id": party, "kind": "warning", "months": 12}
    told = await desk.do(secretary, case, "warn", **body, sanctions=[warning])
    assert (told["state"], told["outcome"]) == ("decided", "upheld")
    assert (await _sanctions(desk, case))[0]["kind"] == "warning"
    assert await desk.world.api.value("select deciding_body from disputes where id = $1", case) == "general_secretary"


async def test_the_receiver_declares_ineligible(desk: Desk) -> None:
    case = await desk.responded()
    secretary, party = desk.secretary.client, await desk.party(case)
    findings = await desk.findings(case, secretary)
    imposed = [{"party_id": party, "kind": "ineligibility"}]
    await desk.do(
        secretary, case, "declare-ineligible", findings=findings, reasons="Of another party.", sanctions=imposed
    )
    assert await _standing(desk) == "expelled"


async def test_the_receiver_decides_nothing_before_the_answer_or_its_time(desk: Desk) -> None:
    case = await desk.noticed()
    secretary, party = desk.secretary.client, await desk.party(case)
    body = {
        "findings": await desk.findings(case, secretary),
        "reasons": "Admitted.",
        "sanctions": [{"party_id": party, "kind": "warning", "months": 12}],
    }
    early = await secretary.post(f"/v1/disputes/{case}/warn", json=body)
    assert (early.status_code, early.json()["params"]["reason_code"]) == (409, "response_time_running")
    await desk.on(clock.today() + timedelta(days=15))
    assert (await desk.do(secretary, case, "warn", **body))["state"] == "decided"


async def test_a_procedure_says_how_long_a_sanction_may_last(world: World) -> None:
    desk = await make_desk(world, longest_months={"exclusion": 24, "office_bar": 12})
    case = await desk.heard()
    party = await desk.party(case)
    for said, code in (
        ({"kind": "exclusion", "months": 25}, "too_long"),
        ({"kind": "office_bar"}, "months_missing"),
        ({"kind": "office_bar", "months": 13}, "too_long"),
    ):
        found = await _refused(desk, case, {"sanctions": [{"party_id": party, **said}]})
        assert (found["pointer"], found["code"]) == ("/sanctions/0/months", code)


async def test_a_unit_is_sanctioned_in_the_case_alone(desk: Desk, world: World) -> None:
    case = await desk.complain({"unit_id": str(world.angel)}, by=desk.respondent.client)
    secretary = desk.secretary.client
    await desk.do(secretary, case, "acknowledge")
    party = await desk.party(case)
    await desk.do(secretary, case, "give-notice", allegations=[desk.allegation(party)])
    await desk.do(secretary, case, "record-response", party_id=party, text="Sorry.")
    imposed = [{"party_id": party, "kind": "warning", "months": 6}]
    findings = await desk.findings(case, secretary)
    await desk.do(secretary, case, "warn", findings=findings, reasons="Admitted.", sanctions=imposed)
    assert (await _sanctions(desk, case))[0]["standing"] == "in_force"
    assert await world.api.value("select count(*) from member_restrictions r join members m on m.id = r.member_id "
                                 "where m.branch_id = $1", world.angel) == 0  # fmt: skip


RESPONDENT, BODY = uuid4(), CO_OPERATIVE_PARTY.definition.body("nec_disputes")
MONTHS = st.none() | st.integers(1, 1200)


@given(
    st.lists(st.tuples(st.sampled_from(SanctionKind), MONTHS, st.booleans()), max_size=4),
    st.dictionaries(st.sampled_from(SanctionKind), st.integers(1, 1200)),
)
def test_only_what_is_in_every_bound_passes(
    given: list[tuple[SanctionKind, int | None, bool]], longest: dict[SanctionKind, int]
) -> None:
    definition = CO_OPERATIVE_PARTY.definition.model_copy(update={"longest_months": longest})
    imposed = [
        SanctionImposed(party_id=RESPONDENT if upheld else uuid4(), kind=kind, months=months)
        for kind, months, upheld in given
    ]
    sound = [
        kind in BODY.sanctions
        and upheld
        and (months is not None or (kind not in ENDING and kind not in longest))
        and (months or 0) <= longest.get(kind, 1200)
        for kind, months, upheld in given
    ]
    flaws = flaws_of(definition, BODY, imposed, {RESPONDENT})
    flawed = {int(flaw.pointer.split("/")[2]) for flaw in flaws if flaw.code != "duplicate"}
    assert flawed == {place for place, one in enumerate(sound) if not one}


@given(st.lists(st.sampled_from(["upheld", "not_upheld"]), min_size=1, max_size=8))
def test_the_outcome_is_what_the_findings_come_to(outcomes: list[str]) -> None:
    expected = {(True, False): "upheld", (True, True): "partly_upheld", (False, True): "not_upheld"}
    assert outcome_of(outcomes) == expected["upheld" in outcomes, "not_upheld" in outcomes]


@given(st.sampled_from(SanctionKind), st.integers(1, 1199))
def test_longer_is_graver_and_without_end_the_gravest(kind: SanctionKind, months: int) -> None:
    assert gravity(kind, months) < gravity(kind, months + 1) < gravity(kind, None)
    assert gravity(kind, None) <= gravity(SanctionKind.expulsion, None)
