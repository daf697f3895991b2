"""Cases put down in any state without walking there: for sweeps over every route, which need many and quickly."""

from dataclasses import dataclass
from datetime import date, timedelta
from secrets import token_hex
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.ids import new_id
from app.core.permissions import Part
from app.models.audit import Wall
from app.models.disputes import (
    ComplaintSource,
    Dispute,
    DisputeAllegation,
    DisputeKind,
    DisputePart,
    DisputeParty,
    DisputeState,
    PartyRole,
)
from app.models.procedures import Receiver
from app.models.rules import RuleClause
from tests.world import Api, Client, World

S = DisputeState
#: In the order in which a case comes to them.
FORMAL = [
    S.noticed,
    S.responded,
    S.investigating,
    S.reported,
    S.listed,
    S.heard,
    S.decided,
    S.appealed,
    S.appeal_listed,
]


@dataclass(frozen=True)
class Placed:
    """A case: who is named in it, and `by`, who has a part in it."""

    id: UUID
    by: Client
    account_id: UUID
    part_id: UUID
    complainant: UUID
    complainant_person: UUID
    respondent: UUID
    respondent_person: UUID
    allegation: UUID
    clause: UUID


async def place_case(
    world: World,
    unit: UUID,
    state: DisputeState = S.acknowledged,
    part: Part = Part.receiver,
    *,
    account_id: UUID | None = None,
    **columns: Any,
) -> Placed:
    """A case of a unit in a state, under the organisation's default procedure, and somebody with a part in it.

    They are a stranger to all other cases, unless an account is given.
    """
    api, today = world.api, clock.today()
    async with api.together():
        account_id = account_id or await api.account()
        _, accused = await api.member(unit)
        _, accuser = await api.member(world.islington)
        clause = RuleClause(
            number=f"T.{token_hex(3).upper()}",
            number_key=token_hex(8),
            title="Conduct",
            text="Members treat one another with respect.",
            starts_on=date(2000, 1, 1),
        )
        reached = FORMAL[: FORMAL.index(state) + 1] if state in FORMAL else []
        ago = today - timedelta(days=40)
        dated: dict[str, Any] = {
            "notice_on": ago if S.noticed in reached else None,
            "response_due_on": ago + timedelta(days=14) if S.noticed in reached else None,
            "responded_on": ago + timedelta(days=10) if S.responded in reached else None,
            "reported_on": ago + timedelta(days=20) if S.reported in reached else None,
            "heard_on": ago + timedelta(days=30) if S.heard in reached else None,
            "decided_on": today if S.decided in reached else None,
            "deciding_body": "nec_disputes" if S.decided in reached else None,
            "appeal_due_on": today + timedelta(days=14) if S.decided in reached else None,
            **columns,
        }
        async with api.transaction() as session:
            dispute = Dispute(
                reference=f"D-{token_hex(4).upper()}",
                procedure_id=await session.fetchval("select id from procedures where key = 'co_operative_party'"),
                branch_id=unit,
                nation="england",
                kind=DisputeKind.conduct,
                source=ComplaintSource.member,
                state=state,
                received_on=ago - timedelta(days=5),
                state_since=ago,
                due_on=today + timedelta(days=5),
                sealed=b"",
                **dated,
            )
            complainant = _party(dispute.id, PartyRole.complainant, accuser)
            respondent = _party(dispute.id, PartyRole.respondent, accused)
            # Whoever receives is one of the procedure's receivers.
            receives = Receiver(procedure_key="co_operative_party", position=1000, account_id=account_id, external=True)
            held = DisputePart(dispute_id=dispute.id, part=part, account_id=account_id, sealed=b"")
            allegation = DisputeAllegation(
                dispute_id=dispute.id,
                respondent_id=respondent.id,
                number=1,
                clause_id=clause.id,
                conduct_from=date(2026, 1, 10),
                conduct_until=date(2026, 1, 10),
                sealed=b"",
            )
            walls = [Wall(wall_key=dispute.id, person_id=person, reason="named") for person in (accuser, accused)]
            for row in (clause, receives, dispute, complainant, respondent, held, allegation, *walls):
                await session.insert(row)
        return Placed(
            id=dispute.id,
            by=await api.sign_in(account_id),
            account_id=account_id,
            part_id=held.id,
            complainant=complainant.id,
            complainant_person=accuser,
            respondent=respondent.id,
            respondent_person=accused,
            allegation=allegation.id,
            clause=clause.id,
        )


async def give_part(api: Api, dispute_id: UUID, account_id: UUID, part: Part = Part.clerk) -> None:
    """Let somebody in."""
    async with api.transaction() as session:
        await session.insert(DisputePart(dispute_id=dispute_id, part=part, account_id=account_id, sealed=b""))


def _party(dispute_id: UUID, role: PartyRole, person_id: UUID) -> DisputeParty:
    told_at = clock.now() if role is PartyRole.complainant else None
    return DisputeParty(id=new_id(), dispute_id=dispute_id, role=role, person_id=person_id, told_at=told_at, sealed=b"")
