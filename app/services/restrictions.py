"""What a decision takes from a member, put in force at that moment, and given back when it ends.

The services that take decisions call these within their transaction, once they have judged. The effects reach a member
wherever they are, beyond the sight of whoever decides, and so are done under a role of their own. Nothing that they
leave behind says who decided or why: the trail of the decision is where the decision is.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, NotFound
from app.models.restrictions import MemberRestriction, RestrictionKind
from app.services import sign_ins
from app.services.changes import record_change
from app.services.exclusion_marks import write_marks
from app.services.members_ends import tell_of_ended_terms, withdraw_transfer

ROLE = "rollbook_case"
K = RestrictionKind

#: Who leaves, and is recognised when they come again.
LEAVES = frozenset({K.excluded, K.expelled})
#: Who is signed out; the account stays good, to read what concerns its holder.
SIGNED_OUT = LEAVES | {K.suspended}
#: Who is put out of office. A suspended holder keeps the office, without its powers.
VACATES = LEAVES | {K.barred_from_office}
#: Who takes no office while it lasts.
TAKES_NO_OFFICE = VACATES | {K.suspended, K.suspended_from_office}

#: Restrictions `r` that bear on the standing, as `standing_on` takes them.
RESTRICTED = (
    "jsonb_agg(jsonb_build_object('standing', restricts(r.kind), 'starts_on', r.starts_on, 'ends_on', r.ends_on)) "
    "filter (where restricts(r.kind) is not null)"
)
_KEEP_STANDING = f"""
update members m set version = m.version + 1, updated_at = $3, restricted = (
  select {RESTRICTED} from member_restrictions r where r.member_id = m.id and coalesce($2 < r.ends_on, true))
where m.id = any ($1) returning m.id, m.branch_id
"""
_HOLD = "select {} from people where id = any ($1::uuid[]) order by id for update"
_PERSON = "id, given_name, family_name, preferred_name, date_of_birth, email_key, mobile_phone, postcode, erased_at"
_IN_FORCE = "r.source_id = $1 and r.lifted_at is null and coalesce($2 < r.ends_on, true)"
_LIFT = f"""
update member_restrictions r set ends_on = greatest(r.starts_on, $2), lifted_at = $3 where {_IN_FORCE}
returning r.member_id
"""
_PROLONG = f"""
update member_restrictions r set ends_on = case when $3::date is not null then greatest(r.starts_on, $3) end
where {_IN_FORCE} returning r.member_id
"""
_MARKS_UNTIL = "update exclusion_marks set ends_on = {} where source_id = $1 and coalesce($2 < ends_on, true)"
#: Restrictions that reach into a time: both half-open, an open end running for ever.
_WITHIN = """
select bool_or(ends_on is null) as endless, max(ends_on) as ends_on from member_restrictions
where person_id = $1 and kind = any ($2) and ends_on is distinct from starts_on
  and coalesce($3 < ends_on, true) and coalesce(starts_on < $4, true)
having count(*) > 0
"""


class BarredFromOffice(Conflict):
    """`until` is the first day on which the person may hold office again; null if there is none."""

    code = "barred_from_office"
    sentence = "This person may not hold office at that time."


async def restrict(
    session: Session,
    actor: Actor | None,
    *,
    person_id: UUID,
    kind: RestrictionKind,
    starts_on: date,
    ends_on: date | None,
    source_id: UUID,
) -> None:
    """Put a restriction in force until, not including, `ends_on`; what cannot wait for its days happens now.

    That is: offices end for whoever leaves or is barred from them, sign-ins end, an open transfer is withdrawn, marks
    are written. Standing and powers follow the days by themselves, so that it may also begin on a day to come, on
    which offices then end. Raises `NotFound` for somebody who is no member.
    """
    touched = session.touched
    async with session.as_role(ROLE):
        person = await session.fetchrow(_HOLD.format(_PERSON), [person_id])
        member = await session.fetchrow("select id from members where person_id = $1", person_id)
        if person is None or member is None:
            raise NotFound("member")
        await session.insert(
            MemberRestriction(
                member_id=member["id"],
                person_id=person_id,
                kind=kind,
                starts_on=starts_on,
                ends_on=ends_on,
                source_id=source_id,
            )
        )
        await _take_effect(session, [member["id"]], "member.restricted")
        if kind in VACATES:
            await _vacate(session, person_id, max(starts_on, clock.today()))
        if kind in LEAVES:
            await withdraw_transfer(session, None, member["id"])
            if person["erased_at"] is None:
                await write_marks(session, actor, person, source_id, ends_on)
    if kind in SIGNED_OUT and starts_on <= clock.today():
        await _sign_out(session, person_id)
    session.touched = touched


async def lift(session: Session, _actor: Actor | None, *, source_id: UUID, day: date) -> None:
    """End on a day whatever came from a measure or sanction and is still in force; nobody is recognised by it any more.

    What was before comes back, offices excepted.
    """
    touched = session.touched
    async with session.as_role(ROLE):
        await _hold_all(session, source_id)
        rows = await session.fetch(_LIFT, source_id, day, clock.now())
        await _take_effect(session, [row["member_id"] for row in rows], "member.restriction_lifted")
        if day <= clock.today():
            await session.execute("delete from exclusion_marks where source_id = $1", source_id)
        else:
            await session.execute(_MARKS_UNTIL.format("least(ends_on, $3)"), source_id, clock.today(), day)
    session.touched = touched


async def prolong(session: Session, _actor: Actor, *, source_id: UUID, ends_on: date | None) -> None:
    """Move the end of whatever came from a measure or sanction and is still in force, in either direction."""
    touched = session.touched
    async with session.as_role(ROLE):
        await _hold_all(session, source_id)
        rows = await session.fetch(_PROLONG, source_id, clock.today(), ends_on)
        await _take_effect(session, [row["member_id"] for row in rows], "member.restriction_changed")
        await session.execute(_MARKS_UNTIL.format("$3"), source_id, clock.today(), ends_on)
    session.touched = touched


async def must_take_office(
    session: Session, _actor: Actor, person_id: UUID, starts_on: date, ends_on: date | None
) -> None:
    """Raises `BarredFromOffice` where a restriction reaches into what of a term is left, whoever asks."""
    begins = max(starts_on, clock.today())
    async with session.as_role(ROLE):
        found = await session.fetchrow(_WITHIN, person_id, sorted(TAKES_NO_OFFICE), begins, ends_on)
    if found is not None:
        raise BarredFromOffice(until=None if found["endless"] else found["ends_on"].isoformat())


async def _hold_all(session: Session, source_id: UUID) -> None:
    """As every writer of a record does, begin with the person's row."""
    people = "select array_agg(person_id) from member_restrictions where source_id = $1"
    await session.fetch(_HOLD.format("id"), await session.fetchval(people, source_id) or [])


async def _take_effect(session: Session, member_ids: list[UUID], event: str) -> None:
    """Bring standings into step, and tell that something changed; no more, since what is spent is not told."""
    for member in await session.fetch(_KEEP_STANDING, member_ids, clock.today(), clock.now()):
        await _tell(session, event, member)


async def _tell(session: Session, event: str, member: Mapping[str, Any]) -> None:
    await record_change(
        session,
        None,
        event,
        resource="members",
        subject_id=member["id"],
        branch_id=member["branch_id"],
        fields={"restrictions": True},
    )


async def _vacate(session: Session, person_id: UUID, day: date) -> None:
    """End on a day whatever would go on; what is over by then ends as it would have."""
    ended = await session.fetch("select * from end_terms($1, null, $2, $2, 'vacated', $3)", person_id, day, clock.now())
    await tell_of_ended_terms(session, None, ended)


async def _sign_out(session: Session, person_id: UUID) -> None:
    async with session.as_role("rollbook_auth"):
        for account in await session.fetch("select id from accounts where person_id = $1", person_id):
            await sign_ins.end_all(session, account["id"])
