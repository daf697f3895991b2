"""What is heard: how many, in whose words, named only where that may be, and grouped by those who heard it."""

from datetime import timedelta

from app.core import clock
from app.core.ids import new_id
from app.core.permissions import Role
from app.services.erasures import erase_person
from tests.listening.placed import Walk, begin
from tests.organising import Ground


async def test_who_is_named_is_for_those_who_may_read_of_meetings(ground: Ground) -> None:
    walk = await begin(ground)
    host = await ground.person()
    heard_in = await walk.session(
        host={"person_id": str(host)}, people=[{"given_name": "Ada", "family_name": "Example"}], participants=5
    )
    whole = await ground.get(f"listening-sessions/{heard_in}")
    assert [person["part"] for person in whole["people"]] == ["host", "participant"]
    assert whole["people"][0]["person_id"] == str(host)
    assert (await ground.get(f"listening-sessions/{heard_in}", ground.leader))["people"] is None
    integration = await ground.world.officer(Role.integration)
    path = f"listening-campaigns/{walk.id}/sessions"
    counted = {"kind": "street", "participants": 4}
    assert (await ground.do(path, integration, **counted))["participants"] == 4
    await ground.refused(
        path, "permission_missing", 403, by=integration, **counted, host={"person_id": str(await ground.person())}
    )


async def test_a_session_is_refused_that_cannot_have_been(ground: Ground) -> None:
    walk = await begin(ground)
    today = clock.today()
    person = {"person_id": str(await ground.person())}
    child = {"person_id": str(await ground.person(date_of_birth=today - timedelta(days=365 * 12)))}
    hidden = {"person_id": str(await ground.person(ground.world.islington))}
    for said, code in (
        ({"on_day": str(today + timedelta(days=1))}, "in_future"),
        ({"on_day": str(today - timedelta(days=31))}, "before_start"),
        ({"participants": 1, "host": person, "people": [child]}, "fewer_than_named"),
        ({"host": person, "people": [person]}, "named_twice"),
        ({"people": [child]}, "guardian_consent_needed"),
        ({"host": hidden}, "unknown_person"),
        ({"organisation_id": str(await ground.organisation(ground.world.islington))}, "unknown_id"),
    ):
        await walk.refused("sessions", code, 422, **{"kind": "house_meeting", "participants": 9, **said})
    apart = await ground.organisation(state="active")
    await walk.refused("sessions", "not_taking_part", kind="street", participants=2, organisation_id=str(apart))
    assert (await ground.get(f"listening-campaigns/{walk.id}/sessions?count=exact"))["count"]["value"] == 0


async def test_a_session_is_corrected_as_far_as_it_was_heard(ground: Ground) -> None:
    walk = await begin(ground)
    heard_in = await walk.session(participants=10)
    await walk.issue(heard_in, count=7)
    await ground.refused(f"listening-sessions/{heard_in}/issues", "more_than_were_there", 422, words="Rents.", count=11)
    path = f"/v1/listening-sessions/{heard_in}"
    match = {"If-Match": (await ground.organiser.get(path)).headers["ETag"]}
    few = await ground.organiser.patch(path, json={"participants": 6}, headers=match)
    assert few.json()["errors"][0]["code"] == "fewer_than_named"
    right = await ground.organiser.patch(path, json={"participants": 8, "kind": "online"}, headers=match)
    assert (right.json()["participants"], right.json()["kind"]) == (8, "online")
    stale = await ground.organiser.patch(path, json={"participants": 9}, headers=match)
    assert stale.status_code == 412
    assert (await ground.organiser.patch(path, json={"participants": 9})).status_code == 428


async def test_what_was_heard_is_grouped_by_those_who_heard_it(ground: Ground) -> None:
    walk = await begin(ground)
    heard_in = await walk.session()
    said, homes = await walk.issue(heard_in), await walk.theme("Homes")
    deaf = await ground.world.officer(Role.organiser)
    await ground.refused(f"listening-issues/{said}/group", "did_not_hear", 403, by=deaf, theme_id=homes)
    await walk.refused("themes", "did_not_hear", 403, by=deaf, name="Buses")
    await walk.refused("themes", "theme_exists", name="HOMES")
    # Whoever hosted heard, also where somebody else has recorded it.
    api = ground.world.api
    _, person = await api.member(ground.unit)
    account = await api.account(person_id=person)
    await api.grant(account, Role.organiser, ground.unit)
    host = await api.sign_in(account)
    await ground.refused(f"listening-issues/{said}/group", "did_not_hear", 403, by=host, theme_id=homes)
    await walk.session(host={"person_id": str(person)})
    assert (await ground.do(f"listening-issues/{said}/group", host, theme_id=homes))["theme_id"] == homes
    # And who recorded what was said in somebody else's session.
    await ground.do(f"listening-sessions/{heard_in}/issues", ground.supervisor, words="No bus on Sundays.")
    await ground.do(f"listening-campaigns/{walk.id}/themes", ground.supervisor, name="Buses")


async def test_a_theme_is_corrected_until_somebody_has_voted(ground: Ground) -> None:
    walk = await begin(ground)
    await walk.session()
    homes, _ = await walk.theme("Hoems"), await walk.theme("Buses")
    path = f"/v1/listening-campaigns/{walk.id}/themes/{homes}"
    first, second = ({"If-Match": f'"{homes}-{version}"'} for version in (1, 2))
    taken = await ground.organiser.patch(path, json={"name": "buses"}, headers=first)
    assert taken.json()["code"] == "theme_exists"
    right = await ground.organiser.patch(path, json={"name": "Homes"}, headers=first)
    assert (right.status_code, right.json()["name"]) == (200, "Homes")
    assert (await ground.organiser.patch(path, json={"name": "Houses"}, headers=first)).status_code == 412
    deaf = await ground.world.officer(Role.organiser)
    assert (await deaf.patch(path, json={"name": "Houses"}, headers=second)).json()["code"] == "did_not_hear"
    other = f"/v1/listening-campaigns/{(await _other_walk(ground)).id}/themes/{homes}"
    assert (await ground.organiser.patch(other, json={"name": "Houses"}, headers=second)).status_code == 404
    institution = await walk.institution()
    await walk.act("begin-discernment")
    await walk.vote(institution, homes)
    late = await ground.organiser.patch(path, json={"name": "Houses"}, headers=second)
    assert late.json()["code"] == "listening_over"


async def test_regrouping_keeps_what_was_before(ground: Ground) -> None:
    walk = await begin(ground)
    heard_in = await walk.session()
    said = await walk.issue(heard_in)
    homes, health = await walk.theme("Homes"), await walk.theme("Health")
    foreign = await (await _other_walk(ground)).theme("Elsewhere")
    for theme in (homes, homes, health):
        await walk.group(said, theme)
    await ground.refused(f"listening-issues/{said}/group", "unknown_theme", 422, theme_id=foreign)
    await ground.refused(f"listening-issues/{said}/group", "unknown_theme", 422, theme_id=str(new_id()))
    history = (await ground.get(f"listening-issues/{said}/groupings"))["data"]
    assert [(row["theme_id"], row["replaced_at"] is None) for row in history] == [(health, True), (homes, False)]
    issues = f"listening-campaigns/{walk.id}/issues"
    assert [row["id"] for row in (await ground.get(f"{issues}?theme_id={health}"))["data"]] == [said]
    assert (await ground.get(f"{issues}?theme_id={homes}"))["data"] == []
    assert (await ground.get(f"{issues}?grouped=false"))["data"] == []


async def test_no_name_of_a_session_stays_with_the_erased(ground: Ground) -> None:
    walk = await begin(ground)
    host = await ground.person()
    heard_in = await walk.session(host={"person_id": str(host)})
    async with ground.world.api.app.state.database.transaction() as session:
        await erase_person(session, None, host)
    whole = await ground.get(f"listening-sessions/{heard_in}")
    assert (whole["participants"], whole["people"]) == (12, [])


async def _other_walk(ground: Ground) -> Walk:
    other = await begin(ground)
    await other.session()
    return other
