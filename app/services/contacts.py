"""People and organisations that a record names: found in sight, or put on record with it, in one call."""

from uuid import UUID

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Invalid
from app.models.contacts import OrganisationNamed, PersonNamed
from app.models.members import MemberCreate, Relationship
from app.models.organisations import Organisation
from app.services.members import create_member
from app.services.organisations import add_organisation
from app.services.unit_records import must_see


async def person_named(
    session: Session, actor: Actor, branch_id: UUID, named: PersonNamed, pointer: str = "/person"
) -> UUID:
    """The id of a person in sight, or of somebody new, who becomes a supporter of the unit.

    Raises `Invalid` for one out of sight, and as `create_member`.
    """
    if named.person_id is not None:
        await must_see_person(session, named.person_id, f"{pointer}/person_id")
        return named.person_id
    assert named.given_name is not None, "the shape asks for it"
    assert named.family_name is not None, "the shape asks for it"
    made = await create_member(
        session,
        actor,
        MemberCreate(
            branch_id=branch_id,
            given_name=named.given_name,
            family_name=named.family_name,
            email=named.email,
            mobile_phone=named.mobile_phone,
            relationship=Relationship.supporter,
        ),
    )
    person_id: UUID = await session.fetchval("select person_id from members where id = $1", made.id)
    return person_id


async def must_see_person(session: Session, person_id: UUID, pointer: str) -> None:
    """Raises `Invalid` for a person out of sight, or erased."""
    known = "select erased_at is null from people where id = $1"
    if not await session.fetchval(known, person_id):
        raise Invalid.at(pointer, "unknown_person", "Name a person whom you can see.")


async def organisation_named(
    session: Session, actor: Actor, branch_id: UUID, named: OrganisationNamed, pointer: str = "/organisation"
) -> UUID:
    """The id of an organisation in sight, or of a new one, which becomes a prospect of the unit.

    Raises `Invalid` for one out of sight, and as `add_organisation`.
    """
    if named.organisation_id is not None:
        await must_see(session, "organisations", named.organisation_id, f"{pointer}/organisation_id")
        return named.organisation_id
    assert named.name is not None, "the shape asks for it"
    assert named.kind is not None, "the shape asks for it"
    entity = Organisation(branch_id=branch_id, name=named.name, kind=named.kind, state_since=clock.today())
    return (await add_organisation(session, actor, entity)).id
