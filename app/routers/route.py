"""The route of every room: one transaction, its gate, and an endpoint that is handed what it works with."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, cast

from fastapi import APIRouter, Request
from fastapi.dependencies.models import Dependant
from fastapi.params import Form
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette._utils import get_route_path
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.core.actor import Actor
from app.core.db import Database, Session
from app.core.errors import FieldError, Forbidden, Invalid
from app.routers.reading import NotUnderstood, Reader, gates_of
from app.services import idempotency
from app.services.changes import record_denial

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
Handler = Callable[[Request], Awaitable[Response]]
#: An id as we write it, and the place for one in the path of a route.
_ID = re.compile(r"(?<=/)([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?![^/])")
_PLACE = re.compile(r"\{\w+\}")


class Replayed(Exception):
    """The request was answered before: here is that answer."""

    def __init__(self, answer: idempotency.Answer) -> None:
        self.response = Response(answer.body, answer.status, {**answer.headers, "Idempotency-Replayed": "true"})


class Route(APIRoute):
    """A route whose work is one transaction, committed before the answer leaves."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **told: Any) -> None:
        super().__init__(path, endpoint, **told)
        handle = self.get_route_handler()

        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            answer = await handle(Request(scope, receive, send))
            await answer(scope, receive, send)

        # Without FastAPI's own wrapping: what it would close is closed, and what is raised is answered for all routes.
        self.app = serve

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        known, parts = _query_names(self.dependant), _form_names(self.dependant)
        gates, answer = gates_of(self.dependant), _answering(self.dependant, super().get_route_handler())

        async def handle(request: Request) -> Response:
            state = request.scope["state"]
            state["route"] = self.path_format
            _refuse_unknown(request, known)
            database: Database = request.app.state.database
            try:
                async with database.transaction() as session:
                    state["session"] = session
                    for gate in gates:
                        await gate(request)
                    if parts:
                        await _refuse_unknown_parts(request, parts)
                    return await _worked_out(request, session, answer)
            except Replayed as replayed:
                return replayed.response
            except Forbidden as refusal:
                actor: Actor | None = state.get("actor")
                if actor is not None and request.method not in SAFE:
                    missing = str(refusal.params.get("permission", refusal.code))
                    await record_denial(database, actor, missing, f"{request.method} {self.path_format}")
                raise
            finally:
                if parts:
                    await request.close()

        return handle


@asynccontextmanager
async def closing_stacks(request: Request) -> AsyncIterator[None]:
    """Have FastAPI find where it notes what is to be closed when it has answered."""
    names = ("fastapi_middleware_astack", "fastapi_inner_astack", "fastapi_function_astack")
    async with AsyncExitStack() as stack:
        request.scope.update(dict.fromkeys(names, stack))
        yield


def _answering(dependant: Dependant, answer_in_full: Handler) -> Handler:
    """The endpoint, called with what its reader understands; else FastAPI does it all, and refuses what it must."""
    reader = Reader.of(dependant)

    async def answer(request: Request) -> Response:
        if reader is not None:
            try:
                understood = await reader.read(request)
            except NotUnderstood:
                pass
            else:
                return cast("Response", await reader.answer(request, understood))
        async with closing_stacks(request):
            return await answer_in_full(request)

    return answer


async def _worked_out(request: Request, session: Session, answer: Handler) -> Response:
    response = await answer(request)
    claim: idempotency.Claim | None = request.scope["state"].get("claim")
    if claim is not None and response.status_code < 300:
        await idempotency.keep_answer(session, claim, _as_answer(response))
    return response


class Router(APIRouter):
    """A room's routes: no trailing-slash redirects, every route in a transaction."""

    def __init__(self, prefix: str, tag: str) -> None:
        super().__init__(prefix=prefix, tags=[tag], route_class=Route, redirect_slashes=False)


class Directory:
    """Finds a request's route by its path with the ids taken out, where a router tries one route after the other.

    What is not found so, in whatever way it is amiss, is the router's: it has the answers to it.
    """

    def __init__(self, router: APIRouter) -> None:
        self._router = router
        self._routes: dict[tuple[str, ...], Route] = {}
        for route in router.routes:
            if isinstance(route, Route):
                for method in route.methods or ():
                    self._routes.setdefault((method, *_PLACE.split(route.path_format)), route)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        return (self.room(scope) or self._router)(scope, receive, send)

    def room(self, scope: Scope) -> ASGIApp | None:
        """The route of a request, whose scope is told of it; None where the path is not written as we write it."""
        if scope["type"] != "http":
            return None
        parts = _ID.split(get_route_path(scope))
        route = self._routes.get((scope["method"], *parts[::2]))
        if route is None:
            return None
        named = dict(zip(route.param_convertors, parts[1::2], strict=True))
        scope.update(route=route, endpoint=route.endpoint, path_params=named)
        return route.app


def _query_names(dependant: Dependant) -> frozenset[str]:
    names: set[str] = set()
    for parameter in dependant.query_params:
        kind: Any = parameter.field_info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            names.update(field.alias or name for name, field in kind.model_fields.items())
        else:
            names.add(parameter.alias)
    return frozenset(names).union(*map(_query_names, dependant.dependencies))


def _form_names(dependant: Dependant) -> frozenset[str]:
    return frozenset(part.alias for part in dependant.body_params if isinstance(part.field_info, Form))


async def _refuse_unknown_parts(request: Request, known: frozenset[str]) -> None:
    """A part that nobody reads, or one that comes twice, is said and not passed over. Other bodies are read later."""
    if not request.headers.get("content-type", "").startswith("multipart/"):
        return
    named = [name for name, _ in (await request.form()).multi_items()]
    if not known.issuperset(named) or len(set(named)) < len(named):
        allowed = ", ".join(sorted(known))
        raise Invalid(errors=(FieldError("", "unknown_parameter", f"Parts here, each once: {allowed}."),))


def _refuse_unknown(request: Request, known: frozenset[str]) -> None:
    if request.scope["query_string"] and not known.issuperset(request.query_params):
        allowed = ", ".join(sorted(known)) or "none"
        raise Invalid(errors=(FieldError("#query", "unknown_parameter", f"Parameters here: {allowed}."),))


def _as_answer(response: Response) -> idempotency.Answer:
    kept = {name: response.headers[name] for name in ("etag", "location", "content-type") if name in response.headers}
    return idempotency.Answer(response.status_code, kept, bytes(response.body))
