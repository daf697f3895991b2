"""Complaints come in: from whoever is signed in, or by the open form."""

from fastapi import Request
from starlette.responses import Response

from app.models.complaints import ComplaintCreate, ComplaintReceipt, ComplaintSubmit
from app.routers.deps import ActorDep, Router, SessionDep, address_of, public, signed_in
from app.services.disputes import intake

router = Router("/v1", "disputes")


def _receipt(made: ComplaintReceipt) -> Response:
    headers = {"Location": f"/v1/me/disputes/{made.id}"} if made.id else {}
    return Response(made.model_dump_json(), 201, headers, media_type="application/json")


@router.post("/disputes", status_code=201, response_model=ComplaintReceipt, **signed_in(once=True))
async def submit_complaint(session: SessionDep, actor: ActorDep, data: ComplaintCreate) -> Response:
    """Complain, to the first receiver whom it does not concern. What becomes of it is under /v1/me/disputes."""
    return _receipt(await intake.submit_complaint(session, actor, data))


@router.post("/complaints", status_code=201, response_model=ComplaintReceipt, **public())
async def submit_openly(request: Request, session: SessionDep, data: ComplaintSubmit) -> Response:
    """The open form: complain without signing in; anonymously where the procedure allows it. Throttled by address."""
    return _receipt(await intake.submit_openly(session, data, address=address_of(request)))
