"""/v1/sessions: signing in and out."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Cookie, Header, Query, Request
from starlette.responses import JSONResponse, Response

from app.core.paging import Page, PageQuery
from app.models.sign_ins import CookieSignIn, Refresh, SignInCreate, SignInRead, TokenPair
from app.routers.deps import (
    ACCESS_COOKIE,
    REFRESH_COOKIE,
    ActorDep,
    KeyRingDep,
    Router,
    SessionDep,
    address_of,
    page,
    public,
    signed_in,
)
from app.services import sign_ins

router = Router("/v1/sessions", "sessions")
REFRESH_PATH = "/v1/sessions/refresh"
#: Public, and yet a credential is judged.
REFUSED: dict[int | str, dict[str, Any]] = {401: {}}
_COOKIES = {ACCESS_COOKIE: "/", REFRESH_COOKIE: REFRESH_PATH}


@router.post("", status_code=201, response_model=TokenPair | CookieSignIn, responses=REFUSED, **public())
async def create_session(request: Request, session: SessionDep, key_ring: KeyRingDep, data: SignInCreate) -> Response:
    """Sign in with e-mail and password, in first-party clients. `"cookie": true` sets HttpOnly cookies."""
    tokens = await sign_ins.sign_in(session, key_ring, data, address=address_of(request))
    answer = _answer(request, tokens, status=201)
    answer.headers["Location"] = f"/v1/sessions/{tokens.sign_in_id}"
    return answer


@router.get("", response_model=Page[SignInRead], **signed_in())
async def list_sessions(
    request: Request, session: SessionDep, actor: ActorDep, query: Annotated[PageQuery, Query()]
) -> Response:
    """Where you are signed in, the newest first."""
    return page(request, await sign_ins.list_sign_ins(session, actor, query))


@router.delete("", status_code=204, **signed_in())
async def end_all_sessions(request: Request, session: SessionDep, actor: ActorDep) -> Response:
    """Sign out everywhere, here too."""
    await sign_ins.sign_out_everywhere(session, actor)
    return _signed_out(request)


@router.post("/refresh", response_model=TokenPair | CookieSignIn, responses=REFUSED, **public())
async def refresh_session(
    request: Request,
    session: SessionDep,
    key_ring: KeyRingDep,
    data: Refresh,
    rollbook_refresh: Annotated[str | None, Cookie(max_length=200)] = None,
    csrf: Annotated[
        str, Header(alias="X-CSRF-Token", max_length=200, description="With the cookie: as on every write.")
    ] = "",
) -> Response:
    """Trade a refresh token for a new pair. Each works once; a second use ends the whole sign-in."""
    by_cookie = data.refresh_token is None
    token = data.refresh_token or rollbook_refresh or ""
    tokens = await sign_ins.refresh(session, key_ring, token, csrf=csrf if by_cookie else None)
    return _answer(request, tokens, status=200)


@router.delete("/current", status_code=204, **signed_in())
async def end_current_session(request: Request, session: SessionDep, actor: ActorDep) -> Response:
    """Sign out: the access token and every refresh token of this sign-in stop at once."""
    await sign_ins.sign_out(session, actor, actor.sign_in_id)
    return _signed_out(request)


@router.delete("/{session_id}", status_code=204, **signed_in())
async def end_session(session: SessionDep, actor: ActorDep, session_id: UUID) -> Response:
    """Sign out one of your other devices."""
    await sign_ins.sign_out(session, actor, session_id)
    return Response(status_code=204)


def _answer(request: Request, tokens: sign_ins.Tokens, *, status: int) -> Response:
    if not tokens.cookie:
        pair = {
            "access_token": tokens.access_token,
            "refresh_token": tokens.refresh_token,
            "token_type": "Bearer",
            "expires_in": tokens.expires_in,
        }
        return JSONResponse(pair, status)
    csrf = sign_ins.csrf_token(request.app.state.database, tokens.sign_in_id)
    answer = JSONResponse({"csrf_token": csrf, "expires_in": tokens.expires_in}, status)
    given = {ACCESS_COOKIE: tokens.access_token, REFRESH_COOKIE: tokens.refresh_token}
    for name, path in _COOKIES.items():
        answer.set_cookie(name, given[name], path=path, httponly=True, secure=_secure(request), samesite="strict")
    return answer


def _signed_out(request: Request) -> Response:
    gone = Response(status_code=204)
    for name, path in _COOKIES.items():
        gone.delete_cookie(name, path=path, httponly=True, secure=_secure(request), samesite="strict")
    return gone


def _secure(request: Request) -> bool:
    url: str = request.app.state.settings.public_url
    return url.startswith("https://")
