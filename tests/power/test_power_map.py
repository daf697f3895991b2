"""The map: as a graph and as a picture, and the nearest way from us to whom we want to reach."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core import clock
from app.core.charts import Axis, scatter
from app.core.ids import new_id
from app.models.affiliations import Affiliation, AffiliationKind
from app.models.power_analyses import PowerActorKind, PowerAnalysisState, PowerTieKind
from app.models.power_analyses_shapes import PowerEdge, PowerGraph, PowerNode
from app.services.power_map import MOST_STRENGTH, NO_WAY, ONE_WAY, Known, find_reach
from tests.contracts.power_samples import place_decision_maker
from tests.one_to_ones.placed import place_one_to_one
from tests.organising import Ground, place
from tests.world import fake

#: A map of this many actors is to be read.
MANY = 15


@pytest.fixture
async def path(ground: Ground) -> str:
    draft = await ground.do(f"campaigns/{await ground.campaign()}/power-analyses")
    return f"power-analyses/{draft['id']}"


async def _actor(ground: Ground, path: str, **said: Any) -> str:
    told = {"kind": "body", "influence": 3, "position": 0, **said}
    if not {"name", "decision_maker_id", "person_id"} & told.keys() and told["kind"] != "us":
        told["name"] = fake.company()
    made: str = (await ground.do(f"{path}/actors", **told))["id"]
    return made


async def _tie(ground: Ground, path: str, one: str, other: str, kind: str = "knows", strength: int = 3) -> str:
    said = {"from_actor_id": one, "to_actor_id": other, "kind": kind, "strength": strength}
    made: str = (await ground.do(f"{path}/ties", **said))["id"]
    return made


async def test_the_nearest_way_is_the_one_of_the_strongest_ties(ground: Ground, path: str) -> None:
    us, near, far, goal, away = [
        await _actor(ground, path, kind="us" if number == 0 else "body") for number in range(5)
    ]
    weak = await _tie(ground, path, us, goal, strength=1)
    first, second = await _tie(ground, path, near, us, strength=5), await _tie(ground, path, near, goal, strength=4)
    await _tie(ground, path, goal, far, "funds")
    await _tie(ground, path, away, goal, "employs")
    await _tie(ground, path, us, away, "opposed", 5)
    reach = await ground.get(f"{path}/reach?to={goal}")
    assert (reach["reached"], reach["cost"]) == (True, 3)
    assert [(s["actor_id"], s["by"], s["tie_id"]) for s in reach["steps"]] == [
        (us, "us", None), (near, "tie", first), (goal, "tie", second),
    ]  # fmt: skip
    assert reach["out_of_reach"] == [away]
    beyond = await ground.get(f"{path}/reach?to={away}")
    assert (beyond["reached"], beyond["cost"], beyond["steps"]) == (False, None, [])
    await ground.do(f"{path}/actors/{near}/remove")
    left = await ground.get(f"{path}/reach?to={goal}")
    assert (left["cost"], [s["tie_id"] for s in left["steps"]]) == (5, [None, weak])
    unknown = await ground.organiser.get(f"/v1/{path}/reach?to={near}")
    assert (unknown.status_code, unknown.json()["errors"][0]["code"]) == (422, "unknown_id")


async def test_one_to_ones_bring_us_nearer_for_those_who_may_see_them(ground: Ground, path: str) -> None:
    person, known = await ground.person(), await ground.person()
    maker = await place_decision_maker(ground.world, ground.unit, person_id=known)
    ours = await _actor(ground, path, kind="person", person_id=str(person))
    leader = await _actor(ground, path, kind="person", decision_maker_id=str(maker.id))
    goal = await _actor(ground, path)
    tie = await _tie(ground, path, ours, goal, "member_of", 4)
    met = [await place_one_to_one(ground.world, ground.unit, person_id=person) for _ in range(2)]
    await place_one_to_one(ground.world, ground.unit, person_id=person, state="missed")
    with_leader = await place_one_to_one(ground.world, ground.unit, person_id=known)
    reach = await ground.get(f"{path}/reach?to={goal}")
    assert [(s["by"], s["strength"], s["cost"], s["tie_id"]) for s in reach["steps"]] == [
        ("one_to_one", 3, 3, None), ("tie", 4, 2, tie),
    ]  # fmt: skip
    assert set(reach["steps"][0]["one_to_one_ids"]) == {str(one.id) for one in met}
    assert reach["out_of_reach"] == []
    direct = await ground.get(f"{path}/reach?to={leader}")
    assert [(s["by"], s["strength"], s["one_to_one_ids"]) for s in direct["steps"]] == [
        ("one_to_one", 2, [str(with_leader.id)])
    ]
    without = await ground.get(f"{path}/reach?to={goal}", by=ground.leader)
    assert [(s["by"], s["strength"], s["one_to_one_ids"]) for s in without["steps"]] == [
        ("person_of_ours", 1, []), ("tie", 4, []),
    ]  # fmt: skip
    assert without["out_of_reach"] == [leader]


async def test_those_who_belong_to_an_organisation_lead_to_it_and_from_it(ground: Ground, path: str) -> None:
    school, parish, member, met = [await ground.organisation() for _ in range(2)] + [
        await ground.person() for _ in range(2)
    ]
    for person, organisation in ((member, school), (met, parish)):
        row = Affiliation(
            organisation_id=organisation, person_id=person, kind=AffiliationKind.member, starts_on=clock.today()
        )
        await place(ground.world, row)
    meeting = await place_one_to_one(ground.world, ground.unit, person_id=met)
    ours = await _actor(ground, path, kind="person", person_id=str(member))
    first, second = [
        await _actor(ground, path, kind="organisation", organisation_id=str(organisation), name=None)
        for organisation in (school, parish)
    ]
    through = await ground.get(f"{path}/reach?to={first}")
    assert [(s["actor_id"], s["by"], s["strength"]) for s in through["steps"]] == [
        (ours, "person_of_ours", 1), (first, "affiliation", 3),
    ]  # fmt: skip
    there = await ground.get(f"{path}/reach?to={second}")
    assert [(s["by"], s["strength"], s["one_to_one_ids"]) for s in there["steps"]] == [
        ("affiliation", 2, [str(meeting.id)])
    ]
    assert (await ground.get(f"{path}/reach?to={first}", by=ground.leader))["out_of_reach"] == [first, second]


async def test_the_map_is_a_graph_and_a_picture_that_fetches_nothing(ground: Ground, path: str) -> None:
    us = await _actor(ground, path, kind="us", name="Our core team", position=2)
    names = ["<script>alert(1)</script>", "Ann & Bob Ltd", "A" * 90]
    others = [await _actor(ground, path, name=name, position=-2, influence=5) for name in names]
    for other in others:
        await _tie(ground, path, us, other, "allied")
    graph = await ground.get(f"{path}/graph")
    assert {node["name"] for node in graph["nodes"]} == {"Our core team", *names}
    assert {(edge["from_actor_id"], edge["to_actor_id"]) for edge in graph["edges"]} == {(us, o) for o in others}
    drawn = await ground.organiser.get(f"/v1/{path}/map")
    assert drawn.headers["content-type"] == "image/svg+xml"
    assert "<script" not in drawn.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in drawn.text
    for reference in ("href", "src=", "@import", "url("):
        assert reference not in drawn.text
    empty = await ground.do(f"campaigns/{await ground.campaign()}/power-analyses")
    assert (await ground.organiser.get(f"/v1/power-analyses/{empty['id']}/map")).status_code == 200


async def test_no_two_dots_of_one_place_hide_each_other() -> None:
    points = {"People": [(0.0, 3.0, fake.name()) for _ in range(MANY)]}
    drawn = scatter("A map", points, {"Knows": [(0, 1)]}, (Axis("x", [-2, -1, 0, 1, 2]), Axis("y", [1, 2, 3, 4, 5])))
    places = [line.split('"')[0] for line in drawn.decode().split('<circle cx="')[1:]]
    heights = [line.split('cy="')[1].split('"')[0] for line in drawn.decode().split("<circle ")[1:]]
    assert len(set(zip(places, heights, strict=True))) == MANY


async def test_a_map_has_room_for_so_many_actors_and_ties(ground: Ground, path: str) -> None:
    analysis = UUID(path.partition("/")[2])
    one, other = await _actor(ground, path), await _actor(ground, path)
    async with ground.world.api.transaction() as session:
        await session.execute(
            "insert into power_actors (id, created_at, updated_at, version, analysis_id, kind, name, influence, "
            "position, sealed) select gen_random_uuid(), now(), now(), 1, $1, 'body', 'Body ' || n, 1 + n % 5, "
            "n % 5 - 2, '' from generate_series(1, 498) n",
            analysis,
        )
        await session.execute(
            "insert into power_ties (id, created_at, updated_at, version, analysis_id, from_actor_id, to_actor_id, "
            "kind, strength, sealed) select gen_random_uuid(), now(), now(), 1, $1, a.id, b.id, 'knows', 3, '' from "
            "(select id from power_actors where analysis_id = $1 order by id limit 72) a, "
            "(select id from power_actors where analysis_id = $1 order by id desc limit 70) b limit 5000",
            analysis,
        )
    await ground.refused(f"{path}/actors", "too_many_actors", kind="body", name="B", influence=1, position=1)
    said = {"from_actor_id": one, "to_actor_id": other, "kind": "funds", "strength": 1}
    await ground.refused(f"{path}/ties", "too_many_ties", **said)
    assert len((await ground.get(f"{path}/graph"))["edges"]) == 5000
    assert not (await ground.get(f"{path}/reach?to={one}"))["reached"]
    assert (await ground.organiser.get(f"/v1/{path}/map")).status_code == 200


def _node(kind: PowerActorKind) -> PowerNode:
    unknown = dict.fromkeys(("name", "decision_maker_id", "organisation_id", "person_id"))
    return PowerNode(id=new_id(), kind=kind, influence=3, position=0, **unknown)


@settings(max_examples=40, deadline=None)
@given(
    ties=st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 5), st.sampled_from(PowerTieKind), st.integers(1, 5)), max_size=14
    )
)
def test_no_way_is_nearer_than_the_one_that_is_told(ties: list[tuple[int, int, PowerTieKind, int]]) -> None:
    """Against relaxing every step until nothing changes."""
    nodes = [_node(PowerActorKind.us), *(_node(PowerActorKind.body) for _ in range(5))]
    edges = [
        PowerEdge(id=new_id(), from_actor_id=nodes[a].id, to_actor_id=nodes[b].id, kind=kind, strength=strength)
        for a, b, kind, strength in ties
        if a != b
    ]
    graph = PowerGraph(
        analysis_id=new_id(), campaign_id=new_id(), edition=1, title="A", state=PowerAnalysisState.draft,
        nodes=nodes, edges=edges,
    )  # fmt: skip
    costs: dict[UUID, int] = {nodes[0].id: 0}
    for _ in nodes:
        for edge in edges:
            ends = [(edge.from_actor_id, edge.to_actor_id), (edge.to_actor_id, edge.from_actor_id)]
            for start, end in ends[: 0 if edge.kind in NO_WAY else 1 if edge.kind in ONE_WAY else 2]:
                if start in costs:
                    cost = costs[start] + 1 + MOST_STRENGTH - edge.strength
                    costs[end] = min(cost, costs.get(end, cost))
    for node in nodes:
        reach = find_reach(graph, Known(), node.id)
        assert reach.cost == costs.get(node.id)
        assert reach.cost is None or reach.cost == sum(step.cost for step in reach.steps)
        assert set(reach.out_of_reach) == {one.id for one in nodes} - costs.keys()
