"""Wins put down as they are."""

from typing import Any
from uuid import UUID

from app.core import clock
from app.models.wins import Win, WinLevel
from tests.organising import place
from tests.world import World


async def place_win(world: World, unit: UUID, **columns: Any) -> Win:
    """A win that somebody has claimed."""
    today = clock.today()
    told = {"what": "Four hundred homes insulated", "who_benefits": "Tenants", "level": WinLevel.borough, **columns}
    told.setdefault("claimed_by", await world.api.account())
    row = Win(branch_id=unit, **{"won_on": today, "state_since": today, **told})
    await place(world, row)
    return row
