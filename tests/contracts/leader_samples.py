"""Samples of leaders and core teams."""

from typing import Any
from uuid import UUID

from app.core import clock
from app.models.core_teams import CoreTeam, CoreTeamMember
from app.models.leaders import LeaderFollower, LeaderState, LeaderStep
from app.services.envelopes import seal_texts
from tests.contracts.asks import Ask, Held, Make, Sample, Sight
from tests.leaders.placed import place_leader
from tests.organising import place
from tests.world import World

SHOWN = {"evidence": "Brought eleven people."}


def _leader(json: Any = None, **columns: Any) -> Make:
    async def make(world: World, unit: UUID) -> Ask:
        row = await place_leader(world, unit, **columns)
        return Ask(ids={"leader_id": row.id}, json=json, headers={"If-Match": f'"{row.id}-1"'}, shown=row.id)

    return make


async def _leaders_listed(world: World, unit: UUID) -> Ask:
    return Ask(shown=(await place_leader(world, unit)).id)


async def _leader_added(world: World, unit: UUID) -> Ask:
    person = {"person_id": str((await world.api.member(unit))[1])}
    return Ask(json={"branch_id": str(unit), "person": person, "talents": ["Listens"], **SHOWN})


async def _raised(world: World, unit: UUID) -> Ask:
    row = await place_leader(world, unit)
    await world.api.execute("update leader_tiers set from_day = from_day - 1 where leader_id = $1", row.id)
    return Ask(ids={"leader_id": row.id}, json={"tier": "secondary", **SHOWN})


async def _follower_added(world: World, unit: UUID) -> Ask:
    row = await place_leader(world, unit)
    person = {"person_id": str((await world.api.member(unit))[1])}
    return Ask(ids={"leader_id": row.id}, json={"person": person})


async def _follower(world: World, unit: UUID) -> Ask:
    leader = await place_leader(world, unit)
    row = LeaderFollower(leader_id=leader.id, person_id=(await world.api.member(unit))[1], since=clock.today())
    await place(world, row)
    return Ask(ids={"leader_id": leader.id, "follower_id": row.id}, json={})


def _step(json: Any = None) -> Make:
    async def make(world: World, unit: UUID) -> Ask:
        leader = await place_leader(world, unit)
        row = LeaderStep(
            leader_id=leader.id,
            person_id=leader.person_id,
            due_on=clock.today(),
            state_since=clock.today(),
            sealed=b"",
        )
        async with world.api.transaction() as session:
            row.sealed = await seal_texts(session, leader.person_id, "leader_steps", row.id, {"text": "Chair it."})
            await session.insert(row)
        return Ask(ids={"leader_id": leader.id, "step_id": row.id}, json=json)

    return make


async def _of_leader(world: World, unit: UUID, make: Make) -> Ask:
    """What is asked of a leader and not of what hangs from one."""
    ask = await make(world, unit)
    return Ask(ids={"leader_id": ask.ids["leader_id"]}, json=ask.json)


async def _followers(world: World, unit: UUID) -> Ask:
    return await _of_leader(world, unit, _follower)


async def _steps(world: World, unit: UUID) -> Ask:
    return await _of_leader(world, unit, _step())


async def _nothing(_world: World, _unit: UUID) -> Ask:
    return Ask()


def _team(json: Any = None) -> Make:
    async def make(world: World, unit: UUID) -> Ask:
        row = CoreTeam(branch_id=unit, name="St Anne's", roles=["chair"], state_since=clock.today())
        await place(world, row)
        return Ask(ids={"team_id": row.id}, json=json, headers={"If-Match": f'"{row.id}-1"'}, shown=row.id)

    return make


async def _teams_listed(world: World, unit: UUID) -> Ask:
    return Ask(params={"branch_id": str(unit)}, shown=(await _team()(world, unit)).shown)


async def _team_created(_world: World, unit: UUID) -> Ask:
    return Ask(json={"branch_id": str(unit), "name": "St Anne's"})


async def _joined(world: World, unit: UUID) -> Ask:
    ask = await _team()(world, unit)
    person = {"person_id": str((await world.api.member(unit))[1])}
    return Ask(ids=ask.ids, json={"person": person, "role": "chair"})


async def _in_team(world: World, unit: UUID) -> Ask:
    ask = await _team()(world, unit)
    person_id = (await world.api.member(unit))[1]
    team_id = ask.ids["team_id"]
    row = CoreTeamMember(core_team_id=team_id, person_id=person_id, role="chair", starts_on=clock.today())
    await place(world, row)
    return Ask(ids={**ask.ids, "member_id": row.id}, json={})


_ALL, _TEAMS = "/v1/leaders", "/v1/core-teams"
_ONE, _TEAM = f"{_ALL}/{{leader_id}}", f"{_TEAMS}/{{team_id}}"
_FOLLOWER, _STEP = f"{_ONE}/followers/{{follower_id}}", f"{_ONE}/steps/{{step_id}}"

LEADERS: dict[str, Sample] = {
    f"GET {_ALL}": Sample(_leaders_listed, Held.anywhere, Sight.listed),
    f"POST {_ALL}": Sample(_leader_added, sight=Sight.plain),
    f"GET {_ALL}/tiers": Sample(_nothing, Held.anywhere),
    f"GET {_ALL}/tiers/chart": Sample(_nothing, Held.anywhere),
    f"GET {_ONE}": Sample(_leader()),
    f"PATCH {_ONE}": Sample(_leader({"followers_estimate": 12})),
    f"POST {_ONE}/change-tier": Sample(_raised),
    f"POST {_ONE}/rest": Sample(_leader()),
    f"POST {_ONE}/resume": Sample(_leader(state=LeaderState.resting)),
    f"POST {_ONE}/leave": Sample(_leader()),
    f"GET {_ONE}/followers": Sample(_followers),
    f"POST {_ONE}/followers": Sample(_follower_added),
    f"POST {_FOLLOWER}/end": Sample(_follower),
    f"GET {_ONE}/steps": Sample(_steps),
    f"POST {_ONE}/steps": Sample(_leader({"text": "Chair a house meeting.", "due_on": "2026-12-24"})),
    f"POST {_STEP}/complete": Sample(_step({})),
    f"POST {_STEP}/drop": Sample(_step()),
    f"GET {_TEAMS}": Sample(_teams_listed, Held.anywhere, Sight.listed),
    f"POST {_TEAMS}": Sample(_team_created, sight=Sight.plain),
    f"GET {_TEAM}": Sample(_team()),
    f"PATCH {_TEAM}": Sample(_team({"roles": ["chair", "turnout"]})),
    f"POST {_TEAM}/members": Sample(_joined),
    f"POST {_TEAM}/members/{{member_id}}/end": Sample(_in_team),
    f"POST {_TEAM}/disband": Sample(_team()),
}
