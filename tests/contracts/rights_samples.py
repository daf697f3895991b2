"""Samples for the other rights, for figures, and for one's own requests, each of these asked by the person."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from app.core import clock
from app.models.rights_requests import RequestKind, RequestState
from tests.contracts.asks import Ask, Make, Sample
from tests.contracts.matter_samples import at_the_root, place_request, request
from tests.world import World

S = RequestState
RIGHTS, OWN = "/v1/rights-requests", "/v1/me/rights-requests"
DONE = {"text": "We did as you asked."}


async def _restricted(world: World, unit: UUID) -> Ask:
    placed = await place_request(world, unit, S.granted, RequestKind.restriction)
    async with world.api.transaction() as session:
        await session.execute(
            "update people set processing_restricted_on = $2 where id = $1", placed.person_id, clock.today()
        )
    return Ask(ids={"request_id": placed.id}, json=DONE)


def _figures(**params: str) -> Sample:
    async def make(_world: World, _unit: UUID) -> Ask:
        return Ask(params=params)

    return at_the_root(make)


def _as_person(state: RequestState | None = None, json: Any = None, *, listed: bool = False, **columns: Any) -> Sample:
    """Something that whoever a request concerns does, signed in."""

    async def make(world: World, unit: UUID) -> Ask:
        if state is None:
            _, person = await world.api.member(unit)
            return Ask(json=json, by=await world.api.sign_in(await world.api.account(person_id=person)))
        placed = await place_request(world, unit, state, **columns)
        by = await world.api.sign_in(await world.api.account(person_id=placed.person_id))
        ids = {} if listed else {"request_id": placed.id}
        return Ask(ids=ids, json=json, by=by, shown=placed.id if listed else None)

    return Sample(make)


def _assessed(kind: RequestKind) -> Make:
    return request(S.assessing, DONE, kind)


OTHER_RIGHTS: dict[str, Sample] = {
    "GET /v1/subject-access-requests/figures": _figures(year=str((clock.today() - timedelta(365)).year)),
    f"GET {RIGHTS}/figures": _figures(kind="objection"),
    f"GET {RIGHTS}/{{request_id}}/recipients": at_the_root(request(kind=RequestKind.rectification)),
    f"POST {RIGHTS}/{{request_id}}/assess": at_the_root(request(json={}, kind=RequestKind.rectification)),
    f"POST {RIGHTS}/{{request_id}}/grant": at_the_root(_assessed(RequestKind.restriction)),
    f"POST {RIGHTS}/{{request_id}}/grant-in-part": at_the_root(_assessed(RequestKind.objection)),
    f"POST {RIGHTS}/{{request_id}}/lift-restriction": at_the_root(_restricted),
    f"POST {OWN}": _as_person(json={"kind": "access", "text": "All of it."}),
    f"GET {OWN}": _as_person(S.received, listed=True),
    f"GET {OWN}/{{request_id}}": _as_person(S.received),
    f"POST {OWN}/{{request_id}}/answer": _as_person(
        S.clarifying, {"text": "Those of last year."}, paused_since=clock.today()
    ),
    f"POST {OWN}/{{request_id}}/withdraw": _as_person(S.received, {}),
}
