"""Samples of erasures and legal holds, put down in any state without walking there."""

from typing import Any
from uuid import UUID

from app.core import clock
from app.core.ids import new_id, new_reference
from app.models.audit import Wall
from app.models.erasures import ErasureCase, ErasureGround, ErasureState
from app.models.legal_holds import HoldReason, LegalHold
from app.models.matters import MatterStep
from tests.contracts.asks import Ask, Make, Sample
from tests.contracts.matter_samples import at_the_root
from tests.erasures.conftest import LEFT
from tests.world import World

_CERTIFICATE = {
    "erased_at": "2026-03-01T12:00:00Z",
    "tables": [
        {
            "table": "people",
            "rows": 1,
            "erased": ["email"],
            "rows_go": False,
            "kept": ["branch_ids"],
            "basis": ["statistics"],
        }
    ],
    "kept_elsewhere": [{"what": "audit_entries", "basis": "accountability"}],
    **dict.fromkeys(("keys_destroyed", "files", "letters", "answers", "exports"), 1),
}


async def _place(world: World, matter: ErasureCase | LegalHold, action: str) -> None:
    step = MatterStep(subject_id=matter.id, action=action, to_state=matter.state, on_day=clock.today(), sealed=b"")
    async with world.api.transaction() as session:
        await session.insert(matter)
        await session.insert(step)
        await session.insert(Wall(wall_key=matter.id, person_id=matter.person_id, reason="concerned"))


def erasure(json: Any = None, state: ErasureState = ErasureState.proposed) -> Make:
    """An erasure that somebody else proposed, of somebody who has left."""

    async def make(world: World, unit: UUID) -> Ask:
        _, person = await world.api.member(unit, **LEFT)
        done = state is ErasureState.erased
        placed = ErasureCase(
            reference=new_reference("E"),
            person_id=person,
            ground=ErasureGround.objection,
            state=state,
            state_since=clock.today(),
            proposed_by=await world.api.account(),
            decided_by=await world.api.account() if done else None,
            erased_at=clock.now() if done else None,
            certificate=_CERTIFICATE if done else None,
            sealed=b"",
        )
        await _place(world, placed, "propose")
        return Ask(ids={"erasure_id": placed.id}, json=json, shown=placed.id)

    return make


def hold(json: Any = None) -> Make:
    """A hold in force."""

    async def make(world: World, unit: UUID) -> Ask:
        _, person = await world.api.member(unit)
        placed = LegalHold(
            reference=new_reference("H"),
            person_id=person,
            reason=HoldReason.litigation,
            state_since=clock.today(),
            placed_by=new_id(),
            sealed=b"",
        )
        await _place(world, placed, "place")
        return Ask(ids={"hold_id": placed.id}, json=json, shown=placed.id)

    return make


def _of_somebody(**said: str) -> Make:
    async def make(world: World, unit: UUID) -> Ask:
        _, person = await world.api.member(unit)
        return Ask(json={"person_id": str(person), "text": "As they asked by letter.", **said})

    return make


_WHY = {"text": "It is over."}
ERASURES: dict[str, Sample] = {
    "POST /v1/erasures": at_the_root(_of_somebody(ground="objection")),
    "GET /v1/erasures": at_the_root(erasure()),
    "GET /v1/erasures/{erasure_id}": at_the_root(erasure()),
    "GET /v1/erasures/{erasure_id}/certificate": at_the_root(erasure(state=ErasureState.erased)),
    "POST /v1/erasures/{erasure_id}/approve": at_the_root(erasure()),
    "POST /v1/erasures/{erasure_id}/refuse": at_the_root(erasure(_WHY)),
    "POST /v1/erasures/{erasure_id}/withdraw": at_the_root(erasure({})),
    "POST /v1/legal-holds": at_the_root(_of_somebody(reason="litigation")),
    "GET /v1/legal-holds": at_the_root(hold()),
    "GET /v1/legal-holds/{hold_id}": at_the_root(hold()),
    "POST /v1/legal-holds/{hold_id}/lift": at_the_root(hold(_WHY)),
}
