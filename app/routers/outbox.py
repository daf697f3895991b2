"""/v1/outbox: the letters that the demo does not send."""

from fastapi import Request
from starlette.responses import Response

from app.core.paging import Page
from app.models.frame import MailRead
from app.routers.deps import Router, SessionDep, page, public
from app.services import outbox

router = Router("/v1/outbox", "demo")


@router.get("", response_model=Page[MailRead], **public())
async def list_outbox(request: Request, session: SessionDep) -> Response:
    """The fifty newest letters, to read the links in them. No deployment for real has this."""
    return page(request, await outbox.list_outbox(session))
