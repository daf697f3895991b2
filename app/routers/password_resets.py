"""/v1/password-resets: a new password without the old one."""

from fastapi import Request
from starlette.responses import JSONResponse, Response

from app.models.password_resets import PasswordResetAsk, PasswordResetAsked, PasswordResetComplete
from app.routers.deps import Router, SessionDep, address_of, public
from app.services import password_resets

router = Router("/v1/password-resets", "sessions")


@router.post("", status_code=202, response_model=PasswordResetAsked, **public())
async def ask_for_password_reset(request: Request, session: SessionDep, data: PasswordResetAsk) -> Response:
    """Have a one-time token sent to the address of your account. If there is none, the answer is the same."""
    links_url: str = request.app.state.settings.links_url
    await password_resets.ask_for_reset(session, data, address=address_of(request), app_url=links_url)
    return JSONResponse({"expires_in": int(password_resets.RESET_LIFETIME.total_seconds())}, 202)


@router.post("/complete", status_code=204, **public())
async def complete_password_reset(request: Request, session: SessionDep, data: PasswordResetComplete) -> Response:
    """Set a password, or the first of an invited account, with the token. Every sign-in ends."""
    await password_resets.complete_reset(session, data, address=address_of(request))
    return Response(status_code=204)
