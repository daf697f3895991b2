"""The protocol over real sockets: an end to everything that is slow, a queue that is bounded, and refusals in form."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from app.core import admission, wire

HOST = b"Host: a\r\n"


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """Of a problem document."""
        assert self.headers["content-type"] == "application/problem+json"
        document: dict[str, Any] = json.loads(self.body)
        assert (document["status"], document["type"]) == (self.status, f"/problems/{document['code']}")
        assert document["request_id"]
        return str(document["code"])


class Echo:
    """Answers with the size of the body, once it is let go; below /long with more than any buffer holds."""

    def __init__(self) -> None:
        self.begun = 0
        self.go = asyncio.Event()
        self.go.set()
        self.port = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        self.begun += 1
        size, more = 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            size, more = size + len(message["body"]), message["more_body"]
        if scope["path"] != "/livez":
            await self.go.wait()
        body = b"x" * 20_000_000 if scope["path"] == "/long" else str(size).encode()
        length = str(len(body)).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
        await send({"type": "http.response.body", "body": body})

    def get(self, path: str = "/") -> bytes:
        return f"GET {path} HTTP/1.1\r\n".encode() + HOST + b"\r\n"

    def post(self, length: int) -> bytes:
        return b"POST / HTTP/1.1\r\n" + HOST + f"Content-Length: {length}\r\n\r\n".encode()

    @asynccontextmanager
    async def client(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            yield reader, writer
        finally:
            writer.close()

    async def say(self, *pieces: bytes) -> Answer:
        async with self.client() as (reader, writer):
            for piece in pieces:
                writer.write(piece)
                await asyncio.sleep(0.02)
            return await hear(reader)


async def hear(reader: asyncio.StreamReader) -> Answer:
    async with asyncio.timeout(3):
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        return Answer(int(first.split()[1]), headers, await reader.readexactly(int(headers["content-length"])))


async def is_closed(reader: asyncio.StreamReader) -> bool:
    async with asyncio.timeout(3):
        return await reader.read(1) == b""


@pytest.fixture
async def echo(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Echo]:
    """A server on a port of its own, whose patience is short."""
    for name in ("HEAD_SECONDS", "BODY_SECONDS", "LINGER_SECONDS", "READER_SECONDS"):
        monkeypatch.setattr(wire, name, 0.2)
    monkeypatch.setattr(wire, "LOOK", 0.05)
    app = Echo()
    door = socket.create_server(("127.0.0.1", 0))
    app.port = door.getsockname()[1]
    config = uvicorn.Config(app, http=wire.Wire, ws="none", lifespan="off", access_log=False, log_level="error")
    server = uvicorn.Server(config)
    server.config.load()
    serving = asyncio.create_task(server._serve([door]))
    async with asyncio.timeout(10):
        while not server.started:
            await asyncio.sleep(0.01)
    yield app
    app.go.set()
    server.should_exit = True
    async with asyncio.timeout(10):
        await serving
    assert (admission.PLACES.idle, [visit for visit in admission.PLACES.queue if visit.waits]) == (0, [])


async def test_whole_requests_are_answered_one_after_the_other(echo: Echo) -> None:
    async with echo.client() as (reader, writer):
        writer.write(echo.get() + echo.post(5) + b"hello" + echo.get())
        assert [(await hear(reader)).body for _ in range(3)] == [b"0", b"5", b"0"]
        for piece in (echo.post(2), b"h", b"i"):
            writer.write(piece)
            await asyncio.sleep(0.02)
        assert (await hear(reader)).body == b"2"


async def test_a_long_body_is_read_as_it_comes_and_one_asked_for_is_asked_for(echo: Echo) -> None:
    assert (await echo.say(echo.post(300_000), *[b"x" * 100_000] * 3)).body == b"300000"
    async with echo.client() as (reader, writer):
        writer.write(echo.post(2).replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"))
        assert await reader.readline() == b"HTTP/1.1 100 Continue\r\n"


@pytest.mark.parametrize(
    "sent",
    [
        (b"GET / HT",),
        (b"GET / HTTP/1.1\r\n", b"A: b\r\n", b"C: d"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc",),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\n", b"x" * 100),
    ],
)
async def test_what_does_not_come_within_its_time_is_said_and_was_never_begun(
    echo: Echo, sent: tuple[bytes, ...]
) -> None:
    async with echo.client() as (reader, writer):
        for piece in sent:
            writer.write(piece)
            await asyncio.sleep(0.02)
        answer = await hear(reader)
        assert (answer.status, answer.code, answer.headers["connection"]) == (408, "request_timeout", "close")
        assert await is_closed(reader)
    assert not echo.begun


async def test_single_bytes_buy_no_time(echo: Echo) -> None:
    async with echo.client() as (reader, writer):
        told = asyncio.create_task(hear(reader))
        writer.write(echo.post(1000))
        for _ in range(100):
            if told.done():
                break
            writer.write(b"x")
            await asyncio.sleep(0.02)
        assert (await told).status == 408


async def test_a_long_body_that_stops_is_cut_off_though_it_was_begun(
    echo: Echo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "BODY_RATE", 10_000_000)
    assert (await echo.say(echo.post(900_000), b"x" * 100_000)).code == "request_timeout"
    assert echo.begun == 1


async def test_who_says_nothing_is_let_go_without_a_word(echo: Echo) -> None:
    for silence in (b"", b"\r\n\r\n"):
        async with echo.client() as (reader, writer):
            writer.write(silence)
            assert await is_closed(reader)


async def test_slow_work_of_ours_is_not_their_slowness(echo: Echo) -> None:
    echo.go.clear()
    async with echo.client() as (reader, writer):
        writer.write(echo.post(2) + b"hi" + b"GET / HTTP")
        await asyncio.sleep(0.6)
        echo.go.set()
        assert (await hear(reader)).status == 200


async def test_who_takes_nothing_of_an_answer_is_cut_off_and_holds_no_place(
    echo: Echo, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A busy machine takes its time over the first answer: meanwhile nobody is to be cut off.
    monkeypatch.setattr(wire, "READER_SECONDS", 60)
    async with echo.client() as (_, writer):
        writer.write(echo.get("/long") * 3)
        async with asyncio.timeout(10):
            while (echo.begun, admission.PLACES.idle) != (2, 1):
                await asyncio.sleep(0.01)
        monkeypatch.setattr(wire, "READER_SECONDS", 0.2)
        async with asyncio.timeout(10):
            door = writer.get_extra_info("socket")
            while door.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == 1:
                await asyncio.sleep(0.02)


async def test_a_head_without_end_and_what_is_no_http_are_refused(echo: Echo) -> None:
    large = await echo.say(b"GET / HTTP/1.1\r\nA: ", b"x" * 40_000, b"x" * 40_000)
    assert (large.status, large.code) == (431, "headers_too_large")
    nonsense = await echo.say(b"how are you\r\n\r\n")
    assert (nonsense.status, nonsense.code) == (400, "bad_request")
    assert not echo.begun


async def test_too_many_wait_in_vain_and_are_told_when_to_come_again(
    echo: Echo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admission, "INSIDE", 2)
    monkeypatch.setattr(admission, "WAITING", 1)
    echo.go.clear()
    inside = [asyncio.create_task(echo.say(echo.get())) for _ in range(2)]
    await asyncio.sleep(0.1)
    waits = asyncio.create_task(echo.say(echo.get()))
    await asyncio.sleep(0.1)
    refused = await echo.say(echo.get())
    assert (refused.status, refused.code, refused.headers["retry-after"]) == (503, "unavailable", "5")
    assert refused.headers["x-request-id"]
    assert (await echo.say(echo.get("/livez"))).status == 200, "whoever watches over it is always answered"
    echo.go.set()
    assert [(await one).status for one in (*inside, waits)] == [200] * 3


async def test_who_waits_too_long_is_told_and_who_has_gone_is_not_worked_for(
    echo: Echo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admission, "INSIDE", 1)
    echo.go.clear()
    inside = asyncio.create_task(echo.say(echo.get()))
    await asyncio.sleep(0.05)
    async with echo.client() as (_, writer):
        writer.write(echo.get())
        await asyncio.sleep(0.05)
        assert len(admission.PLACES.queue) == 1
    monkeypatch.setattr(admission, "PATIENCE", 0.3)
    assert (await echo.say(echo.get())).status == 503
    echo.go.set()
    assert (await inside).status == 200
    assert echo.begun == 1


async def test_one_connection_too_many_is_told_so(echo: Echo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "CONNECTIONS", 1)
    async with echo.client() as (reader, writer):
        writer.write(echo.get())
        assert (await hear(reader)).status == 200
        refused = await echo.say(echo.get())
        assert (refused.status, refused.headers["connection"]) == (503, "close")
        writer.write(echo.get())
        assert (await hear(reader)).status == 200


async def test_who_has_gone_before_being_looked_at_is_not_worked_for(echo: Echo) -> None:
    for _ in range(3):
        # All at once, as the server finds it after it has been busy.
        with socket.create_connection(("127.0.0.1", echo.port)) as door:
            door.sendall(echo.get())
    await asyncio.sleep(0.2)
    assert not echo.begun
    assert (await echo.say(echo.get())).status == 200
