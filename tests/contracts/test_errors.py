"""Bad input, at every route: a problem document that says where and why, never a 500, and never what was sent."""

import itertools
import json
import logging
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from typing import Any

import httpx
import pytest
import structlog
from fastapi import FastAPI

from app.core import http
from app.core.ids import new_id
from app.core.permissions import Role
from tests.contracts.routes import Operation, by_noun, operations, served, unwired
from tests.turns import in_turn, joined, share_of
from tests.world import Api, Client

#: Of so many operations the short run sends one each kind of bad input.
SHARE = 4
#: Sent in every bad value; whatever comes back or is logged must not hold it.
MARKER = "Zq7marker"
OPERATIONS = operations(unwired())
WITH_BODY = [operation for operation in OPERATIONS if operation.body is not None]
PAGES = [operation for operation in OPERATIONS if operation.makes_pages]

UNREADABLE = {
    "cut off": b'{"name": "' + MARKER.encode(),
    "no JSON": MARKER.encode(),
    "no text": b"\xff\xfe" + MARKER.encode(),
    "too deep": b"[" * 100_000,
    "nested objects": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    "empty": b"",
}
OTHER_KINDS = [(b'{"a": 1}', "text/plain"), (f"a={MARKER}".encode(), "application/x-www-form-urlencoded")]
WRONG_VALUES = [f"{MARKER}\0", f"{MARKER}" * 1000, "\u202e" + MARKER, "1800-01-01", "2200-12-31", "-1", "9" * 40]
NO_IDS = [MARKER, f"{MARKER}%00", "..%2f..%2fetc", "%ff", "1" * 5000, "0" * 36]
FORGED = [MARKER, "A" * 100, "AAAA.BBBB", "%00", "é" * 20]
WRONG_SHAPES = [None, [], [MARKER], MARKER, 7, True, {f"{MARKER} {MARKER}": MARKER}, {"no_such_field": MARKER}]
#: The last is longer than any field takes.
WRONG_TYPES = [{"deep": {"deeper": MARKER}}, [[MARKER]], 10**400, -1.5e308, f"{MARKER}\n" * 1_200]
#: Said as JSON escapes, so that even what is no character arrives.
UNFIT_TEXTS = {
    "NUL": r"\u0000",
    "control": r"\u001b[31m",
    "lone surrogate": r"\ud800",
    "right to left": r"\u202e",
}
#: A cursor is sealed: what is not ours is refused as a whole. A password may be any text.
ANY_TEXT = {"cursor": (400, 422)}
IS_PASSWORD = '"format": "password"'
DAY = '"format": "date'
ABSURD_DAYS = ["1800-01-01", "2200-01-01", "0000-00-00", "2026-02-30", "1800-01-01T00:00:00Z", "2200-01-01T00:00:00Z"]


def some(values: Iterable[Any], operation: Operation, *, most: int = 2, step: int = 0) -> list[Any]:
    """What an operation is sent: in the short run so many of the values, the next operation others of them."""
    return in_turn(list(values), OPERATIONS.index(operation) // SHARE + step, most=most)


def in_share(operations: Sequence[Operation], *, first: int) -> dict[str, list[Operation]]:
    """By noun the operations that are sent one kind of bad input: in the short run one in `SHARE`, from `first` on."""
    turn = set(share_of(range(len(OPERATIONS)), SHARE, first=first % SHARE))
    return by_noun(operation for operation in operations if OPERATIONS.index(operation) in turn)


@pytest.fixture(scope="module")
async def everything(api: Api) -> AsyncIterator[Client]:
    """Somebody whom no gate stops: what refuses them is the input."""
    account, root = await api.account(), await api.root()
    for role in Role:
        await api.grant(account, role, root)
    async with await api.sign_in(account) as client:
        yield client


@pytest.fixture
def logged(app: FastAPI, caplog: pytest.LogCaptureFixture) -> Iterator[list[Any]]:
    """What the house logs meanwhile, and what libraries say of it."""
    events: list[Any] = []

    def keep(_logger: Any, _method: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
        events.append(dict(event))
        raise structlog.DropEvent

    processors = http.log.bind()._processors
    kept = processors[:]
    processors[:] = [keep]
    with caplog.at_level(logging.INFO):
        yield events
    processors[:] = kept
    assert events, "nothing was heard"
    assert MARKER not in f"{events} {caplog.text}"


def assert_problem(answer: httpx.Response, *statuses: int) -> dict[str, Any]:
    """A whole problem document, of one of these statuses or at least of the 400s."""
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.text[:300])
    assert not statuses or answer.status_code in statuses, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["status"] == answer.status_code
    assert document["code"]
    assert document["detail"]
    assert document["request_id"] == answer.headers["x-request-id"]
    for error in document.get("errors", []):
        assert error.keys() == {"pointer", "code", "message"}
        assert error["pointer"][:1] in ("", "/", "#")
        assert error["message"]
    assert MARKER not in answer.text
    return document


def test_the_sweep_sees_every_route(app: FastAPI) -> None:
    seen = {(operation.method, operation.path) for operation in OPERATIONS}
    assert len(seen) > 60
    assert len(WITH_BODY) > 25
    assert seen == {(method, path) for method, path in served(app) if method != "HEAD"} - {
        ("GET", "/metrics"),
    } or seen <= set(served(app))


@pytest.mark.in_part
@joined(in_share(WITH_BODY, first=0))
async def test_a_body_that_is_no_json_is_refused(operation: Operation, everything: Client, logged: list[Any]) -> None:
    for content in some(UNREADABLE.values(), operation):
        answer = await _send(everything, operation, content)
        assert_problem(answer, 400, 422)
    for content, kind in some(OTHER_KINDS, operation, most=1):
        assert_problem(await _send(everything, operation, content, kind), 400, 415, 422)


@pytest.mark.in_part
@joined(in_share(WITH_BODY, first=1))
async def test_a_body_of_another_shape_is_refused(operation: Operation, everything: Client, logged: list[Any]) -> None:
    for shape in some(WRONG_SHAPES, operation):
        answer = await _send(everything, operation, json.dumps(shape).encode())
        document = assert_problem(answer, 400, 422)
        if isinstance(shape, dict):
            assert "unknown" in {error["code"] for error in document["errors"]}, document


@pytest.mark.in_part
@joined(in_share([operation for operation in WITH_BODY if operation.fields], first=2))
async def test_a_value_of_another_type_is_refused_where_it_stands(
    operation: Operation, everything: Client, logged: list[Any]
) -> None:
    for value in some(WRONG_TYPES, operation):
        answer = await _send(everything, operation, json.dumps(dict.fromkeys(operation.fields, value)).encode())
        document = assert_problem(answer, 422)
        for field in operation.fields:
            assert _pointed_at(document, field), (field, answer.text)


@pytest.mark.in_part
@joined(in_share([operation for operation in WITH_BODY if operation.fields], first=3))
async def test_text_that_no_name_holds_is_refused_where_it_stands(
    operation: Operation, everything: Client, logged: list[Any]
) -> None:
    alone = {field: schema for field, schema in operation.fields.items() if field in ANY_TEXT}
    others = {field: schema for field, schema in operation.fields.items() if field not in ANY_TEXT}
    for fields, unfit in itertools.product((alone, others), some(UNFIT_TEXTS.values(), operation, most=1)):
        if not fields:
            continue
        said = ", ".join(f'"{field}": "{MARKER}{unfit}"' for field in fields)
        answer = await _send(everything, operation, f"{{{said}}}".encode())
        document = assert_problem(answer, *([422] if fields is others else ANY_TEXT["cursor"]))
        for field, schema in others.items() if fields is others else ():
            assert _pointed_at(document, field) or IS_PASSWORD in json.dumps(schema), (field, unfit)


@pytest.mark.in_part
@joined(in_share([operation for operation in WITH_BODY if DAY in json.dumps(operation.fields)], first=4))
async def test_days_beyond_reason_are_refused_where_they_stand(
    operation: Operation, everything: Client, logged: list[Any]
) -> None:
    for number, (field, schema) in enumerate(operation.fields.items()):
        for day in some(ABSURD_DAYS, operation, step=number) if DAY in json.dumps(schema) else ():
            answer = await _send(everything, operation, json.dumps({field: day}).encode())
            assert _pointed_at(assert_problem(answer, 422), field), (field, day)


@pytest.mark.in_part
@joined(in_share(OPERATIONS, first=5))
async def test_parameters_that_are_not_its_own_are_refused(
    operation: Operation, everything: Client, logged: list[Any]
) -> None:
    for name in some(("no_such_parameter", MARKER), operation, most=1):
        answer = await everything.request(operation.method, operation.url(), params={name: MARKER})
        assert assert_problem(answer, 422)["errors"][0]["code"] == "unknown_parameter"


@pytest.mark.in_part
@joined(in_share([operation for operation in OPERATIONS if operation.parameters("query")], first=6))
async def test_parameters_of_another_type_are_refused(
    operation: Operation, everything: Client, logged: list[Any]
) -> None:
    for number, name in enumerate(operation.parameters("query")):
        for value in some(WRONG_VALUES, operation, step=number):
            answer = await everything.request(operation.method, operation.url(), params={name: value})
            assert answer.status_code < 500, (name, value[:20], answer.text)
            if MARKER in value:
                assert_problem(answer, 400, 404, 422)


@pytest.mark.in_part
@joined(in_share([operation for operation in OPERATIONS if "{" in operation.path], first=7))
async def test_ids_that_are_none_are_refused(operation: Operation, everything: Client, logged: list[Any]) -> None:
    for bad in some(NO_IDS, operation, most=1):
        place = operation.path.split("{")[0] + bad + operation.path.partition("}")[2]
        answer = await everything.request(operation.method, place)
        assert_problem(answer, 400, 404, 405, 415, 422, 428)


@pytest.mark.in_part
@joined(in_share(PAGES, first=8))
async def test_forged_cursors_are_refused(operation: Operation, everything: Client, logged: list[Any]) -> None:
    for forged in some(FORGED, operation):
        answer = await _ask_page(everything, operation, forged)
        assert_problem(answer, 400, 422, *([404] if "{" in operation.path else []))


@pytest.mark.in_part
@joined(in_share(WITH_BODY, first=9))
async def test_huge_bodies_are_refused(operation: Operation, everything: Client, logged: list[Any]) -> None:
    upload = http.UPLOADS.match(operation.path) is not None
    size = (http.UPLOAD_LIMIT if upload else http.BODY_LIMIT) + 1
    declared = {"Content-Length": str(size), "Content-Type": "application/json"}
    answer = await everything.request(operation.method, operation.url(), content=b"{}", headers=declared)
    assert assert_problem(answer, 413)["code"] == "body_too_large"
    if not upload:
        answer = await everything.request(
            operation.method,
            operation.url(),
            content=_pieces(size),
            headers={"Content-Type": "application/json"},
        )
        assert assert_problem(answer, 413)["code"] == "body_too_large"


async def test_headers_beyond_reason_are_refused(everything: Client, logged: list[Any]) -> None:
    member = {"given_name": "Ann", "family_name": "Lee", "branch_id": str(new_id())}
    for key in ("", MARKER * 100):
        answer = await everything.post("/v1/members", json=member, headers={"Idempotency-Key": key})
        assert_problem(answer, 422)
    for tag in ("", "*", MARKER, f'"{new_id()}-99999999999999999999"', '"é-1"'.encode()):
        answer = await everything.patch(f"/v1/members/{new_id()}", json={}, headers={"If-Match": tag})
        assert_problem(answer, 412, 422, 428)
    for token in (
        MARKER,
        f"Bearer {MARKER}",
        f"Basic {MARKER}",
        "Bearer " + "a" * 9000,
        "Bearer \xe9".encode("latin-1"),
    ):
        answer = await everything.get("/v1/members", headers={"Authorization": token})
        assert_problem(answer, 401)


async def test_paths_and_methods_that_are_not_ours_are_problems_too(everything: Client, logged: list[Any]) -> None:
    for path in (f"/{MARKER}", f"/v1/{MARKER}", "/v1/members/", "/v1//members", f"/v1/members/{MARKER}%00"):
        assert_problem(await everything.get(path), 404, 422)
    refused = await everything.request("BREW", "/v1/members")
    assert_problem(refused, 405)
    assert refused.headers["Allow"] == "GET, POST"


async def _pieces(size: int) -> AsyncIterator[bytes]:
    yield b'{"a": "'
    for _ in range(size // 65_536 + 1):
        yield b"x" * 65_536


async def _send(client: Client, operation: Operation, content: bytes, kind: str = "application/json") -> httpx.Response:
    row = new_id()
    url = operation.url(**dict.fromkeys(operation.places, row))
    headers = {"Content-Type": kind, "If-Match": f'"{row}-1"'}
    return await client.request(operation.method, url, content=content, headers=headers)


async def _ask_page(client: Client, operation: Operation, cursor: str) -> httpx.Response:
    in_query = "cursor" in operation.parameters("query")
    return await client.request(
        operation.method,
        operation.url(),
        params={"cursor": cursor} if in_query else {},
        **({} if operation.body is None else {"json": {} if in_query else {"cursor": cursor}}),
    )


def _pointed_at(document: dict[str, Any], field: str) -> bool:
    return any(error["pointer"].split("/")[1:2] == [field] for error in document["errors"])
