"""Terms of office: reading them, and recording who holds which office from when until when."""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import NotFound
from app.core.paging import Answer, Body, Listing, PageQuery, Where, fetch_one, list_page, with_fields
from app.core.permissions import Permission
from app.models.members import LegalDate
from app.models.offices import TermStanding
from app.services.access import record_read
from app.services.office_term_lifecycle import OFFICE

#: A day's standing. A removed term served until it was removed, unless it was removed before it began, or
#: carried a role and was never confirmed.
STANDING = """
case
  when t.state in ('proposed', 'refused') then t.state
  when t.state = 'removed' and (t.ends_on <= t.starts_on or o.role is not null and t.confirmed_at is null)
    then t.state
  when t.ends_on <= $1::date then case t.state when 'removed' then 'removed' else 'ended' end
  when t.starts_on > $1::date then 'elect'
  else 'serving'
end
"""

OFFICE_TERMS = Listing(
    resource="offices",
    source="office_terms t join office_types o on o.id = t.office_type_id",
    key="t.id",
    branch="t.branch_id",
    columns={
        "id": "t.id",
        "branch_id": "t.branch_id",
        "office_type_id": "t.office_type_id",
        "office": "o.name",
        "role": "o.role",
        "person_id": "t.person_id",
        "holder_name": "t.holder_name",
        "how_chosen": "t.how_chosen",
        "starts_on": "t.starts_on",
        "ends_on": "t.ends_on",
        "standing": STANDING,
        "end_reason": "t.end_reason",
        "version": "t.version",
        "created_at": "utc(t.created_at)",
        "updated_at": "utc(t.updated_at)",
    },
    sorts={
        "starts_on": ("t.starts_on", "date"),
        "office": ("o.name", "text"),
        "created_at": ("t.created_at", "timestamptz"),
    },
    facts={
        "id": "t.id",
        "version": "t.version",
        "branch_id": "t.branch_id",
        "path": "(select b.path from branches b where b.id = t.branch_id)",
        "person_id": "t.person_id",
        "recorded_by": "t.recorded_by",
        "starts_on": "t.starts_on",
        "ends_on": "t.ends_on",
        "standing": STANDING,
    },
)


class OfficeTermsQuery(PageQuery):
    """What a list of terms can be narrowed and sorted by."""

    branch_id: UUID | None = Field(default=None, description="Terms in this unit and in everything below it.")
    exact_branch: bool = Field(default=False, description="Only the unit itself, without what lies below.")
    person_id: UUID | None = None
    office_type_id: UUID | None = None
    as_of: LegalDate | None = Field(default=None, description="The day on which standing is told; today if left out.")
    standing: TermStanding | None = None
    sort: Literal["starts_on", "-starts_on", "office", "-office", "created_at", "-created_at"] = "-starts_on"


async def list_office_terms(session: Session, actor: Actor, query: OfficeTermsQuery) -> Body:
    """A page of the terms in the actor's scope. Raises `CursorInvalid`."""
    where = Where(query.as_of)
    if query.branch_id is not None and query.exact_branch:
        where.add("t.branch_id = {}", query.branch_id)
    elif query.branch_id is not None:
        units = "select array_agg(b.id) from branches b where b.path @> array[{}::uuid]"
        where.add(f"t.branch_id = any (({units})::uuid[])", query.branch_id)
    for name in ("person_id", "office_type_id"):
        if (value := getattr(query, name)) is not None:
            where.add(f"t.{name} = {{}}", value)
    if query.standing is not None:
        where.add(f"{STANDING} = {{}}", query.standing)
    await record_read(session, actor, "offices", purpose="list", branch_id=query.branch_id)
    return await list_page(session, actor, OFFICE_TERMS, where, query, sort=query.sort)


async def get_office_term(session: Session, actor: Actor, term_id: UUID) -> Answer:
    """A term with what the actor may do to it. Raises `NotFound`. The read is logged."""
    row = await find_office_term(session, actor, term_id)
    await record_read(session, actor, "offices", purpose="read", subject_id=term_id, branch_id=row["branch_id"])
    return answer(actor, row)


async def find_office_term(session: Session, actor: Actor, term_id: UUID) -> Mapping[str, Any]:
    """A term's row, with who looks at it. Raises `NotFound`."""
    row = await fetch_one(session, actor, OFFICE_TERMS, term_id)
    if row is None:
        raise NotFound("office term")
    return dict(row) | {"acting_account": actor.account_id, "acting_person": actor.person_id}


def answer(actor: Actor, row: Mapping[str, Any]) -> Answer:
    actions = OFFICE.allowed_actions(row, lambda name: may(actor, Permission(name), row["path"]), clock.today())
    extra = {"allowed_actions": actions}
    return Answer(row["id"], row["version"], with_fields(row["json"], extra))


def may(actor: Actor, permission: Permission, path: list[UUID]) -> bool:
    """Whether a permission is held where it counts: to confirm, above the unit; for all else, at it."""
    return actor.can(permission, above(path) if permission is Permission.offices_confirm else path)


def above(path: list[UUID]) -> list[UUID]:
    """The units that confirm what is recorded in a unit: those above it. The root has none but itself."""
    return path[:-1] or path
