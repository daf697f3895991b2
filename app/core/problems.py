"""Every refusal as `application/problem+json` (RFC 9457), from one place."""

import json
import re
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from app.core.errors import AppError, FieldError, PreconditionFailed

#: Names of fields are safe to give back; anything else a caller put where a name belongs is not.
_FIELD_NAME = re.compile(r"^[A-Za-z0-9_.-]{1,60}$")
_SIMPLE: Mapping[int, tuple[str, str]] = {
    400: ("bad_request", "The request could not be read."),
    404: ("not_found", "There is no such resource."),
    405: ("method_not_allowed", "This method is not allowed here; see the Allow header."),
    413: ("body_too_large", "The body is too large."),
    415: ("media_type_not_supported", "Send application/json."),
}


def problem(
    status: int,
    code: str,
    detail: str,
    request_id: str,
    *,
    params: Mapping[str, Any] | None = None,
    errors: tuple[FieldError, ...] = (),
    headers: Mapping[str, str] | None = None,
    current: bytes | None = None,
) -> Response:
    """A problem document. `current` is the record as it stands, already JSON, on a version conflict."""
    document: dict[str, Any] = {
        "type": f"/problems/{code}",
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "code": code,
        "detail": detail,
        "request_id": request_id,
    }
    if params:
        document["params"] = dict(params)
    if errors:
        document["errors"] = [{"pointer": e.pointer, "code": e.code, "message": e.message} for e in errors]
    body = json.dumps(document).encode()
    if current is not None:
        body = body[:-1] + b', "current": ' + current + b"}"
    return Response(body, status, headers, media_type="application/problem+json")


def install(app: FastAPI) -> None:
    app.add_exception_handler(AppError, _app_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)


def request_id(request: Request) -> str:
    return str(request.scope.get("state", {}).get("request_id", ""))


async def _app_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, AppError)
    return problem(
        error.status,
        error.code,
        error.detail,
        request_id(request),
        params=error.params,
        errors=error.errors,
        headers=error.headers,
        current=error.current if isinstance(error, PreconditionFailed) else None,
    )


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if isinstance(error.__cause__, AppError):
        # FastAPI takes what stops the reading of a body, its size too, for a body that cannot be read.
        return await _app_error(request, error.__cause__)
    code, detail = _SIMPLE.get(error.status_code, ("refused", "The request was refused."))
    headers = _allow(request) if error.status_code == 405 else error.headers
    return problem(error.status_code, code, detail, request_id(request), headers=headers)


def _allow(request: Request) -> dict[str, str]:
    """The methods of all routes with this path: Starlette names those of the first."""
    here = (route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE)
    # What is mounted serves files and says nothing of methods.
    return {"Allow": ", ".join(sorted({method for route in here for method in getattr(route, "methods", ("GET",))}))}


async def _validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    if any(item["type"] == "json_invalid" for item in found):
        return problem(400, "json_invalid", "The body is not valid JSON.", request_id(request))
    errors = tuple(_field_error(item) for item in found[:50])
    return problem(
        422,
        "invalid",
        "Something in the request is not valid; see errors.",
        request_id(request),
        errors=errors,
    )


def _field_error(item: Mapping[str, Any]) -> FieldError:
    place, *path = item["loc"]
    steps = "".join(f"/{step}" for step in path if isinstance(step, int) or _FIELD_NAME.match(step))
    pointer = steps if place == "body" else f"#{place}{steps}"
    code = "unknown" if item["type"] == "extra_forbidden" else str(item["type"])
    return FieldError(
        pointer, code, "There is no such field." if code == "unknown" else _sentence(code, str(item["msg"]))
    )


def _sentence(code: str, message: str) -> str:
    """Pydantic's own words, without those that repeat what was sent."""
    if code.endswith("_parsing"):
        message = message.partition(",")[0]
    return message.removeprefix("Value error, ")
