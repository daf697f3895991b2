"""The outermost layer of the web process: request ids, limits, headers, the log line and the metrics of a request.

Pure ASGI, because a middleware of the usual kind costs three times a bare request.
"""

import re
import time
from collections.abc import Awaitable, Mapping
from os import urandom
from urllib.parse import unquote

import structlog
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core import metrics
from app.core.errors import TooLarge
from app.core.logging import frames_of
from app.core.problems import problem

BODY_LIMIT = 1024 * 1024
UPLOAD_LIMIT = 64 * 1024 * 1024
UPLOADS = re.compile(r"^/v1/(imports|(me/)?disputes/[^/]+/evidence(/[^/]+/(replace|redact))?)$")
_TRACE = re.compile(rb"^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$")

SECURITY_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-site",
    "referrer-policy": "no-referrer",
    "vary": "Origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}

log = structlog.get_logger("rollbook.http")


class Frame:
    """Wraps the application; nothing that goes wrong below leaves without a problem document and an id."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self.app = app
        headers = SECURITY_HEADERS | (
            {"strict-transport-security": "max-age=31536000; includeSubDomains"} if https else {}
        )
        self.headers = [(name.encode(), value.encode()) for name, value in headers.items()]

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] != "http":
            return self.app(scope, receive, send)
        return _Exchange(self, scope, receive, send).run()


class CrossOrigin(CORSMiddleware):
    """What a browser asks about a page of another origin, and nothing for the requests that name no origin."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and any(name == b"origin" for name, _ in scope["headers"]):
            await super().__call__(scope, receive, send)
        else:
            await self.app(scope, receive, send)


class _Exchange:
    """One request and its answer."""

    def __init__(self, frame: Frame, scope: Scope, receive: Receive, send: Send) -> None:
        said: Mapping[bytes, bytes] = dict(reversed(scope["headers"]))  # of two by one name the first counts
        self.frame, self._receive, self._send = frame, receive, send
        self.method = scope["method"]
        self.status = 0
        self.declared = _number(said.get(b"content-length", b"0"))
        self.received = 0
        self.limit = UPLOAD_LIMIT if UPLOADS.match(scope["path"]) else BODY_LIMIT
        self.request_id = _request_id(said.get(b"traceparent", b""))
        self.state = {**scope.get("state", {}), "request_id": self.request_id}
        self.scope = {**scope, "state": self.state, "method": "GET" if self.method == "HEAD" else self.method}

    async def run(self) -> None:
        began = time.perf_counter()
        try:
            if "\x00" in unquote(self.scope["path"]):
                await self._refuse(404, "not_found", "There is no such resource.")
            elif self.declared > self.limit:
                await self._refuse(413, TooLarge.code, TooLarge(limit=self.limit).detail)
            else:
                await self.frame.app(self.scope, self.receive, self.send)
        except Exception as error:  # noqa: BLE001  (whatever it is, the caller gets a problem document)
            # The words of an unforeseen error may hold personal data: the log gets its kind and where it arose.
            log.error(  # noqa: TRY400  (a traceback would print values)
                "unforeseen_error",
                request_id=self.request_id,
                kind=type(error).__name__,
                frames=frames_of(error),
            )
            if self.status == 0:
                await self._refuse(500, "internal_error", "Something went wrong on our side.")
        finally:
            self._note(time.perf_counter() - began)

    async def receive(self) -> Message:
        message = await self._receive()
        self.received += len(message.get("body", b""))
        if self.received > self.limit:
            raise TooLarge(limit=self.limit)
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            said = {name for name, _ in message["headers"]}
            ours = [pair for pair in self.frame.headers if pair[0] not in said]
            message["headers"] = [*message["headers"], (b"x-request-id", self.request_id.encode()), *ours]
        elif self.method == "HEAD":
            message = {**message, "body": b""}
        await self._send(message)

    async def _refuse(self, status: int, code: str, detail: str) -> None:
        await problem(status, code, detail, self.request_id)(self.scope, self._receive, self.send)

    def _note(self, seconds: float) -> None:
        route = metrics.route_of(self.scope)
        metrics.observe(self.method, route, self.status, seconds)
        log.info(
            "request",
            request_id=self.request_id,
            method=self.method,
            route=route,
            status=self.status,
            milliseconds=round(seconds * 1000, 1),
            **self.state.get("log", {}),
        )


def new_request_id() -> str:
    """Of random bytes, as a trace id is."""
    return urandom(16).hex()


def _request_id(traceparent: bytes) -> str:
    """The caller's trace id, or one of ours."""
    trace = _TRACE.match(traceparent)
    return trace[1].decode() if trace else new_request_id()


def _number(declared: bytes) -> int:
    return int(declared) if declared.isdigit() and len(declared) < 16 else 0
