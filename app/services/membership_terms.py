"""Paid periods of a membership, and what follows from them: until when it is paid, and when it lapses."""

from datetime import date, timedelta
from uuid import UUID

from app.core.actor import Actor
from app.core.clock import months_after
from app.core.db import Session
from app.core.errors import Conflict, Invalid
from app.core.paging import Body, Listing, PageQuery, Where, list_page
from app.core.permissions import Permission
from app.models.members import Member, Relationship
from app.models.standings import MembershipTerm
from app.services.access import record_read
from app.services.changes import changed_fields, record_change
from app.services.member_records import find_member

TERMS = Listing(
    resource="members",
    source="membership_terms t",
    key="t.id",
    columns={"id": "t.id", "starts_on": "t.starts_on", "ends_on": "t.ends_on", "created_at": "utc(t.created_at)"},
    sorts={"starts_on": ("t.starts_on", "date")},
)

#: Calendar months after the last paid day in which a member is in arrears and still counts as active.
GRACE_MONTHS = 3
DAY = timedelta(days=1)


class NotAMember(Conflict):
    code = "not_a_member"
    sentence = "A supporter pays for no membership."


def lapse_day(paid_until: date) -> date:
    """The first day on which a member paid up to `paid_until` counts as lapsed.

    Arrears begin on the day after and run for three calendar months. Paid until 31 August 2026: arrears from
    1 September through 30 November, lapsed on 1 December.
    """
    return months_after(paid_until + DAY, GRACE_MONTHS)


class TermsQuery(PageQuery):
    """The paid periods of one member, the latest first."""


class _TermsOf(TermsQuery):
    """A cursor belongs to the member whose periods they are."""

    member_id: UUID


async def list_terms(session: Session, actor: Actor, member_id: UUID, query: TermsQuery) -> Body:
    """A page of what a member has paid for, as far as it was paid in the actor's branches.

    Raises `NotFound`, `CursorInvalid`.
    """
    row = await find_member(session, actor, member_id)
    await record_read(session, actor, "members", purpose="terms", subject_id=row["id"], branch_id=row["branch_id"])
    where = Where()
    where.add("t.member_id = {}", member_id)
    of = _TermsOf(**query.model_dump(), member_id=member_id)
    return await list_page(session, actor, TERMS, where, of, sort="-starts_on")


async def add_term(session: Session, actor: Actor, member_id: UUID, starts_on: date, ends_on: date) -> None:
    """Add a paid period, from `starts_on` until, not including, `ends_on`: it is paid until the day before.

    A period that ends before what is paid already is history and moves nothing. Raises `NotFound`, `Forbidden`,
    `NotAMember`, and `Invalid` for a period without a day.
    """
    row = await find_member(session, actor, member_id)
    actor.must(Permission.members_update, row["path"])
    if row["relationship"] != Relationship.member:
        raise NotAMember
    if ends_on <= starts_on:
        raise Invalid.at("/ends_on", "before_start", "A period ends after it starts.")
    await session.insert(
        MembershipTerm(member_id=member_id, branch_id=row["branch_id"], starts_on=starts_on, ends_on=ends_on)
    )
    paid_until = ends_on - DAY
    if row["paid_until"] is not None and row["paid_until"] >= paid_until:
        return
    columns = {"paid_until": paid_until, "lapses_on": lapse_day(paid_until)}
    await session.update(Member, member_id, columns, version=row["version"])
    await record_change(
        session,
        actor,
        "member.renewed",
        resource="members",
        subject_id=member_id,
        branch_id=row["branch_id"],
        fields=changed_fields(Member, columns, row),
    )
