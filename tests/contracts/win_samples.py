"""Samples of wins and of stories."""

from typing import Any
from uuid import UUID

from tests.contracts.asks import Ask, Held, Make, Sample, Sight
from tests.organising import place_organisation
from tests.stories.placed import CONSENT, place_story, place_use
from tests.wins.placed import place_win
from tests.world import World


def _win(json: Any = None) -> Make:
    async def make(world: World, unit: UUID) -> Ask:
        row = await place_win(world, unit)
        return Ask(ids={"win_id": row.id}, json=json, headers={"If-Match": f'"{row.id}-1"'}, shown=row.id)

    return make


async def _claimed(_world: World, unit: UUID) -> Ask:
    said = {"what": "Homes insulated", "who_benefits": "Tenants", "level": "borough"}
    return Ask(json={"branch_id": str(unit), **said})


def _story(json: Any = None) -> Make:
    async def make(world: World, unit: UUID) -> Ask:
        row = await place_story(world, unit)
        return Ask(ids={"story_id": row.id}, json=json, shown=row.id)

    return make


async def _kept(world: World, unit: UUID) -> Ask:
    said = {
        "organisation_id": str((await place_organisation(world, unit)).id),
        "title": "Warm",
        "text": "We were cold.",
    }
    return Ask(json={"branch_id": str(unit), **said, "consent": CONSENT})


async def _standing(world: World, unit: UUID) -> Ask:
    story = await place_story(world, unit)
    return Ask(ids={"story_id": story.id, "use_id": (await place_use(world, story)).id}, json={})


async def _counted(_world: World, _unit: UUID) -> Ask:
    return Ask()


WINS: dict[str, Sample] = {
    "POST /v1/wins": Sample(_claimed, sight=Sight.plain),
    "GET /v1/wins": Sample(_win(), Held.anywhere, Sight.listed),
    "GET /v1/wins/figures": Sample(_counted, Held.anywhere),
    "GET /v1/wins/figures/chart": Sample(_counted, Held.anywhere),
    "GET /v1/wins/{win_id}": Sample(_win()),
    "PATCH /v1/wins/{win_id}": Sample(_win({"people_benefiting": 1_200})),
    "POST /v1/wins/{win_id}/verify": Sample(_win()),
    "POST /v1/wins/{win_id}/withdraw": Sample(_win({"reason": "It was not done."})),
    "POST /v1/stories": Sample(_kept, sight=Sight.plain),
    "GET /v1/stories": Sample(_story(), Held.anywhere, Sight.listed),
    "GET /v1/stories/{story_id}": Sample(_story()),
    "POST /v1/stories/{story_id}/use": Sample(_story({"use": "public", "where": "At the assembly"})),
    "POST /v1/stories/{story_id}/uses/{use_id}/take-down": Sample(_standing),
    "POST /v1/stories/{story_id}/renew-consent": Sample(_story(CONSENT)),
    "POST /v1/stories/{story_id}/withdraw-consent": Sample(_story({})),
}
