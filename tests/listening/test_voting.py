"""One institution, one voice: whoever records it, however often, and at whatever moment."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core import clock
from app.core.ids import new_id
from app.core.permissions import Role
from app.services.erasures import erase_person
from tests.listening.placed import Walk, begin, place_delegate
from tests.organising import Ground
from tests.turns import some_of


async def _with_themes(ground: Ground, *names: str, **said: Any) -> tuple[Walk, list[str]]:
    walk = await begin(ground, **said)
    await walk.session()
    themes = [await walk.theme(name) for name in names]
    await walk.act("begin-discernment")
    return walk, themes


async def test_an_institution_votes_once(ground: Ground) -> None:
    walk, (homes, buses) = await _with_themes(ground, "Homes", "Buses")
    institution = await walk.institution()
    vote = await walk.vote(institution, homes)
    assert (vote["theme_ids"], vote["on_day"]) == ([homes], str(clock.today()))
    again = {"organisation_id": str(institution), "theme_ids": [buses]}
    await walk.refused("votes", "already_voted", **again)
    await walk.refused("votes", "already_voted", by=ground.supervisor, **again)
    result = await walk.result()
    assert [theme["votes"] for theme in result["themes"]] == [1, 0]


@pytest.mark.parametrize("state", ["prospect", "negotiating", "agreed", "lapsed", "left"])
async def test_who_is_no_member_has_no_vote(ground: Ground, state: str) -> None:
    walk, themes = await _with_themes(ground, "Homes")
    institution = await walk.institution(state=state)
    await walk.refused("votes", "not_a_member", organisation_id=str(institution), theme_ids=themes)
    at_risk = await walk.institution(state="at_risk")
    await walk.vote(at_risk, *themes)
    assert (await walk.result())["turnout"] == {"entitled": 1, "voted": 1, "percent": 100.0}


async def test_the_voice_is_that_of_the_delegate_on_the_day(ground: Ground) -> None:
    walk, themes = await _with_themes(ground, "Homes")
    institution = await walk.institution(delegate=False)
    told = {"organisation_id": str(institution), "theme_ids": themes}
    await walk.refused("votes", "no_delegate", **told)
    delegate = await place_delegate(ground.world, institution, ground.unit)
    ended = "update representatives set ends_on = $2 where organisation_id = $1"
    await ground.world.api.execute(ended, institution, clock.today())
    await walk.refused("votes", "no_delegate", **told)
    await ground.world.api.execute(ended, institution, clock.today() + timedelta(days=1))
    assert (await walk.vote(institution, *themes))["delegate_person_id"] == str(delegate)
    async with ground.world.api.app.state.database.transaction() as session:
        await erase_person(session, None, delegate)
    votes = (await ground.get(f"listening-campaigns/{walk.id}/votes"))["data"]
    assert [(vote["delegate_person_id"], vote["theme_ids"]) for vote in votes] == [(None, themes)]
    assert (await walk.result())["turnout"]["voted"] == 1


async def test_a_vote_is_refused_that_cannot_be(ground: Ground) -> None:
    walk, themes = await _with_themes(ground, "Homes", "Buses", "Wages", votes_each=2)
    institution, today = str(await walk.institution()), clock.today()
    apart = str(await ground.organisation(state="active"))
    hidden = str(await ground.organisation(ground.world.islington, state="active"))
    await walk.refused("votes", "not_taking_part", organisation_id=apart, theme_ids=themes[:1])
    for said, code in (
        ({"organisation_id": hidden}, "unknown_id"),
        ({"theme_ids": themes}, "too_many_themes"),
        ({"theme_ids": [themes[0], str(new_id())]}, "unknown_theme"),
        ({"theme_ids": [themes[0], themes[0]]}, "value_error"),
        ({"theme_ids": []}, "too_short"),
        ({"on_day": str(today + timedelta(days=1))}, "in_future"),
        ({"on_day": str(today - timedelta(days=1))}, "before_discernment"),
    ):
        await walk.refused("votes", code, 422, **{"organisation_id": institution, "theme_ids": themes[:1], **said})
    await walk.refused(
        "votes", "permission_missing", 403, by=ground.leader, organisation_id=institution, theme_ids=themes[:1]
    )
    assert (await walk.result())["turnout"] == {"entitled": 1, "voted": 0, "percent": 0.0}


async def test_of_two_votes_at_once_one_counts(ground: Ground) -> None:
    walk, (homes, buses) = await _with_themes(ground, "Homes", "Buses")
    institution = str(await walk.institution())
    second = await ground.world.officer(Role.organiser)
    path = f"/v1/listening-campaigns/{walk.id}/votes"
    answers = await asyncio.gather(
        ground.organiser.post(path, json={"organisation_id": institution, "theme_ids": [homes]}),
        second.post(path, json={"organisation_id": institution, "theme_ids": [buses]}),
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert {answer.json().get("code") for answer in answers} == {None, "already_voted"}
    result = await walk.result()
    assert sum(theme["votes"] for theme in result["themes"]) == result["turnout"]["voted"] == 1


async def test_a_vote_recorded_wrongly_is_struck_by_somebody_else(ground: Ground) -> None:
    walk, (homes, buses) = await _with_themes(ground, "Homes", "Buses")
    institution = await walk.institution()
    vote = await walk.vote(institution, homes)
    strike = f"votes/{vote['id']}/strike"
    await walk.refused(strike, "own_vote_record", 403, reason="They said buses.")
    struck = await walk.act(strike, ground.supervisor, reason="They said buses.")
    assert (struck["struck_reason"], struck["struck_on"]) == ("They said buses.", str(clock.today()))
    await walk.refused(strike, "already_struck", by=ground.supervisor, reason="Again.")
    await walk.refused(f"votes/{new_id()}/strike", "not_found", 404, by=ground.supervisor, reason="Which?")
    await walk.vote(institution, buses)
    result = await walk.result()
    assert [(theme["name"], theme["votes"]) for theme in result["themes"]] == [("Buses", 1), ("Homes", 0)]
    votes = f"listening-campaigns/{walk.id}/votes"
    assert len((await ground.get(votes))["data"]) == 2
    assert [row["theme_ids"] for row in (await ground.get(f"{votes}?struck=false"))["data"]] == [[buses]]
    assert [row["theme_ids"] for row in (await ground.get(f"{votes}?theme_id={homes}"))["data"]] == [[homes]]
    second = await walk.vote(await walk.institution(), homes)
    await walk.act("close", priorities=[buses])
    await walk.refused(f"votes/{second['id']}/strike", "not_discerning", by=ground.supervisor, reason="Too late.")


#: By issue: in which session, by how many, and to which themes it is put, one after the other.
HEARD = st.lists(st.tuples(st.integers(0, 1), st.integers(1, 5), st.lists(st.integers(0, 2), max_size=2)), max_size=5)
#: By institution: for which themes it votes, each time that somebody tries.
VOICES = st.lists(st.lists(st.permutations([0, 1, 2]), max_size=2), max_size=3)


@settings(max_examples=some_of(15), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(heard=HEARD, voices=VOICES)
async def test_counts_add_up_and_no_institution_counts_twice(
    ground: Ground, heard: list[tuple[int, int, list[int]]], voices: list[list[list[int]]]
) -> None:
    walk = await begin(ground, votes_each=3)
    sessions = [await walk.session(participants=5), await walk.session(participants=9)]
    themes = [await walk.theme(name) for name in ("Air", "Buses", "Clinics")]
    for place, count, put in heard:
        said = await walk.issue(sessions[place], count=count)
        for theme in put:
            await walk.group(said, themes[theme])
    await walk.act("begin-discernment")
    cast = []
    for tries in voices:
        institution = await walk.institution()
        for number, order in enumerate(tries):
            said = {"organisation_id": str(institution), "theme_ids": [themes[theme] for theme in order]}
            answer = await ground.organiser.post(f"/v1/listening-campaigns/{walk.id}/votes", json=said)
            assert answer.status_code == (409 if number else 201)
        cast += tries[:1]
    result = await walk.result()
    told = {theme["theme_id"]: theme for theme in result["themes"]}
    assert result["issues"] == len(heard) == result["ungrouped"] + sum(theme["issues"] for theme in told.values())
    for number, theme in enumerate(themes):
        mine = [(place, count) for place, count, put in heard if put and put[-1] == number]
        counts = [sum(count for at, count in mine if at == place) for place in (0, 1)]
        assert told[theme]["people"] == min(counts[0], 5) + min(counts[1], 9)
        assert (told[theme]["issues"], told[theme]["sessions"]) == (len(mine), len({place for place, _ in mine}))
        voters = [voter["organisation_id"] for voter in told[theme]["voters"]]
        assert told[theme]["votes"] == len(voters) == len(set(voters)) == len(cast)
        assert told[theme]["first_choices"] == sum(order[0] == number for order in cast)
    assert (result["turnout"]["entitled"], result["turnout"]["voted"]) == (len(voices), len(cast))
    assert sum(theme["first_choices"] for theme in told.values()) == len(cast)
