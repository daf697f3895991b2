"""What of a case was asked for by somebody who has a right to their data: its own people decide what they get."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.package_reads import DisclosureItemRead, DisclosureItemSummary
from app.models.package_verbs import ItemDecide
from app.routers.deps import ActorDep, Router, SessionDep, VersionIfSentDep, one, page, takes_part
from app.services.rights_requests import disclosure_items

router = Router("/v1/disputes/{dispute_id}/disclosure-items", "disputes")
HANDLES = takes_part(Permission.disputes_handle)


@router.get("", response_model=Page[DisclosureItemSummary], **HANDLES)
async def list_disclosure_items(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    dispute_id: UUID,
    query: Annotated[disclosure_items.DisclosureItemsQuery, Query()],
) -> Response:
    """What somebody asked for of this case who has a right to their data."""
    return page(request, await disclosure_items.list_disclosure_items(session, actor, dispute_id, query))


@router.get("/{item_id}", response_model=DisclosureItemRead, **HANDLES)
async def get_disclosure_item(session: SessionDep, actor: ActorDep, dispute_id: UUID, item_id: UUID) -> Response:
    """One of them with what it says."""
    return one(await disclosure_items.get_disclosure_item(session, actor, dispute_id, item_id))


@router.post(
    "/{item_id}/decide", response_model=DisclosureItemRead, **takes_part(Permission.disputes_handle, once=True)
)
async def decide_disclosure_item(
    session: SessionDep,
    actor: ActorDep,
    dispute_id: UUID,
    item_id: UUID,
    data: ItemDecide,
    version: VersionIfSentDep,
) -> Response:
    """Give it whole, black out parts of it, or withhold it, with the exemption and the reason."""
    return one(
        await disclosure_items.decide_disclosure_item(session, actor, dispute_id, item_id, data, version=version)
    )
