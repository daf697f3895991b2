"""The other rights: what is granted is done, and what must be done before is done before."""

from typing import Any

import pytest

from app.services.erasures import erase_person
from tests.office import Office
from tests.rights_requests.answers import refusal
from tests.rights_requests.post import letters, letters_to

PATH = "rights-requests"
DONE = {"text": "We did as you asked."}


async def taken_up(office: Office, kind: str, **said: Any) -> str:
    request = await office.request(kind=kind, **said)
    told = await office.do(f"{PATH}/{request}/assess")
    assert told["state"] == "assessing"
    return f"{PATH}/{request}"


async def member(office: Office) -> dict[str, Any]:
    return await office.get(f"members/{office.subject.member_id}", by=office.secretary)


async def test_a_rectification_is_granted_and_says_who_was_told(office: Office) -> None:
    at = await taken_up(office, "rectification")
    told = await office.do(f"{at}/grant", recipients_told="The branch, by telephone.", **DONE)
    assert (told["state"], told["ended_late"], told["code"]) == ("granted", False, None)
    texts = (await office.get(at))["steps"][-1]["texts"]
    assert texts == {"text": DONE["text"], "recipients_told": "The branch, by telephone."}


async def test_nothing_is_granted_before_it_was_taken_up(office: Office) -> None:
    request = await office.request(kind="rectification")
    refused = await office.officer.post(f"/v1/{PATH}/{request}/grant", json=DONE)
    assert refusal(refused) == (409, "wrong_state")


async def test_nothing_is_granted_of_somebody_unknown(office: Office) -> None:
    at = await taken_up(office, "restriction", person_id=None)
    assert refusal(await office.officer.post(f"/v1/{at}/grant", json=DONE)) == (409, "person_unknown")
    await office.do(f"{at}/match-person", person_id=str(office.subject.person_id))
    assert (await office.do(f"{at}/grant", **DONE))["state"] == "granted"


async def test_an_erasure_is_granted_once_it_is_done(office: Office) -> None:
    at = await taken_up(office, "erasure")
    assert refusal(await office.officer.post(f"/v1/{at}/grant", json=DONE)) == (409, "erasure_not_done")


async def test_a_restriction_holds_until_it_is_lifted(office: Office) -> None:
    at = await taken_up(office, "restriction", email="asker@example.org")
    before = await member(office)
    assert (before["processing_restricted"], before["reachable_by"] == []) == (False, False)
    assert refusal(await office.officer.post(f"/v1/{at}/lift-restriction", json=DONE)) == (409, "wrong_state")
    await office.do(f"{at}/grant", **DONE)
    restricted = await member(office)
    assert (restricted["processing_restricted"], restricted["reachable_by"]) == (True, [])
    assert restricted["version"] > before["version"]
    own = await office.get("me/member", by=office.subject.client)
    assert own["processing_restricted"] is True
    told = await office.do(f"{at}/lift-restriction", text="Your street was put right.")
    assert told["state"] == "granted"
    assert (await member(office))["processing_restricted"] is False
    assert (await member(office))["reachable_by"] == before["reachable_by"]
    assert refusal(await office.officer.post(f"/v1/{at}/lift-restriction", json=DONE)) == (409, "not_restricted")
    assert "restriction" in (await letters_to(office, "asker@example.org"))[-1]["subject"]


async def test_whoever_is_restricted_is_left_out_of_exports_to_contact(office: Office) -> None:
    at = await taken_up(office, "restriction")
    body = {"columns": ["email"], "use": "contact", "contact_by": "email", "purpose": "To invite them to a meeting."}
    before = (await office.secretary.post("/v1/exports", json=body)).json()
    await office.do(f"{at}/grant", **DONE)
    after = (await office.secretary.post("/v1/exports", json=body)).json()
    assert (after["rows"], after["omitted"]) == (before["rows"] - 1, before["omitted"] + 1)


async def test_an_objection_is_granted_by_weighing_it(office: Office) -> None:
    at = await taken_up(office, "objection")
    told = await office.do(f"{at}/grant-in-part", text="We stop telephoning; the roll of members must be kept.")
    assert told["state"] == "partly_granted"
    assert (await member(office))["reachable_by"] != []


async def test_only_ported_data_is_given(office: Office) -> None:
    given = {"release": {"delivery": "paper"}}
    at = await taken_up(office, "rectification")
    assert refusal(await office.officer.post(f"/v1/{at}/grant", json={**DONE, **given})) == (422, "portability_alone")
    at = await taken_up(office, "portability")
    assert refusal(await office.officer.post(f"/v1/{at}/grant", json=DONE)) == (422, "portability_alone")


async def test_ported_data_is_packed_and_given(office: Office) -> None:
    at = await taken_up(office, "portability")
    release = {"delivery": "link", "code_channel": "phone", "to_email": "ported@example.org"}
    told = await office.do(f"{at}/grant", release=release, **DONE)
    assert (told["state"], told["release"]["state"], len(told["code"])) == ("granted", "preparing", 8)
    await office.world.api.work()
    made = (await office.get(f"{at}/releases"))["data"][0]
    assert (made["state"], made["delivery"]) == ("ready", "link")
    assert len(await letters_to(office, "ported@example.org")) == 1


async def test_whoever_took_an_export_is_to_be_told(office: Office) -> None:
    body = {"columns": ["given_name"], "use": "records", "purpose": "For the roll at the meeting."}
    taken = (await office.secretary.post("/v1/exports", json=body)).json()
    await office.world.api.work()
    request = await office.request(kind="rectification")
    told = await office.get(f"{PATH}/{request}/recipients")
    assert [row["export_id"] for row in told["exports"]] == [taken["id"]]
    _, elsewhere = await office.world.api.member(office.world.islington)
    another = await office.request(kind="rectification", person_id=str(elsewhere))
    assert (await office.get(f"{PATH}/{another}/recipients"))["exports"] == []


@pytest.mark.parametrize(("language", "words"), [("en", "Information Commissioner"), ("cy", "Comisiynydd Gwybodaeth")])
async def test_a_refusal_tells_its_reason_and_the_remedies(office: Office, language: str, words: str) -> None:
    somebody = await office.member(preferred_language=language)
    address = f"{somebody.person_id.hex}@example.org"
    request = await office.request(person_id=str(somebody.person_id), email=address)
    await office.do(f"subject-access-requests/{request}/refuse", ground="excessive", text="The fifth this week.")
    received, refused = await letters_to(office, address)
    reference = (await office.get(f"subject-access-requests/{request}"))["reference"]
    assert reference in received["text"]
    assert all(part in refused["text"] for part in (words, reference))
    # Whoever can sign in reads the reasons there.
    assert "fifth" not in refused["text"]


async def test_whoever_cannot_sign_in_is_asked_in_the_letter(office: Office) -> None:
    _, person = await office.world.api.member(office.world.hackney)
    request = await office.request(person_id=str(person), email="letter@example.org")
    await office.do(f"subject-access-requests/{request}/ask-clarification", text="Which years do you mean?")
    asked = (await letters_to(office, "letter@example.org"))[-1]
    assert "Which years do you mean?" in asked["text"]


async def test_a_notice_of_extension_gives_its_reason(office: Office) -> None:
    _, person = await office.world.api.member(office.world.hackney, preferred_language="cy")
    request = await office.request(person_id=str(person), email="longer@example.org")
    await office.do(f"subject-access-requests/{request}/extend", reason="complexity", text="Llythyrau deng mlynedd.")
    received, extended = await letters_to(office, "longer@example.org")
    assert received["subject"] == "Mae eich cais gennym"
    assert "Llythyrau deng mlynedd." in extended["text"]
    assert "{" not in received["text"] + extended["text"]


async def test_an_objection_of_somebody_erased_meanwhile_changes_nothing(office: Office) -> None:
    somebody = await office.member()
    at = await taken_up(office, "objection", marketing=True, person_id=str(somebody.person_id))
    async with office.world.api.owner.transaction() as session:
        await erase_person(session, None, somebody.person_id)
    assert (await office.do(f"{at}/grant", **DONE))["state"] == "granted"


async def test_where_no_address_is_known_the_team_alone_is_written_to(office: Office) -> None:
    _, person = await office.world.api.member(office.world.hackney, email=None)
    before = len(await letters(office))
    request = await office.request(person_id=str(person))
    told = await letters(office)
    await office.do(f"subject-access-requests/{request}/refuse", ground="excessive", text="The fifth this week.")
    assert len(await letters(office)) == len(told)
    assert {letter["subject"] for letter in told[before:]} == {"A request about somebody's data has come in"}
