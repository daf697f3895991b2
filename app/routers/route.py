"""The route of every room: one transaction, its gate, and an endpoint that is handed what it works with."""

from collections.abc import Awaitable, Callable, Coroutine
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from inspect import iscoroutinefunction
from typing import Any, TypeVar, cast, get_args, get_origin

from fastapi import APIRouter, Request
from fastapi.dependencies.models import Dependant
from fastapi.params import Form
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from app.core.actor import Actor
from app.core.db import Database, Session
from app.core.errors import FieldError, Forbidden, Invalid
from app.services import idempotency
from app.services.changes import record_denial

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
Finder = Callable[[Request], Awaitable[Any]]
Endpoint = Callable[..., Awaitable[Any]]
F = TypeVar("F", bound=Finder)
_given: set[Any] = set()


def given(find: F) -> F:
    """Mark a dependency that the request alone answers: a route asks it directly.

    FastAPI's solver takes longer over each than the finding itself, and is left with what it validates.
    """
    _given.add(find)
    return find


class Replayed(Exception):
    """The request was answered before: here is that answer."""

    def __init__(self, answer: idempotency.Answer) -> None:
        self.response = Response(answer.body, answer.status, {**answer.headers, "Idempotency-Replayed": "true"})


class Route(APIRoute):
    """A route whose work is one transaction, committed before the answer leaves."""

    @cached_property
    def beginning(self) -> str:
        """What every path of this route begins with."""
        return self.path_format.partition("{")[0]

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if not str(scope["path"]).removeprefix(scope.get("root_path", "")).startswith(self.beginning):
            return Match.NONE, {}
        return super().matches(scope)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        known, parts = _query_names(self.dependant), _form_names(self.dependant)
        answer_in_full = super().get_route_handler()
        described, asks = self.dependant, _QueryModel.of(self.dependant)
        self.dependant, gates = _handed_over(described, asks)
        answer = super().get_route_handler()
        self.dependant = described

        async def handle(request: Request) -> Response:
            request.state.route = self.path_format
            _refuse_unknown(request, known)
            database: Database = request.app.state.database
            try:
                async with database.transaction() as session:
                    request.state.session = session
                    for gate in gates:
                        await gate(request)
                    if parts:
                        await _refuse_unknown_parts(request, parts)
                    understood = asks is None or asks.read(request)
                    return await _worked_out(request, session, answer if understood else answer_in_full)
            except Replayed as replayed:
                return replayed.response
            except Forbidden as refusal:
                actor: Actor | None = getattr(request.state, "actor", None)
                if actor is not None and request.method not in SAFE:
                    missing = str(refusal.params.get("permission", refusal.code))
                    await record_denial(database, actor, missing, f"{request.method} {self.path_format}")
                raise
            finally:
                if parts:
                    await request.close()

        return handle


@dataclass(frozen=True)
class _QueryModel:
    """The model that a route's whole query is read into."""

    name: str
    model: type[BaseModel]
    lists: frozenset[str]

    @classmethod
    def of(cls, dependant: Dependant) -> "_QueryModel | None":
        parts = dependant.query_params
        kind: Any = parts[0].field_info.annotation if len(parts) == 1 else None
        if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
            return None
        fields = kind.model_fields.items()
        return cls(
            parts[0].name, kind, frozenset(field.alias or key for key, field in fields if _is_list(field.annotation))
        )

    def read(self, request: Request) -> bool:
        """Read the query into the model, in a fifth of the solver's time. False if it cannot be, which is not said."""
        query = request.query_params
        given = {name: query.getlist(name) if name in self.lists else query[name] for name in query}
        try:
            request.state.asked = self.model.model_validate(given)
        except ValidationError:
            return False
        return True


def _is_list(kind: Any) -> bool:
    return get_origin(kind) is list or any(_is_list(part) for part in get_args(kind))


def _handed_over(dependant: Dependant, asks: _QueryModel | None) -> tuple[Dependant, list[Finder]]:
    """A dependant without what is given, which its endpoint is handed, and the gates among that: they have no name.

    The solver is left with what it must validate, and is asked in full when a query cannot be understood: it says why.
    """
    taken = [part for part in dependant.dependencies if part.call in _given]
    lean, endpoint = copy(dependant), cast("Endpoint", dependant.call)
    assert iscoroutinefunction(endpoint), "an endpoint is asynchronous"
    lean.dependencies = [part for part in dependant.dependencies if part.call not in _given]
    lean.query_params = [] if asks else dependant.query_params
    handed = {part.name: part.call for part in taken if part.name is not None and part.call is not None}
    named = dependant.request_param_name
    lean.request_param_name = named or "request"

    async def work(**values: Any) -> Any:
        request: Request = values[named] if named else values.pop("request")
        if asks:
            values[asks.name] = request.state.asked
        for name, find in handed.items():
            values[name] = await find(request)
        return await endpoint(**values)

    lean.call = work
    return lean, [part.call for part in taken if part.name is None and part.call is not None]


async def _worked_out(
    request: Request, session: Session, answer: Callable[[Request], Coroutine[Any, Any, Response]]
) -> Response:
    response = await answer(request)
    claim: idempotency.Claim | None = getattr(request.state, "claim", None)
    if claim is not None and response.status_code < 300:
        await idempotency.keep_answer(session, claim, _as_answer(response))
    return response


class Router(APIRouter):
    """A room's routes: no trailing-slash redirects, every route in a transaction."""

    def __init__(self, prefix: str, tag: str) -> None:
        super().__init__(prefix=prefix, tags=[tag], route_class=Route, redirect_slashes=False)


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
