"""One's own cases: what was formally disclosed to a party, and nothing else.

What is seen is decided by the policies of `rollbook_self`. Here it is put in a party's words: the state of a case, its
outcome and its days show no more than was disclosed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import NotFound
from app.core.lifecycle import ActionNotAllowed, Lifecycle
from app.core.paging import Body, Decorate, Listing, PageQuery, Where, fetch_one, list_page
from app.core.permissions import Permission
from app.models.dispute_disclosures import DisclosureKind
from app.models.disputes import DisputeState, PartyRole
from app.models.own_disputes import OwnDisputeRead, OwnDisputeState, OwnRole
from app.services.access import record_read
from app.services.disputes.facts import CURRENT_APPEAL, SINCE_NOTICE
from app.services.own_dispute_lifecycle import OWN_COMPLAINT, OWN_DEFENCE
from app.services.own_dispute_pieces import pieces

#: The reads of parties are told to no other party.
READ = "disclosed_case"
SHOWN = (
    "id", "reference", "kind", "state", "outcome", "received_on", "stayed_on", "notice_on", "response_due_on",
    "decided_on", "appeal_due_on",
)  # fmt: skip
OWN_DISPUTES = Listing(
    resource="own_disputes",
    source="disputes d",
    key="d.id",
    columns={"id": "d.id", "reference": "d.reference", "received_on": "d.received_on"},
    sorts={"received_on": ("d.received_on", "date")},
    facts={name: f"d.{name}" for name in SHOWN},
)
#: Oneself before a unit in whose name one answers.
_PARTIES = f"""
select p.id, p.dispute_id, p.role, p.unit_id,
  array(select distinct x.kind from dispute_disclosures x where x.party_id = p.id) as kinds,
  exists (
    select from dispute_steps s
    where s.party_id = p.id and s.action = 'record_response' and {SINCE_NOTICE}) as answered,
  exists (select from dispute_allegations a where a.respondent_id = p.id and a.outcome = 'upheld') as upheld,
  exists (
    select from dispute_appeals x join disputes d on d.id = x.dispute_id
    where x.party_id = p.id and {CURRENT_APPEAL}) as appealed
from dispute_parties p where p.dispute_id = any ($1) order by p.unit_id is not null, p.id
"""
D, T = DisputeState, OwnDisputeState
_TO_COMPLAINANTS = {
    D.received: T.received,
    D.acknowledged: T.acknowledged,
    D.needs_information: T.information_asked,
    D.informal: T.informal,
}
_ONCE_DECIDED = {
    D.decided: T.decided,
    D.dismissed: T.dismissed,
    D.appealed: T.appealed,
    D.appeal_listed: T.appealed,
    D.final: T.final,
}
_ENDED = {D.closed: T.closed, D.withdrawn: T.withdrawn, D.joined: T.joined}


@dataclass(frozen=True)
class Own:
    """A case as one of its parties has it before them. `parties` are theirs, and there is always one."""

    row: Mapping[str, Any]
    parties: Sequence[asyncpg.Record]

    @property
    def complaining(self) -> asyncpg.Record | None:
        return next((p for p in self.parties if p["role"] == PartyRole.complainant), None)

    @property
    def noticed(self) -> asyncpg.Record | None:
        """As whom one has to answer. Nobody answers their own complaint for the unit that it is about."""
        return next(
            (
                p
                for p in self.parties
                if p["role"] == PartyRole.respondent
                and DisclosureKind.notice in p["kinds"]
                and (p["unit_id"] is None or self.complaining is None)
            ),
            None,
        )

    @property
    def role(self) -> OwnRole:
        return OwnRole.complainant if self.noticed is None and self.complaining is not None else OwnRole.respondent

    @property
    def ways(self) -> list[tuple[Lifecycle, asyncpg.Record]]:
        """As whom one may speak: as complainant, as respondent, or as both."""
        ways = [(OWN_COMPLAINT, self.complaining)] if self.complaining is not None else []
        if self.noticed is not None or not ways:
            ways.append((OWN_DEFENCE, self.noticed or self.parties[0]))
        return ways

    @property
    def party_ids(self) -> list[UUID]:
        return [party["id"] for party in self.parties]

    def was_told(self, *kinds: DisclosureKind) -> bool:
        return any(kind in party["kinds"] for party in self.parties for kind in kinds)

    @property
    def state(self) -> OwnDisputeState:
        state, decided = DisputeState(self.row["state"]), self.was_told(DisclosureKind.decision)
        if state in _ENDED:
            return _ENDED[state]
        if state in _ONCE_DECIDED and decided:
            return _ONCE_DECIDED[state]
        if state is D.final:
            return T.closed
        if self.role is OwnRole.complainant:
            return _TO_COMPLAINANTS.get(state, T.under_consideration)
        awaited = state is D.noticed and self.noticed is not None and not self.noticed["answered"]
        return T.response_awaited if awaited else T.under_consideration

    def record(self, party: asyncpg.Record) -> dict[str, Any]:
        """The facts at which the guards look."""
        return {
            "id": self.row["id"],
            "state": self.state,
            "stayed": self.row["stayed_on"] is not None,
            "noticed": self.noticed is not None,
            "notice_given": self.row["notice_on"] is not None,
            "hearing_told": self.was_told(DisclosureKind.hearing),
            "appealed": party["appealed"],
            "upheld_against": party["upheld"],
            "outcome": self.row["outcome"],
        }

    def told(self) -> dict[str, Any]:
        """What a list tells of it beyond its columns."""
        row, decided = self.row, self.was_told(DisclosureKind.decision)
        # Somebody held back by a measure is told of nothing but the measure until there is a notice.
        named = self.role is OwnRole.complainant or self.noticed is not None
        return {
            "role": self.role,
            "kind": row["kind"] if named else None,
            "state": self.state,
            "outcome": row["outcome"] if decided or (named and row["state"] in _ENDED) else None,
            "stayed": row["stayed_on"] is not None,
            "response_due_on": row["response_due_on"] if self.noticed is not None else None,
            "decided_on": row["decided_on"] if decided else None,
            "appeal_due_on": row["appeal_due_on"] if decided else None,
        }

    def allowed_actions(self) -> list[dict[str, Any]]:
        """What one may do; of an action that one has in two parts, the way that is open."""
        offered: dict[str, dict[str, Any]] = {}
        for lifecycle, party in self.ways:
            for offer in lifecycle.allowed_actions(self.record(party), lambda _permission: True, clock.today()):
                if not offered.get(offer["action"], {}).get("allowed"):
                    offered[offer["action"]] = offer
        return list(offered.values())

    def must(self, action: str) -> asyncpg.Record:
        """As whom one does it. Raises `ActionNotAllowed`, in a party's words."""
        refused = ActionNotAllowed(action=action, state=self.state.value, reason_code="not_in_this_part")
        for lifecycle, party in self.ways:
            try:
                lifecycle.check(self.record(party), action, clock.today())
            except ActionNotAllowed as reason:
                refused = reason
            except KeyError:
                continue
            else:
                return party
        raise refused


class OwnDisputesQuery(PageQuery):
    """One's own cases, the newest first."""


async def list_own(session: Session, actor: Actor, query: OwnDisputesQuery) -> Body:
    """A page of the cases of which the actor was told, or complained. Raises `Forbidden`, `CursorInvalid`."""
    actor.must_be_let(Permission.disputes_read)
    await record_read(session, actor, "disputes", purpose="list:own")

    async def prepare(rows: list[asyncpg.Record]) -> Decorate:
        parties = await parties_of(session, [row["id"] for row in rows])
        return lambda row: Own(row, parties[row["id"]]).told()

    return await list_page(session, actor, OWN_DISPUTES, Where(), query, sort="-received_on", prepare=prepare)


async def get_own(session: Session, actor: Actor, dispute_id: UUID) -> OwnDisputeRead:
    """One's own case, whole. Raises `Forbidden`, and `NotFound` before one was told of it. The read is logged."""
    own = await find_own(session, actor, dispute_id)
    await record_read(session, actor, "disputes", purpose=READ, subject_id=dispute_id, wall_key=dispute_id)
    return await read_own(session, actor, own)


async def find_own(session: Session, actor: Actor, dispute_id: UUID) -> Own:
    """The case of a party, in the scope of their own record. Raises `Forbidden`, `NotFound`."""
    actor.must_be_let(Permission.disputes_read)
    row = await fetch_one(session, actor, OWN_DISPUTES, dispute_id)
    if row is None:
        raise NotFound("dispute")
    return Own(row, (await parties_of(session, [dispute_id]))[dispute_id])


async def read_own(session: Session, actor: Actor | None, own: Own) -> OwnDisputeRead:
    """Everything that was disclosed of it, with what may be done."""
    row = own.row
    head = {"id": row["id"], "reference": row["reference"], "received_on": row["received_on"], **own.told()}
    shown = {
        "complaint": own.complaining is not None,
        "finding": own.was_told(DisclosureKind.report),
        "outcome": own.was_told(DisclosureKind.decision),
    }
    said = await pieces(session, actor, row["id"], own.party_ids, **shown)
    return OwnDisputeRead.model_validate({**head, **said, "allowed_actions": own.allowed_actions()})


async def parties_of(session: Session, dispute_ids: Iterable[UUID]) -> dict[UUID, list[asyncpg.Record]]:
    found: dict[UUID, list[asyncpg.Record]] = {}
    for row in await session.fetch(_PARTIES, list(dispute_ids)):
        found.setdefault(row["dispute_id"], []).append(row)
    return found
