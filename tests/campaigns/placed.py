"""Parts of campaigns put down as they are."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from app.core import clock
from app.models.campaigns import Campaign
from app.models.campaigns_objectives import CampaignMilestone, CampaignObjective
from app.models.campaigns_parts import CampaignBranch, CampaignOrganisation, CampaignRole
from tests.organising import place, place_campaign, place_organisation
from tests.world import World


async def place_led(world: World, unit: UUID, **columns: Any) -> Campaign:
    """A campaign that somebody leads."""
    lead = (await world.api.member(unit))[1]
    return await place_campaign(world, unit, lead_person_id=lead, **columns)


async def place_branch(world: World, campaign: Campaign, branch_id: UUID) -> CampaignBranch:
    row = CampaignBranch(campaign_id=campaign.id, branch_id=branch_id, from_day=clock.today())
    await place(world, row)
    return row


async def place_institution(world: World, campaign: Campaign) -> CampaignOrganisation:
    organisation = await place_organisation(world, campaign.branch_id)
    row = CampaignOrganisation(
        campaign_id=campaign.id,
        organisation_id=organisation.id,
        role=CampaignRole.taking_part,
        from_day=clock.today(),
    )
    await place(world, row)
    return row


async def place_objective(world: World, campaign: Campaign, **columns: Any) -> CampaignObjective:
    told = {"name": "Homes", "unit": "homes", "baseline": 0.0, "target_value": 400.0, **columns}
    told |= {"branch_id": campaign.branch_id, "state_since": clock.today()}
    row = CampaignObjective(campaign_id=campaign.id, **told)
    await place(world, row)
    return row


async def place_milestone(world: World, campaign: Campaign, **columns: Any) -> CampaignMilestone:
    today = clock.today()
    told = {"name": "The cabinet decides", "due_on": today + timedelta(days=30), "state_since": today, **columns}
    row = CampaignMilestone(branch_id=campaign.branch_id, campaign_id=campaign.id, **told)
    await place(world, row)
    return row
