"""Showing a party more of the evidence, and what each was shown."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, Invalid
from app.core.paging import Body, Listing, PageQuery, Where, list_page
from app.core.permissions import Permission
from app.models.dispute_disclosures import DisclosureKind
from app.models.dispute_evidence import Disclose
from app.models.disputes import PartyRole
from app.services.disputes.case import hold_case, open_case, record_case_read
from app.services.disputes.disclosing import disclose

DISCLOSURES = Listing(
    resource="disputes",
    source="dispute_disclosures x",
    key="x.id",
    columns={
        "id": "x.id",
        "party_id": "x.party_id",
        "kind": "x.kind",
        "subject_id": "x.subject_id",
        "account_id": "x.account_id",
        "created_at": "utc(x.created_at)",
    },
    sorts={"created_at": ("x.created_at", "timestamptz")},
)

_OPEN_TO_THEM = "select id from dispute_evidence where dispute_id = $1 and id = any ($2) and not set_aside"


class PartyNotTold(Conflict):
    """Nothing may reveal the case to a respondent before the notice; a witness is shown nothing this way."""

    code = "party_not_told"
    sentence = "Evidence is shown to a complainant, or to a respondent who has had notice."


class DisclosuresQuery(PageQuery):
    """What was shown to whom, the first first."""

    party_id: UUID | None = Field(default=None, description="Only what this party was shown.")
    kind: DisclosureKind | None = None
    sort: Literal["created_at", "-created_at"] = "created_at"


async def show_evidence(session: Session, actor: Actor, dispute_id: UUID, data: Disclose) -> None:
    """Disclose items of evidence to a party. What they were shown before they are not shown again.

    Raises as `hold_case`, `Invalid` for a stranger, or evidence of another case or set aside, and `PartyNotTold`.
    """
    case = await hold_case(session, actor, dispute_id, Permission.disputes_handle)
    party = await session.fetchrow(
        "select role, told_at from dispute_parties where id = $1 and dispute_id = $2 and struck_at is null",
        data.party_id,
        dispute_id,
    )
    if party is None:
        raise Invalid.at("/party_id", "no_party", "Name a party of this case.")
    told = party["role"] == PartyRole.respondent and party["told_at"] is not None
    if party["role"] != PartyRole.complainant and not told:
        raise PartyNotTold
    wanted = list(dict.fromkeys(data.evidence_ids))
    found = {row["id"] for row in await session.fetch(_OPEN_TO_THEM, dispute_id, wanted)}
    for place, evidence_id in enumerate(wanted):
        if evidence_id not in found:
            raise Invalid.at(f"/evidence_ids/{place}", "no_evidence", "Name evidence of this case that is relied upon.")
    await disclose(session, actor, case, data.party_id, DisclosureKind.evidence, wanted)


async def list_disclosures(session: Session, actor: Actor, dispute_id: UUID, query: DisclosuresQuery) -> Body:
    """A page of what the parties were shown. Raises `NotFound`, `Forbidden`, `CursorInvalid`."""
    case = await open_case(session, actor, dispute_id, Permission.disputes_examine)
    where = Where()
    where.add("x.dispute_id = {}", dispute_id)
    if query.party_id is not None:
        where.add("x.party_id = {}", query.party_id)
    if query.kind is not None:
        where.add("x.kind = {}", query.kind)
    await record_case_read(session, actor, case, "disclosures")
    return await list_page(session, actor, DISCLOSURES, where, query, sort=query.sort)
