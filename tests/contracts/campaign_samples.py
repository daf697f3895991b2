"""Samples of campaigns: of who takes part, of what is measured, of milestones."""

from typing import Any
from uuid import UUID

from app.core import clock
from app.models.campaigns import CampaignState
from app.models.campaigns_objectives import CampaignMilestoneState, CampaignObjectiveState
from tests.campaigns.placed import (
    place_branch,
    place_institution,
    place_led,
    place_milestone,
    place_objective,
)
from tests.contracts.asks import Ask, Held, Make, Sample, Sight
from tests.organising import place_organisation
from tests.wins.placed import place_win
from tests.world import World

S = CampaignState
ENDED = {"outcome": "The council insulates four hundred homes."}


def _campaign(state: CampaignState = S.draft, json: Any = None, *, won: bool = False) -> Make:
    async def make(world: World, unit: UUID) -> Ask:
        row = await place_led(world, unit, state=state)
        if won:
            await place_win(world, unit, campaign_id=row.id)
        return Ask(ids={"campaign_id": row.id}, json=json, headers={"If-Match": f'"{row.id}-1"'}, shown=row.id)

    return make


async def _listed(world: World, unit: UUID) -> Ask:
    """One of many, asked for by whom it is led by."""
    row = await place_led(world, unit)
    return Ask(params={"lead_person_id": str(row.lead_person_id)}, shown=row.id)


async def _drafted(_world: World, unit: UUID) -> Ask:
    return Ask(json={"branch_id": str(unit), "name": "Fair Energy", "issue": "Cold homes", "aims": "Warm homes."})


async def _branch_added(world: World, unit: UUID) -> Ask:
    campaign = await place_led(world, unit)
    return Ask(ids={"campaign_id": campaign.id}, json={"branch_id": str(await _below(world, unit))})


async def _below(world: World, unit: UUID) -> UUID:
    """A unit that whoever asks is not in."""
    return await world.api.unit(unit)


def _branch(json: Any = None) -> Make:
    async def make(world: World, unit: UUID) -> Ask:
        campaign = await place_led(world, unit)
        part = await place_branch(world, campaign, await _below(world, unit))
        return Ask(ids={"campaign_id": campaign.id, "branch_id": part.branch_id}, json=json)

    return make


async def _organisation_added(world: World, unit: UUID) -> Ask:
    campaign, organisation = await place_led(world, unit), await place_organisation(world, unit)
    said = {"organisation_id": str(organisation.id), "role": "strategic_partner"}
    return Ask(ids={"campaign_id": campaign.id}, json=said)


def _organisation(json: Any = None) -> Make:
    async def make(world: World, unit: UUID) -> Ask:
        campaign = await place_led(world, unit)
        part = await place_institution(world, campaign)
        return Ask(ids={"campaign_id": campaign.id, "organisation_id": part.organisation_id}, json=json)

    return make


def _objective(state: CampaignObjectiveState = CampaignObjectiveState.pursued, json: Any = None) -> Make:
    async def make(world: World, unit: UUID) -> Ask:
        campaign = await place_led(world, unit)
        row = await place_objective(world, campaign, state=state)
        ids = {"campaign_id": campaign.id, "objective_id": row.id}
        return Ask(ids=ids, json=json, headers={"If-Match": f'"{row.id}-1"'})

    return make


def _milestone(state: CampaignMilestoneState = CampaignMilestoneState.planned, json: Any = None) -> Make:
    async def make(world: World, unit: UUID) -> Ask:
        campaign = await place_led(world, unit)
        row = await place_milestone(world, campaign, state=state)
        ids = {"campaign_id": campaign.id, "milestone_id": row.id}
        return Ask(ids=ids, json=json, headers={"If-Match": f'"{row.id}-1"'})

    return make


_ONE, _OBJECTIVE, _MILESTONE = (
    "/v1/campaigns/{campaign_id}",
    "/v1/objectives/{objective_id}",
    "/v1/milestones/{milestone_id}",
)
_TODAY = str(clock.today())

CAMPAIGNS: dict[str, Sample] = {
    "POST /v1/campaigns": Sample(_drafted, sight=Sight.plain),
    "GET /v1/campaigns": Sample(_listed, Held.anywhere, Sight.listed),
    f"GET {_ONE}": Sample(_campaign()),
    f"PATCH {_ONE}": Sample(_campaign(json={"stage": "listen"})),
    f"POST {_ONE}/activate": Sample(_campaign()),
    f"POST {_ONE}/win": Sample(_campaign(S.active, ENDED, won=True)),
    f"POST {_ONE}/part-win": Sample(_campaign(S.active, ENDED, won=True)),
    f"POST {_ONE}/lose": Sample(_campaign(S.active, ENDED)),
    f"POST {_ONE}/close": Sample(_campaign(json={})),
    f"POST {_ONE}/reopen": Sample(_campaign(S.lost, {"reason": "The council has another leader."})),
    f"POST {_ONE}/branches": Sample(_branch_added),
    f"GET {_ONE}/branches": Sample(_branch()),
    f"POST {_ONE}/branches/{{branch_id}}/withdraw": Sample(_branch({})),
    f"POST {_ONE}/organisations": Sample(_organisation_added),
    f"GET {_ONE}/organisations": Sample(_organisation()),
    f"POST {_ONE}/organisations/{{organisation_id}}/withdraw": Sample(_organisation({})),
    f"POST {_ONE}/objectives": Sample(_campaign(json={"name": "Homes", "unit": "homes", "target_value": 400})),
    f"GET {_ONE}/objectives": Sample(_objective()),
    f"GET {_OBJECTIVE}": Sample(_objective()),
    f"PATCH {_OBJECTIVE}": Sample(_objective(json={"target_value": 500})),
    f"POST {_OBJECTIVE}/measure": Sample(_objective(json={"value": 120})),
    f"GET {_OBJECTIVE}/measurements": Sample(_objective()),
    f"POST {_OBJECTIVE}/drop": Sample(_objective()),
    f"POST {_OBJECTIVE}/restore": Sample(_objective(CampaignObjectiveState.dropped)),
    f"POST {_ONE}/milestones": Sample(_campaign(json={"name": "The cabinet decides", "due_on": _TODAY})),
    f"GET {_ONE}/milestones": Sample(_milestone()),
    f"GET {_ONE}/timeline": Sample(_milestone()),
    f"GET {_MILESTONE}": Sample(_milestone()),
    f"PATCH {_MILESTONE}": Sample(_milestone(json={"due_on": _TODAY})),
    f"POST {_MILESTONE}/reach": Sample(_milestone(json={})),
    f"POST {_MILESTONE}/drop": Sample(_milestone()),
    f"POST {_MILESTONE}/restore": Sample(_milestone(CampaignMilestoneState.dropped)),
}
