"""Samples of retention: a run of a rule in any state, put down without walking there."""

from typing import Any
from uuid import UUID

from app.core import clock
from app.core.ids import new_id, new_reference
from app.models.matters import MatterStep
from app.models.retention import RetentionItem, RetentionItemState, RetentionRule, RetentionRun
from app.models.retention import RetentionState as S
from tests.contracts.asks import Ask, Held, Make, Sample
from tests.contracts.matter_samples import at_the_root
from tests.world import World


def run(state: S = S.dry_run, json: Any = None, *, found: int = 1) -> Make:
    """A run that somebody else proposed, of one breach of long ago."""

    async def make(world: World, _unit: UUID) -> Ask:
        today = clock.today()
        placed = RetentionRun(
            reference=new_reference("T"),
            rule=RetentionRule.breaches_closed,
            months=72,
            state=state,
            state_since=today,
            counted_on=today,
            found=found,
            left_out={"legal_hold": 2},
            taken=1,
            proposed_by=await world.api.account(),
            decided_by=await world.api.account() if state is not S.dry_run else None,
            sealed=b"",
        )
        found_one = RetentionItemState.found
        item = RetentionItem(run_id=placed.id, case_id=new_id(), since=today, state=found_one, sealed=b"")
        step = MatterStep(subject_id=placed.id, action="propose", to_state=S.dry_run, on_day=today, sealed=b"")
        async with world.api.transaction() as session:
            await session.insert(placed)
            await session.insert(item)
            await session.insert(step)
        return Ask(ids={"run_id": placed.id}, json=json, shown=placed.id)

    return make


async def _rule_set(_world: World, _unit: UUID) -> Ask:
    return Ask(ids={"rule": "deceased_members"}, json={"months": 24, "reason": "As the committee resolved."})


async def _proposed(_world: World, _unit: UUID) -> Ask:
    return Ask(json={"rule": "deceased_members"})


async def _listed(_world: World, _unit: UUID) -> Ask:
    return Ask()


_WHY = {"text": "It was asked for in error."}
RETENTION: dict[str, Sample] = {
    "GET /v1/retention-rules": Sample(_listed, Held.anywhere),
    "POST /v1/retention-rules/{rule}/periods": at_the_root(_rule_set),
    "POST /v1/retention-runs": at_the_root(_proposed),
    "GET /v1/retention-runs": at_the_root(run()),
    "GET /v1/retention-runs/{run_id}": at_the_root(run()),
    # What the rule finds by now has to be what the dry run found: of nobody there is nobody to wait for.
    "POST /v1/retention-runs/{run_id}/approve": at_the_root(run(found=0)),
    "POST /v1/retention-runs/{run_id}/refuse": at_the_root(run(json=_WHY)),
    "POST /v1/retention-runs/{run_id}/withdraw": at_the_root(run(json={})),
    "POST /v1/retention-runs/{run_id}/stop": at_the_root(run(S.applying, _WHY)),
    "POST /v1/retention-runs/{run_id}/undo": at_the_root(run(S.applying, _WHY)),
}
