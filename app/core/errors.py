"""Errors are facts: what was found to be so, with a stable code, in terms a caller can act upon.

The one handler in `app.core.problems` turns each into `application/problem+json`. An error never carries
what the caller sent: `params` hold names, limits and codes only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with the input: where (RFC 6901 pointer), a stable code, and what would be right."""

    pointer: str
    code: str
    message: str


class AppError(Exception):
    """The root of every refusal. Subclasses set `status`, `code` and `sentence`, a format string over `params`."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    sentence: ClassVar[str] = "Something went wrong on our side."

    def __init__(self, *, errors: tuple[FieldError, ...] = (), **params: str | int | None) -> None:
        self.params: Mapping[str, str | int | None] = params
        self.errors = errors
        super().__init__(self.detail)

    @property
    def detail(self) -> str:
        return self.sentence.format_map(self.params)

    @property
    def headers(self) -> dict[str, str]:
        return {}


class BadRequest(AppError):
    status = 400
    code = "bad_request"
    sentence = "The request could not be read."


class Unauthenticated(AppError):
    status = 401
    code = "not_signed_in"
    sentence = "Sign in first: send a valid access token as `Authorization: Bearer …`."

    @property
    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": 'Bearer realm="rollbook"'}


class Forbidden(AppError):
    """What the actor can see but may not do; names the permission that is missing."""

    status = 403
    code = "permission_missing"
    sentence = "This needs the permission {permission}."


class NotFound(AppError):
    """Absent, or not for this actor to see: the two are the same answer."""

    status = 404
    code = "not_found"
    sentence = "There is no such {noun}."

    def __init__(self, noun: str = "resource") -> None:
        super().__init__(noun=noun)


class Conflict(AppError):
    status = 409
    code = "conflict"
    sentence = "The request conflicts with the present state."


class PreconditionFailed(AppError):
    """`If-Match` named a version that is not the current one. `current` is the record as the caller may see it."""

    status = 412
    code = "version_conflict"
    sentence = "The record has changed since you read it; merge with the current one and send its ETag."

    def __init__(self, current: bytes | None = None) -> None:
        super().__init__()
        self.current = current


class TooLarge(AppError):
    status = 413
    code = "body_too_large"
    sentence = "The body is larger than {limit} bytes."


class Invalid(AppError):
    status = 422
    code = "invalid"
    sentence = "Something in the request is not valid; see errors."

    @classmethod
    def at(cls, pointer: str, code: str, message: str) -> "Invalid":
        return cls(errors=(FieldError(pointer, code, message),))


class PreconditionRequired(AppError):
    status = 428
    code = "if_match_required"
    sentence = "Send If-Match with the ETag of the record that you read."


class Throttled(AppError):
    status = 429
    code = "throttled"
    sentence = "Too many attempts; try again in {retry_after} seconds."

    @property
    def headers(self) -> dict[str, str]:
        wait = str(self.params["retry_after"])
        quota = self.params.get("quota")
        window = self.params.get("window")
        return {
            "Retry-After": wait,
            "RateLimit-Policy": f'"sign-in";q={quota};w={window}',
            "RateLimit": f'"sign-in";r=0;t={wait}',
        }


class Unavailable(AppError):
    status = 503
    code = "unavailable"
    sentence = "The service is not ready; try again shortly."

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": "5"}
