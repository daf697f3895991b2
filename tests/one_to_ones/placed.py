"""One-to-ones put down as the owner, without walking there."""

from typing import Any
from uuid import UUID

from app.core import clock
from app.models.one_to_ones import NoteTier, OneToOne, OneToOneNotes, OneToOnePurpose, OneToOneState
from app.services.envelopes import seal_texts
from tests.world import World

STORY = "Came here to study, and stayed."


async def place_one_to_one(world: World, unit: UUID, *, notes: bool = False, **columns: Any) -> OneToOne:
    """One of somebody on record in the unit, by a new account, today, with notes if they are asked for."""
    told = {
        "person_id": columns.pop("person_id", None) or (await world.api.member(unit))[1],
        "organiser_id": columns.pop("organiser_id", None) or await world.api.account(),
        "on_day": clock.today(),
        "purpose": OneToOnePurpose.get_to_know,
        "tier": NoteTier.team,
        "state": OneToOneState.held,
        "state_since": clock.today(),
        **columns,
    }
    row = OneToOne(branch_id=unit, **told)
    async with world.api.transaction() as session:
        await session.insert(row)
        if notes:
            sealed = await seal_texts(session, row.person_id, "one_to_one_notes", row.id, {"story": STORY})
            copied = row.model_dump(include={"id", "branch_id", "person_id", "organiser_id", "tier"})
            await session.insert(OneToOneNotes(**copied, announced_on=clock.today(), special=[], sealed=sealed))
    return row
