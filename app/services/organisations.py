"""Organisations: found, put on record and corrected by the unit in whose care they are."""

from app.core.actor import Actor
from app.core.db import Session
from app.core.paging import Answer, Listing
from app.core.permissions import Permission
from app.models.organisations import Organisation
from app.services.unit_records import Noun, add_record, columns_of, facts_of, judge_unit

_SHOWN = (
    "unit_id", "name", "name_cy", "kind", "traditions", "interests", "website", "charity_number", "postcode", "state",
    "state_since", "joined_on", "annual_dues_pence", "renewal_on",
)  # fmt: skip

ORGANISATION = Noun(
    "organisation",
    Organisation,
    Listing(
        resource="organising",
        source="organisations o",
        key="o.id",
        branch="o.branch_id",
        columns=columns_of("o", *_SHOWN),
        sorts={"name": ("o.name", "text")},
        facts=facts_of("o", *_SHOWN),
    ),
)


async def add_organisation(session: Session, actor: Actor, entity: Organisation) -> Answer:
    """Put an organisation on record as a prospect. Raises `Invalid` for a unit out of sight, `Forbidden`."""
    await judge_unit(session, actor, entity.branch_id, Permission.organising_run)
    return await add_record(session, actor, ORGANISATION, entity)
