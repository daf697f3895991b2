"""Samples for the routes of disputes: each a case of its own, asked about by somebody with the part that it takes."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from app.core.permissions import Part
from app.models.disputes import DisputeState
from tests.contracts.asks import Ask, Make, Sample
from tests.disputes.placed import Placed, place_case
from tests.world import World

S = DisputeState
Body = Callable[[Placed, World], Any]


def case(
    state: DisputeState = S.acknowledged,
    part: Part = Part.receiver,
    body: Body = lambda _case, _world: None,
    ids: Callable[[Placed], dict[str, UUID]] = lambda _case: {},
    **columns: Any,
) -> Sample:
    """A verb on a case in a state, by the holder of a part. `body` says what is sent about the case."""

    async def make(world: World, unit: UUID) -> Ask:
        placed = await place_case(world, unit, state, part, **columns)
        said = body(placed, world)
        if hasattr(said, "__await__"):
            said = await said
        return Ask(ids={"dispute_id": placed.id, **ids(placed)}, json=said, by=placed.by)

    return Sample(make)


def _said(_case: Placed, _world: World) -> dict[str, str]:
    return {"text": "As agreed by telephone."}


def _reasoned(_case: Placed, _world: World) -> dict[str, str]:
    return {"reasons": "Nothing that the rules speak of."}


def _complaint(**said: Any) -> Make:
    async def make(world: World, unit: UUID) -> Ask:
        _, person = await world.api.member(unit)
        about = [{"person_id": str(person)}]
        body = {"summary": "Conduct at a meeting", "text": "What happened.", "about": about, **said}
        return Ask(json=body, by=await world.api.sign_in(await world.api.account()))

    return make


async def _listed(world: World, unit: UUID) -> Ask:
    placed = await place_case(world, unit)
    return Ask(by=placed.by, shown=placed.id)


async def _investigator(placed: Placed, world: World) -> dict[str, str]:
    return {"account_id": str(await world.api.account())}


async def _appointment(placed: Placed, world: World) -> dict[str, str]:
    return {"account_id": str(await world.api.account()), "part": "clerk"}


async def _candidate(_placed: Placed, world: World) -> dict[str, str]:
    _, person = await world.api.member(world.islington)
    await world.api.account(person_id=person)
    return {"person_id": str(person), "part": "chair"}


def _allegations(placed: Placed, _world: World) -> dict[str, Any]:
    return {
        "allegations": [
            {
                "respondent_id": str(placed.respondent),
                "clause_id": str(placed.clause),
                "conduct_from": "2026-01-10",
                "text": "What is alleged.",
            }
        ]
    }


def _findings(placed: Placed, _world: World) -> dict[str, Any]:
    return {"findings": [{"allegation_id": str(placed.allegation), "text": "Seen by two people."}]}


async def _witness(_placed: Placed, world: World) -> dict[str, str]:
    _, person = await world.api.member(world.angel)
    return {"role": "witness", "person_id": str(person)}


def _named_only() -> Sample:
    async def make(world: World, unit: UUID) -> Ask:
        placed = await place_case(world, unit)
        await world.api.execute("update dispute_parties set person_id = null where id = $1", placed.respondent)
        _, person = await world.api.member(world.angel)
        ids = {"dispute_id": placed.id, "party_id": placed.respondent}
        return Ask(ids=ids, json={"person_id": str(person)}, by=placed.by)

    return Sample(make)


def _struck() -> Sample:
    async def make(world: World, unit: UUID) -> Ask:
        placed = await place_case(world, unit)
        await world.api.execute("delete from dispute_allegations where id = $1", placed.allegation)
        ids = {"dispute_id": placed.id, "party_id": placed.respondent}
        return Ask(ids=ids, json={"reasons": "Named in error."}, by=placed.by)

    return Sample(make)


CASE = "/v1/disputes/{dispute_id}"
CASES: dict[str, Sample] = {
    "POST /v1/disputes": Sample(_complaint()),
    "POST /v1/complaints": Sample(_complaint(complainant={"name": "A. Member"})),
    "GET /v1/disputes": Sample(_listed),
    f"GET {CASE}": case(),
    f"POST {CASE}/acknowledge": case(S.received, body=lambda _case, _world: {}),
    f"POST {CASE}/ask-information": case(body=_said),
    f"POST {CASE}/take-up": case(S.informal, body=_said),
    f"POST {CASE}/resolve-informally": case(body=_said),
    f"POST {CASE}/settle": case(S.informal, Part.mediator, _said),
    f"POST {CASE}/dismiss": case(body=_reasoned),
    f"POST {CASE}/give-notice": case(body=_allegations),
    f"POST {CASE}/record-response": case(
        S.noticed, body=lambda placed, _world: {"party_id": str(placed.respondent), "text": "It was not so."}
    ),
    f"POST {CASE}/investigate": case(S.responded, body=_investigator),
    f"POST {CASE}/report": case(S.investigating, Part.investigator, _findings),
    f"POST {CASE}/candidates": case(body=_candidate),
    f"POST {CASE}/people": case(body=_appointment),
    f"POST {CASE}/people/{{part_id}}/end": case(body=_said, ids=lambda placed: {"part_id": placed.part_id}),
    f"POST {CASE}/declare-interest": case(body=_said),
    f"POST {CASE}/parties": case(body=_witness),
    f"POST {CASE}/parties/{{party_id}}/identify": _named_only(),
    f"POST {CASE}/parties/{{party_id}}/strike": _struck(),
}
