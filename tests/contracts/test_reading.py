"""A route reads a request itself, FastAPI only what does not fit: there are never two rules of what is accepted."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import hypothesis
import pytest
from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import get_request_handler
from hypothesis import HealthCheck, Phase
from requests import Request as Sent
from starlette.responses import Response
from starlette.routing import Match

from app.routers.reading import NotUnderstood, Reader, is_given
from app.routers.route import Directory, Route, closing_stacks
from tests.contracts.fuzzing import requests_for, short_share
from tests.contracts.routes import Operation, by_noun, operations, unwired
from tests.turns import joined, share_of

SOME_ID = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
APP = unwired()
ROUTES = {
    (method, route.path_format): route
    for route in APP.router.routes
    if isinstance(route, Route)
    for method in route.methods or ()
}
READ = [key for key, route in ROUTES.items() if Reader.of(route.dependant) is not None]
#: What the house has an answer for.
REFUSALS = tuple(kind for kind in APP.exception_handlers if isinstance(kind, type))
#: Forms, and answers that FastAPI writes out.
LEFT_TO_FASTAPI = {
    ("POST", "/v1/imports"),
    ("POST", "/v1/disputes/{dispute_id}/evidence"),
    ("POST", "/v1/disputes/{dispute_id}/evidence/{evidence_id}/redact"),
    ("POST", "/v1/disputes/{dispute_id}/evidence/{evidence_id}/replace"),
    ("POST", "/v1/me/disputes/{dispute_id}/evidence"),
    ("POST", "/v1/search-tasks/{task_id}/files"),
    ("POST", "/v1/subject-access-requests/{request_id}/items/{item_id}/redacted-copy"),
    ("POST", "/v1/audit/verify"),
    ("GET", "/v1/me/tasks"),
    ("GET", "/v1/demo/clock"),
    ("PUT", "/v1/demo/clock"),
    ("DELETE", "/v1/demo/clock"),
}
MEMBER = "/v1/members/{member_id}"
UNTIDY: list[tuple[str, str, dict[str, Any]]] = [
    ("PATCH", MEMBER, {"content": b'{"preferred_language": "cy"}', "type": kind, **more})
    for kind in (
        "application/json",
        "application/json; charset=utf-8",
        "application/json ;x=y",
        "APPLICATION/JSON",
        "application/merge-patch+json",
        "application/jsonx",
        "text/json",
        ",application/json",
        "",
    )
    for more in ({}, {"If-Match": '"x"'}, {"If-Match": "x" * 61})
]
UNTIDY += [
    ("PATCH", MEMBER, {"content": content, "type": "application/json"})
    for content in (
        b"",
        b" ",
        b"null",
        b"[]",
        b"{",
        b"{}",
        b"NaN",
        b"\xff",
        b'\xef\xbb\xbf{"preferred_language": "cy"}',
        json.dumps({"preferred_language": "cy"}).encode("utf-16"),
        b'{"preferred_language": "cy", "preferred_language": "en"}',
        b'{"email": null}',
        b'{"birthday": "1990-01-01"}',
        b"[" * 100_000,
    )
]
UNTIDY += [
    ("GET", "/v1/members", {"query": query})
    for query in (
        "limit=1&limit=2",
        "limit=",
        "limit=%31",
        "limit=1.0",
        "limit=+1",
        "type=full&type=reduced",
        "ids=" + "&ids=".join(str(SOME_ID) for _ in range(3)),
        "cursor=%00",
        "limit=1;cursor=x",
        "count=exact&count",
    )
]
UNTIDY += [
    ("POST", "/v1/members", {"content": b"{}", "type": "application/json", "Idempotency-Key": key})
    for key in ("", "a", "x" * 256, "é")
]
UNTIDY += [("GET", "/v1/vacancies", {"query": query}) for query in ("", "within=", "within=x", f"within={SOME_ID}")]


def test_what_is_left_to_fastapi_is_known() -> None:
    assert set(ROUTES) - set(READ) == LEFT_TO_FASTAPI & set(ROUTES)
    assert len(READ) > 80


@pytest.mark.parametrize("operation", short_share(first=3))
def test_what_a_route_understands_fastapi_understands_so_too(operation: Operation) -> None:
    route = ROUTES[operation.method, operation.path]
    if (operation.method, operation.path) not in READ:
        return

    @hypothesis.seed(1)
    @hypothesis.settings(
        max_examples=2, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @hypothesis.given(requests_for(operation, sensible=True) | requests_for(operation, sensible=False))
    def compare(case: Any) -> None:
        sent = Sent(**case.as_transport_kwargs(base_url="http://house.example.org")).prepare()
        url = urlsplit(sent.url)
        headers = {name: value for name, value in sent.headers.items() if name.lower() != "content-type"}
        body = sent.body.encode() if isinstance(sent.body, str) else sent.body or b""
        kind = sent.headers.get("content-type", "")
        headers = {**headers, "content-type": kind}
        asyncio.run(_compare(route, operation.method, url.path, url.query, body, headers))

    compare()


@pytest.mark.in_part
@joined(by_noun(share_of([o for o in operations(APP) if (o.method, o.path) in READ], 3)))
async def test_each_part_of_a_request_is_understood_alike_alone(operation: Operation) -> None:
    """No body and empty ones, each field and each parameter by itself, and what is unheard of."""
    bodies = [{field: value} for field in operation.fields for value in ("1", None)]
    contents = [json.dumps(body).encode() for body in ({}, [], {"unheard_of": 1}, *bodies)]
    queries = ["", "unheard_of=1", *(f"{name}=1" for name in operation.parameters("query"))]
    asked = [("", content) for content in contents] if operation.body else [(query, b"") for query in queries]
    url = operation.url(**dict.fromkeys(operation.places, SOME_ID))
    headers = {"content-type": "application/json" if operation.body else "", "if-match": f'"{SOME_ID}-1"'}
    for query, content in asked:
        await _compare(ROUTES[operation.method, operation.path], operation.method, url, query, content, headers)


@pytest.mark.parametrize(("method", "path", "sent"), UNTIDY)
async def test_what_is_untidy_is_understood_alike(method: str, path: str, sent: dict[str, Any]) -> None:
    headers = {name: value for name, value in sent.items() if name not in ("content", "type", "query")}
    headers["content-type"] = sent.get("type", "")
    url = path.replace("{member_id}", str(SOME_ID))
    await _compare(ROUTES[method, path], method, url, sent.get("query", ""), sent.get("content", b""), headers)


@pytest.mark.parametrize("method", sorted({method for method, _ in ROUTES}))
def test_the_directory_finds_what_the_router_finds(method: str) -> None:
    directory = Directory(APP.router)
    for path, route in [(path, route) for (by, path), route in ROUTES.items() if by == method]:
        ids = {name: str(SOME_ID) for name in route.param_convertors}
        scope: dict[str, Any] = {"type": "http", "method": method, "path": path.format(**ids), "headers": []}
        found = dict(scope)
        assert directory.room(found) is route.app, path
        matches = (each.matches(scope) for each in APP.router.routes)
        assert found == scope | next(child for match, child in matches if match is Match.FULL), path


@pytest.mark.parametrize(
    "path",
    [
        f"/v1/members/{SOME_ID.hex}",
        f"/v1/members/{str(SOME_ID).upper()}",
        f"/v1/members/{SOME_ID}\n",
        "/v1/members/{}",
        "/v1/members/{member_id}",
        "/v1/members/",
        "/v1",
        "/docs",
    ],
)
def test_what_is_not_written_as_we_write_it_is_left_to_the_router(path: str) -> None:
    assert Directory(APP.router).room({"type": "http", "method": "GET", "path": path}) is None


async def _compare(route: Route, method: str, path: str, query: str, body: bytes, headers: Mapping[str, str]) -> None:
    match = route.path_regex.match(path)
    if match is None:
        return  # goes to another route

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "path_params": match.groupdict(),
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items() if value],
    }
    request = Request(scope, receive)
    ours, theirs = await _understood(route, request)
    assert ours is None or ours == theirs
    if headers.get("content-type", "") in ("", "application/json"):
        assert (ours is None) == (theirs is None), "what fits is left to FastAPI"


async def _understood(route: Route, request: Request) -> tuple[Any, Any]:
    """What each way calls the endpoint with, the arguments of what it depends on among that; None if with nothing."""
    seen: list[Any] = []

    async def endpoint(**values: Any) -> Response:
        seen.append(values)
        return Response()

    asked = replace(_asked(route.dependant), call=endpoint)
    ours: Any = None
    try:
        reader = Reader(asked)
        await reader.answer(request, await reader.read(request))
        ours = seen.pop()
    except NotUnderstood:
        pass
    answer = get_request_handler(asked, route.body_field, embed_body_fields=route._embed_body_fields)
    async with closing_stacks(request):
        try:
            await answer(request)
        except REFUSALS:
            return ours, None
    return ours, seen.pop()


def _asked(dependant: Dependant) -> Dependant:
    """A dependant that gives back what it is called with, without what the request alone answers."""

    async def give(**values: Any) -> dict[str, Any]:
        return values

    parts = [_asked(part) for part in dependant.dependencies if not is_given(part)]
    return replace(dependant, call=give, name=dependant.name or "unnamed", dependencies=parts)
