"""A small keep-alive HTTP client for loopback: enough to keep a server busy, little enough not to disturb it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

#: How many requests are under way at once.
CONNECTIONS = 8
#: The next request of a connection, by its number and the ETag it was last given.
Ask = Callable[[int, str | None], bytes]


@dataclass
class Load:
    """What a run of one request repeated gave: milliseconds a request, and the last answer's status and size."""

    times: list[float] = field(default_factory=list)
    status: int = 0
    size: int = 0

    rate: float = 0

    def percentile(self, share: float) -> float:
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def same(request: bytes) -> Ask:
    """One request over and over."""
    return lambda _number, _etag: request


async def repeat(port: int, ask: Ask, *, seconds: float) -> Load:
    """Send requests on some connections for some seconds."""
    load, ends = Load(), time.perf_counter() + seconds
    await asyncio.gather(*(_one_connection(port, number, ask, ends, load) for number in range(CONNECTIONS)))
    load.rate = len(load.times) / seconds
    return load


async def _one_connection(port: int, number: int, ask: Ask, ends: float, load: Load) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    etag = None
    try:
        while (begun := time.perf_counter()) < ends:
            writer.write(ask(number, etag))
            head, body = await _answer(reader)
            load.times.append((time.perf_counter() - begun) * 1000)
            load.status, load.size = int(head[9:12]), len(body)
            etag = head.partition(b"\r\netag: ")[2].partition(b"\r\n")[0].decode() or None
            if load.status >= 300:
                break
    finally:
        writer.close()


async def exchange(port: int, request: bytes) -> bytes:
    """The body of one answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        return (await _answer(reader))[1]
    finally:
        writer.close()


async def _answer(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    return head, await reader.readexactly(length)


def http(
    method: str, path: str, *, token: str | None = None, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> bytes:
    """A request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    lines += [f"Authorization: Bearer {token}"] if token else []
    lines += ["Content-Type: application/json"] if body else []
    return "\r\n".join([*lines, "", ""]).encode() + body
