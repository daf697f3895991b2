"""Who is named in a case, and so walled off from it: found, entered, struck out.

Naming is done as `rollbook_case`: whoever names need not see whom they name, and is told nothing of who was found.
"""

from dataclasses import dataclass
from uuid import UUID

from app.core import clock
from app.core.db import Session
from app.core.text import may_be_same_name
from app.models.audit import Wall
from app.models.complaints import PartyNamed
from app.models.disputes import DisputeParty, PartyRole
from app.services.disputes.case import seal

_BY_NUMBER = "select person_id from members where number = $1"
_HOLDER = """
select person_id from office_terms where branch_id = $1 and office_type_id = $2 and state = 'confirmed'
  and starts_on <= $3 and (ends_on is null or $3 < ends_on) order by starts_on desc limit 1
"""
_NAME = "select given_name || ' ' || family_name from people where id = $1 and erased_at is null"


@dataclass(frozen=True, slots=True)
class Found:
    """What a naming comes to: a person, a unit, or neither; and under which name they stand in the case."""

    role: PartyRole
    person_id: UUID | None
    account_id: UUID | None
    unit_id: UUID | None
    name: str | None


async def find_party(session: Session, named: PartyNamed) -> Found:
    """The person or unit behind a naming. What is not found stays a name, and whoever asked cannot tell.

    Needs the role `rollbook_case`.
    """
    person_id, unit_id, name = None, None, named.name
    if named.unit_id is not None:
        name = await session.fetchval("select name from branches where id = $1", named.unit_id)
        unit_id = named.unit_id if name is not None else None
    elif named.member_number is not None:
        person_id = await session.fetchval(_BY_NUMBER, named.member_number)
        name = named.member_number
    elif named.office is not None:
        office = named.office
        person_id = await session.fetchval(_HOLDER, office.unit_id, office.office_type_id, clock.today())
        name = await session.fetchval("select name from office_types where id = $1", office.office_type_id)
    elif named.person_id is not None:
        person_id = named.person_id
    if person_id is not None:
        found = await session.fetchval(_NAME, person_id)
        person_id, name = (person_id, found) if found is not None else (None, name)
    return Found(named.role, person_id, None, unit_id, name)


async def enter_party(
    session: Session,
    dispute_id: UUID,
    found: Found,
    *,
    contact: dict[str, str | None] | None = None,
    identity_withheld: bool = False,
) -> UUID:
    """Enter a party, and close the case to them from this moment. Needs the role `rollbook_case`."""
    party = DisputeParty(
        dispute_id=dispute_id,
        role=found.role,
        person_id=found.person_id,
        account_id=found.account_id,
        unit_id=found.unit_id,
        identity_withheld=identity_withheld,
        sealed=b"",
    )
    party.sealed = await seal(session, dispute_id, "dispute_parties", party.id, {"name": found.name, **(contact or {})})
    await session.insert(party)
    if found.person_id or found.account_id or found.unit_id:
        await close_to(session, dispute_id, "named", found.person_id, found.account_id, found.unit_id)
    return party.id


async def close_to(
    session: Session,
    dispute_id: UUID,
    reason: str,
    person_id: UUID | None = None,
    account_id: UUID | None = None,
    unit_id: UUID | None = None,
) -> None:
    """A wall between a case and somebody; `reason` is `named` or `interest`. Needs the role `rollbook_case`."""
    await session.insert(
        Wall(wall_key=dispute_id, person_id=person_id, account_id=account_id, unit_id=unit_id, reason=reason)
    )


async def may_mean(session: Session, name: str) -> list[UUID]:
    """The accounts of receivers whom a bare name may mean: better passed over than shown a case about themselves.

    Needs the role `rollbook_case`.
    """
    rows = await session.fetch(
        "select a.id, a.name, p.given_name, p.preferred_name, p.family_name from receivers r "
        "join accounts a on a.id = r.account_id left join people p on p.id = a.person_id where r.ended_at is null"
    )
    return [
        row["id"]
        for row in rows
        if any(
            may_be_same_name(name, known)
            for known in (
                row["name"],
                f"{row['given_name'] or ''} {row['family_name'] or ''}",
                f"{row['preferred_name'] or ''} {row['family_name'] or ''}",
            )
        )
    ]
