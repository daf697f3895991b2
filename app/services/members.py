"""Members: finding, reading, adding and correcting them."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

import asyncpg
from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, Invalid, NotFound, PreconditionFailed
from app.core.ids import new_id
from app.core.paging import Answer, Body, PageQuery, Where, list_page
from app.core.permissions import Permission
from app.core.postcodes import district
from app.core.text import email_key, fold
from app.models.member_verbs import MemberFilter
from app.models.members import (
    CONTACT_FIELDS,
    Member,
    MemberCreate,
    MemberType,
    MemberUpdate,
    Person,
    Relationship,
)
from app.services import branches
from app.services.access import record_read
from app.services.changes import changed_fields, record_change
from app.services.exclusion_marks import must_be_admissible
from app.services.member_records import IN_LISTS, MEMBERS, SHOWN_STANDING, allowed, answer, find_member

#: Which of a member's fields stand in `members`; the others are the person's.
MEMBER_FIELDS = frozenset({"type"})
#: And which are columns of `people`.
_PERSON = frozenset(Person.model_fields)


class BranchUnknown(Invalid):
    """No branch was named, and none covers the postcode."""

    code = "branch_unknown"
    sentence = "Name a branch: none covers the postcode."


class PersonErased(Conflict):
    code = "person_erased"
    sentence = "This person has been erased: the record stays empty."


class MembersQuery(PageQuery, MemberFilter):
    """What a list of members can be narrowed and sorted by."""

    ids: Annotated[list[UUID], Field(max_length=200)] | None = Field(
        default=None, description="Just these, as far as visible."
    )
    expand: Literal["allowed_actions"] | None = None
    sort: Literal["name", "-name", "joined_on", "-joined_on", "created_at", "-created_at"] = "name"


async def list_members(session: Session, actor: Actor, query: MembersQuery) -> Body:
    """A page of the members in the actor's scope. Raises `CursorInvalid`."""
    where = Where()
    narrow(where, query)
    if query.ids is not None:
        where.add("m.id = any ({}::uuid[])", query.ids)
    expand = query.expand is not None
    decorate = (lambda row: {"allowed_actions": allowed(actor, row)}) if expand else None
    await record_read(session, actor, "members", purpose="list", branch_id=query.branch_id)
    return await list_page(session, actor, MEMBERS, where, query, sort=query.sort, only=IN_LISTS, decorate=decorate)


def narrow(where: Where, query: MemberFilter) -> None:
    """Add the caller's filters to the conditions of a list."""
    if query.branch_id is not None and query.exact_branch:
        where.add("m.branch_id = {}", query.branch_id)
    elif query.branch_id is not None:
        where.add(
            "m.branch_id = any ((select array_agg(b.id) from branches b where b.path @> array[{}::uuid])::uuid[])",
            query.branch_id,
        )
    for name in ("relationship", "type"):
        if (value := getattr(query, name)) is not None:
            where.add(f"m.{name} = {{}}", value)
    if query.standing is not None:
        where.add(f"{SHOWN_STANDING} = {{}}", query.standing)
    if query.joined_after is not None:
        where.add("m.joined_on >= {}", query.joined_after)
    if query.joined_before is not None:
        where.add("m.joined_on < {}", query.joined_before)


async def get_member(session: Session, actor: Actor, member_id: UUID) -> Answer:
    """A member with what the actor may do to it. Raises `NotFound`. The read is logged."""
    row = await find_member(session, actor, member_id)
    await record_read(session, actor, "members", purpose="read", subject_id=row["id"], branch_id=row["branch_id"])
    return answer(actor, row)


async def create_member(session: Session, actor: Actor, data: MemberCreate) -> Answer:
    """Add a member or supporter to a branch, named or found by postcode.

    Raises `BranchUnknown`, `BranchClosed`, `Forbidden` where the right is held elsewhere, `NotFound` for a branch out
    of sight, `Invalid` for a date of joining in the future, `MembershipBarred` for somebody excluded.
    """
    branch = await _branch_for(session, actor, data)
    actor.must(Permission.members_create, branch["path"])
    if data.joined_on is not None and data.joined_on > clock.today():
        raise Invalid.at("/joined_on", "in_future", "A member cannot have joined in the future.")
    _check_birth(data.date_of_birth)
    if data.relationship is Relationship.member:
        _check_type(data.relationship, data.type)
    person = {"id": new_id(), "branch_ids": [branch["id"]], **person_columns(data.model_dump())}
    await must_be_admissible(session, actor, person)
    member = {
        "id": new_id(),
        "person_id": person["id"],
        "branch_id": branch["id"],
        "relationship": data.relationship,
        "number": await session.fetchval("select nextval('member_numbers')::text"),
        "type": MemberType.supporter if data.relationship is Relationship.supporter else data.type,
        "joined_on": data.joined_on or clock.today(),
        "sort_name": person["sort_name"],
        "search_name": person["search_name"],
    }
    await session.insert_many(Person, [person])
    await session.insert_many(Member, [member])
    given = {name: value for name, value in data.model_dump(exclude_none=True).items() if name != "branch_id" and value}
    await record_change(
        session,
        actor,
        "member.created",
        resource="members",
        subject_id=member["id"],
        branch_id=branch["id"],
        fields=changed_fields(Person, given),
    )
    return answer(actor, await find_member(session, actor, member["id"]))


async def update_member(session: Session, actor: Actor, member_id: UUID, data: MemberUpdate, *, version: int) -> Answer:
    """Correct a member's record. Raises `NotFound`, `Forbidden`, and `PreconditionFailed` with the current record."""
    row = await find_member(session, actor, member_id)
    actor.must(Permission.members_update, row["path"])
    changes = data.changes()
    if not changes.keys().isdisjoint(CONTACT_FIELDS):
        actor.must(Permission.members_contact, row["path"])
    if row["version"] != version:
        raise PreconditionFailed(answer(actor, row).body)
    _check_type(row["relationship"], changes.get("type"))
    try:
        await write_changes(session, actor, row, changes, version=version)
    except PreconditionFailed:
        # The other writer came between the read and the write, and has committed.
        current = await find_member(session, actor, member_id)
        raise PreconditionFailed(answer(actor, current).body) from None
    return answer(actor, await find_member(session, actor, member_id))


async def write_changes(
    session: Session, actor: Actor, row: Mapping[str, Any], changes: dict[str, Any], *, version: int
) -> None:
    """Write a correction: the member's version, then the person's fields, then what it leaves behind.

    Raises `PreconditionFailed` when the version has passed, `PersonErased`, `Invalid` for a birth in the future.
    """
    _check_birth(changes.get("date_of_birth"))
    before = await session.fetchrow("select * from people where id = $1 for update", row["person_id"])
    if before is None:
        raise NotFound("member")
    if before["erased_at"] is not None:
        raise PersonErased
    own = {name: value for name, value in changes.items() if name in MEMBER_FIELDS}
    # The member's version first: of two writers at once the second stops here.
    await session.update(Member, row["id"], own, version=version)
    theirs = {name: value for name, value in changes.items() if name not in MEMBER_FIELDS}
    if theirs:
        await session.update(Person, row["person_id"], person_columns({**dict(before), **theirs}, only=theirs.keys()))
    await record_change(
        session,
        actor,
        "member.updated",
        resource="members",
        subject_id=row["id"],
        branch_id=row["branch_id"],
        fields=changed_fields(Person, theirs, before) | changed_fields(Member, own),
    )


def person_columns(given: Mapping[str, Any], only: Any = None) -> dict[str, Any]:
    """The columns of a person from the fields given, with those that follow from them: sort, search and e-mail key."""
    columns = {name: given[name] for name in (given if only is None else only) if name in _PERSON}
    columns["sort_name"] = fold(f"{given['family_name']} {given['given_name']}")
    columns["search_name"] = fold(
        " ".join(filter(None, [given["given_name"], given.get("preferred_name"), given["family_name"]]))
    )
    email = given.get("email")
    columns["email_key"] = email_key(email) if email else None
    return columns


def _check_birth(born: date | None) -> None:
    if born is not None and born > clock.today():
        raise Invalid.at("/date_of_birth", "in_future", "Nobody is born in the future.")


def _check_type(relationship: str, type: str | None) -> None:
    if type is not None and (type == MemberType.supporter) != (relationship == Relationship.supporter):
        raise Invalid.at("/type", "type_mismatch", "The type supporter is a supporter's, and a supporter has no other.")


async def _branch_for(session: Session, actor: Actor, data: MemberCreate) -> asyncpg.Record:
    branch_id = data.branch_id
    if branch_id is None and data.postcode is not None:
        branch_id = await branches.propose_branch(session, actor, district(data.postcode))
    if branch_id is None:
        raise BranchUnknown.at("/branch_id", "branch_unknown", "Name a branch: none covers the postcode.")
    # Held still until the member is in it, so that it is not dissolved meanwhile as an empty one.
    await session.execute("select from branches where id = $1 for key share", branch_id)
    branch = await branches.find_branch(session, actor, branch_id)
    branches.must_take_members(branch["status"])
    return branch
