"""The map of a power analysis: as a graph, as a picture, and who of ours can reach whom."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, permutations
from typing import Any, cast
from uuid import UUID

import networkx as nx

from app.core import charts, clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Invalid
from app.models.members import Language
from app.models.power_analyses import PowerActorKind, PowerTieKind
from app.models.power_analyses_shapes import PowerEdge, PowerGraph, PowerNode, PowerReach, ReachBy, ReachStep
from app.models.reference_data import words_of
from app.services.access import record_read
from app.services.power_analyses import NOUN
from app.services.power_analyses_actors import NAME, sees_people
from app.services.unit_records import Held, read_record

MOST_STRENGTH, AFFILIATED, MOST_MEETINGS = 5, 3, 20
#: The kinds of tie that lead one way, and those that lead to nobody. All others lead both ways.
ONE_WAY = frozenset({PowerTieKind.influences, PowerTieKind.employs, PowerTieKind.funds})
NO_WAY = frozenset({PowerTieKind.opposed})
#: Where every way begins.
_OURS = "ours"

_NODES = f"""
select a.id, a.kind, {NAME} as name, a.decision_maker_id, a.organisation_id, a.person_id, a.influence, a.position
from power_actors a where a.analysis_id = $1 order by a.influence desc, a.position, a.id
"""
_EDGES = "select id, from_actor_id, to_actor_id, kind, strength from power_ties where analysis_id = $1 order by id"
#: One-to-ones that were held with whoever stands behind an actor, the latest first.
_MET = """
select a.id as actor_id, array_agg(m.id order by m.on_day desc, m.id) as met
from power_actors a left join decision_makers d on d.id = a.decision_maker_id
join one_to_ones m on m.person_id = coalesce(a.person_id, d.person_id) and m.state = 'held'
where a.analysis_id = $1 group by a.id
"""
_LIVE = "f.starts_on <= $2 and (f.ends_on is null or f.ends_on > $2)"
#: Those with people who are affiliated to an organisation.
_MET_THERE = f"""
select a.id as actor_id, array_agg(m.id order by m.on_day desc, m.id) as met
from power_actors a join one_to_ones m on m.state = 'held' and exists (
  select from affiliations f where f.organisation_id = a.organisation_id and f.person_id = m.person_id and {_LIVE})
where a.analysis_id = $1 group by a.id
"""
_AFFILIATED = f"""
select distinct a.id as person, o.id as organisation
from power_actors a left join decision_makers d on d.id = a.decision_maker_id
join affiliations f on f.person_id = coalesce(a.person_id, d.person_id) and {_LIVE}
join power_actors o on o.organisation_id = f.organisation_id and o.analysis_id = a.analysis_id
where a.analysis_id = $1 order by a.id, o.id
"""


@dataclass(frozen=True)
class Known:
    """What one-to-ones and affiliations add to a map: by actor whom ours met, or met there; who belongs where."""

    met: Mapping[UUID, Sequence[UUID]] = field(default_factory=dict)
    met_there: Mapping[UUID, Sequence[UUID]] = field(default_factory=dict)
    affiliated: Sequence[tuple[UUID, UUID]] = ()


async def get_graph(session: Session, actor: Actor, analysis_id: UUID) -> PowerGraph:
    """Every actor and every tie. Raises `NotFound`."""
    return await _graph(session, await read_record(session, actor, NOUN, analysis_id, "graph"))


async def draw_map(session: Session, actor: Actor, analysis_id: UUID) -> bytes:
    """The map as a picture: across it where each stands, up it how much each can move. Raises `NotFound`."""
    graph = await get_graph(session, actor, analysis_id)
    kinds = [kind for kind in PowerActorKind if any(node.kind is kind for node in graph.nodes)]
    ordered = [node for kind in kinds for node in graph.nodes if node.kind is kind]
    places = {node.id: number for number, node in enumerate(ordered)}
    points = {
        _word(kind): [(n.position, n.influence, n.name or _word(kind)) for n in ordered if n.kind is kind]
        for kind in kinds
    }
    ties = {
        _word(kind): [(places[e.from_actor_id], places[e.to_actor_id]) for e in graph.edges if e.kind is kind]
        for kind in PowerTieKind
    }
    across = charts.Axis("Position: against us to the left, with us to the right", range(-2, 3))
    up = charts.Axis("Influence", range(1, 6))
    title = f"{graph.title}, edition {graph.edition}"
    # Of a full map it takes a second or two, in which others are to be served.
    return await asyncio.to_thread(charts.scatter, title, points, ties, (across, up))


async def get_reach(session: Session, actor: Actor, analysis_id: UUID, to: UUID) -> PowerReach:
    """The nearest way from us to an actor, as `PowerReach` says. Raises `NotFound`, `Invalid` for another's actor."""
    held = await read_record(session, actor, NOUN, analysis_id, "reach")
    graph = await _graph(session, held)
    if all(node.id != to for node in graph.nodes):
        raise Invalid.at("#query/to", "unknown_id", "Name an actor of this analysis.")
    known = await _known(session, actor, held) if sees_people(actor, held) else Known()
    return find_reach(graph, known, to)


def find_reach(graph: PowerGraph, known: Known, to: UUID) -> PowerReach:
    """The way that costs least, as `PowerReach` says."""
    names = {node.id: node.name for node in graph.nodes}
    ways = _ways(graph, known)
    found = nx.single_source_dijkstra(ways, _OURS, weight="cost")
    costs, paths = cast("tuple[dict[Any, int], dict[Any, list[Any]]]", found)
    return PowerReach(
        to_actor_id=to,
        reached=to in costs,
        cost=costs.get(to),
        steps=[
            ReachStep(actor_id=end, name=names[end], **ways.edges[start, end])
            for start, end in pairwise(paths.get(to, []))
        ],
        out_of_reach=[node.id for node in graph.nodes if node.id not in costs],
    )


async def _graph(session: Session, held: Held) -> PowerGraph:
    nodes, edges = await session.fetch(_NODES, held.id), await session.fetch(_EDGES, held.id)
    return PowerGraph(
        analysis_id=held.id,
        **{name: held.row[name] for name in ("campaign_id", "edition", "title", "state")},
        nodes=[PowerNode(**row) for row in nodes],
        edges=[PowerEdge(**row) for row in edges],
    )


async def _known(session: Session, actor: Actor, held: Held) -> Known:
    await record_read(
        session, actor, "meetings", purpose="reach:power_analysis", subject_id=held.id, branch_id=held.branch_id
    )
    today = clock.today()
    return Known(
        met={row["actor_id"]: row["met"] for row in await session.fetch(_MET, held.id)},
        met_there={row["actor_id"]: row["met"] for row in await session.fetch(_MET_THERE, held.id, today)},
        affiliated=[tuple(row) for row in await session.fetch(_AFFILIATED, held.id, today)],
    )


def _ways(graph: PowerGraph, known: Known) -> "nx.DiGraph[Any]":
    """Every step that can be taken, with what `ReachStep` tells of it; of two between the same the cheaper."""
    ways: nx.DiGraph[Any] = nx.DiGraph()
    ways.add_node(_OURS)
    ways.add_nodes_from(node.id for node in graph.nodes)
    for node in graph.nodes:
        meetings = known.met.get(node.id, ())
        there = known.met_there.get(node.id, ())
        if node.kind is PowerActorKind.us:
            _lead(ways, _OURS, node.id, ReachBy.us, None)
        elif meetings or node.person_id is not None:
            by = ReachBy.one_to_one if meetings else ReachBy.person_of_ours
            _lead(ways, _OURS, node.id, by, _by_meetings(meetings), meetings=meetings)
        elif there:
            _lead(ways, _OURS, node.id, ReachBy.affiliation, _by_meetings(there), meetings=there)
    for pair in known.affiliated:
        for start, end in permutations(pair):
            _lead(ways, start, end, ReachBy.affiliation, AFFILIATED)
    for edge in graph.edges:
        if edge.kind in NO_WAY:
            continue
        _lead(ways, edge.from_actor_id, edge.to_actor_id, ReachBy.tie, edge.strength, tie_id=edge.id)
        if edge.kind not in ONE_WAY:
            _lead(ways, edge.to_actor_id, edge.from_actor_id, ReachBy.tie, edge.strength, tie_id=edge.id)
    return ways


def _by_meetings(meetings: Sequence[UUID]) -> int:
    return min(MOST_STRENGTH, 1 + len(meetings))


def _lead(
    ways: "nx.DiGraph[Any]",
    start: UUID | str,
    end: UUID,
    by: ReachBy,
    strength: int | None,
    *,
    tie_id: UUID | None = None,
    meetings: Iterable[UUID] = (),
) -> None:
    cost = 0 if strength is None else 1 + MOST_STRENGTH - strength
    if ways.has_edge(start, end) and ways.edges[start, end]["cost"] <= cost:
        return
    latest = list(meetings)[:MOST_MEETINGS]
    ways.add_edge(start, end, cost=cost, strength=strength, by=by, tie_id=tie_id, one_to_one_ids=latest)


def _word(kind: PowerActorKind | PowerTieKind) -> str:
    return words_of(kind, Language.english)
