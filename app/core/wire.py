"""Uvicorn's HTTP protocol, with an end to everything: to a head, a body, an answer that nobody takes, and a queue.

A client that sends or reads too slowly is cut off and holds up nobody else. What is refused before there is a request
to speak of is a problem document too.
"""

import asyncio
import socket
import struct
from enum import Enum, auto
from functools import partial
from typing import Any

import structlog
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from app.core import metrics
from app.core.admission import PLACES, Visit
from app.core.errors import AppError, BadRequest, Unavailable
from app.core.http import Frame, new_request_id
from app.core.problems import problem

#: Seconds that a request's head may take, from the opening of the connection or its first byte on; and its bytes.
HEAD_SECONDS, HEAD_LIMIT = 10.0, 64 * 1024
#: Seconds that a body may take, and the bytes that buy it one second more.
BODY_SECONDS, BODY_RATE = 20.0, 4 * 1024
#: Seconds in which a client may take nothing of its answer; and that one is heard who was answered amid its body.
READER_SECONDS, LINGER_SECONDS = 60.0, 5.0
#: The wish of a socket to be closed at once, whatever is still to be sent.
RESET = struct.pack("ii", 1, 0)
#: What Linux knows of a connection, and how it begins while both sides are there.
TCP_INFO, ESTABLISHED = getattr(socket, "TCP_INFO", None), 1
#: Seconds between two looks at a connection.
LOOK = 2.0
#: Connections of a process: who comes beyond them is turned away.
CONNECTIONS = 4000
#: What machines ask to learn how the process is: they do not queue with what they ask about.
NEVER_WAITS = frozenset({"/livez", "/readyz", "/metrics"})

log = structlog.get_logger("rollbook.http")


class TooSlow(AppError):
    status = 408
    code = "request_timeout"
    sentence = "The request did not come within its time."


class HeadTooLarge(AppError):
    status = 431
    code = "headers_too_large"
    sentence = "The headers are larger than {limit} bytes."


class Stage(Enum):
    """How far the reading of a connection's latest request has come."""

    head = auto()
    body = auto()
    #: It was answered before its body had come.
    leftover = auto()
    #: No request is being read, or none yet.
    done = auto()


async def _turn_away(scope: Scope, receive: Receive, send: Send) -> None:
    refusal = Unavailable()
    request_id = scope["state"]["request_id"]
    answer = problem(refusal.status, refusal.code, refusal.detail, request_id, headers=refusal.headers)
    await answer(scope, receive, send)


#: Answers those for whom there is no place, logged and counted like any answer.
TURN_AWAY = Frame(_turn_away, https=False)


class _Nowhere(list[tuple[bytes, bytes]]):
    """Takes what is not kept: behind a body stand trailers, which nobody reads and nothing limits."""

    def append(self, _: tuple[bytes, bytes], /) -> None:
        return


NOWHERE = _Nowhere()


class Wire(HttpToolsProtocol):
    """One connection. Its requests begin when they have come whole, unless they are long, and when there is a place."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._stage = Stage.done
        #: When the reading must have come further, on the loop's clock.
        self._due: float | None = None
        self._head_size = 0
        self._is_fresh = True
        self._unsent, self._moved_at = 0, 0.0
        #: The request that is being answered; its application, until its body has come; its way in, while it waits.
        self._working: RequestResponseCycle | None = None
        self._held: Any = None
        self._visit: Visit | None = None
        self._is_idle = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._moved_at = self.loop.time()
        self._due = self._moved_at + HEAD_SECONDS
        self._is_one_too_many = len(self.connections) > CONNECTIONS
        self._timer = self.loop.call_later(LOOK, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        self._timer.cancel()
        self._held = None
        if self._visit is not None:
            self._visit.give_up()
        self._set_idle(False)
        # Uvicorn tells the latest request alone; those before it in a pipeline would write to what is closed.
        for cycle in (self._working, *(waiting for waiting, _ in self.pipeline)):
            if cycle is not None and not cycle.response_complete:
                cycle.disconnected = True
                cycle.message_event.set()
        self.pipeline.clear()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._stage is Stage.body and self._due is not None:
            self._due += len(data) / BODY_RATE
        elif self._stage is Stage.head:
            self._head_size += len(data)
        elif self._stage is Stage.done and self._due is None:
            # Also for what begins no request, such as empty lines.
            self._due = self.loop.time() + HEAD_SECONDS
        super().data_received(data)
        if self._stage is Stage.head and self._head_size > HEAD_LIMIT:
            self._refuse(HeadTooLarge(limit=HEAD_LIMIT))

    # What the parser says

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._stage, self._head_size = Stage.head, 0
        if self._due is None:
            self._due = self.loop.time() + HEAD_SECONDS

    def on_headers_complete(self) -> None:
        self._stage, self._due = Stage.body, self.loop.time() + BODY_SECONDS
        super().on_headers_complete()
        self.headers = NOWHERE

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        if self._held is not None and len(self.cycle.body) > HIGH_WATER_LIMIT:
            # Too long to be kept until it is whole: whoever works on it reads it, and needs no place for that.
            self._set_idle(True)
            self._begin(self._held)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._stage, self._due = Stage.done, None
        if self._held is not None:
            self._enter(self._held)
        elif self._is_idle and not self.flow.write_paused:
            self._set_idle(False)

    # What becomes of a request

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._working = cycle
        if self._is_fresh and self._has_hung_up():
            return  # as the loop is about to learn
        self._is_fresh = False
        if self._is_one_too_many:
            cycle.keep_alive = False
            self._begin(TURN_AWAY)
        elif cycle.waiting_for_100_continue:
            self._set_idle(True)
            self._begin(app)
        elif cycle.more_body:
            self._held = app
        else:
            self._enter(app)

    def _enter(self, app: Any) -> None:
        assert self._working is not None
        if PLACES.are_free(self.tasks) or self._working.scope["path"] in NEVER_WAITS:
            self._begin(app)
        else:
            self._held = None
            self._visit = Visit(partial(self._begin, app), partial(self._begin, TURN_AWAY))
            PLACES.wait(self._visit)

    def _begin(self, app: Any) -> None:
        assert self._working is not None
        self._held = self._visit = None
        super()._start_asgi_task(self._working, app)
        if self.flow.write_paused:
            self._set_idle(True)  # behind an answer that is not taken

    def _has_hung_up(self) -> bool:
        """Whether the client has closed before its first request was looked at.

        A server that has fallen behind finds many of those among the connections that it has yet to take, and would
        fall behind further by answering them.
        """
        if TCP_INFO is None:
            return False
        state: int = self.transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, TCP_INFO, 1)[0]
        return state != ESTABLISHED

    def _set_idle(self, idle: bool) -> None:
        """Whether the request under way only waits for the client, and so holds no place."""
        if idle is not self._is_idle:
            self._is_idle = idle
            PLACES.idle += 1 if idle else -1
            PLACES.fill(self.tasks)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._set_idle(self._working is not None)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._set_idle(False)

    def on_response_complete(self) -> None:
        self._working = None
        if self._is_idle:
            self._set_idle(False)
        if PLACES.queue:
            # This one counts until its task is over, which is now.
            self.loop.call_soon(PLACES.fill, self.tasks)
        if self._stage is Stage.body and self.cycle.response_complete:
            self._stage, self._due = Stage.leftover, self.loop.time() + LINGER_SECONDS
        super().on_response_complete()

    # What comes to an end

    def _look(self) -> None:
        self._timer = self.loop.call_later(LOOK, self._look)
        now = self.loop.time()
        PLACES.fill(self.tasks)
        if self._visit is not None and self._visit.has_waited_too_long:
            self._visit.turn_away()
        if self._takes_nothing(now):
            # What the kernel still holds for this client goes too, and may be more than all that we hold.
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            self.transport.abort()
        elif self._due is not None and now > self._due and not self.transport.is_closing():
            self._end_reading(now)

    def _takes_nothing(self, now: float) -> bool:
        unsent, before = self.transport.get_write_buffer_size(), self._unsent
        self._unsent = unsent
        if not unsent or unsent < before:
            self._moved_at = now
        return now - self._moved_at > READER_SECONDS

    def _end_reading(self, now: float) -> None:
        if self.flow.read_paused or (self._working is not None and self._stage is not Stage.body):
            self._due = now + HEAD_SECONDS  # it waits for us, not we for it
        elif self._stage in (Stage.leftover, Stage.done):
            self.transport.close()
        else:
            self._refuse(TooSlow())

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  (uvicorn's own words)
        self._refuse(BadRequest())

    def _refuse(self, refusal: AppError) -> None:
        """Say why, and close."""
        if self._working is not None and (self._working.response_started or self._stage is not Stage.body):
            self.transport.abort()  # in the midst of another answer
            return
        request_id = new_request_id()
        answer = problem(refusal.status, refusal.code, refusal.detail, request_id, headers={"Connection": "close"})
        head = b"".join(b"%s: %s\r\n" % pair for pair in answer.raw_headers)
        self.transport.write(STATUS_LINE[refusal.status] + head + b"\r\n" + bytes(answer.body))
        self.transport.close()
        self._held = None
        if self._working is not None:
            self._working.disconnected = True
            self._working.message_event.set()
        metrics.observe("none", "none", refusal.status, 0)
        log.info("request", request_id=request_id, method="none", route="none", status=refusal.status)
