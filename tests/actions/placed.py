"""What actions of these tests begin with."""

from datetime import datetime, timedelta
from uuid import UUID

from app.core import clock
from app.models.actions import ActionOrganisation
from tests.organising import Ground, place


def hours_ago(hours: float) -> datetime:
    return clock.now() - timedelta(hours=hours)


async def placed_part(ground: Ground, action_id: UUID) -> UUID:
    """An institution that takes part."""
    organisation = await ground.organisation()
    part = ActionOrganisation(action_id=action_id, organisation_id=organisation, joined_on=clock.today())
    await place(ground.world, part)
    return organisation


async def code_of(ground: Ground, action_id: UUID) -> str:
    told: str = (await ground.do(f"actions/{action_id}/check-in-code"))["code"]
    return told
