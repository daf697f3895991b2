"""Samples of what the data-protection team works on: requests, put down in any state without walking there."""

from typing import Any
from uuid import UUID

from app.core import clock
from app.core.calendars import Division
from app.core.ids import new_reference
from app.core.permissions import Role
from app.models.audit import Wall
from app.models.matters import MatterStep
from app.models.rights_requests import (
    MadeBy,
    RequestChannel,
    RequestKind,
    RequestPause,
    RequestState,
    RightsRequest,
)
from tests.contracts.asks import Ask, Held, Make, Sample, Sight
from tests.world import World, fake

S = RequestState


async def place_request(
    world: World,
    unit: UUID,
    state: RequestState = S.received,
    kind: RequestKind = RequestKind.access,
    **columns: Any,
) -> RightsRequest:
    """A request of a member of a unit, in a state."""
    today = clock.today()
    _, person = await world.api.member(unit)
    request = RightsRequest(
        reference=new_reference("R"),
        kind=kind,
        made_by=MadeBy.person,
        channel=RequestChannel.email,
        person_id=person,
        division=Division.england_and_wales,
        state=state,
        state_since=today,
        received_on=today,
        clock_started_on=today,
        sealed=b"",
        **columns,
    )
    step = MatterStep(subject_id=request.id, action="receive", to_state=S.received, on_day=today, sealed=b"")
    async with world.api.transaction() as session:
        await session.insert(request)
        await session.insert(step)
        await session.insert(Wall(wall_key=request.id, person_id=person, reason="concerned"))
        if state is S.clarifying:
            await session.insert(RequestPause(request_id=request.id, asked_on=today))
    return request


def request(
    state: RequestState = S.received,
    json: Any = None,
    kind: RequestKind = RequestKind.access,
    **columns: Any,
) -> Make:
    """A request, and something that is asked of it."""

    async def make(world: World, unit: UUID) -> Ask:
        placed = await place_request(
            world, unit, state, kind, **{n: v() if callable(v) else v for n, v in columns.items()}
        )
        return Ask(ids={"request_id": placed.id}, json=json, shown=placed.id)

    return make


async def _matched(world: World, unit: UUID) -> Ask:
    placed = await place_request(world, unit)
    _, person = await world.api.member(unit)
    return Ask(ids={"request_id": placed.id}, json={"person_id": str(person)})


def _logged(**said: Any) -> Make:
    async def make(_world: World, _unit: UUID) -> Ask:
        return Ask(json={"name": fake.name(), "channel": "phone", "text": "What do you hold of me?", **said})

    return make


def at_the_root(make: Make) -> Sample:
    """What only the team sees, which holds its rights at the root."""
    return Sample(make, held=Held.root, sight=Sight.plain)


def _verbs(kind: RequestKind) -> dict[str, Make]:
    asked, fee = {"text": "Please say more."}, {"fee_pence": 1000, "fee_reason": "excessive"}
    return {
        "ask-identity": request(json=asked, kind=kind),
        "receive-identity": request(S.identity, {}, kind, identity_asked_on=clock.today),
        "ask-clarification": request(json=asked, kind=kind),
        "receive-clarification": request(S.clarifying, {}, kind, paused_since=clock.today),
        "ask-fee": request(json={"amount_pence": 1000, "reason": "excessive", **asked}, kind=kind),
        "receive-fee": request(S.received, {}, kind, fee_asked_on=clock.today, **fee),
        "extend": request(json={"reason": "complexity", "text": "Many years of letters."}, kind=kind),
        "refuse": request(json={"ground": "excessive", "text": "The same as last week."}, kind=kind),
        "withdraw": request(json={}, kind=kind),
        "match-person": _about_somebody("person_id", kind),
        "step-aside": _about_somebody("account_id", kind),
    }


def _about_somebody(field: str, kind: RequestKind) -> Make:
    async def make(world: World, unit: UUID) -> Ask:
        placed = await place_request(world, unit, kind=kind)
        deputy = await world.api.account()
        await world.api.grant(deputy, Role.data_protection_officer, world.root)
        somebody = await world.api.account() if field == "account_id" else (await world.api.member(unit))[1]
        return Ask(ids={"request_id": placed.id}, json={field: str(somebody)})

    return make


def _collection(path: str, kind: RequestKind, logged: Make) -> dict[str, Sample]:
    verbs = {f"POST {path}/{{request_id}}/{verb}": at_the_root(make) for verb, make in _verbs(kind).items()}
    return {
        f"POST {path}": Sample(logged, Held.unplaced),
        f"GET {path}": at_the_root(request(kind=kind)),
        f"GET {path}/{{request_id}}": at_the_root(request(kind=kind)),
        **verbs,
    }


#: What the team works on, each kind of matter in its turn.
MATTERS: dict[str, Sample] = {
    **_collection("/v1/subject-access-requests", RequestKind.access, _logged()),
    **_collection("/v1/rights-requests", RequestKind.objection, _logged(kind="objection", marketing=True)),
    "PATCH /v1/subject-access-requests/{request_id}/information": at_the_root(
        request(json={"purposes": "Keeping the roll of members."})
    ),
}
