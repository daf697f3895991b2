"""Formal disclosure: from here on a party sees a thing, and not before."""

from collections.abc import Sequence
from uuid import UUID

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.models.dispute_disclosures import DisclosureKind, DisputeDisclosure
from app.services.disputes.case import Case, note

#: Evidence that may be relied upon, in its newest version, by its redacted copy where there is one.
_EVIDENCE = """
select coalesce(
  (select r.id from dispute_evidence r where r.redacts_id = e.id and not r.set_aside
   order by r.id desc limit 1), e.id) as id
from dispute_evidence e
where e.dispute_id = $1 and e.redacts_id is null and not e.set_aside
  and not exists (select from dispute_evidence n where n.replaces_id = e.id)
order by e.number
"""


async def disclose(
    session: Session, actor: Actor | None, case: Case, party_id: UUID, kind: DisclosureKind, subject_ids: Sequence[UUID]
) -> None:
    """Show things to a party, each once; with the first the party has been told of the case.

    Whether it may be shown is the caller's to judge.
    """
    shown = {
        row["subject_id"]
        for row in await session.fetch(
            "select subject_id from dispute_disclosures where party_id = $1 and kind = $2", party_id, kind
        )
    }
    new = [subject_id for subject_id in subject_ids if subject_id not in shown]
    for subject_id in new:
        row = DisputeDisclosure(
            dispute_id=case.id,
            party_id=party_id,
            kind=kind,
            subject_id=subject_id,
            account_id=actor.account_id if actor else None,
        )
        await session.insert(row)
    if new:
        await session.execute(
            "update dispute_parties set told_at = $2, version = version + 1, updated_at = $2 "
            "where id = $1 and told_at is null",
            party_id,
            clock.now(),
        )
        told = {"party_id": str(party_id), "kind": str(kind), "subject_ids": [str(one) for one in new]}
        await note(session, actor, case, "dispute.disclosed", fields=told)


async def relied_upon(session: Session, case: Case) -> list[UUID]:
    """The evidence that a respondent must be shown before anything is decided on it."""
    return [row["id"] for row in await session.fetch(_EVIDENCE, case.id)]
