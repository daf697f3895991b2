"""Legal holds: what they hold, until when, and who sees them."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from app.core import clock
from app.core.db import Database
from app.core.permissions import Role
from app.models.legal_holds import LegalHoldRead
from app.services.legal_holds import on_hold
from tests.disputes.placed import place_case
from tests.office import Office

WHY = {"reason": "litigation", "text": "A letter before action has come."}


async def held(office: Office, *people: UUID, day: date | None = None) -> set[UUID]:
    database: Database = office.world.api.app.state.database
    async with database.transaction(role="rollbook_system") as session:
        return await on_hold(session, people, day)


async def test_a_hold_is_placed_read_and_lifted(office: Office) -> None:
    person = office.subject.person_id
    until = clock.today() + timedelta(days=30)
    hold = (await office.do("legal-holds", person_id=str(person), until=until.isoformat(), **WHY))["id"]
    assert await held(office, person, uuid4()) == {person}
    read = LegalHoldRead.model_validate(await office.get(f"legal-holds/{hold}", office.deputy))
    assert (read.state, read.until, read.text) == ("in_force", until, WHY["text"])
    listed = await office.get(f"legal-holds?state=in_force&person_id={person}")
    assert [row["id"] for row in listed["data"]] == [hold]
    assert (await office.do(f"legal-holds/{hold}/lift", text="It was settled."))["state"] == "lifted"
    assert await held(office, person) == set()
    again = await office.officer.post(f"/v1/legal-holds/{hold}/lift", json={"text": "Again."})
    assert (again.status_code, again.json()["code"]) == (409, "action_not_allowed")


async def test_a_hold_ends_on_its_day(office: Office) -> None:
    person, until = office.subject.person_id, clock.today() + timedelta(days=2)
    hold = (await office.do("legal-holds", person_id=str(person), until=until.isoformat(), **WHY))["id"]
    assert await held(office, person, day=until - timedelta(days=1)) == {person}
    assert await held(office, person, day=until) == set()
    await office.on(until)
    assert (await office.get(f"legal-holds/{hold}"))["state"] == "expired"
    late = await office.officer.post(f"/v1/legal-holds/{hold}/lift", json={"text": "It was settled."})
    assert late.json()["params"]["reason_code"] == "wrong_state"
    assert (await office.get("legal-holds?state=expired"))["data"][0]["id"] == hold


async def test_a_hold_on_a_case_holds_everybody_named_in_it(office: Office) -> None:
    case = await place_case(office.world, office.world.hackney)
    hold = (await office.do("legal-holds", dispute_id=str(case.id), **WHY))["id"]
    people = {case.respondent_person, case.complainant_person}
    assert await held(office, *people, office.subject.person_id) == people
    # A case of which there is none answers alike.
    await office.do("legal-holds", dispute_id=str(uuid4()), **WHY)
    account = await office.world.api.account(person_id=case.respondent_person)
    await office.world.api.grant(account, Role.data_protection_officer, office.world.root)
    named = await office.world.api.sign_in(account)
    assert (await named.get(f"/v1/legal-holds/{hold}")).status_code == 404


async def test_a_hold_is_closed_to_whom_it_holds(office: Office) -> None:
    hold = (await office.do("legal-holds", person_id=str(office.subject.person_id), **WHY))["id"]
    await office.world.api.grant(office.subject.account_id, Role.data_protection_officer, office.world.root)
    theirs = office.subject.client
    assert (await theirs.get(f"/v1/legal-holds/{hold}")).status_code == 404
    assert hold not in (await theirs.get("/v1/legal-holds")).text
    assert (await office.secretary.get("/v1/legal-holds")).status_code == 403


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"person_id": str(uuid4())}, "/person_id"),
        ({"person_id": str(uuid4()), "until": "2020-01-01"}, "/until"),
        ({}, ""),
        ({"person_id": str(uuid4()), "dispute_id": str(uuid4())}, ""),
    ],
)
async def test_a_hold_that_makes_no_sense_is_refused(office: Office, said: dict[str, str], pointer: str) -> None:
    answer = await office.officer.post("/v1/legal-holds", json={**WHY, **said})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer
