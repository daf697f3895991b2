"""A small keep-alive HTTP client for loopback, in a process of its own: busy enough for a server, and measured by nobody."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from array import array
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle

import uvloop

#: How many requests are under way at once, unless said otherwise.
CONNECTIONS = 8
#: Where the ETag of the connection's last answer goes.
ETAG = b"{etag}"


@dataclass(frozen=True, slots=True)
class Script:
    """What clients send: each connection goes round the requests from a place of its own.

    With `first` each connection keeps to one record: it asks once, untimed, for what stands at its number there, and
    then goes round the requests about that record, each with the ETag of the answer before.
    """

    requests: Sequence[bytes]
    first: Sequence[bytes] = ()

    def of(self, number: int, connections: int) -> Sequence[bytes]:
        if self.first:
            of_one, at = len(self.requests) // len(self.first), number % len(self.first)
            return self.requests[at * of_one : (at + 1) * of_one]
        at = number * len(self.requests) // connections
        return [*self.requests[at:], *self.requests[:at]]


@dataclass
class Load:
    """What some seconds of a script gave: milliseconds a request, and the last answer's status."""

    times: array[float] = field(default_factory=lambda: array("d"))
    seconds: float = 0
    status: int = 0


class Driver:
    """The process that sends requests."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    @classmethod
    @asynccontextmanager
    async def started(cls) -> AsyncIterator[Driver]:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            yield cls(pool)

    async def drive(self, port: int, script: Script, *, seconds: float, connections: int = CONNECTIONS) -> Load:
        """Send a script's requests on some connections for some seconds; ends early at an answer that is no success."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, _work, port, script, seconds, connections)


def _work(port: int, script: Script, seconds: float, connections: int) -> Load:
    return uvloop.run(_repeat(port, script, seconds, connections))


async def _repeat(port: int, script: Script, seconds: float, connections: int) -> Load:
    """The clock runs when every connection stands, and ends with the last answer."""
    opened = await asyncio.gather(*(_Connection.opened(port, script, n, connections) for n in range(connections)))
    load, begun = Load(), time.perf_counter()
    await asyncio.gather(*(connection.repeat(begun + seconds, load) for connection in opened))
    load.seconds = time.perf_counter() - begun
    return load


@dataclass
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    requests: Sequence[bytes]
    etag: bytes | None

    @classmethod
    async def opened(cls, port: int, script: Script, number: int, connections: int) -> _Connection:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        etag = None
        if script.first:
            writer.write(script.first[number % len(script.first)])
            etag = etag_of((await _answer(reader))[0])
        return cls(reader, writer, script.of(number, connections), etag)

    async def repeat(self, ends: float, load: Load) -> None:
        for request in cycle(self.requests):
            begun = time.perf_counter()
            if begun >= ends or load.status >= 300:
                break
            self.writer.write(request if self.etag is None else request.replace(ETAG, self.etag))
            head, _ = await _answer(self.reader)
            load.times.append((time.perf_counter() - begun) * 1000)
            load.status = int(head[9:12])
            self.etag = self.etag and etag_of(head)
        self.writer.close()


async def exchange(port: int, request: bytes) -> bytes:
    """The body of one answer. Raises RuntimeError for one that is no success."""
    head, body = await ask(port, request)
    if int(head[9:12]) >= 300:
        raise RuntimeError(f"{request.partition(b' HTTP')[0].decode()}: {head[9:12].decode()} {body.decode()}")
    return body


async def ask(port: int, request: bytes) -> tuple[bytes, bytes]:
    """Head and body of one answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        return await _answer(reader)
    finally:
        writer.close()


async def _answer(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    return head, await reader.readexactly(length)


def etag_of(head: bytes) -> bytes:
    return head.partition(b"\r\netag: ")[2].partition(b"\r\n")[0]


def http(
    method: str, path: str, *, token: str | None = None, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> bytes:
    """A request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    lines += [f"Authorization: Bearer {token}"] if token else []
    lines += ["Content-Type: application/json"] if body else []
    return "\r\n".join([*lines, "", ""]).encode() + body
