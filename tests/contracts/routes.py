"""Every operation of the application, as the router knows it and as the document describes it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from app.core import openapi
from app.core.ids import new_id
from app.core.permissions import Permission
from app.core.settings import Settings
from app.main import create_app
from app.routers.deps import GATE
from tests.shared import made_once

PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    method: str
    path: str
    gate: str
    described: dict[str, Any]
    components: dict[str, Any]

    @property
    def key(self) -> str:
        return f"{self.method} {self.path}"

    def __str__(self) -> str:
        return self.key

    @property
    def noun(self) -> str:
        """What it is about: the first words of its path."""
        words = [word for word in self.path.removeprefix("/v1").split("/") if word and "{" not in word]
        return "/".join(words[: 2 if words[:1] == ["me"] else 1])

    @property
    def permission(self) -> Permission | None:
        return None if self.gate in ("public", "signed-in") or self.part_permission else Permission(self.gate)

    @property
    def part_permission(self) -> Permission | None:
        """What a part in the record must carry: no role opens it."""
        return Permission(self.gate.removeprefix("part:")) if self.gate.startswith("part:") else None

    @property
    def reads(self) -> bool:
        return self.method == "GET" or (self.permission is not None and self.permission.value.endswith(":read"))

    @property
    def body(self) -> dict[str, Any] | None:
        """The schema of the JSON that it takes."""
        content = self.described.get("requestBody", {}).get("content", {})
        return self.resolve(content["application/json"]["schema"]) if "application/json" in content else None

    @property
    def fields(self) -> dict[str, dict[str, Any]]:
        return (self.body or {}).get("properties", {})

    @property
    def makes_pages(self) -> bool:
        return "cursor" in self.parameters("query") or "cursor" in self.fields

    def parameters(self, kind: str) -> dict[str, dict[str, Any]]:
        return {p["name"]: p["schema"] for p in self.described.get("parameters", []) if p["in"] == kind}

    def resolve(self, schema: dict[str, Any]) -> dict[str, Any]:
        target = schema.get("$ref")
        return self.components["schemas"][target.rpartition("/")[2]] if target else schema

    @property
    def places(self) -> list[str]:
        """The names of what the path leaves open."""
        return PLACE.findall(self.path)

    def url(self, **ids: UUID | str) -> str:
        """The path with its places filled: by these, and by ids that nothing has."""
        return PLACE.sub(lambda found: str(ids.get(found[1], new_id())), self.path)


@cache
def operations(app: FastAPI) -> list[Operation]:
    document = app.openapi()
    described = {(path, method): one for path, method, one in openapi.operations(document)}
    return [
        Operation(method.upper(), path, _gate(path, method, app), one, document["components"])
        for (path, method), one in described.items()
    ]


def by_noun(operations: Iterable[Operation]) -> dict[str, list[Operation]]:
    found: dict[str, list[Operation]] = {}
    for operation in operations:
        found.setdefault(operation.noun, []).append(operation)
    return found


def served(app: FastAPI) -> Iterator[tuple[str, str]]:
    """(method, path) of every route of ours, in the document or not."""
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, APIRoute):
            for method in context.methods or ():
                yield method, context.path_format or ""


def _gate(path: str, method: str, app: FastAPI) -> str:
    for context in iter_route_contexts(app.routes):
        if context.path_format == path and method.upper() in (context.methods or ()):
            gate: str = (context.openapi_extra or {})[GATE]
            return gate
    raise LookupError(path)


@cache
def unwired() -> FastAPI:
    """The application without a database: for what is asked of its routes alone. Its document costs seconds to make."""
    application = create_app(Settings(rollbook_env="test", database_url="postgresql://nobody@127.0.0.1:1/nothing"))
    make = application.openapi
    application.openapi = cache(lambda: made_once("document", make))  # type: ignore[method-assign]
    return application
