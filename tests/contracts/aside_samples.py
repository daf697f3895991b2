"""Samples for interim measures, stays, withdrawals, links, joinings and statistics."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.ids import new_id
from app.core.permissions import Part
from app.models.dispute_measures import DisputeMeasure, MeasureKind
from app.models.disputes import DisputeLink
from tests.contracts.asks import Ask, Make, Sample, Sight
from tests.contracts.case_samples import CASE, case
from tests.disputes.placed import Placed, give_part, place_case
from tests.world import World


def _said(_case: Placed, _world: World) -> dict[str, str]:
    return {"text": "As agreed by telephone."}


def _imposed(placed: Placed, _world: World) -> dict[str, str]:
    return {
        "party_id": str(placed.respondent),
        "reasons": "Witnesses have been approached.",
        "text": "While a complaint is looked into, you are suspended.",
    }


def _measure(json: Any = None) -> Make:
    """A case with a measure that holds, asked about by its receiver."""

    async def make(world: World, unit: UUID) -> Ask:
        placed, today = await place_case(world, unit), clock.today()
        measure = DisputeMeasure(
            dispute_id=placed.id,
            party_id=placed.respondent,
            kind=MeasureKind.suspension,
            starts_on=today,
            review_by=today + timedelta(days=28),
            account_id=new_id(),
            sealed=b"",
        )
        async with world.api.transaction() as session:
            await session.insert(measure)
        ids = {"dispute_id": placed.id} | ({"measure_id": measure.id} if json else {})
        return Ask(ids=ids, json=json, by=placed.by)

    return make


def _pair(said: str | None) -> Make:
    """Two cases with one receiver; `said` is what the second is called where the first speaks of it."""

    async def make(world: World, unit: UUID) -> Ask:
        one, two = [await place_case(world, unit) for _ in range(2)]
        await give_part(world.api, two.id, one.account_id, Part.receiver)
        if said is None:
            async with world.api.transaction() as session:
                await session.insert(DisputeLink(dispute_id=one.id, other_id=two.id))
        body = {said: str(two.id), **({"text": "The same evening."} if said == "into_id" else {})} if said else None
        return Ask(ids={"dispute_id": one.id}, json=body, by=one.by)

    return make


async def _counted(_world: World, unit: UUID) -> Ask:
    return Ask(params={"branch_id": str(unit)})


ASIDES: dict[str, Sample] = {
    "GET /v1/disputes/statistics": Sample(_counted, sight=Sight.plain),
    f"GET {CASE}/measures": Sample(_measure()),
    f"POST {CASE}/measures": case(body=_imposed),
    f"POST {CASE}/measures/{{measure_id}}/review": Sample(_measure({"outcome": "keep", "reasons": "Still so."})),
    f"POST {CASE}/stay": case(body=lambda _case, _world: {"reason": "police", "text": "They have asked us to wait."}),
    f"POST {CASE}/lift-stay": case(body=_said, stayed_on=clock.today(), stay_reason="police"),
    f"POST {CASE}/record-withdrawal": case(body=_said),
    f"POST {CASE}/join": Sample(_pair("into_id")),
    f"GET {CASE}/links": Sample(_pair(None)),
    f"POST {CASE}/links": Sample(_pair("other_id")),
}
