"""Guardians: with somebody under 18 nothing is recorded unless one consents, and the age is right to the day."""

from datetime import date, timedelta
from typing import Any

import pytest

from app.core import clock
from app.services.guardians import is_under_age, of_age_on
from tests.one_to_ones.test_one_to_ones import said
from tests.organising import Ground
from tests.world import fake

BORN = date(2012, 11, 22)


def gives(**more: Any) -> dict[str, Any]:
    return {"guardian_name": fake.name(), "relationship": "parent", "scope": "One-to-ones about the school", **more}


@pytest.mark.parametrize(
    ("born", "adult_on"),
    [
        (date(2008, 11, 22), date(2026, 11, 22)),
        (date(2008, 2, 29), date(2026, 3, 1)),
        (date(2008, 2, 28), date(2026, 2, 28)),
        (date(2008, 3, 1), date(2026, 3, 1)),
    ],
)
def test_somebody_comes_of_age_on_a_day(born: date, adult_on: date) -> None:
    assert of_age_on(born) == adult_on
    assert is_under_age(born, adult_on - timedelta(days=1))
    assert not is_under_age(born, adult_on)
    assert not is_under_age(None, adult_on)


async def test_with_a_child_nothing_is_recorded_without_consent(ground: Ground) -> None:
    child = await ground.person(date_of_birth=BORN)
    body = said(ground, person={"person_id": str(child)})
    await ground.refused("one-to-ones", "guardian_consent_needed", 422, **body)
    told = gives(branch_id=str(ground.unit), person_id=str(child))
    made = await ground.do("guardian-consents", **told)
    await ground.do("one-to-ones", **body)
    planned = await ground.do("one-to-ones", **{**body, "state": "planned"})
    withdrawn = await ground.do(f"guardian-consents/{made['id']}/withdraw")
    assert (withdrawn["state"], withdrawn["withdrawn_on"]) == ("withdrawn", clock.today().isoformat())
    await ground.refused(f"guardian-consents/{made['id']}/withdraw", "wrong_state")
    await ground.refused("one-to-ones", "guardian_consent_needed", 422, **body)
    await ground.refused(f"one-to-ones/{planned['id']}/hold", "guardian_consent_needed", 422)
    await ground.do(f"one-to-ones/{planned['id']}/cancel")


async def test_consent_comes_with_the_call_and_a_declared_child_needs_it_too(ground: Ground) -> None:
    body = said(ground, under_18=True)
    await ground.refused("one-to-ones", "guardian_consent_needed", 422, **body)
    later = (clock.today() + timedelta(days=1)).isoformat()
    await ground.refused("one-to-ones", "in_future", 422, **body, guardian=gives(given_on=later))
    given = gives()
    made = await ground.do("one-to-ones", **body, guardian=given)
    [consent] = (await ground.get(f"guardian-consents?person_id={made['person_id']}"))["data"]
    assert "guardian_name" not in consent
    told = await ground.get(f"guardian-consents/{consent['id']}")
    assert (told["guardian_name"], told["scope"]) == (given["guardian_name"], given["scope"])
    kept = await ground.world.api.value("select string_agg(g::text, ' ') from guardian_consents g")
    assert given["guardian_name"] not in kept


async def test_a_birthday_changes_it_on_its_day(ground: Ground) -> None:
    person = await ground.person(date_of_birth=date(2012, 2, 29))
    await ground.on(date(2030, 2, 28))
    body = said(ground, person={"person_id": str(person)})
    await ground.refused("one-to-ones", "guardian_consent_needed", 422, **body)
    await ground.on(date(2030, 3, 1))
    await ground.do("one-to-ones", **{**body, "on_day": "2030-03-01"})


async def test_consents_are_seen_and_given_by_those_who_meet_people(ground: Ground) -> None:
    child = await ground.person(date_of_birth=BORN)
    told = gives(branch_id=str(ground.unit), person_id=str(child))
    made = await ground.do("guardian-consents", **told)
    path = f"/v1/guardian-consents/{made['id']}"
    for client, status in ((ground.supervisor, 200), (ground.other, 404), (ground.leader, 403)):
        assert (await client.get(path)).status_code == status
    away = await ground.person(ground.world.islington)
    await ground.refused("guardian-consents", "unknown_person", 422, **{**told, "person_id": str(away)})
    before = (clock.today() - timedelta(days=1)).isoformat()
    await ground.refused(f"guardian-consents/{made['id']}/withdraw", "before_given", 422, withdrawn_on=before)
    assert (await ground.get(f"guardian-consents?branch_id={ground.unit}&state=given"))["data"][0]["id"] == made["id"]


async def test_a_child_of_no_known_birth_stays_one_when_the_consent_is_withdrawn(ground: Ground) -> None:
    made = await ground.do("one-to-ones", **said(ground, under_18=True), guardian=gives())
    [consent] = (await ground.get(f"guardian-consents?person_id={made['person_id']}"))["data"]
    await ground.do(f"guardian-consents/{consent['id']}/withdraw")
    person = {"person_id": made["person_id"]}
    await ground.refused("one-to-ones", "guardian_consent_needed", 422, **said(ground, person=person))
    leader = {"branch_id": str(ground.unit), "person": person, "evidence": "Brought six people."}
    await ground.refused("leaders", "guardian_consent_needed", 422, **leader)
