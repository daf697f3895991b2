"""What an endpoint is called with, read from the request as FastAPI reads it, in a small part of its time.

FastAPI's own description of a route says what there is to read, and its own fields judge each value: there is one rule
of what is accepted. Its solver takes longer than all the rest of a request, so it is asked only about a request that
does not fit, to say why, and about the few routes that take what is not read here.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from inspect import iscoroutinefunction, signature
from typing import Any, TypeVar, get_args, get_origin

from fastapi import Request
from fastapi._compat import ModelField
from fastapi.dependencies.models import Dependant
from fastapi.params import Form
from pydantic import BaseModel
from starlette.requests import ClientDisconnect
from starlette.responses import Response

Finder = Callable[[Request], Awaitable[Any]]
F = TypeVar("F", bound=Finder)
_given: set[Any] = set()
#: Where values stand, by the name of FastAPI's list of them.
_PLACES: Mapping[str, Callable[[Request], Mapping[str, Any]]] = {
    "path_params": lambda request: request.path_params,
    "query_params": lambda request: request.query_params,
    "header_params": lambda request: request.headers,
    "cookie_params": lambda request: request.cookies,
}


def given(find: F) -> F:
    """Mark a dependency that the request alone answers: nothing of it is to be understood."""
    _given.add(find)
    return find


def is_given(part: Dependant) -> bool:
    """Whether a dependency was marked so."""
    return part.call in _given


def gates_of(dependant: Dependant) -> list[Finder]:
    """What stands before a route: the dependencies that are given and have no name."""
    return [part.call for part in dependant.dependencies if is_given(part) and part.call and not part.name]


class NotUnderstood(Exception):
    """Something does not fit, or is not read here: FastAPI is asked, and says what."""


@dataclass(frozen=True, slots=True)
class Understood:
    """What was read for a callable, and for each of those that it depends on."""

    values: dict[str, Any]
    parts: list["Understood"]


class Reader:
    """How the arguments of an endpoint, or of something that it depends on, are found in a request."""

    def __init__(self, dependant: Dependant) -> None:
        """Raises `NotUnderstood` for what is FastAPI's alone: forms, lists by themselves, bodies in several parts."""
        self._call: Callable[..., Any] | None = dependant.call
        self._request = dependant.request_param_name
        self._parts = [(part.name, Reader(part)) for part in dependant.dependencies if not is_given(part)]
        self._found = [(p.name, p.call) for p in dependant.dependencies if is_given(p) and p.call and p.name]
        self._values = [
            _scalar(field, place)
            for kind, place in _PLACES.items()
            for field in getattr(dependant, kind)
            if not _is_model(field)
        ]
        self._query = next((_query_model(field) for field in dependant.query_params if _is_model(field)), None)
        self._body = _body_of(dependant)

    @classmethod
    def of(cls, endpoint: Dependant) -> "Reader | None":
        """The reader of a route whose endpoint makes the answer itself; None where FastAPI does all the work."""
        assert endpoint.call is not None
        assert iscoroutinefunction(endpoint.call), "an endpoint is asynchronous"
        if signature(endpoint.call).return_annotation is not Response:
            return None
        try:
            return cls(endpoint)
        except NotUnderstood:
            return None

    async def read(self, request: Request) -> Understood:
        """Everything that is to be read, before anything is called. Raises `NotUnderstood`."""
        values = {name: read(request) for name, read in self._values}
        if self._query is not None:
            name, read = self._query
            values[name] = read(request)
        if self._body is not None:
            values[self._body.name] = _fitting(self._body, await _json_of(request))
        return Understood(values, [await part.read(request) for _, part in self._parts])

    async def answer(self, request: Request, understood: Understood) -> Any:
        """Call with what was read, after what is depended on, in FastAPI's order."""
        assert self._call is not None
        values = understood.values
        for (name, part), read in zip(self._parts, understood.parts, strict=True):
            found = await part.answer(request, read)
            if name is not None:
                values[name] = found
        for name, find in self._found:
            values[name] = await find(request)
        if self._request is not None:
            values[self._request] = request
        return await self._call(**values)


Reading = tuple[str, Callable[[Request], Any]]


def _scalar(field: ModelField, place: Callable[[Request], Mapping[str, Any]]) -> Reading:
    if _is_list(field.field_info.annotation) or field.field_info.validate_default:
        raise NotUnderstood
    alias = field.alias

    def read(request: Request) -> Any:
        text = place(request).get(alias)
        if text is not None:
            return _fitting(field, text)
        if field.field_info.is_required():
            raise NotUnderstood
        return field.get_default()

    return field.name, read


def _query_model(field: ModelField) -> Reading:
    """A model that the whole query is read into; a route refuses names that no field has before it reads."""
    model: Any = field.field_info.annotation
    fields = model.model_fields.items()
    lists = frozenset(part.alias or name for name, part in fields if _is_list(part.annotation))

    def read(request: Request) -> Any:
        query = request.query_params
        return _fitting(field, {name: query.getlist(name) if name in lists else query[name] for name in query})

    return field.name, read


def _body_of(dependant: Dependant) -> ModelField | None:
    """The one model that a JSON body is read into."""
    fields = dependant.body_params
    if any(part.body_params for part in dependant.dependencies) or len(fields) > 1:
        raise NotUnderstood
    for field in fields:
        if isinstance(field.field_info, Form) or getattr(field.field_info, "embed", None) or not _is_model(field):
            raise NotUnderstood
    return fields[0] if fields else None


async def _json_of(request: Request) -> Any:
    """A body that says that it is JSON, and is. The words for another one are FastAPI's; a large one is not read on."""
    try:
        if request.headers.get("content-type", "").partition(";")[0] != "application/json" or not await request.body():
            raise NotUnderstood
        return await request.json()
    except (ValueError, RecursionError, ClientDisconnect) as error:
        raise NotUnderstood from error


def _fitting(field: ModelField, value: Any) -> Any:
    found, errors = field.validate(value)
    if errors:
        raise NotUnderstood
    return found


def _is_model(field: ModelField) -> bool:
    kind: Any = field.field_info.annotation
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _is_list(kind: Any) -> bool:
    return get_origin(kind) is list or any(_is_list(part) for part in get_args(kind))
