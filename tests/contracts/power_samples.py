"""Samples of power: decision makers, what they promised, and the maps that lead to them."""

from typing import Any
from uuid import UUID

from app.core import clock
from app.models.decision_makers import DecisionMaker, DecisionMakerOffice
from app.models.pledges import Pledge, PledgeState, PledgeStep
from app.models.power_analyses import PowerActor, PowerActorKind, PowerAnalysis, PowerTie, PowerTieKind
from tests.contracts.asks import Ask, Held, Make, Sample, Sight
from tests.organising import place, place_action, place_campaign
from tests.world import World, fake

S = PledgeState
_PROOF = {"text": "Minutes of the council."}


async def place_decision_maker(world: World, unit: UUID, **columns: Any) -> DecisionMaker:
    row = DecisionMaker(branch_id=unit, **{"name": fake.name(), "body": fake.company(), **columns})
    await place(world, row)
    return row


async def place_pledge(world: World, unit: UUID, state: PledgeState = S.sought, **columns: Any) -> Pledge:
    """A pledge in a state, asked today unless it is sought."""
    today = clock.today()
    told = {
        "decision_maker_id": (await place_decision_maker(world, unit)).id,
        "wording": "Will you pay the living wage?",
        "asked_on": None if state == S.sought else today,
        **columns,
    }
    row = Pledge(branch_id=unit, state=state, state_since=today, **told)
    steps = [("seek", S.sought), *([] if row.asked_on is None else [("ask", S.sought), ("answer_made", state)])]
    said = {"pledge_id": row.id, "on_day": today, "due_on": row.due_on, "account_id": await world.api.account()}
    await place(world, row, *[PledgeStep(action=a, to_state=to, sealed=b"", **said) for a, to in steps])
    return row


async def place_analysis(world: World, unit: UUID, **columns: Any) -> tuple[PowerAnalysis, PowerActor, PowerTie]:
    """A draft with ourselves, a public person and a tie between them: the analysis, the person and the tie."""
    told = {"edition": 1, "title": "Who decides?", "state_since": clock.today(), **columns}
    if "campaign_id" not in told:
        told["campaign_id"] = (await place_campaign(world, unit)).id
    analysis = PowerAnalysis(branch_id=unit, **told)
    shared = {"analysis_id": analysis.id, "influence": 3, "position": 1, "sealed": b""}
    us = PowerActor(kind=PowerActorKind.us, **shared)
    them = PowerActor(kind=PowerActorKind.person, name=fake.name(), **shared)
    tie = PowerTie(
        analysis_id=analysis.id,
        from_actor_id=us.id,
        to_actor_id=them.id,
        kind=PowerTieKind.knows,
        strength=2,
        sealed=b"",
    )
    await place(world, analysis, us, them, tie)
    return analysis, them, tie


def _maker(json: Any = None) -> Make:
    async def make(world: World, unit: UUID) -> Ask:
        row = await place_decision_maker(world, unit)
        headers = {"If-Match": f'"{row.id}-1"'}
        return Ask(ids={"decision_maker_id": row.id}, json=json, headers=headers, shown=row.id)

    return make


async def _makers(world: World, unit: UUID) -> Ask:
    # Of the first letters, for the list is sorted by name and holds those of other tests.
    row = await place_decision_maker(world, unit, name=f"Aaa {fake.name()}")
    return Ask(params={"branch_id": str(unit)}, shown=row.id)


async def _maker_made(_world: World, unit: UUID) -> Ask:
    return Ask(json={"branch_id": str(unit), "name": fake.name(), "body": "Example Borough Council"})


async def _offices(world: World, unit: UUID) -> Ask:
    maker, office = await _office(world, unit)
    return Ask(ids={"decision_maker_id": maker}, shown=office)


async def _office_ended(world: World, unit: UUID) -> Ask:
    maker, office = await _office(world, unit)
    return Ask(ids={"decision_maker_id": maker, "office_id": office}, json={"ends_on": "2026-03-01"})


async def _office(world: World, unit: UUID) -> tuple[UUID, UUID]:
    maker = await place_decision_maker(world, unit)
    office = DecisionMakerOffice(
        decision_maker_id=maker.id, office="Mayor", body=maker.body, starts_on=clock.today().replace(2020, 1, 1)
    )
    await place(world, office)
    return maker.id, office.id


def _pledge(state: PledgeState = S.sought, json: Any = None, *, asked: bool = False) -> Make:
    async def make(world: World, unit: UUID) -> Ask:
        today = clock.today()
        row = await place_pledge(world, unit, state, due_on=today, **({"asked_on": today} if asked else {}))
        headers = {"If-Match": f'"{row.id}-1"'}
        return Ask(ids={"pledge_id": row.id}, json=json, headers=headers, shown=row.id)

    return make


async def _pledge_sought(world: World, unit: UUID) -> Ask:
    maker = await place_decision_maker(world, unit)
    said = {"decision_maker_id": str(maker.id), "wording": "Will you meet us every quarter?"}
    return Ask(json={"branch_id": str(unit), **said})


async def _due(world: World, unit: UUID) -> Ask:
    row = await place_pledge(world, unit, S.made, due_on=clock.today())
    action = await place_action(world, unit)
    return Ask(params={"before_action_id": str(action.id)}, shown=row.id)


async def _scored(world: World, unit: UUID) -> Ask:
    row = await place_pledge(world, unit, S.made)
    return Ask(params={"decision_maker_id": str(row.decision_maker_id)}, shown=row.decision_maker_id)


def _analysis(json: Any = None) -> Make:
    async def make(world: World, unit: UUID) -> Ask:
        row, _, _ = await place_analysis(world, unit)
        headers = {"If-Match": f'"{row.id}-1"'}
        return Ask(ids={"analysis_id": row.id}, json=json, headers=headers)

    return make


async def _analyses(world: World, unit: UUID) -> Ask:
    row, _, _ = await place_analysis(world, unit)
    return Ask(ids={"campaign_id": row.campaign_id}, shown=row.id)


async def _analysis_drafted(world: World, unit: UUID) -> Ask:
    return Ask(ids={"campaign_id": (await place_campaign(world, unit)).id}, json={})


def _actor(json: Any = None) -> Make:
    async def make(world: World, unit: UUID) -> Ask:
        row, them, _ = await place_analysis(world, unit)
        ids = {"analysis_id": row.id, "actor_id": them.id}
        return Ask(ids=ids, json=json, headers={"If-Match": f'"{them.id}-1"'})

    return make


def _tie(json: Any = None) -> Make:
    async def make(world: World, unit: UUID) -> Ask:
        row, _, tie = await place_analysis(world, unit)
        return Ask(ids={"analysis_id": row.id, "tie_id": tie.id}, json=json, headers={"If-Match": f'"{tie.id}-1"'})

    return make


async def _tie_added(world: World, unit: UUID) -> Ask:
    row, them, tie = await place_analysis(world, unit)
    said = {"from_actor_id": str(them.id), "to_actor_id": str(tie.from_actor_id), "kind": "influences", "strength": 4}
    return Ask(ids={"analysis_id": row.id}, json=said)


async def _reach(world: World, unit: UUID) -> Ask:
    row, them, _ = await place_analysis(world, unit)
    return Ask(ids={"analysis_id": row.id}, params={"to": str(them.id)})


_MAKERS, _PLEDGES, _POWER = "/v1/decision-makers", "/v1/pledges", "/v1/power-analyses"
_ONE, _MAP = f"{_MAKERS}/{{decision_maker_id}}", f"{_POWER}/{{analysis_id}}"
_OF_CAMPAIGN = "/v1/campaigns/{campaign_id}/power-analyses"
_LISTED = (Held.anywhere, Sight.listed)

POWER: dict[str, Sample] = {
    f"GET {_MAKERS}": Sample(_makers, *_LISTED),
    f"POST {_MAKERS}": Sample(_maker_made, sight=Sight.plain),
    f"GET {_ONE}": Sample(_maker()),
    f"PATCH {_ONE}": Sample(_maker({"website": "https://www.example.org/council"})),
    f"GET {_ONE}/offices": Sample(_offices),
    f"POST {_ONE}/offices": Sample(_maker({"office": "Leader of the council", "starts_on": "2024-05-02"})),
    f"POST {_ONE}/offices/{{office_id}}/end": Sample(_office_ended),
    f"GET {_PLEDGES}": Sample(_pledge(), *_LISTED),
    f"POST {_PLEDGES}": Sample(_pledge_sought, sight=Sight.plain),
    f"GET {_PLEDGES}/due": Sample(_due, Held.anywhere),
    f"GET {_PLEDGES}/{{pledge_id}}": Sample(_pledge()),
    f"PATCH {_PLEDGES}/{{pledge_id}}": Sample(_pledge(json={"wording": "Will you build a hundred homes?"})),
    f"POST {_PLEDGES}/{{pledge_id}}/ask": Sample(_pledge(json={})),
    f"POST {_PLEDGES}/{{pledge_id}}/answer": Sample(
        _pledge(json={"answer": "made", "words": "Yes, we will."}, asked=True)
    ),
    f"POST {_PLEDGES}/{{pledge_id}}/confirm": Sample(_pledge(S.made, _PROOF)),
    f"POST {_PLEDGES}/{{pledge_id}}/keep": Sample(_pledge(S.confirmed, _PROOF)),
    f"POST {_PLEDGES}/{{pledge_id}}/keep-in-part": Sample(_pledge(S.confirmed, _PROOF)),
    f"POST {_PLEDGES}/{{pledge_id}}/break": Sample(_pledge(S.confirmed, _PROOF)),
    f"POST {_PLEDGES}/{{pledge_id}}/withdraw": Sample(_pledge(S.made, _PROOF)),
    "GET /v1/scorecards": Sample(_scored, Held.anywhere, Sight.listed),
    "GET /v1/scorecards/chart": Sample(_scored, Held.anywhere),
    f"GET {_OF_CAMPAIGN}": Sample(_analyses),
    f"POST {_OF_CAMPAIGN}": Sample(_analysis_drafted),
    f"GET {_MAP}": Sample(_analysis()),
    f"PATCH {_MAP}": Sample(_analysis({"review_on": "2027-01-01"})),
    f"POST {_MAP}/agree": Sample(_analysis()),
    f"GET {_MAP}/actors": Sample(_analysis()),
    f"POST {_MAP}/actors": Sample(
        _analysis({"kind": "body", "name": "Example Housing Association", "influence": 4, "position": -1})
    ),
    f"PATCH {_MAP}/actors/{{actor_id}}": Sample(_actor({"position": 2, "interests": "To be elected again."})),
    f"POST {_MAP}/actors/{{actor_id}}/remove": Sample(_actor()),
    f"GET {_MAP}/ties": Sample(_analysis()),
    f"POST {_MAP}/ties": Sample(_tie_added),
    f"PATCH {_MAP}/ties/{{tie_id}}": Sample(_tie({"evidence": "They sit on the same board."})),
    f"POST {_MAP}/ties/{{tie_id}}/remove": Sample(_tie()),
    f"GET {_MAP}/graph": Sample(_analysis()),
    f"GET {_MAP}/map": Sample(_analysis()),
    f"GET {_MAP}/reach": Sample(_reach),
}
