"""What endpoints ask for and give back: the transaction, who acts, the gate, the version read, the answer."""

import hashlib
import re
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Depends, Header, Request
from pydantic import BaseModel
from starlette.datastructures import UploadFile
from starlette.responses import Response

from app.core import charts
from app.core.actor import Actor
from app.core.db import Database, Session
from app.core.errors import FieldError, Invalid, PreconditionRequired, Unauthenticated
from app.core.paging import Body
from app.core.permissions import Permission
from app.core.tokens import InvalidToken, KeyRing
from app.routers.reading import given
from app.routers.route import SAFE, Replayed, Router
from app.services import idempotency, rights, sign_ins

__all__ = ["Router"]

ACCESS_COOKIE = "rollbook_access"
REFRESH_COOKIE = "rollbook_refresh"
GATE = "x-permission"
_ETAG = re.compile(r'^(?:W/)?"([0-9a-f-]{36})-([0-9]{1,10})"$')


def get_session(request: Request) -> Session:
    session: Session = request.scope["state"]["session"]
    return session


@given
async def _session(request: Request) -> Session:
    return get_session(request)


@given
async def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


@given
async def _key_ring(request: Request) -> KeyRing:
    ring: KeyRing = request.app.state.key_ring
    return ring


SessionDep = Annotated[Session, Depends(_session)]
DatabaseDep = Annotated[Database, Depends(_database)]
KeyRingDep = Annotated[KeyRing, Depends(_key_ring)]


def address_of(request: Request) -> str:
    """Where a request comes from, as far as it is known: for counting tries."""
    return request.client.host if request.client else "unknown"


@given
async def current_actor(request: Request) -> Actor:
    """Who acts, by the bearer token or the cookie. Raises `Unauthenticated`."""
    known: Actor | None = request.scope["state"].get("actor")
    return known or await _find_actor(request)


async def _find_actor(request: Request) -> Actor:
    header = request.headers.get("authorization", "")
    scheme, _, token = header.partition(" ")
    by_cookie = not header
    if by_cookie:
        token = request.cookies.get(ACCESS_COOKIE, "")
    elif scheme.lower() != "bearer":
        raise Unauthenticated
    actor: Actor | None = await request.app.state.rights.get(token, lambda: _work_out(request, token))
    if actor is None:
        raise Unauthenticated
    if by_cookie and request.method not in SAFE:
        sign_ins.check_csrf(request.app.state.database, actor.sign_in_id, request.headers.get("x-csrf-token", ""))
    request.scope["state"] |= {
        "actor": actor,
        "log": {"account_id": actor.account_id, "client_id": actor.client_id},
    }
    return actor


async def _work_out(request: Request, token: str) -> tuple[Actor, datetime] | None:
    try:
        claims = request.app.state.key_ring.verify(token)
    except InvalidToken:
        return None
    actor = await rights.actor_of(request.app.state.database, claims)
    return (actor, claims.exp) if actor else None


ActorDep = Annotated[Actor, Depends(current_actor)]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="Repeat the request with the same key and its work is done once; kept 24 hours.",
    ),
]


def requires(permission: Permission, *, once: bool = False, reads: bool = False) -> dict[str, Any]:
    """The gate of a route: the permission must be held somewhere.

    `once` for a POST that makes something; `reads` for one that only asks, since what it asks must not stand in a URL.
    """

    async def gate(request: Request) -> None:
        actor = await current_actor(request)
        actor.must_hold(permission)
        get_session(request).act_as(actor, reads=reads or request.method in SAFE)

    return _gated(permission.value, gate, once=once)


def takes_part(permission: Permission, *, once: bool = False) -> dict[str, Any]:
    """The gate of what one does by one's part in a single record, which no role opens.

    The client must have the permission among its scopes; the part is judged with the record.
    """

    async def gate(request: Request) -> None:
        actor = await current_actor(request)
        actor.must_be_let(permission)
        get_session(request).act_as(actor, reads=request.method in SAFE)

    return _gated(f"part:{permission.value}", gate, once=once)


def signed_in(*, own_record: bool = False, once: bool = False) -> dict[str, Any]:
    """The gate of what concerns oneself: anybody signed in, in the scope of their rights or of their own record."""

    async def gate(request: Request) -> None:
        actor = await current_actor(request)
        get_session(request).act_as(actor, own_record=own_record, reads=request.method in SAFE)

    return _gated("signed-in", gate, once=once)


def public() -> dict[str, Any]:
    """Said aloud: anybody at all may call this."""
    return {"openapi_extra": {GATE: "public", "security": []}}


def _gated(name: str, gate: Callable[..., Coroutine[Any, Any, None]], *, once: bool) -> dict[str, Any]:
    extra: dict[str, Any] = {"dependencies": [Depends(given(gate))], "openapi_extra": {GATE: name}}
    if once:
        extra["dependencies"].append(Depends(_claim_key))
    return extra


async def _said(request: Request) -> bytes:
    """What a request says: its body, or the parts of a form, whose boundary is another each time."""
    if not request.headers.get("content-type", "").startswith("multipart/"):
        return await request.body()
    parts = hashlib.sha256()
    for name, value in (await request.form()).multi_items():
        parts.update(f"\n{name}={'' if isinstance(value, UploadFile) else value}\n".encode())
        if isinstance(value, UploadFile):
            while chunk := await value.read(1 << 20):
                parts.update(chunk)
            await value.seek(0)
    return parts.digest()


async def _claim_key(request: Request, actor: ActorDep, idempotency_key: IdempotencyKey = None) -> None:
    """Take the Idempotency-Key of a POST, after the gate has been passed."""
    if idempotency_key is None:
        return
    request.scope["state"]["claim"], answer = await idempotency.claim_key(
        get_session(request),
        actor,
        key=idempotency_key.strip('"'),
        route=f"{request.method} {request.scope['route'].path}",
        path=request.url.path,
        body=await _said(request),
    )
    if answer is not None:
        raise Replayed(answer)


IfMatch = Annotated[
    str | None, Header(alias="If-Match", max_length=60, description="The ETag of the record that you read.")
]


async def _if_match_if_sent(request: Request, if_match: IfMatch = None) -> int | None:
    if if_match is None:
        return None
    found = _ETAG.match(if_match)
    named = list(request.path_params.values())
    if found is None or (named and found[1] not in named):
        raise Invalid(
            errors=(FieldError("#header/If-Match", "etag_invalid", "Send the ETag exactly as it was given."),)
        )
    return int(found[2])


async def _if_match(version: Annotated[int | None, Depends(_if_match_if_sent)]) -> int:
    if version is None:
        raise PreconditionRequired
    return version


#: The version that the caller read, where If-Match was sent: for verbs, which check the state in any case.
VersionIfSentDep = Annotated[int | None, Depends(_if_match_if_sent)]

#: The version that the caller read, from If-Match. Raises `PreconditionRequired` without it.
VersionDep = Annotated[int, Depends(_if_match)]


def etag(row_id: UUID, version: int) -> str:
    return f'"{row_id}-{version}"'


def one(row: Any, *, status: int = 200, location: str | None = None) -> Response:
    """One record with its ETag: `row` has `id`, `version` and `body`, already JSON."""
    headers = {"ETag": etag(row.id, row.version)}
    if location is not None:
        headers["Location"] = location
    return Response(row.body, status, headers, media_type="application/json")


def told(shape: BaseModel, status: int = 200) -> Response:
    """What a service made whole, as it was made."""
    return Response(shape.model_dump_json(), status, media_type="application/json")


#: What a route says that answers with a chart or a map.
DRAWN: dict[str, Any] = {
    "response_class": Response,
    "responses": {200: {"description": "A picture.", "content": {charts.MEDIA_TYPE: {}}}},
}


def drawn(picture: bytes) -> Response:
    """A chart or a map, as a service drew it."""
    return Response(picture, 200, media_type=charts.MEDIA_TYPE)


def page(request: Request, body: Body, *, cursor: str = "cursor") -> Response:
    """A page of a list, with its Link to the next; `cursor` is the parameter that carries the place."""
    headers = {}
    if body.next_cursor is not None:
        asked = [(name, value) for name, value in request.query_params.multi_items() if name != cursor]
        following = urlencode([*asked, (cursor, body.next_cursor)])
        headers["Link"] = f'<{request.scope["path"]}?{following}>; rel="next"'
    return Response(body.content, 200, headers, media_type="application/json")
