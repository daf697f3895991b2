"""A complaint comes in: from a member, an officer, by the open form, or anonymously where the procedure allows it."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from app.core import clock
from app.core.actor import Actor
from app.core.calendars import Nation
from app.core.db import Session
from app.core.errors import FieldError, Invalid
from app.core.ids import new_reference
from app.models.complaints import ComplaintCreate, ComplaintFrom, ComplaintReceipt, ComplaintSubmit, PartyNamed
from app.models.disputes import ComplaintSource, Dispute, DisputeState, DisputeStep, PartyRole
from app.models.procedures import Stage
from app.services import procedures, throttles
from app.services.changes import record_change
from app.services.disputes.case import seal
from app.services.disputes.parties import Found, close_to, enter_party, find_party, may_mean
from app.services.disputes.receiving import seat_receiver

OPEN_FORM_QUOTA, OPEN_FORM_WINDOW = 5, timedelta(hours=1)
SIGNED_IN_QUOTA, SIGNED_IN_WINDOW = 20, timedelta(days=1)

_NATIONS = {"E": Nation.england, "W": Nation.wales, "S": Nation.scotland, "N": Nation.northern_ireland}
#: The first letter of the code of the nearest unit at or above that has one: which nation's holidays count.
_CODE = """
select left(coalesce(above.gss_code, above.local_authorities[1]), 1) from branches b
join branches above on above.id = any (b.path)
where b.id = $1 and coalesce(above.gss_code, above.local_authorities[1]) is not null
order by cardinality(above.path) desc limit 1
"""


async def submit_complaint(session: Session, actor: Actor, data: ComplaintCreate) -> ComplaintReceipt:
    """Somebody signed in complains. Raises `Throttled`, `NoProcedure`, and `Invalid` for a unit that is not there."""
    who = str(actor.account_id)
    await throttles.count_try(session.database, "complaint", who, quota=SIGNED_IN_QUOTA, window=SIGNED_IN_WINDOW)
    async with session.as_role("rollbook_case"):
        name = await session.fetchval("select name from accounts where id = $1", actor.account_id)
        own = Found(PartyRole.complainant, actor.person_id, None if actor.person_id else actor.account_id, None, name)
        source = ComplaintSource.officer if actor.reach else ComplaintSource.member
        receipt = await _receive(session, actor, data, own, source)
    # The answer is its asker's, who does not see the case: a repeat gets it again.
    session.touched = None
    return receipt


async def submit_openly(session: Session, data: ComplaintSubmit, *, address: str) -> ComplaintReceipt:
    """Somebody complains by the open form, by name or not. Raises `Throttled`, `NoProcedure`, `Invalid`."""
    where = throttles.neighbourhood(address)
    await throttles.count_try(session.database, "open-complaint", where, quota=OPEN_FORM_QUOTA, window=OPEN_FORM_WINDOW)
    async with session.as_role("rollbook_case"):
        if data.complainant is None:
            receipt = await _receive(session, None, data, None, ComplaintSource.anonymous)
        else:
            named = PartyNamed(role=PartyRole.complainant, name=data.complainant.name)
            found = await find_party(session, named)
            receipt = await _receive(session, None, data, found, ComplaintSource.public, data.complainant)
    return receipt.model_copy(update={"id": None})


async def _receive(
    session: Session,
    actor: Actor | None,
    data: ComplaintCreate,
    complainant: Found | None,
    source: ComplaintSource,
    contact: ComplaintFrom | None = None,
) -> ComplaintReceipt:
    today = clock.today()
    procedure = await procedures.procedure_in_force(session, data.procedure, today)
    definition = procedures.load(procedure)
    if complainant is None and not definition.anonymous_complaints:
        raise Invalid.at(
            "/complainant", "anonymous_not_allowed", "This procedure takes no anonymous complaints: say who complains."
        )
    named = [await find_party(session, one) for one in data.about]
    branch_id = await _branch_of(session, data, named, complainant)
    nation = _NATIONS.get(await session.fetchval(_CODE, branch_id), definition.nation)
    dispute = Dispute(
        reference=new_reference("D"),
        procedure_id=procedure["id"],
        branch_id=branch_id,
        nation=nation,
        kind=data.kind,
        source=source,
        subject_unit_id=data.unit_id,
        received_on=today,
        state_since=today,
        due_on=procedures.limit_ends(definition, Stage.acknowledge, today, nation),
        submitted_by=actor.account_id if actor else None,
        sealed=b"",
    )
    dispute.sealed = await seal(
        session, dispute.id, "disputes", dispute.id, {"summary": data.summary, "text": data.text}
    )
    await session.insert(dispute)
    await _enter_all(session, dispute.id, named, complainant, data, contact)
    await _route(session, dispute.id, procedure["key"], data, named)
    await _first_step(session, actor, dispute)
    assert dispute.due_on is not None
    return ComplaintReceipt(
        reference=dispute.reference, received_on=today, acknowledge_by=dispute.due_on, id=dispute.id
    )


async def _enter_all(
    session: Session,
    dispute_id: UUID,
    named: list[Found],
    complainant: Found | None,
    data: ComplaintCreate,
    contact: ComplaintFrom | None,
) -> None:
    if complainant is not None:
        said = contact.model_dump(exclude={"name"}) if contact else {}
        await enter_party(session, dispute_id, complainant, contact=said, identity_withheld=data.withhold_identity)
    for found in named:
        await enter_party(session, dispute_id, replace(found, role=_part_in_it(found.role)))


def _part_in_it(role: PartyRole) -> PartyRole:
    """There is one complainant: whoever else is said to complain is a witness of it."""
    return PartyRole.witness if role is PartyRole.complainant else role


async def _route(
    session: Session, dispute_id: UUID, procedure_key: str, data: ComplaintCreate, named: list[Found]
) -> None:
    """To the first receiver whom it cannot be about."""
    concerned = {
        account_id
        for found in named
        if found.person_id is None and found.unit_id is None and found.name
        for account_id in await may_mean(session, found.name)
    }
    if data.concerns_receiver:
        first = await session.fetchval(
            "select account_id from receivers where procedure_key = $1 and ended_at is null and not external "
            "order by position limit 1",
            procedure_key,
        )
        concerned |= {first} - {None}
    for account_id in sorted(concerned):
        person_id = await session.fetchval("select person_id from accounts where id = $1", account_id)
        await close_to(session, dispute_id, "named", person_id, account_id)
    await seat_receiver(session, dispute_id, procedure_key)


async def _branch_of(session: Session, data: ComplaintCreate, named: list[Found], complainant: Found | None) -> UUID:
    """The respondent's unit at this time; else the unit named, else the complainant's, else the organisation."""
    if data.unit_id is not None and not await session.fetchval("select true from branches where id = $1", data.unit_id):
        raise Invalid(errors=(FieldError("/unit_id", "unknown_unit", "Name a unit of the organisation."),))
    respondents = [one for one in named if one.role is PartyRole.respondent]
    people = [one.person_id for one in respondents if one.person_id]
    units = [one.unit_id for one in respondents if one.unit_id]
    if people and (found := await _home(session, people[0])) is not None:
        return found
    if units:
        return units[0]
    if data.unit_id is not None:
        return data.unit_id
    if complainant is not None and complainant.person_id is not None:
        found = await _home(session, complainant.person_id)
        if found is not None:
            return found
    root: UUID = await session.fetchval("select id from branches where parent_id is null")
    return root


async def _home(session: Session, person_id: UUID) -> UUID | None:
    found: UUID | None = await session.fetchval("select branch_id from members where person_id = $1", person_id)
    return found


async def _first_step(session: Session, actor: Actor | None, dispute: Dispute) -> None:
    step = DisputeStep(
        dispute_id=dispute.id,
        action="receive",
        to_state=DisputeState.received,
        on_day=dispute.received_on,
        account_id=actor.account_id if actor else None,
        sealed=b"",
    )
    await session.insert(step)
    await record_change(
        session,
        actor,
        "dispute.received",
        resource="disputes",
        subject_id=dispute.id,
        branch_id=dispute.branch_id,
        wall_key=dispute.id,
    )
