"""Testimonies: used as far as their consent goes, gone when it is taken back, special details apart."""

from datetime import timedelta
from typing import Any

from app.core import clock
from app.core.permissions import Role
from app.services.erasures import erase_person
from tests.listening.placed import CONSENT, begin
from tests.organising import Ground

SPECIAL = {"kinds": ["health", "immigration"], "text": "I was ill, and had no papers."}


async def _take(ground: Ground, **said: Any) -> dict[str, Any]:
    told = {
        "branch_id": str(ground.unit),
        "person": {"given_name": "Ada", "family_name": "Example"},
        "text": "I wait an hour for a bus that does not come.",
        "consent": CONSENT,
        **said,
    }
    return await ground.do("testimonies", **told)


async def _refused(ground: Ground, code: str, status: int = 422, **said: Any) -> None:
    told = {
        "branch_id": str(ground.unit),
        "person": {"given_name": "Ada", "family_name": "Example"},
        "text": "I wait an hour for a bus that does not come.",
        "consent": CONSENT,
        **said,
    }
    await ground.refused("testimonies", code, status, **told)


async def test_a_testimony_is_used_as_far_as_its_consent_goes(ground: Ground) -> None:
    walk = await begin(ground)
    heard_in = await walk.session()
    made = await _take(ground, listening_session_id=heard_in)
    assert made["listening_campaign_id"] == walk.id
    assert made["consent"]["in_force"] is True
    path = f"testimonies/{made['id']}"
    await ground.refused(f"{path}/use", "no_consent", use="press", where="The Hackney paper")
    used = await ground.do(f"{path}/use", use="public", where="The assembly of the alliance")
    assert "text" not in used
    whole = await ground.get(path)
    assert whole["text"] == "I wait an hour for a bus that does not come."
    assert [(use["use"], use["where"]) for use in whole["uses"]] == [("public", "The assembly of the alliance")]
    allowed = {action["action"]: action["allowed"] for action in whole["allowed_actions"]}
    assert allowed == {"use": True, "renew_consent": True, "withdraw": True}
    listed = (await ground.get(f"testimonies?use=public&listening_session_id={heard_in}"))["data"]
    assert [row["id"] for row in listed] == [made["id"]]
    assert "text" not in listed[0]
    assert (await ground.get(f"testimonies?use=press&listening_session_id={heard_in}"))["data"] == []


async def test_what_is_taken_back_is_gone(ground: Ground) -> None:
    made = await _take(ground, special=SPECIAL)
    path, api = f"testimonies/{made['id']}", ground.world.api
    await ground.do(f"{path}/use", use="internal", where="Our team")
    await ground.refused(f"{path}/withdraw", "before_given", 422, withdrawn_on=str(clock.today() - timedelta(days=1)))
    colleague = await ground.world.officer(Role.organiser)
    told = await ground.do(f"{path}/withdraw", colleague)
    assert (told["state"], told["consent"]["in_force"]) == ("withdrawn", False)
    whole = await ground.get(path)
    assert (whole["text"], len(whole["uses"])) == (None, 1)
    assert await api.value("select sealed from testimonies where id = $1", made["id"]) == b""
    assert await api.value("select count(*) from testimony_specials where testimony_id = $1", made["id"]) == 0
    assert (await ground.organiser.get(f"/v1/{path}/special")).status_code == 404
    await ground.refused(f"{path}/use", "consent_withdrawn", use="internal", where="Our team")
    await ground.refused(f"{path}/renew-consent", "wrong_state", **CONSENT)
    await ground.refused(f"{path}/withdraw", "wrong_state")


async def test_a_consent_ends_with_its_last_day_and_can_be_renewed(ground: Ground) -> None:
    today = clock.today()
    made = await _take(ground, consent={**CONSENT, "until": str(today)})
    path = f"testimonies/{made['id']}"
    await ground.do(f"{path}/use", use="public", where="The assembly")
    await ground.on(today + timedelta(days=1))
    await ground.refused(f"{path}/use", "no_consent", use="public", where="The assembly")
    whole = await ground.get(path)
    assert (whole["text"], whole["consent"]["in_force"]) == (None, False)
    reasons = {action["action"]: action["reason_code"] for action in whole["allowed_actions"]}
    assert reasons == {"use": "no_consent", "renew_consent": None, "withdraw": None}
    renewed = await ground.do(f"{path}/renew-consent", uses=["press"], wording="A newspaper may print it.")
    assert (renewed["consent"]["uses"], renewed["consent"]["until"]) == (["press"], None)
    assert (await ground.get(path))["text"] is not None
    await ground.refused(f"{path}/use", "no_consent", use="public", where="The assembly")


async def test_special_details_need_consent_in_so_many_words(ground: Ground) -> None:
    plain = {**CONSENT, "explicit": False}
    await _refused(ground, "consent_needed", special=SPECIAL, consent=plain)
    made = await _take(ground, special=SPECIAL)
    await ground.refused(f"testimonies/{made['id']}/renew-consent", "consent_needed", 422, **plain)
    unmarked = await _take(ground, consent=plain)
    await ground.do(f"testimonies/{unmarked['id']}/renew-consent", **plain)


async def test_a_charity_keeps_no_outsiders_political_opinion(ground: Ground) -> None:
    api, opinion = ground.world.api, {"kinds": ["political_opinion"], "text": "I have left my party."}
    await _take(ground, special=opinion)
    member = {"person_id": str(await ground.person(paid_until=clock.today() + timedelta(days=90)))}
    await api.execute("update branches set kind = 'alliance' where parent_id is null")
    try:
        await _refused(ground, "political_opinion_of_non_member", special=opinion)
        await _take(ground, person=member, special=opinion)
    finally:
        await api.execute("update branches set kind = 'party' where parent_id is null")


async def test_special_details_are_for_whoever_took_them_and_for_supervision(ground: Ground) -> None:
    made = await _take(ground, special=SPECIAL)
    path = f"testimonies/{made['id']}/special"
    found = await ground.get(path)
    assert found == {"testimony_id": made["id"], **SPECIAL}
    assert (await ground.get(path, ground.supervisor))["kinds"] == ["health", "immigration"]
    colleague = await ground.world.officer(Role.organiser)
    assert (await colleague.get(f"/v1/testimonies/{made['id']}")).status_code == 200
    closed = await colleague.get(f"/v1/{path}")
    assert (closed.status_code, closed.json()["code"]) == (403, "special_details_closed")
    assert "papers" not in (await colleague.get(f"/v1/testimonies/{made['id']}")).text
    assert (await ground.other.get(f"/v1/{path}")).status_code == 404
    assert (await ground.leader.get(f"/v1/{path}")).json()["code"] == "permission_missing"
    purposes = "select count(*) from access_log where subject_id = $1 and purpose = 'read_special:testimony'"
    assert await ground.world.api.value(purposes, made["id"]) >= 2
    # The lock holds beneath the judge: a colleague's own transaction has no such row.
    actor = await ground.world.api.actor(Role.organiser, ground.unit)
    async with ground.world.api.app.state.database.transaction(actor) as session:
        assert await session.fetchval("select count(*) from testimonies where id = $1", made["id"]) == 1
        assert await session.fetchval("select count(*) from testimony_specials") == 0


async def test_a_testimony_is_refused_that_cannot_be_taken(ground: Ground) -> None:
    today = clock.today()
    child = {"person_id": str(await ground.person(date_of_birth=today - timedelta(days=365 * 12)))}
    hidden = {"person_id": str(await ground.person(ground.world.islington))}
    walk, other = await begin(ground), await begin(ground)
    heard_in = await walk.session()
    for said, code in (
        ({"person": child}, "guardian_consent_needed"),
        ({"person": hidden}, "unknown_person"),
        ({"given_on": str(today + timedelta(days=1))}, "in_future"),
        ({"consent": {**CONSENT, "given_on": str(today + timedelta(days=1))}}, "in_future"),
        ({"consent": {**CONSENT, "until": str(today - timedelta(days=1))}}, "ends_before_start"),
        ({"consent": {**CONSENT, "uses": []}}, "too_short"),
        ({"listening_session_id": heard_in, "listening_campaign_id": other.id}, "other_campaign"),
    ):
        await _refused(ground, code, **said)
    told = {"person": {"person_id": str(await ground.person())}, "text": "A story.", "consent": CONSENT}
    path, unit = "testimonies", str(ground.unit)
    await ground.refused(path, "permission_missing", 403, by=ground.leader, branch_id=unit, **told)
    await ground.refused(path, "permission_missing", 403, by=ground.other, branch_id=unit, **told)


async def test_a_childs_testimony_rests_on_a_guardians_consent(ground: Ground) -> None:
    person = str(await ground.person(date_of_birth=clock.today() - timedelta(days=365 * 12)))
    given = await ground.do(
        "guardian-consents",
        branch_id=str(ground.unit),
        person_id=person,
        guardian_name="Grace Example",
        relationship="parent",
        scope="To tell at the assembly how the bus does not come.",
    )
    made = await _take(ground, person={"person_id": person})
    await ground.do(f"testimonies/{made['id']}/use", use="public", where="The assembly")
    await ground.do(f"guardian-consents/{given['id']}/withdraw")
    await ground.refused(
        f"testimonies/{made['id']}/use", "guardian_consent_needed", 422, use="public", where="The assembly"
    )


async def test_a_testimony_is_erased_with_its_person(ground: Ground) -> None:
    person = await ground.person()
    made = await _take(ground, person={"person_id": str(person)}, special=SPECIAL)
    await ground.do(f"testimonies/{made['id']}/use", use="public", where="The assembly")
    async with ground.world.api.app.state.database.transaction() as session:
        await erase_person(session, None, person)
    row = await ground.world.api.row("select * from testimonies where id = $1", made["id"])
    assert (row["sealed"], row["consent_wording"], row["consent_uses"]) == (b"", "Erased", ["internal", "public"])
    assert await ground.world.api.value("select count(*) from testimony_specials where person_id = $1", person) == 0
    whole = await ground.get(f"testimonies/{made['id']}")
    assert (whole["text"], whole["uses"][0]["where"]) == (None, None)
