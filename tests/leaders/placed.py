"""Leaders put down as the owner, without walking there."""

from typing import Any
from uuid import UUID

from app.core import clock
from app.models.leaders import Leader, LeaderTier, LeaderTierChange
from app.services.envelopes import seal_texts
from tests.world import World


async def place_leader(world: World, unit: UUID, **columns: Any) -> Leader:
    """Somebody on record in the unit, tertiary since today."""
    person_id = columns.pop("person_id", None) or (await world.api.member(unit))[1]
    row = Leader(branch_id=unit, person_id=person_id, state_since=clock.today(), sealed=b"", **columns)
    change = LeaderTierChange(
        leader_id=row.id,
        person_id=person_id,
        reached=LeaderTier.tertiary,
        from_day=clock.today(),
        recorded_by=await world.api.account(),
    )
    async with world.api.transaction() as session:
        row.sealed = await seal_texts(session, person_id, "leaders", row.id, {"talents": ["Listens"]})
        change.sealed = await seal_texts(session, person_id, "leader_tiers", change.id, {"evidence": "Came with five."})
        await session.insert(row)
        await session.insert(change)
    return row
