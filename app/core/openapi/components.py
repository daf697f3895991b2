"""What operations share: the problem, the headers, the errors that rules add, the ways to sign in."""

from __future__ import annotations

from typing import Any, Final

Part = dict[str, Any]

PROBLEM_MEDIA_TYPE: Final = "application/problem+json"
SESSION_COOKIE: Final = "rollbook_access"
CSRF_HEADER: Final = "X-CSRF-Token"

CONTACT: Final[Part] = {"name": "The Rollbook maintainers"}
LICENCE: Final[Part] = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
SERVER: Final[Part] = {
    "url": "/",
    "description": "The deployment that serves this document, be it production, staging or local",
    "x-internal": False,
}

SECURITY_SCHEMES: Final[dict[str, Part]] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "An access token of ten minutes, signed with ES256 and checked as RFC8725 asks.",
    },
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": SESSION_COOKIE,
        "description": "The HttpOnly, SameSite cookie of a browser app. Changing anything needs `csrf` too.",
    },
    "csrf": {
        "type": "apiKey",
        "in": "header",
        "name": CSRF_HEADER,
        "description": "The anti-forgery token handed out with the session cookie.",
    },
}


def _text(description: str, length: int, **more: Any) -> Part:
    return {"type": "string", "maxLength": length, "description": description} | more


_REQUEST_ID: Final = "01939f0e-7b1c-7a30-9d42-5c1f7e0b8a64"
_POINTER: Final = r"^(#(query|path|header|cookie|check))?(/([^~/]|~[01])*)*$"

_FIELD_ERROR: Final[Part] = {
    "type": "object",
    "description": "One thing that is wrong with what was sent.",
    "required": ["pointer", "code", "message"],
    "properties": {
        "pointer": _text(
            "Where: a JSON pointer (RFC 6901) into the body, or `#query/…`, `#path/…`, `#header/…`, `#check/…`.",
            500,
            pattern=_POINTER,
        ),
        "code": _text("What, as a stable word for programs.", 100, pattern="^[a-z][a-z0-9_]*$"),
        "message": _text("What would be right, as a sentence for people. Never repeats what was sent.", 1000),
    },
}

_PROBLEM: Final[Part] = {
    "type": "object",
    "description": "Why a request was refused or failed (RFC 9457). Programs read `code`, people `detail`.",
    "required": ["type", "title", "status", "code", "request_id"],
    "properties": {
        "type": _text("The kind of problem.", 500, format="uri-reference"),
        "title": _text("The kind of problem in a few words.", 200),
        "status": {
            "type": "integer",
            "format": "int32",
            "minimum": 400,
            "maximum": 599,
            "description": "The status code.",
        },
        "detail": _text("This occurrence, as a sentence for people. Never repeats what was sent.", 1000),
        "code": _text("The fact, as a stable word for programs.", 100, pattern="^[a-z][a-z0-9_]*$"),
        "params": {
            "type": "object",
            "description": "What the sentence in `detail` is made of: limits, permissions, seconds.",
            "maxProperties": 20,
            "additionalProperties": {
                "anyOf": [
                    _text("A name or a code.", 500),
                    {"type": "integer", "format": "int64", "minimum": -(2**53) + 1, "maximum": 2**53 - 1},
                    {"type": "null"},
                ]
            },
        },
        "request_id": _text(
            "The id of this request, as in `X-Request-Id` and in the logs.", 64, pattern="^[A-Za-z0-9-]+$"
        ),
        "errors": {
            "type": "array",
            "maxItems": 1000,
            "description": "What is wrong with the input, field by field.",
            "items": {"$ref": "#/components/schemas/FieldError"},
        },
        "current": {
            "type": "object",
            "description": "With 412: the record as it now is, as far as the caller may see it.",
        },
    },
    "examples": [
        {
            "type": "/problems/invalid",
            "title": "Invalid",
            "status": 422,
            "detail": "Something in the request is not valid; see errors.",
            "code": "invalid",
            "params": {},
            "request_id": _REQUEST_ID,
            "errors": [{"pointer": "/name", "code": "missing", "message": "This field is required."}],
        }
    ],
}

SCHEMAS: Final[dict[str, Part]] = {"Problem": _PROBLEM, "FieldError": _FIELD_ERROR}


def _header(description: str, length: int, example: str, **more: Any) -> Part:
    return {
        "description": description,
        "schema": {"type": "string", "maxLength": length} | more,
        "example": example,
    }


HEADERS: Final[dict[str, Part]] = {
    "X-Request-Id": _header("The id of this request, to quote when asking for help.", 64, _REQUEST_ID),
    "ETag": _header("The version of the record: send it as `If-Match` when changing the record.", 100, '"01939f0e-3"'),
    "Link": _header('The next page, as `rel="next"` (RFC 8288).', 4000, '</v1/things?cursor=AbC>; rel="next"'),
    "Location": _header("Where to find what was made or started.", 2000, "/v1/things/01939f0e", format="uri-reference"),
    "Idempotency-Replayed": _header(
        "`true` when this is the stored answer to an earlier request with the same key.",
        4,
        "true",
        enum=["true"],
    ),
    "Retry-After": {
        "description": "How many seconds to wait before asking again.",
        "schema": {"type": "integer", "format": "int32", "minimum": 0, "maximum": 86_400},
        "example": 30,
    },
    "RateLimit": _header("What is left of the quota, and for how many seconds.", 200, '"sign-in";r=0;t=30'),
    "RateLimit-Policy": _header("The quota and its window in seconds.", 200, '"sign-in";q=10;w=300'),
    "WWW-Authenticate": _header("How to sign in (RFC 9110).", 500, 'Bearer realm="rollbook"'),
}

ERRORS: Final[dict[str, tuple[str, str, str]]] = {
    "400": ("BadRequest", "bad_request", "The request could not be read."),
    "401": (
        "Unauthorised",
        "not_signed_in",
        "Nobody is signed in, or the access token is not valid any more.",
    ),
    "403": (
        "Forbidden",
        "permission_missing",
        "The caller may not do this; the missing permission is named.",
    ),
    "404": ("NotFound", "not_found", "Absent, or not for this caller to see: the two are the same answer."),
    "409": ("Conflict", "conflict", "The request conflicts with the present state."),
    "412": (
        "PreconditionFailed",
        "version_conflict",
        "The record has changed since the version named in `If-Match`.",
    ),
    "413": ("ContentTooLarge", "body_too_large", "The body is larger than is accepted here."),
    "415": (
        "UnsupportedMediaType",
        "media_type_not_supported",
        "The body is of a type that is not accepted here.",
    ),
    "422": (
        "UnprocessableContent",
        "invalid",
        "Something that was sent is not valid, or is not known here: see `errors`.",
    ),
    "428": ("PreconditionRequired", "if_match_required", "`If-Match` with the record's ETag is required."),
    "429": ("TooManyRequests", "throttled", "Too many requests: wait as long as `Retry-After` says."),
    "500": ("InternalError", "internal_error", "Something went wrong on our side; nothing was changed."),
    "503": ("ServiceUnavailable", "unavailable", "Not ready to answer: try again later."),
}
"""The errors that rules add, by status: name of the component, the commonest code, what it means."""

ERROR_HEADERS: Final[dict[str, tuple[str, ...]]] = {
    "401": ("WWW-Authenticate",),
    "429": ("Retry-After", "RateLimit", "RateLimit-Policy"),
    "503": ("Retry-After",),
}


def header_refs(*names: str) -> Part:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def problem_content(status: str) -> Part:
    """The body of an error response: the problem, with an example where the status is one that rules know."""
    media: Part = {"schema": {"$ref": "#/components/schemas/Problem"}}
    if status in ERRORS:
        _, code, sentence = ERRORS[status]
        media["example"] = {
            "type": f"/problems/{code}",
            "title": code.replace("_", " ").capitalize(),
            "status": int(status),
            "detail": sentence,
            "code": code,
            "request_id": _REQUEST_ID,
        }
    return {PROBLEM_MEDIA_TYPE: media}


def error_response(status: str, description: str) -> Part:
    return {
        "description": description,
        "headers": header_refs("X-Request-Id", *ERROR_HEADERS.get(status, ())),
        "content": problem_content(status),
    }


RESPONSES: Final[dict[str, Part]] = {
    name: error_response(status, sentence) for status, (name, _, sentence) in ERRORS.items()
}
