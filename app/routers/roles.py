"""/v1/roles: every role, what it may do, and which roles it may give."""

from fastapi import Request
from starlette.responses import Response

from app.core.paging import Page
from app.models.accounts import RoleRead
from app.routers.deps import Router, page, signed_in
from app.services import roles

router = Router("/v1/roles", "roles")


@router.get("", response_model=Page[RoleRead], **signed_in())
async def list_roles(request: Request) -> Response:
    """Every role: what it may do, what its holders may give, and whether giving it takes a second person."""
    return page(request, roles.list_roles())
