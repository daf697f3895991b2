"""Stories put down as they are."""

from typing import Any
from uuid import UUID

from app.core import clock
from app.models.consents_to_use import ConsentedUse
from app.models.stories import Story, StoryUse
from app.services.envelopes import seal_texts
from app.services.stories import TABLE, USES
from tests.organising import place_organisation
from tests.world import World

CONSENT = {"uses": ["internal", "public"], "wording": "We may tell this at our assembly."}


async def place_story(world: World, unit: UUID, **columns: Any) -> Story:
    """The story of an organisation, which may be told within and in public."""
    today = clock.today()
    told = {
        "consent_uses": CONSENT["uses"],
        "consent_wording": CONSENT["wording"],
        "consent_given_on": today,
        "told_on": today,
        "state_since": today,
        **columns,
    }
    told["organisation_id"] = (await place_organisation(world, unit)).id
    row = Story(branch_id=unit, written_by=await world.api.account(), sealed=b"", **told)
    async with world.api.transaction() as session:
        row.sealed = await seal_texts(
            session, row.id, TABLE, row.id, {"title": "Warm at last", "text": "We were cold."}
        )
        await session.insert(row)
    return row


async def place_use(world: World, story: Story) -> StoryUse:
    """That a story stands somewhere."""
    use = StoryUse(
        story_id=story.id, use=ConsentedUse.public, on_day=clock.today(), used_by=story.written_by, sealed=b""
    )
    async with world.api.transaction() as session:
        use.sealed = await seal_texts(session, story.id, USES, use.id, {"where": "On the website"})
        await session.insert(use)
    return use
