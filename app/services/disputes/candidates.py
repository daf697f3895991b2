"""Who might take a part in a case: looked up by whoever conducts it, with what would keep them from it."""

from uuid import UUID

from app.core.actor import Actor
from app.core.db import Session
from app.core.permissions import Part, Permission
from app.core.text import email_key
from app.models.dispute_reads import CandidateRead, Candidates
from app.models.dispute_verbs import CandidateSearch
from app.models.procedures import Body
from app.services.disputes.case import Case, open_case, record_case_read
from app.services.disputes.conflicts import PanelConflict, must_be_impartial
from app.services.disputes.panels import appeal_body
from app.services.disputes.people import refusal_of

_FIND = """
select a.id, a.name, a.person_id from accounts a where a.state = 'active' and (
  a.email_key = $1 or a.person_id = $2 or a.person_id = (select m.person_id from members m where m.number = $3))
order by a.id limit 10
"""


async def find_candidates(session: Session, actor: Actor, dispute_id: UUID, data: CandidateSearch) -> Candidates:
    """The active accounts of somebody, each with why it cannot take the part. Raises `NotFound`, `Forbidden`."""
    case = await open_case(session, actor, dispute_id, Permission.disputes_handle)
    await record_case_read(session, actor, case, "candidates")
    email = email_key(data.email) if data.email is not None else None
    async with session.as_role("rollbook_case"):
        rows = await session.fetch(_FIND, email, data.person_id, data.member_number)
    found = []
    for row in rows:
        refusal = await refusal_of(session, actor, case, row, data.part)
        if refusal is None and (body := _body(case, data.part)) is not None:
            refusal = await _conflict(session, actor, case, body, row["id"])
        found.append(CandidateRead(account_id=row["id"], person_id=row["person_id"], name=row["name"], refusal=refusal))
    return Candidates(data=found)


def _body(case: Case, part: Part) -> Body | None:
    """The body on whose panel the part would be."""
    if part in (Part.chair, Part.panellist):
        return case.definition.body(case.definition.first)
    if part in (Part.appeal_chair, Part.appeal_panellist) and case.row["deciding_body"] is not None:
        return appeal_body(case)
    return None


async def _conflict(session: Session, actor: Actor, case: Case, body: Body, account_id: UUID) -> str | None:
    try:
        await must_be_impartial(session, actor, case, body, [("/account_id", account_id)])
    except PanelConflict as conflict:
        return conflict.errors[0].code
    return None
