"""The API's own description: FastAPI's OpenAPI 3.1 document, completed by rule.

What a route or a model says stands; what follows from a rule of the house (which errors, which headers, who
may call) is added here, so that no route repeats it and none can forget it.
"""

from __future__ import annotations

import copy
import hashlib
import json
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any, Final

from fastapi import FastAPI
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from app.core.openapi import components, limits, rules

Document = dict[str, Any]

METHODS: Final = ("get", "put", "post", "delete", "patch", "options", "trace")
"""The methods that stand in the document. HEAD goes with every GET (RFC 9110) and is not said twice."""


def install(app: FastAPI) -> None:
    """Make `app.openapi()` answer the completed document, built when first asked or routes were added."""
    generate: Callable[[], Document] = app.openapi
    last: tuple[Document, Document] | None = None

    def completed() -> Document:
        nonlocal last
        with warnings.catch_warnings():
            # A route that answers GET and HEAD is one operation to us; `_name_operations` finds duplicates.
            warnings.filterwarnings("ignore", message="Duplicate Operation ID")
            generated = generate()
        if last is None or last[0] is not generated:
            last = generated, complete(generated, app)
        return last[1]

    app.openapi = completed  # type: ignore[method-assign]


def complete(generated: Document, app: FastAPI) -> Document:
    """A completed copy of FastAPI's document. Raises ValueError if two operations share an `operationId`."""
    document = copy.deepcopy(generated)
    document["info"] |= {"contact": components.CONTACT, "license": components.LICENCE} | document["info"]
    document["servers"] = [components.SERVER]
    for path in document["paths"].values():
        path.pop("head", None)
    _name_operations(document, app)
    parts = document.setdefault("components", {})
    schemas = parts.setdefault("schemas", {})
    schemas |= components.SCHEMAS
    parts |= {
        "responses": copy.deepcopy(components.RESPONSES),
        "headers": copy.deepcopy(components.HEADERS),
        "securitySchemes": copy.deepcopy(components.SECURITY_SCHEMES),
    }
    document["security"] = rules.security_of("post", {})
    for path, method, operation in operations(document):
        rules.complete_operation(path, method, operation, schemas)
    limits.fill(document)
    _describe_tags(document, app)
    _prune(document)
    return document


def operations(document: Document) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every operation of a document with its path and its method in lower case."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def documented_routes(app: FastAPI) -> Iterator[RouteContext]:
    """The routes that the document must describe, those of included routers among them."""
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, APIRoute) and context.include_in_schema:
            yield context


def as_text(document: Document) -> str:
    """The document as it is committed: sorted, so that a change in the order of imports changes nothing."""
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def as_bytes(document: Document) -> tuple[bytes, str]:
    """The document as it is served, with its strong ETag."""
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return body, f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def _name_operations(document: Document, app: FastAPI) -> None:
    """An operation is called what its function is called: no two functions may share a name."""
    functions = {
        (route.path_format, method.lower()): route.endpoint.__name__
        for route in documented_routes(app)
        for method in route.methods or ()
        if route.endpoint
    }
    seen: dict[str, str] = {}
    for path, method, operation in operations(document):
        name, here = functions[path, method], f"{method.upper()} {path}"
        if name in seen:
            raise ValueError(f"two operations are called {name}: {seen[name]} and {here}")
        seen[name] = here
        operation["operationId"] = name


def _describe_tags(document: Document, app: FastAPI) -> None:
    """Each tag in use, described by `openapi_tags` else by the first paragraph of its router's docstring."""
    described = {tag["name"]: tag for tag in document.get("tags", [])}
    for route in documented_routes(app):
        page = sys.modules[route.endpoint.__module__].__doc__ if route.endpoint else None
        for name in route.tags:
            if name not in described and page:
                described[name] = {"name": name, "description": page.strip().partition("\n\n")[0]}
    document["tags"] = [described[name] for name in sorted(described)]


def _prune(document: Document) -> None:
    """Drop the components that nothing points to, and those that only they pointed to."""
    parts = document["components"]
    wanted = set(_references({key: value for key, value in document.items() if key != "components"}))
    waiting = list(wanted)
    while waiting:
        kind, name = waiting.pop()
        fresh = set(_references(parts[kind][name])) - wanted
        wanted |= fresh
        waiting += fresh
    for kind in ("schemas", "responses", "headers"):
        parts[kind] = {name: part for name, part in sorted(parts[kind].items()) if (kind, name) in wanted}


def _references(node: Any) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        target = node.get("$ref")
        if isinstance(target, str):
            _, _, kind, name = target.split("/")
            yield kind, name
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)
