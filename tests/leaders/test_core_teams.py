"""Core teams: three to twelve people, each with something to do, and what a team lacks is told."""

from typing import Any

from tests.organising import Ground


async def teamed(ground: Ground, **more: Any) -> dict[str, Any]:
    return await ground.do("core-teams", branch_id=str(ground.unit), name="St Anne's", **more)


async def joins(ground: Ground, team: dict[str, Any], *roles: str) -> dict[str, Any]:
    """One new person for each role."""
    for role in roles:
        person = {"person_id": str(await ground.person())}
        team = await ground.do(f"core-teams/{team['id']}/members", person=person, role=role)
    return team


async def gaps_listed(ground: Ground, team: dict[str, Any], *, gaps: bool) -> bool:
    """Whether the team is in the list of those with gaps, or of those without."""
    found = await ground.get(f"core-teams?branch_id={ground.unit}&gaps={str(gaps).lower()}&limit=200")
    return any(one["id"] == team["id"] for one in found["data"])


async def test_a_team_tells_what_it_lacks(ground: Ground) -> None:
    institution = str(await ground.organisation())
    team = await teamed(ground, organisation_id=institution)
    assert team["roles"] == team["roles_unfilled"] == ["chair", "spokesperson", "turnout", "listening"]
    assert (team["people"], team["gaps"]) == (0, ["role_unfilled", "too_few"])
    team = await joins(ground, team, "chair", "turnout")
    assert (team["people"], team["roles_unfilled"]) == (2, ["spokesperson", "listening"])
    assert await gaps_listed(ground, team, gaps=True)
    team = await joins(ground, team, "spokesperson", "listening")
    assert (team["people"], team["gaps"]) == (4, [])
    assert await gaps_listed(ground, team, gaps=False)
    assert not await gaps_listed(ground, team, gaps=True)
    team = await joins(ground, team, *["member"] * 9)
    assert (team["people"], team["gaps"]) == (13, ["too_many"])


async def test_what_somebody_ought_to_do_is_set_for_each_team(ground: Ground) -> None:
    team = await joins(ground, await teamed(ground, roles=["treasurer", "treasurer"]), "treasurer", "member", "member")
    assert (team["roles"], team["gaps"]) == (["treasurer"], [])
    headers = {"If-Match": f'"{team["id"]}-{team["version"]}"'}
    url = f"/v1/core-teams/{team['id']}"
    changed = await ground.organiser.patch(url, json={"roles": ["research"]}, headers=headers)
    assert changed.json()["roles_unfilled"] == ["research"]
    stale = await ground.organiser.patch(url, json={"name": "St Anne"}, headers=headers)
    assert stale.status_code == 412
    await ground.refused("core-teams", "enum", 422, branch_id=str(ground.unit), name="A", roles=["pope"])


async def test_roles_begin_and_end(ground: Ground) -> None:
    person = {"person_id": str(await ground.person())}
    team = await teamed(ground)
    path = f"core-teams/{team['id']}/members"
    team = await ground.do(path, person=person, role="chair", starts_on="2026-03-01")
    await ground.refused(path, "role_held", person=person, role="chair")
    both = await ground.do(path, person=person, role="listening")
    assert (both["people"], len(both["members"])) == (1, 2)
    chair = f"{path}/{team['members'][0]['id']}/end"
    await ground.refused(chair, "before_beginning", 422, ends_on="2026-02-01")
    ended = await ground.do(chair, ends_on="2026-05-01")
    assert "chair" in ended["roles_unfilled"]
    assert [one["ends_on"] for one in ended["members"] if one["role"] == "chair"] == ["2026-05-01"]
    await ground.refused(chair, "role_ended")
    disbanded = await ground.do(f"core-teams/{team['id']}/disband")
    assert (disbanded["state"], disbanded["people"]) == ("disbanded", 0)
    await ground.refused(path, "core_team_disbanded", person=person)
    assert not await gaps_listed(ground, team, gaps=True)


async def test_teams_are_read_by_leaders_and_run_in_reach(ground: Ground) -> None:
    team = await joins(ground, await teamed(ground), "chair")
    seen = await ground.get(f"core-teams/{team['id']}", by=ground.leader)
    assert seen["members"][0]["role"] == "chair"
    person = {"person_id": str(await ground.person())}
    await ground.refused(f"core-teams/{team['id']}/members", "permission_missing", 403, by=ground.leader, person=person)
    await ground.refused(f"core-teams/{team['id']}/members", "not_found", 404, by=ground.other, person=person)
    elsewhere = str(await ground.organisation(ground.world.islington))
    said = {"branch_id": str(ground.unit), "name": "Theirs", "organisation_id": elsewhere}
    await ground.refused("core-teams", "unknown_id", 422, **said)
