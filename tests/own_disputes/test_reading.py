"""What parties see of their own cases: what was disclosed to them, from the moment it was, and no word more."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.core import clock
from app.core.ids import new_id
from app.core.permissions import Permission
from app.models.accounts import Client as SoftwareClient
from app.models.accounts import ClientKind
from tests.disputes.desk import Desk, Someone
from tests.statements import heard
from tests.world import Client

COMPLAINT = "They shouted at the treasurer and would not let her speak."


async def own(who: Client, case: UUID) -> dict[str, Any]:
    answer = await who.get(f"/v1/me/disputes/{case}")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def listed(who: Client) -> list[dict[str, Any]]:
    answer = await who.get("/v1/me/disputes")
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["data"]
    return rows


async def sees_nothing(who: Client, case: UUID) -> None:
    """Neither the case nor a trace of it, whichever door is tried."""
    assert await listed(who) == []
    unheard = (await who.get(f"/v1/me/disputes/{new_id()}")).json()
    found = await who.get(f"/v1/me/disputes/{case}")
    assert found.status_code == 404
    assert {**found.json(), "request_id": None, "instance": None} == {**unheard, "request_id": None, "instance": None}
    for verb, body in (
        ("respond", {"text": "No."}),
        ("correct", {"text": "No."}),
        ("withdraw", {"text": "No."}),
        ("appeal", {"text": "No."}),
        ("object", {"part_id": str(new_id()), "text": "No."}),
    ):
        assert (await who.post(f"/v1/me/disputes/{case}/{verb}", json=body)).status_code == 404
    sent = await who.post(f"/v1/me/disputes/{case}/evidence", files={"file": ("a.txt", b"words")})
    assert sent.status_code == 404
    assert (await who.get(f"/v1/me/disputes/{case}/evidence")).status_code == 404
    assert (await who.get(f"/v1/me/disputes/{case}/letters")).status_code == 404
    log = (await who.get("/v1/me/access-log")).json()["data"]
    assert [one for one in log if one["dispute_id"]] == []


def allowed(told: dict[str, Any]) -> set[str]:
    return {one["action"] for one in told["allowed_actions"] if one["allowed"]}


async def test_a_complainant_reads_their_own_words_and_the_stage_in_a_partys_words(desk: Desk) -> None:
    case = await desk.complain(text=COMPLAINT)
    told = await own(desk.complainant.client, case)
    assert (told["role"], told["state"], told["complaint"]["text"]) == ("complainant", "received", COMPLAINT)
    assert allowed(told) == {"correct", "add_evidence", "withdraw"}
    assert told["told"] == told["allegations"] == told["meetings"] == []
    await desk.do(desk.secretary.client, case, "acknowledge", text="Thank you.")
    await desk.do(desk.secretary.client, case, "ask-information", text="Who else was there?")
    told = await own(desk.complainant.client, case)
    assert told["state"] == "information_asked"
    assert [one["text"] for one in told["told"]] == ["Thank you.", "Who else was there?"]
    [row] = await listed(desk.complainant.client)
    assert row == {name: told[name] for name in row}


async def test_a_respondent_sees_nothing_before_they_are_told(desk: Desk) -> None:
    case = await desk.acknowledged()
    await sees_nothing(desk.respondent.client, case)
    party = await desk.party(case)
    await desk.do(desk.secretary.client, case, "give-notice", allegations=[desk.allegation(party, text="You shouted.")])
    told = await own(desk.respondent.client, case)
    assert (told["role"], told["state"], told["complaint"]) == ("respondent", "response_awaited", None)
    assert told["response_due_on"] == str(clock.today() + timedelta(days=14))
    [allegation] = told["allegations"]
    assert (allegation["text"], allegation["clause_text"]) == (
        "You shouted.",
        "Members treat one another with respect.",
    )
    assert allegation["outcome"] is allegation["finding"] is allegation["reasons"] is None
    assert allowed(told) == {"respond", "correct", "add_evidence"}


async def test_a_complaint_dismissed_and_appealed_before_notice_never_reaches_the_respondent(desk: Desk) -> None:
    case = await desk.acknowledged()
    await desk.do(desk.secretary.client, case, "dismiss", reasons="Nothing in the rules forbids it.")
    told = await own(desk.complainant.client, case)
    assert (told["state"], told["outcome"]) == ("dismissed", "dismissed")
    assert [one["reasons"] for one in told["told"] if one["kind"] == "decision"] == ["Nothing in the rules forbids it."]
    assert allowed(told) == {"appeal"}
    said = await desk.complainant.client.post(f"/v1/me/disputes/{case}/appeal", json={"text": "They do."})
    assert said.status_code == 200, said.text
    assert said.json()["state"] == "appealed"
    assert [(one["grounds"], one["late"]) for one in said.json()["appeals"]] == [("They do.", False)]
    await sees_nothing(desk.respondent.client, case)


async def test_a_withheld_name_is_nowhere_in_what_the_respondent_reads(desk: Desk) -> None:
    api = desk.world.api
    name = await api.value("select name from accounts where id = $1", desk.complainant.account_id)
    person = await api.row("select given_name, family_name from people where id = $1", desk.complainant.person_id)
    case = await desk.complain(withhold_identity=True)
    await desk.do(desk.secretary.client, case, "acknowledge")
    party = await desk.party(case)
    await desk.complainant.client.post(
        f"/v1/me/disputes/{case}/evidence", files={"file": ("notes.txt", b"what I heard")}, data={"title": "Notes"}
    )
    await desk.do(desk.secretary.client, case, "give-notice", allegations=[desk.allegation(party)])
    await desk.complainant.client.get(f"/v1/me/disputes/{case}")
    await desk.complainant.client.get(f"/v1/me/disputes/{case}/evidence")
    await desk.complainant.client.post(f"/v1/me/disputes/{case}/correct", json={"text": "I was there."})
    who = desk.respondent.client
    pages = [
        (await who.get(path)).text
        for path in (
            "/v1/me/disputes",
            f"/v1/me/disputes/{case}",
            f"/v1/me/disputes/{case}/evidence",
            f"/v1/me/disputes/{case}/letters",
            "/v1/me/access-log",
            "/v1/me/tasks",
        )
    ]
    hidden = [
        name, f"{person['given_name']} {person['family_name']}", "I was there.",
        *(str(one) for one in (desk.complainant.person_id, desk.complainant.account_id, desk.complainant.member_id)),
    ]  # fmt: skip
    for text in pages:
        assert not [one for one in hidden if one in text]
    assert "Notes" in pages[2]


async def test_witnesses_and_those_who_are_merely_named_see_nothing(desk: Desk) -> None:
    witness, other = await desk.member(), await desk.member()
    case = await desk.complain(
        {"person_id": str(desk.respondent.person_id)},
        {"person_id": str(witness.person_id), "role": "witness"},
        {"person_id": str(other.person_id), "role": "named"},
    )
    await desk.do(desk.secretary.client, case, "acknowledge")
    await desk.do(desk.secretary.client, case, "give-notice", allegations=[desk.allegation(await desk.party(case))])
    # Not even if they were by mistake marked as told.
    await desk.world.api.row("update dispute_parties set told_at = now() where dispute_id = $1 returning 1", case)
    for one in (witness, other):
        await sees_nothing(one.client, case)


async def test_a_units_officers_answer_for_it_as_long_as_they_hold_office(desk: Desk) -> None:
    officer = await desk.member(desk.world.angel)
    assert officer.person_id is not None
    term = await desk.world.api.office(officer.person_id, desk.world.angel, "chair")
    case = await desk.complain({"unit_id": str(desk.world.angel)})
    await desk.do(desk.secretary.client, case, "acknowledge")
    await sees_nothing(officer.client, case)
    await desk.do(desk.secretary.client, case, "give-notice", allegations=[desk.allegation(await desk.party(case))])
    told = await own(officer.client, case)
    assert (told["role"], allowed(told)) == ("respondent", {"respond", "correct", "add_evidence"})
    said = await officer.client.post(f"/v1/me/disputes/{case}/respond", json={"text": "It was minuted."})
    assert said.status_code == 200, said.text
    await desk.world.api.row("update office_terms set ends_on = $2 where id = $1 returning 1", term, clock.today())
    await sees_nothing(officer.client, case)
    successor = await desk.member(desk.world.angel)
    assert successor.person_id is not None
    await desk.world.api.office(successor.person_id, desk.world.angel, "chair")
    assert [one["text"] for one in (await own(successor.client, case))["told"] if one["by_oneself"]] == [
        "It was minuted."
    ]


async def test_nobody_answers_their_own_complaint_for_the_unit_that_it_is_about(desk: Desk) -> None:
    officer = await desk.member(desk.world.angel)
    assert officer.person_id is not None
    await desk.world.api.office(officer.person_id, desk.world.angel, "chair")
    case = await desk.complain({"unit_id": str(desk.world.angel)}, by=officer.client)
    await desk.do(desk.secretary.client, case, "acknowledge")
    await desk.do(desk.secretary.client, case, "give-notice", allegations=[desk.allegation(await desk.party(case))])
    told = await own(officer.client, case)
    assert told["role"] == "complainant"
    said = await officer.client.post(f"/v1/me/disputes/{case}/respond", json={"text": "I am right."})
    assert (said.status_code, said.json()["params"]["reason_code"]) == (409, "not_in_this_part")


async def test_somebody_held_back_by_a_measure_is_told_of_that_alone(desk: Desk) -> None:
    case = await desk.acknowledged()
    party = await desk.party(case)
    await desk.do(
        desk.secretary.client, case, "measures", party_id=party, kind="suspension", reasons="SECRET-GROUND",
        text="You are suspended while we look into a complaint. Nothing is decided.",
    )  # fmt: skip
    # A suspension ends sign-ins; the account stays, to read what it is told.
    who = await desk.world.api.sign_in(desk.respondent.account_id)
    told = await own(who, case)
    assert (told["state"], told["kind"], told["outcome"]) == ("under_consideration", None, None)
    [measure] = told["measures"]
    assert measure["text"].startswith("You are suspended")
    assert "SECRET-GROUND" not in str(told)
    assert told["allegations"] == told["told"] == []
    assert allowed(told) == set()
    await desk.do(desk.secretary.client, case, "dismiss", reasons="It is not for us.")
    told = await own(who, case)
    assert (told["state"], told["outcome"], told["told"]) == ("under_consideration", None, [])


async def test_the_report_and_the_decision_show_when_they_were_disclosed(desk: Desk) -> None:
    case = await desk.investigating()
    respondent, complainant = desk.respondent.client, desk.complainant.client
    assert (await own(respondent, case))["allegations"][0]["finding"] is None
    assert desk.investigator is not None
    allegations = (await desk.file(desk.investigator.client, case))["allegations"]
    found = [{"allegation_id": one["id"], "text": "Two people saw it."} for one in allegations]
    await desk.do(desk.investigator.client, case, "report", findings=found, text="My report.")
    told = await own(respondent, case)
    assert told["allegations"][0]["finding"] == "Two people saw it."
    assert "My report." in [one["text"] for one in told["told"]]
    assert (await own(complainant, case))["allegations"] == []
    assert "My report." not in str(await own(complainant, case))


async def test_a_decision_is_told_to_both_with_its_reasons_and_sanctions_to_whom_they_are_for(desk: Desk) -> None:
    case = await desk.decided(kind="reprimand")
    respondent, complainant = await own(desk.respondent.client, case), await own(desk.complainant.client, case)
    for told in (respondent, complainant):
        assert (told["state"], told["outcome"]) == ("decided", "upheld")
        assert "We believed the witnesses." in [one["reasons"] for one in told["told"]]
        [allegation] = told["allegations"]
        assert (allegation["outcome"], allegation["reasons"]) == ("upheld", "On the evidence.")
        assert told["appeal_due_on"] is not None
    assert [one["kind"] for one in respondent["sanctions"]] == ["reprimand"]
    assert complainant["sanctions"] == []
    assert complainant["allegations"][0]["finding"] is None
    assert allowed(respondent) == {"appeal"}
    assert allowed(complainant) == set()
    [meeting] = respondent["meetings"]
    assert (meeting["kind"], meeting["state"]) == ("hearing", "held")
    assert "All spoke." not in str(respondent)


async def test_who_read_the_case_is_told_once_one_was_told_of_it_and_parties_are_not_among_them(desk: Desk) -> None:
    case = await desk.acknowledged()
    await desk.file(desk.secretary.client, case)

    async def readers(who: Someone) -> set[str]:
        log = (await who.client.get("/v1/me/access-log", params={"limit": 200})).json()["data"]
        return {one["account_name"] for one in log if one["dispute_id"] == str(case)}

    name = await desk.world.api.value("select name from accounts where id = $1", desk.secretary.account_id)
    assert await readers(desk.complainant) == {name}
    assert await readers(desk.respondent) == set()
    await own(desk.complainant.client, case)
    await desk.do(desk.secretary.client, case, "give-notice", allegations=[desk.allegation(await desk.party(case))])
    await own(desk.respondent.client, case)
    assert await readers(desk.respondent) == await readers(desk.complainant) == {name}


async def test_a_withheld_complainant_who_works_on_another_case_is_not_among_the_readers_of_their_own(
    desk: Desk,
) -> None:
    mine = await desk.complain(withhold_identity=True)
    other = await desk.member(desk.world.angel)
    theirs = await desk.complain(by=other.client)
    secretary = desk.secretary.client
    await desk.do(secretary, theirs, "people", account_id=str(desk.complainant.account_id), part="clerk")
    for case in (mine, theirs):
        await desk.do(secretary, case, "acknowledge")
        await desk.do(secretary, case, "give-notice", allegations=[desk.allegation(await desk.party(case))])
    await own(desk.complainant.client, mine)
    await desk.complainant.client.get(f"/v1/me/disputes/{mine}/evidence")
    await desk.file(desk.complainant.client, theirs)
    name = await desk.world.api.value("select name from accounts where id = $1", desk.complainant.account_id)
    log = (await desk.respondent.client.get("/v1/me/access-log", params={"limit": 200})).json()["data"]
    assert {one["dispute_id"] for one in log if one["account_name"] == name} == {str(theirs)}


async def test_software_without_the_right_to_cases_does_not_read_them_for_a_party(desk: Desk) -> None:
    case = await desk.noticed()
    client = SoftwareClient(name="App", kind=ClientKind.third_party, scopes=[Permission.members_read])
    async with desk.world.api.owner.transaction() as session:
        await session.insert(client)
    app = await desk.world.api.sign_in(desk.respondent.account_id, client_id=client.id)
    for path in ("/v1/me/disputes", f"/v1/me/disputes/{case}", f"/v1/me/disputes/{new_id()}"):
        answer = await app.get(path)
        assert (answer.status_code, answer.json()["params"]) == (403, {"permission": "disputes:read"})


@pytest.mark.parametrize("verb", ["", "/respond", "/withdraw"])
async def test_a_case_of_which_one_was_not_told_takes_the_statements_of_none_at_all(desk: Desk, verb: str) -> None:
    case = await desk.acknowledged()
    said: list[str] = []
    tried = []

    async def one(path: str) -> int:
        if verb:
            return (await desk.respondent.client.post(path, json={"text": "Why?"})).status_code
        return (await desk.respondent.client.get(path)).status_code

    async with heard(
        desk.world.api.app.state.database,
        lambda: lambda q: said.append(q.query) if "rollbook_self" in q.query or "disputes" in q.query else None,
    ):
        for wanted in (new_id(), case):
            said.clear()
            assert await one(f"/v1/me/disputes/{wanted}{verb}") == 404
            tried.append(list(said))
    assert tried[0] == tried[1] != []


async def test_spent_sanctions_are_out_of_view(desk: Desk) -> None:
    case = await desk.decided(kind="warning", months=12)
    await desk.world.api.row(
        "update sanctions set state = 'in_force', starts_on = $2, ends_on = $3 where dispute_id = $1 returning 1",
        case,
        date(2024, 2, 28),
        clock.today(),
    )
    assert (await own(desk.respondent.client, case))["sanctions"] == []
